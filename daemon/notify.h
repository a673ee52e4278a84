/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Who hears of a change of state, in which words: scripts, FIFOs, mail.
 */
#ifndef DUUMVIR_DAEMON_NOTIFY_H
#define DUUMVIR_DAEMON_NOTIFY_H

#include <stdbool.h>

#include "lib/msg.h"

struct conf;
struct fifos;
struct hints;
struct notify;
struct postman;
struct runner;

/* fifos and postman may be NULL: then only scripts hear. */
struct notify *notify_new(struct runner *runner, struct fifos *fifos,
			  struct postman *postman);
void notify_free(struct notify *n);
/*
 * What a configuration asks for; copied at the first report, so c must live
 * until the next call has returned.  That of the one before is kept for what
 * is being deleted.
 */
void notify_set_conf(struct notify *n, const struct conf *c);
/* Can there be a mail about anything? */
bool notify_mails(const struct notify *n);
/* What was known of the object when a report came. */
struct notify_before {
	bool is_news;	 /* its state was another, or unknown */
	bool has_failed; /* failed is known; for mails alone */
	uint64_t failed; /* of a real server: its checkers */
};
/* A report of VRRP_STATE, RS_STATE or VS_STATE. */
void notify_on_state(struct notify *n, enum msg_type type, const void *data,
		     const struct notify_before *before);
/* A reload is over: fifo_write_vrrp_states_on_reload. */
void notify_reloaded(struct notify *n, const struct hints *h,
		     const struct conf *c);

#endif
