/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The interpreter of line protocols; see dialog.h.  Pure. */
#include "check/dialog.h"

#include <string.h>

#define CODE_DIGITS 3

/* The step that is next to be done, as a result. */
static enum dialog_result
turn(const struct dialog *d)
{
	switch (d->step->act) {
	case DIALOG_SEND:
		return DIALOG_SAYS;
	case DIALOG_REPLY:
	case DIALOG_LINE:
		return DIALOG_MORE;
	case DIALOG_END:
		return DIALOG_PASSED;
	}
	return DIALOG_FAILED; /* no such act */
}

static enum dialog_result
next_step(struct dialog *d)
{
	d->step++;
	return turn(d);
}

enum dialog_result
dialog_start(struct dialog *d, const struct dialog_proto *proto)
{
	*d = (struct dialog){.proto = proto, .step = proto->step};
	return turn(d);
}

enum dialog_result
dialog_said(struct dialog *d)
{
	return d->step->act == DIALOG_SEND ? next_step(d) : turn(d);
}

static enum dialog_result
fail(enum check_reason *reason, enum check_reason why)
{
	*reason = why;
	return DIALOG_FAILED;
}

static void
keep(struct dialog *d, char c)
{
	if (d->len == 0)
		d->kept = 0; /* of the line before */
	d->len++;
	if (d->kept < DIALOG_KEPT)
		d->line[d->kept++] = c;
}

/* The code of a reply line, or -1; is_last: no line of it follows. */
static int
reply_code(const struct dialog *d, bool *is_last)
{
	int code = 0;

	if (d->kept < CODE_DIGITS)
		return -1;
	for (int i = 0; i < CODE_DIGITS; i++) {
		if (d->line[i] < '0' || d->line[i] > '9')
			return -1;
		code = 10 * code + (d->line[i] - '0');
	}
	*is_last = d->kept == CODE_DIGITS || d->line[CODE_DIGITS] == ' ';
	if (!*is_last && d->line[CODE_DIGITS] != '-')
		return -1;
	return code;
}

static enum dialog_result
on_reply(struct dialog *d, enum check_reason *reason)
{
	bool is_last;
	int code = reply_code(d, &is_last);

	if (code < d->step->first || code > d->step->last ||
	    (d->code != 0 && code != d->code))
		return fail(reason, d->step->wrong);
	d->code = is_last ? 0 : (uint16_t)code;
	return is_last ? next_step(d) : DIALOG_MORE;
}

/* A line is complete. */
static enum dialog_result
on_line(struct dialog *d, enum check_reason *reason)
{
	if (d->len == 0)
		d->kept = 0;
	if (d->len <= DIALOG_KEPT && d->kept > 0 &&
	    d->line[d->kept - 1] == '\r')
		d->kept--;
	d->len = 0;
	return d->step->act == DIALOG_REPLY ? on_reply(d, reason)
					    : next_step(d);
}

enum dialog_result
dialog_feed(struct dialog *d, const char **data, size_t *len,
	    enum check_reason *reason)
{
	enum dialog_result r = turn(d);

	while (r == DIALOG_MORE && *len > 0) {
		char c = **data;

		(*data)++;
		(*len)--;
		if (++d->n_bytes > d->proto->bytes_max ||
		    d->len >= d->proto->line_max)
			return fail(reason, REASON_ANSWER_LONG);
		if (c == '\n')
			r = on_line(d, reason);
		else
			keep(d, c);
	}
	return r;
}

enum dialog_result
dialog_close(struct dialog *d, enum check_reason *reason)
{
	enum dialog_result r = turn(d);

	if (r != DIALOG_MORE)
		return r;
	if (d->step->act == DIALOG_LINE && d->len > 0)
		return on_line(d, reason);
	return fail(reason, REASON_ANSWER_CUT);
}

const char *
dialog_awaits(const struct dialog *d)
{
	return turn(d) == DIALOG_MORE ? d->step->text : "";
}

const char *
dialog_text(const struct dialog *d, char *buf, size_t size)
{
	size_t n = 0;

	if (size == 0)
		return buf;
	for (; n < d->kept && n + 1 < size; n++)
		buf[n] = d->line[n] >= ' ' && d->line[n] < 0x7f ? d->line[n]
								: '?';
	buf[n] = '\0';
	return buf;
}
