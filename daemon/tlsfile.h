/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Certificates, keys and CAs, opened for the check engine. */
#ifndef DUUMVIR_DAEMON_TLSFILE_H
#define DUUMVIR_DAEMON_TLSFILE_H

struct engine;

/* Sends every file that the configuration in force names for TLS: before a
 * COMMIT, and when a reload left the engine's text as it was. */
void tlsfile_send(struct engine *e);

#endif
