/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * UDP_CHECK: a datagram is sent; an ICMP error means down.  With require_reply
 * an answer must come in time, and look as it should if the user said how.
 * Without it an answer or silence means up, but not the silence of a datagram
 * that never left this machine because nobody has the server's address.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/conn.h"
#include "check/dgram.h"
#include "lib/buf.h"
#include "lib/util.h"

#define RANDOM_BYTES 32 /* sent if the user did not say what */

/* What we send and expect; bytes: the payload, the reply and its mask. */
struct udp {
	bool require_reply;
	uint16_t payload_len, reply_len, min_reply, max_reply;
	uint8_t bytes[];
};

static const uint8_t *
reply_of(const struct udp *u)
{
	return u->bytes + u->payload_len;
}

static const uint8_t *
mask_of(const struct udp *u)
{
	return reply_of(u) + u->reply_len;
}

static size_t
udp_size(const struct udp *u)
{
	return sizeof(*u) + u->payload_len + 2u * u->reply_len;
}

static void *
udp_data_new(const struct checker_conf *checker)
{
	const struct udp_check_conf *c = (const struct udp_check_conf *)checker;
	struct udp head, *u;

	memset(&head, 0, sizeof(head)); /* it becomes a key */
	head.require_reply = c->require_reply;
	head.payload_len = c->payload_len;
	head.reply_len = c->reply_len;
	head.min_reply = c->min_reply_length;
	head.max_reply = c->max_reply_length;
	u = xcalloc(1, udp_size(&head));
	*u = head;
	memcpy(u->bytes, c->payload, u->payload_len);
	memcpy(u->bytes + u->payload_len, c->reply, u->reply_len);
	memcpy(u->bytes + u->payload_len + u->reply_len, c->reply_mask,
	       u->reply_len);
	return u;
}

static void
udp_key(const struct checker_conf *c, struct buf *key)
{
	struct udp *u = udp_data_new(c);

	buf_add(key, u, udp_size(u));
	free(u);
}

static void
udp_start(struct probe *p, monotime_t now)
{
	conn_start(p, SOCK_DGRAM, now);
}

static void
ask(struct probe *p, monotime_t now)
{
	const struct udp *u = p->data;
	uint8_t random[RANDOM_BYTES];

	if (u->payload_len > 0)
		(void)dgram_send(p, u->bytes, u->payload_len, now);
	else if (rand_bytes(random, sizeof(random)) < 0)
		probe_done(p, REASON_LOCAL_OTHER, now);
	else
		(void)dgram_send(p, random, sizeof(random), now);
}

/* Where the reply differs from what it should be; -1: nowhere. */
static int
find_difference(const struct udp *u, const uint8_t *reply, size_t len)
{
	const uint8_t *want = reply_of(u), *mask = mask_of(u);

	for (size_t i = 0; i < len && i < u->reply_len; i++)
		if (((reply[i] ^ want[i]) & mask[i]) != 0)
			return (int)i;
	return -1;
}

static struct check_result
judge(const struct udp *u, const uint8_t *reply, size_t len)
{
	struct check_result r = {.reason = REASON_ANSWER_WRONG};
	int at;

	if (!u->require_reply || u->reply_len == 0)
		return (struct check_result){.reason = REASON_NONE};
	at = find_difference(u, reply, len);
	if (len < u->min_reply)
		(void)snprintf(r.detail, sizeof(r.detail),
			       "%zu bytes, at least %u wanted", len,
			       u->min_reply);
	else if (len > u->max_reply)
		(void)snprintf(r.detail, sizeof(r.detail),
			       "%zu bytes, at most %u wanted", len,
			       u->max_reply);
	else if (at >= 0)
		(void)snprintf(r.detail, sizeof(r.detail), "byte %d is %02x",
			       at + 1, reply[at]);
	else
		r.reason = REASON_NONE;
	return r;
}

/* True: the attempt has ended. */
static bool
read_reply(struct probe *p, monotime_t now)
{
	uint8_t buf[UDP_CHECK_DATA_MAX];
	struct check_result r;
	ssize_t n = dgram_recv(p, buf, sizeof(buf));

	if (n == -EAGAIN)
		return false;
	if (n < 0)
		r = (struct check_result){.reason =
						  check_reason_remote((int)-n)};
	else
		r = judge(p->data, buf, (size_t)n);
	probe_result(p, &r, now);
	return true;
}

static void
udp_io(struct probe *p, int what, monotime_t now)
{
	if (what == EVENT_WRITE)
		ask(p, now);
	else
		(void)read_reply(p, now); /* or the attempt has ended */
}

static void
udp_timeout(struct probe *p, monotime_t now)
{
	const struct udp *u = p->data;
	struct check_result unsent = {.reason = REASON_HOST_UNREACHABLE,
				      .detail = "nobody has its address"};

	if (read_reply(p, now)) /* we may be late */
		return;
	if (dgram_is_unsent(p))
		probe_result(p, &unsent, now);
	else
		probe_done(p, u->require_reply ? REASON_TIMEOUT : REASON_NONE,
			   now);
}

const struct checker_ops udp_checker_ops = {
	.type = CHECKER_UDP,
	.name = "UDP_CHECK",
	.label = "UDP connection to",
	.protocol = IPPROTO_UDP,
	.is_datagram = true,
	.key = udp_key,
	.data_new = udp_data_new,
	.data_free = free,
	.start = udp_start,
	.io = udp_io,
	.on_sock = conn_on_sock,
	.stop = conn_stop,
	.timeout = udp_timeout,
};
