/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One interpreter for protocols that speak in lines: SMTP, agents, and what
 * may come.  A protocol is a const table of steps (send this, expect that);
 * bytes go in, what is to be done comes out.  Pure: how the bytes were cut
 * into pieces makes no difference.
 *
 * A reply is as in RFC 5321 4.2.1: three digits, then a blank or the end of
 * the line; with '-' instead another line with the same digits follows.  Lines
 * end with LF, a CR before it is dropped.
 */
#ifndef DUUMVIR_CHECK_DIALOG_H
#define DUUMVIR_CHECK_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/reason.h"

enum dialog_act {
	DIALOG_SEND,  /* text, with the dialog's word in place of %s */
	DIALOG_REPLY, /* a reply with a code from first to last */
	DIALOG_LINE,  /* any line; also one that the end cuts short */
	DIALOG_END,   /* the last step: passed */
};

struct dialog_step {
	enum dialog_act act;
	const char *text; /* sent, or what is awaited: "the greeting" */
	uint16_t first, last;
	enum check_reason wrong; /* another code, or no reply at all */
};

struct dialog_proto {
	const struct dialog_step *step;
	uint32_t line_max;  /* bytes of one line, its end included */
	uint32_t bytes_max; /* of all that the other side may say */
};

/* What of a line is kept. */
#define DIALOG_KEPT 255

struct dialog {
	const struct dialog_proto *proto;
	const struct dialog_step *step; /* the one to be done */
	uint32_t n_bytes;		/* heard in all */
	uint32_t len;			/* of the line that is being heard */
	uint16_t code;		/* of a reply of several lines, else 0 */
	uint16_t kept;		/* bytes of line */
	char line[DIALOG_KEPT]; /* being heard, or the one that decided */
};

enum dialog_result {
	DIALOG_MORE,   /* feed it */
	DIALOG_SAYS,   /* send d->step->text, then dialog_said() */
	DIALOG_PASSED, /* d->line, d->kept: the last line, without its end */
	DIALOG_FAILED,
};

/* Begins; never DIALOG_FAILED. */
enum dialog_result dialog_start(struct dialog *d,
				const struct dialog_proto *proto);
/* What was to be sent is on its way. */
enum dialog_result dialog_said(struct dialog *d);
/*
 * Takes bytes from *data until something is to be done, and moves *data and
 * *len behind them.  reason: set with DIALOG_FAILED.
 */
enum dialog_result dialog_feed(struct dialog *d, const char **data, size_t *len,
			       enum check_reason *reason);
/* The other side will say no more. */
enum dialog_result dialog_close(struct dialog *d, enum check_reason *reason);
/* What is awaited now, in words; "" if nothing is. */
const char *dialog_awaits(const struct dialog *d);
/* The line that decided as one that can be printed: what cannot be becomes
 * '?'.  Returns buf. */
const char *dialog_text(const struct dialog *d, char *buf, size_t size);

#endif
