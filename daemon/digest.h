/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Alerts on their way to a mail: those that come close together become one,
 * and mails go no faster than a limit, however many alerts there are.  Pure
 * but for memory.
 */
#ifndef DUUMVIR_DAEMON_DIGEST_H
#define DUUMVIR_DAEMON_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/monotime.h"

/* Alerts that a mail carries; further ones are counted. */
#define DIGEST_MAX   2000
#define DIGEST_STAMP 24

/* One alert; the strings are its own. */
struct digest_alert {
	char *subject, *text;
	char stamp[DIGEST_STAMP]; /* wall time, for people */
};

/* What one mail is made of. */
struct digest_batch {
	struct digest_alert *alert;
	size_t n;
	uint32_t omitted; /* there was no room for so many */
};

struct digest_limits {
	nsec_t gather;	 /* wait so long for more */
	uint32_t mails;	 /* at most so many mails ... */
	nsec_t interval; /* ... in so long */
};

struct digest {
	struct digest_limits limits;
	struct digest_batch waiting;
	size_t room;
	monotime_t first;      /* when the oldest that waits came */
	monotime_t tat;	       /* when the mails sent so far are paid for */
	monotime_t not_before; /* after a failure */
};

void digest_init(struct digest *d);
void digest_fini(struct digest *d);
void digest_add(struct digest *d, const char *subject, const char *text,
		const char *stamp, monotime_t now);
/* When the next mail is to go: MONOTIME_NEVER if nothing waits. */
monotime_t digest_due(const struct digest *d);
/* Takes what waits, for a mail that goes now; the caller frees it. */
struct digest_batch digest_take(struct digest *d, monotime_t now);
/* The mail could not be delivered: it is to go with the next, not before
 * the given time. */
void digest_return(struct digest *d, struct digest_batch *b,
		   monotime_t not_before);
void digest_batch_fini(struct digest_batch *b);

#endif
