/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the registry of probes (probe.c) and the life of an attempt (attempt.c)
 * say to one another; checkers use probe.h.
 */
#ifndef DUUMVIR_CHECK_ATTEMPT_H
#define DUUMVIR_CHECK_ATTEMPT_H

struct probe;

/* Ends an attempt without a result: it is neither under way nor queued. */
void probe_stop(struct probe *p);
/* Writes down for a successor what is known of the probe. */
void probe_journal(const struct probe *p);

#endif
