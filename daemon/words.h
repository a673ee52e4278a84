/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What is told, in keepalived's words: lines of FIFOs, subjects and texts of
 * mails.  Pure.
 */
#ifndef DUUMVIR_DAEMON_WORDS_H
#define DUUMVIR_DAEMON_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/msg.h"

struct buf;
struct told_object;

/* "MASTER", "MASTER_RX_LOWER_PRI", ...; NULL for what nobody is told. */
const char *words_state(enum vrrp_state_word word);

/* The kinds of change that are written of an instance or group. */
struct words_vrrp {
	bool is_group;
	const char *name;
	enum vrrp_state_word word;
	uint32_t priority;
};
/* "INSTANCE "VI_1" MASTER 100", with the newline. */
void words_vrrp_line(struct buf *b, const struct words_vrrp *w);
/* "VRRP Instance VI_1 - Entering MASTER state" and the text that goes with
 * it; false: no mail tells of this. */
bool words_vrrp_mail(struct buf *subject, struct buf *text,
		     const struct words_vrrp *w);

/* "RS [10.0.0.2]:tcp:80 [10.0.0.1]:tcp:80 UP", with the newline. */
void words_server_line(struct buf *b, const struct told_object *o, bool is_up);
/* "VS [10.0.0.1]:tcp:80 UP", with the newline. */
void words_service_line(struct buf *b, const struct told_object *o, bool is_up);

/* Subject of a real server's mail; its texts are words_checker(). */
void words_server_subject(struct buf *b, const struct told_object *o,
			  bool is_up);
/* "TCP CHECK failed on service": of the i-th checker. */
void words_checker(struct buf *b, const struct told_object *o, uint32_t i,
		   const struct msg_rs_state *m);
void words_service_mail(struct buf *subject, struct buf *text,
			const struct told_object *o,
			const struct msg_vs_state *m);

#endif
