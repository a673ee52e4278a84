/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * TCP_CHECK with via_forwarding: does the server accept a connection that
 * arrives as the director forwards it?
 *
 * The SYN is for the virtual address, but is delivered to this server: by a raw
 * socket whose sendto() names the server while the header names the service
 * (direct routing), or inside IPIP (tunnelling).  The answer comes straight
 * from the virtual address.  On the active director the kernel would throw it
 * away, since that address is its own; so a packet socket listens, before the
 * kernel looks.  A server that has not got the virtual address does not answer.
 *
 * Nothing is accepted and nothing sent but SYN and RST.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/shared.h"
#include "check/via_msg.h"
#include "lib/buf.h"
#include "lib/util.h"

struct via {
	struct shared *out, *in; /* from the first attempt on */
	struct via_segment segment;
	struct via_conf conf;
	uint16_t out_slot, slot; /* slot is in the sequence number */
	bool has_slots, is_sent;
};

static void
via_key(const struct checker_conf *c, struct buf *key)
{
	const struct via_conf *v = ((const struct tcp_check_conf *)c)->via;

	buf_add(key, &v->vip, sizeof(v->vip));
	buf_add(key, &v->is_tunnelled, sizeof(v->is_tunnelled));
}

static void *
via_data_new(const struct checker_conf *c)
{
	struct via *v = xcalloc(1, sizeof(*v));

	v->conf = *((const struct tcp_check_conf *)c)->via;
	return v;
}

static void
via_data_free(void *data)
{
	struct via *v = data;

	shared_put(v->out);
	shared_put(v->in);
	free(v);
}

/* The address from which this machine speaks to the server; 0 or -errno. */
static int
find_source(const struct probe *p, struct addr *source)
{
	const struct probe_params *c = &p->key.terms->params;
	struct addr_port own;
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&p->key.connect, &ss);
	CLEANUP_FD int fd = -1;

	if (addr_is_set(&c->bind.addr)) {
		*source = c->bind.addr;
		return 0;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (c->bind_if[0] != '\0' &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_if,
		       (socklen_t)strlen(c->bind_if)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		return -errno;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	if (addr_port_from_sockaddr((struct sockaddr *)&ss, len, &own) < 0)
		return -EADDRNOTAVAIL;
	*source = own.addr;
	return 0;
}

/* 0 or -errno. */
static int
transmit(struct probe *p, const uint8_t *packet, size_t len)
{
	const struct via *v = p->data;
	struct addr_port to = {.addr = p->key.connect.addr};
	struct sockaddr_storage ss;
	socklen_t ss_len = addr_port_to_sockaddr(&to, &ss);

	if (sendto(shared_fd(v->out), packet, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		   (struct sockaddr *)&ss, ss_len) >= 0)
		return 0;
	return errno == EAGAIN ? -ENOBUFS : -errno;
}

/* Where the answer comes to and what it must carry; 0 or -errno. */
static int
fill_segment(struct probe *p)
{
	struct via *v = p->data;
	struct via_segment *s = &v->segment;
	uint8_t random[3];
	int r = rand_bytes(random, sizeof(random));

	if (r < 0)
		return r;
	*s = (struct via_segment){.dst = v->conf.vip};
	r = find_source(p, &s->src.addr);
	if (r < 0)
		return r;
	/* From a virtual address the answer would go to whoever has it. */
	if (addr_is_equal(&s->src.addr, &s->dst.addr))
		return -EADDRNOTAVAIL;
	s->src.port = (uint16_t)(msg_sock_answers_port(shared_number(v->in)) |
				 random[0]);
	s->seq = (uint32_t)v->slot << 16 | (uint32_t)random[1] << 8 | random[2];
	if (v->conf.is_tunnelled)
		s->tunnel = p->key.connect.addr;
	return 0;
}

/* When both sockets are there. */
static void
via_send(struct probe *p, monotime_t now)
{
	struct via *v = p->data;
	uint8_t packet[VIA_PACKET_MAX];
	int r;

	if (v->is_sent || shared_fd(v->out) < 0 || shared_fd(v->in) < 0)
		return;
	r = fill_segment(p);
	if (r == 0)
		r = transmit(p, packet, via_syn_encode(&v->segment, packet));
	if (r == 0) {
		v->is_sent = true;
		return;
	}
	shared_failed(v->out, -r);
	probe_done(
		p,
		check_reason_local(-r, p->key.terms->params.bind_if[0] != '\0'),
		now);
}

/* The server has a half-open connection: it need not wait for us. */
static void
send_reset(struct probe *p)
{
	struct via *v = p->data;
	uint8_t packet[VIA_PACKET_MAX];

	v->segment.seq++;
	/* If it is lost the server gives up by itself. */
	(void)transmit(p, packet, via_rst_encode(&v->segment, packet));
}

static bool
is_same(const struct addr_port *a, const struct addr_port *b)
{
	return a->port == b->port && addr_is_equal(&a->addr, &b->addr);
}

static void
on_packet(struct shared *s, const uint8_t *data, size_t len,
	  const struct addr *from, monotime_t now)
{
	struct via_answer a = via_answer_decode(data, len);
	struct probe *p = shared_find(s, (uint16_t)(a.acked >> 16));
	const struct via *v = p != NULL ? p->data : NULL;

	(void)from; /* a packet socket names a link, no address */
	if (v == NULL || !v->is_sent || a.kind == VIA_FOREIGN ||
	    a.acked != v->segment.seq || !is_same(&a.src, &v->segment.dst) ||
	    !is_same(&a.dst, &v->segment.src))
		return;
	if (a.kind == VIA_ACCEPTED)
		send_reset(p);
	probe_done(p, a.kind == VIA_ACCEPTED ? REASON_NONE : REASON_REFUSED,
		   now);
}

static void
on_nothing(struct shared *s, const uint8_t *data, size_t len,
	   const struct addr *from, monotime_t now)
{
	(void)s; /* the sending socket hears nothing */
	(void)data;
	(void)len;
	(void)from;
	(void)now;
}

static const struct shared_ops out_ops = {
	.kind = MSG_SOCK_FORWARD,
	.on_ready = via_send,
	.on_packet = on_nothing,
};

static const struct shared_ops in_ops = {
	.kind = MSG_SOCK_ANSWERS,
	.on_ready = via_send,
	.on_packet = on_packet,
};

static void
via_start(struct probe *p, monotime_t now)
{
	struct via *v = p->data;
	int out_slot, slot;

	if (v->out == NULL) {
		v->out = shared_get(p, &out_ops);
		v->in = shared_get(p, &in_ops);
	}
	out_slot = shared_take(v->out, p);
	slot = shared_take(v->in, p);
	if (out_slot >= 0 && slot >= 0) {
		v->out_slot = (uint16_t)out_slot;
		v->slot = (uint16_t)slot;
		v->has_slots = true;
		via_send(p, now);
		return;
	}
	if (out_slot >= 0)
		shared_release(v->out, (uint16_t)out_slot);
	if (slot >= 0)
		shared_release(v->in, (uint16_t)slot);
	probe_done(p, REASON_LOCAL_OTHER, now);
}

static void
via_timeout(struct probe *p, monotime_t now)
{
	const struct via *v = p->data;
	struct check_result r = {.reason = REASON_TIMEOUT};
	char vip[ADDR_PORT_STR_LEN];

	if (!v->is_sent) {
		probe_done(p, REASON_LOCAL_HELPER, now);
		return;
	}
	(void)snprintf(r.detail, sizeof(r.detail), "as %s it does not answer",
		       addr_port_print(&v->conf.vip, vip, sizeof(vip)));
	probe_result(p, &r, now);
}

static void
via_stop(struct probe *p)
{
	struct via *v = p->data;

	if (v->has_slots) {
		shared_release(v->out, v->out_slot);
		shared_release(v->in, v->slot);
	}
	v->has_slots = v->is_sent = false;
}

const struct checker_ops via_checker_ops = {
	.type = CHECKER_VIA,
	.name = "TCP_CHECK",
	.label = "Forwarded TCP connection to",
	.protocol = IPPROTO_TCP,
	.key = via_key,
	.data_new = via_data_new,
	.data_free = via_data_free,
	.start = via_start,
	.stop = via_stop,
	.timeout = via_timeout,
};
