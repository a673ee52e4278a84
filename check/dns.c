/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * DNS_CHECK: a server is up when it answers one question over UDP without an
 * error.  What it answers is not looked at.  Datagrams that do not answer our
 * question (a wrong id, another question) change nothing: whoever sends them,
 * the right answer still counts until the time is over.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/conn.h"
#include "check/dgram.h"
#include "check/dns_msg.h"
#include "lib/buf.h"
#include "lib/util.h"

/* Whoever answers with more without being asked (RFC 6891) is read so far. */
#define ANSWER_MAX 4096

/* What we ask; name is behind it. */
struct dns {
	struct dns_question question;
	uint8_t rcode; /* of the last error */
	char name[];
};

static void
dns_key(const struct checker_conf *c, struct buf *key)
{
	const struct dns_check_conf *d = (const struct dns_check_conf *)c;

	buf_add(key, &d->type, sizeof(d->type));
	buf_adds(key, d->name);
}

static void *
dns_data_new(const struct checker_conf *c)
{
	const struct dns_check_conf *conf = (const struct dns_check_conf *)c;
	size_t size = strlen(conf->name) + 1;
	struct dns *d = xcalloc(1, sizeof(*d) + size);

	memcpy(d->name, conf->name, size);
	d->question =
		(struct dns_question){.type = conf->type, .name = d->name};
	return d;
}

static void
dns_start(struct probe *p, monotime_t now)
{
	conn_start(p, SOCK_DGRAM, now);
}

static void
ask(struct probe *p, monotime_t now)
{
	struct dns *d = p->data;
	uint8_t query[DNS_QUERY_MAX];
	ssize_t len = -EINVAL;

	if (rand_bytes(&d->question.id, sizeof(d->question.id)) == 0)
		len = dns_query_encode(&d->question, query, sizeof(query));
	if (len < 0)
		probe_done(p, REASON_LOCAL_OTHER, now);
	else
		(void)dgram_send(p, query, (size_t)len, now); /* or ended */
}

/* True: the attempt has ended. */
static bool
take_answer(struct probe *p, const void *data, size_t len, monotime_t now)
{
	struct dns *d = p->data;
	struct check_result r = {.reason = REASON_NONE};
	size_t have = len < ANSWER_MAX ? len : ANSWER_MAX;
	struct dns_answer a =
		dns_answer_judge(&d->question, data, have, len > have);

	switch (a.verdict) {
	case DNS_GOOD:
		break;
	case DNS_FOREIGN:
		return false;
	case DNS_ERROR:
		r.reason = REASON_ANSWER_ERROR;
		d->rcode = a.rcode;
		break;
	case DNS_MALFORMED:
		r.reason = REASON_ANSWER_MALFORMED;
		break;
	}
	str_fill(r.detail, sizeof(r.detail), a.text);
	probe_result(p, &r, now);
	return true;
}

/* True: the attempt has ended. */
static bool
read_answers(struct probe *p, monotime_t now)
{
	uint8_t buf[ANSWER_MAX];

	for (int i = 0; i < DGRAM_TURN; i++) {
		ssize_t n = dgram_recv(p, buf, sizeof(buf));

		if (n == -EAGAIN)
			return false;
		if (n < 0) {
			probe_done(p, check_reason_remote((int)-n), now);
			return true;
		}
		if (take_answer(p, buf, (size_t)n, now))
			return true;
	}
	return false;
}

static void
dns_io(struct probe *p, int what, monotime_t now)
{
	if (what == EVENT_WRITE)
		ask(p, now);
	else
		(void)read_answers(p, now); /* or the attempt has ended */
}

/* We may be late: what came in time is still there. */
static void
dns_timeout(struct probe *p, monotime_t now)
{
	if (!read_answers(p, now))
		probe_done(p, REASON_TIMEOUT, now);
}

static void
dns_phrase(const struct probe *p, const char *server,
	   char text[static CHECK_PHRASE_LEN])
{
	const struct dns *d = p->data;
	enum check_reason r = p->health.last;

	if (r == REASON_ANSWER_ERROR)
		(void)snprintf(text, CHECK_PHRASE_LEN,
			       "DNS_CHECK (%s) read error occurred. "
			       "(rcode = %u)",
			       server, d->rcode);
	else
		(void)snprintf(text, CHECK_PHRASE_LEN, "DNS_CHECK (%s) %s",
			       server,
			       r == REASON_TIMEOUT ? "read timeout from socket"
						   : "failed to read socket");
}

const struct checker_ops dns_checker_ops = {
	.type = CHECKER_DNS,
	.name = "DNS_CHECK",
	.label = "DNS query to",
	.protocol = IPPROTO_UDP,
	.is_datagram = true,
	.key = dns_key,
	.data_new = dns_data_new,
	.data_free = free,
	.start = dns_start,
	.io = dns_io,
	.on_sock = conn_on_sock,
	.stop = conn_stop,
	.timeout = dns_timeout,
	.phrase = dns_phrase,
};
