/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A TLS client without chance: its random numbers begin anew with each
 * connection, so that what a server once answered fits again, up to the keys.
 */
#ifndef DUUMVIR_TESTS_FUZZ_TLS_CLIENT_H
#define DUUMVIR_TESTS_FUZZ_TLS_CLIENT_H

#include <stdint.h>

struct tls;
struct tls_link;

/* Bits of the choice. */
#define TLS_CLIENT_VERIFY 1
#define TLS_CLIENT_H2	  2
#define TLS_CLIENT_DAYS	  4
#define TLS_CLIENT_PIECES 8 /* bytes come one by one */

/* The begin of a connection; never NULL. */
struct tls_link *tls_client_open(uint8_t choice);

#endif
