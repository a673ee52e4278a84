/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * SMTP_CHECK: the greeting must be 220 and the answer to HELO 250; QUIT must
 * be answered, in whatever words.  The same lines in the same order as
 * keepalived sends them; unlike with keepalived a reply may have several lines
 * (RFC 5321 4.2.1), as the greeting of a Postfix with postscreen has.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/conn.h"
#include "check/talk.h"
#include "lib/util.h"

static const struct dialog_step steps[] = {
	{.act = DIALOG_REPLY,
	 .text = "the greeting",
	 .first = 220,
	 .last = 220,
	 .wrong = REASON_SMTP_GREETING},
	{.act = DIALOG_SEND, .text = "HELO %s\r\n"},
	{.act = DIALOG_REPLY,
	 .text = "the answer to HELO",
	 .first = 250,
	 .last = 250,
	 .wrong = REASON_SMTP_HELO},
	{.act = DIALOG_SEND, .text = "QUIT\r\n"},
	{.act = DIALOG_LINE, .text = "the answer to QUIT"},
	{.act = DIALOG_END},
};

/* RFC 5321 4.5.3.1.5 allows 512 bytes in a reply line; some use more. */
static const struct dialog_proto smtp = {
	.step = steps,
	.line_max = 2048,
	.bytes_max = 16384,
};

struct smtp_data {
	struct talk talk; /* first */
	char *helo_name;
};

static void
smtp_key(const struct checker_conf *c, struct buf *key)
{
	const struct smtp_check_conf *s = (const struct smtp_check_conf *)c;

	buf_adds(key, s->helo_name);
}

static void
on_passed(struct probe *p, monotime_t now)
{
	probe_done(p, REASON_NONE, now);
}

static void *
smtp_data_new(const struct checker_conf *c)
{
	const struct smtp_check_conf *s = (const struct smtp_check_conf *)c;
	struct smtp_data *d = xcalloc(1, sizeof(*d));

	d->helo_name = xstrdup(s->helo_name);
	d->talk.proto = &smtp;
	d->talk.word = d->helo_name;
	d->talk.on_passed = on_passed;
	return d;
}

static void
smtp_data_free(void *data)
{
	struct smtp_data *d = data;

	free(d->helo_name);
	free(d);
}

static const char *
what_failed(const struct probe *p)
{
	const struct smtp_data *d = p->data;
	enum check_reason r = p->health.last;

	if (!talk_is_begun(&d->talk))
		return r == REASON_TIMEOUT ? "Connection timeout to"
					   : "Could not connect to";
	if (r == REASON_SMTP_GREETING)
		return "Bad greeting banner from";
	if (r == REASON_SMTP_HELO)
		return "Bad HELO response from";
	return r == REASON_TIMEOUT ? "Read timeout from" : "Read failure from";
}

static void
smtp_phrase(const struct probe *p, const char *server,
	    char text[static CHECK_PHRASE_LEN])
{
	const struct addr_port *to = &p->key.connect;
	char addr[ADDR_STR_LEN];

	(void)server; /* here without the protocol */
	(void)snprintf(text, CHECK_PHRASE_LEN, "SMTP_CHECK %s server [%s]:%u.",
		       what_failed(p),
		       addr_print(&to->addr, addr, sizeof(addr)), to->port);
}

const struct checker_ops smtp_checker_ops = {
	.type = CHECKER_SMTP,
	.name = "SMTP_CHECK",
	.label = "Remote SMTP server",
	.success = "succeed on service.",
	.protocol = IPPROTO_TCP,
	.key = smtp_key,
	.data_new = smtp_data_new,
	.data_free = smtp_data_free,
	.start = talk_start,
	.io = talk_io,
	.on_sock = conn_on_sock,
	.stop = talk_stop,
	.time_limit = talk_time_limit,
	.refine = talk_refine,
	.phrase = smtp_phrase,
};
