/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One request and its answer, for a command that may wait.  TCP or TLS; all
 * of it within one time.  Verifies no certificate: it shows what is there.
 */
#ifndef DUUMVIR_DAEMON_FETCH_H
#define DUUMVIR_DAEMON_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"
#include "lib/monotime.h"

struct buf;

struct fetch_want {
	struct addr_port server;
	uint32_t fwmark;
	nsec_t timeout;
	bool has_tls, has_sni;
	const char *sni; /* NULL: none is sent */
	const struct buf *request;
};

/* Hands on what comes until take says that it has enough (false), or the
 * server ends.  NULL, or what went wrong, for people. */
const char *fetch(const struct fetch_want *w,
		  bool (*take)(void *arg, const void *data, size_t len),
		  void *arg);

#endif
