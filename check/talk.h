/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A dialog over a stream: what checkers of line protocols share.
 *
 * The data of such a checker begins with a struct talk.  Each step of the
 * other side (to accept, to answer) has connect_timeout, as with keepalived;
 * a byte now and then stretches neither that nor the attempt's total time,
 * which is as many times connect_timeout as there are things to wait for.
 */
#ifndef DUUMVIR_CHECK_TALK_H
#define DUUMVIR_CHECK_TALK_H

#include "check/dialog.h"
#include "check/stream.h"

struct talk {
	struct stream stream;
	struct dialog dialog;
	const struct dialog_proto *proto;
	const char *word; /* in place of %s in what is sent */
	/* The dialog has passed: ends the attempt. */
	void (*on_passed)(struct probe *p, monotime_t now);
};

/* checker_ops of every such checker; proto, word and on_passed are set by
 * data_new.  on_sock is conn_on_sock(). */
void talk_start(struct probe *p, monotime_t now);
void talk_io(struct probe *p, int what, monotime_t now);
void talk_stop(struct probe *p);
nsec_t talk_time_limit(const struct probe *p);
/* Was the connection made?  Also after the end of the attempt. */
bool talk_is_begun(const struct talk *t);
/* What was awaited when it failed, or what was answered instead. */
void talk_refine(const struct probe *p, struct check_result *r);

#endif
