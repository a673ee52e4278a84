/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * PING_CHECK: a server is up when it answers an echo request.  All pings of one
 * family, source and mark go through one raw socket that the supervisor made
 * (check/shared.h), which hears nothing but what carries its number.  A reply
 * counts if number, slot, nonce and sender are right; an ICMP error if it
 * quotes our request to this server.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/icmp_msg.h"
#include "check/shared.h"
#include "lib/util.h"

struct ping {
	struct shared *s; /* from the first attempt on */
	uint64_t nonce;
	uint16_t slot;
	bool has_slot, is_sent;
};

static void *
ping_data_new(const struct checker_conf *c)
{
	(void)c; /* its parameters are common to all */
	return xcalloc(1, sizeof(struct ping));
}

static void
ping_data_free(void *data)
{
	struct ping *g = data;

	shared_put(g->s);
	free(g);
}

static void
fail_local(struct probe *p, int error, monotime_t now)
{
	const struct probe_params *c = &p->key.terms->params;

	probe_done(p,
		   check_reason_local(error, addr_is_set(&c->bind.addr) ||
						     c->bind_if[0] != '\0'),
		   now);
}

static void
ping_send(struct probe *p, monotime_t now)
{
	struct ping *g = p->data;
	struct addr_port to = {.addr = p->key.connect.addr};
	struct icmp_echo e = {.id = shared_number(g->s), .seq = g->slot};
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&to, &ss);
	uint8_t buf[ICMP_ECHO_LEN];
	int error;

	if (rand_bytes(&g->nonce, sizeof(g->nonce)) < 0) {
		probe_done(p, REASON_LOCAL_OTHER, now);
		return;
	}
	e.nonce = g->nonce;
	icmp_echo_encode(to.addr.family, &e, buf);
	g->is_sent = true;
	if (sendto(shared_fd(g->s), buf, sizeof(buf),
		   MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss,
		   len) >= 0)
		return;
	error = errno;
	shared_failed(g->s, error);
	fail_local(p, error == EAGAIN ? ENOBUFS : error, now);
}

static void
on_packet(struct shared *s, const uint8_t *data, size_t len,
	  const struct addr *from, monotime_t now)
{
	struct icmp_answer a = icmp_answer_decode(from->family, data, len);
	struct probe *p = shared_find(s, a.echo.seq);
	const struct ping *g = p != NULL ? p->data : NULL;
	const struct addr *about = a.kind == ICMP_ERROR ? &a.target : from;

	if (g == NULL || !g->is_sent || a.kind == ICMP_FOREIGN ||
	    a.echo.id != shared_number(s) ||
	    !addr_is_equal(about, &p->key.connect.addr))
		return;
	if (a.kind == ICMP_ERROR)
		probe_done(p, check_reason_remote(a.error), now);
	else if (a.echo.nonce == g->nonce)
		probe_done(p, REASON_NONE, now);
}

static const struct shared_ops echo_ops = {
	.kind = MSG_SOCK_ECHO,
	.on_ready = ping_send,
	.on_packet = on_packet,
};

static void
ping_start(struct probe *p, monotime_t now)
{
	struct ping *g = p->data;
	int slot;

	if (g->s == NULL)
		g->s = shared_get(p, &echo_ops);
	slot = shared_take(g->s, p);
	if (slot < 0) {
		probe_done(p, REASON_LOCAL_OTHER, now);
		return;
	}
	g->slot = (uint16_t)slot;
	g->has_slot = true;
	if (shared_fd(g->s) >= 0)
		ping_send(p, now);
}

/* The host alone. */
static const char *
ping_target(const struct probe *p, char buf[static PROBE_NAME_LEN])
{
	char a[ADDR_STR_LEN];

	(void)snprintf(buf, PROBE_NAME_LEN, "[%s]",
		       addr_print(&p->key.connect.addr, a, sizeof(a)));
	return buf;
}

static void
ping_timeout(struct probe *p, monotime_t now)
{
	const struct ping *g = p->data;

	probe_done(p, g->is_sent ? REASON_TIMEOUT : REASON_LOCAL_HELPER, now);
}

static void
ping_stop(struct probe *p)
{
	struct ping *g = p->data;

	if (g->has_slot)
		shared_release(g->s, g->slot);
	g->has_slot = g->is_sent = false;
}

const struct checker_ops ping_checker_ops = {
	.type = CHECKER_PING,
	.name = "ICMP CHECK",
	.label = "ICMP connection to",
	.has_no_port = true,
	.target = ping_target,
	.data_new = ping_data_new,
	.data_free = ping_data_free,
	.start = ping_start,
	.stop = ping_stop,
	.timeout = ping_timeout,
};
