/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sockets of many probes; see shared.h. */
#include "check/shared.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

#define SLOTS_FIRST 16
#define SLOTS_MAX   65536
/* Packets to read in one turn, so that others have theirs, and their size. */
#define PACKETS_PER_TURN 256
#define PACKET_MAX	 2048

/* Compared as bytes. */
struct key {
	uint32_t kind, mark;
	struct addr_port bind; /* family always, never a port */
	char ifname[MSG_IFNAME_LEN];
};

struct shared {
	UT_hash_handle hh;
	struct key key;
	struct probes *probes;
	const struct shared_ops *ops;
	struct poll_item poll;
	int fd;
	uint64_t asked; /* the supervisor's answer will have it; 0: none */
	uint32_t n_users, n_slots, n_taken, next;
	uint16_t number;
	struct probe **slot;
};

/* ---- life ---- */

static void
shared_close(struct shared *s)
{
	if (s->fd < 0)
		return;
	pollset_forget(s->probes->poll, s->fd, &s->poll, true);
	(void)close(s->fd); /* nothing was written that could be lost */
	s->fd = -1;
}

static uint16_t
random_number(void)
{
	uint16_t n;

	/* Any number works; one that nobody can guess is better. */
	return rand_bytes(&n, sizeof(n)) == 0 ? n : (uint16_t)getpid();
}

struct shared *
shared_get(struct probe *p, const struct shared_ops *ops)
{
	struct probes *ps = p->probes;
	struct shared *s;
	struct key key;

	memset(&key, 0, sizeof(key));
	key.kind = ops->kind;
	key.mark = p->key.terms->params.fwmark;
	key.bind.addr = p->key.terms->params.bind.addr;
	key.bind.addr.family = p->key.connect.addr.family;
	memcpy(key.ifname, p->key.terms->params.bind_if, sizeof(key.ifname));
	HASH_FIND(hh, ps->shared, &key, sizeof(key), s);
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->key = key;
		s->probes = ps;
		s->ops = ops;
		s->fd = -1;
		s->number = random_number();
		HASH_ADD(hh, ps->shared, key, sizeof(s->key), s);
	}
	s->n_users++;
	return s;
}

void
shared_put(struct shared *s)
{
	if (s == NULL || --s->n_users > 0)
		return;
	shared_close(s);
	HASH_DEL(s->probes->shared, s);
	free(s->slot);
	free(s);
}

uint16_t
shared_number(const struct shared *s)
{
	return s->number;
}

/* ---- the socket ---- */

int
shared_fd(struct shared *s)
{
	struct probes *ps = s->probes;
	struct msg_sock_want m;

	if (s->fd >= 0 || s->asked != 0)
		return s->fd;
	memset(&m, 0, sizeof(m));
	m.id = s->asked = ++ps->last_sock_id;
	m.kind = s->key.kind;
	m.mark = s->key.mark;
	m.bind = s->key.bind;
	m.bind.port = s->number;
	memcpy(m.ifname, s->key.ifname, sizeof(m.ifname));
	check_out_send(ps->out, PROC_SUPER, MSG_SOCK_WANT, &m);
	return -1;
}

void
shared_failed(struct shared *s, int error)
{
	/* Its interface went and came, or its source address did. */
	if (error == ENODEV || error == ENXIO || error == EADDRNOTAVAIL ||
	    error == EINVAL || error == ENETDOWN)
		shared_close(s);
}

static void
on_poll(struct poll_item *it, int what, monotime_t now)
{
	struct shared *s =
		(struct shared *)((char *)it - offsetof(struct shared, poll));
	uint8_t buf[PACKET_MAX];
	struct sockaddr_storage ss;
	socklen_t len;
	struct addr_port from;
	ssize_t n;

	(void)what; /* an error is read away like a packet */
	for (int i = 0; i < PACKETS_PER_TURN && s->fd >= 0; i++) {
		len = sizeof(ss);
		n = recvfrom(s->fd, buf, sizeof(buf), MSG_DONTWAIT,
			     (struct sockaddr *)&ss, &len);
		if (n < 0)
			return;
		if (addr_port_from_sockaddr((struct sockaddr *)&ss, len,
					    &from) < 0)
			from = (struct addr_port){.port = 0};
		s->ops->on_packet(s, buf, (size_t)n, &from.addr, now);
	}
}

static void
end_all(struct shared *s, int error, monotime_t now)
{
	for (uint32_t i = 0; i < s->n_slots; i++)
		if (s->slot[i] != NULL)
			probe_done(s->slot[i], check_reason_local(error, true),
				   now);
}

void
shared_on_sock(struct probes *ps, uint64_t id, int fd, int error,
	       monotime_t now)
{
	CLEANUP_FD int sock = fd;
	struct shared *s;
	int r;

	for (s = ps->shared; s != NULL; s = s->hh.next)
		if (s->asked == id)
			break;
	if (s == NULL)
		return;
	s->asked = 0;
	r = sock < 0 ? -error
		     : pollset_add(ps->poll, sock, EVENT_READ, &s->poll);
	if (r < 0) {
		end_all(s, -r, now);
		return;
	}
	s->fd = TAKE_FD(sock);
	s->poll.fn = on_poll;
	for (uint32_t i = 0; i < s->n_slots; i++)
		if (s->slot[i] != NULL)
			s->ops->on_ready(s->slot[i], now);
}

/* ---- slots ---- */

static void
grow(struct shared *s)
{
	uint32_t n = s->n_slots == 0 ? SLOTS_FIRST : 2 * s->n_slots;

	s->slot = xrealloc(s->slot, n * sizeof(*s->slot));
	memset(s->slot + s->n_slots, 0, (n - s->n_slots) * sizeof(*s->slot));
	s->next = s->n_slots;
	s->n_slots = n;
}

/* In turn, so that a number is not used again soon. */
int
shared_take(struct shared *s, struct probe *p)
{
	uint32_t k;

	/* Half of them free: the search is short. */
	if (2 * s->n_taken >= s->n_slots && s->n_slots < SLOTS_MAX)
		grow(s);
	if (s->n_taken == s->n_slots)
		return -1;
	for (k = s->next; s->slot[k] != NULL; k = (k + 1) % s->n_slots)
		;
	s->slot[k] = p;
	s->n_taken++;
	s->next = (k + 1) % s->n_slots;
	return (int)k;
}

void
shared_release(struct shared *s, uint16_t slot)
{
	s->slot[slot] = NULL;
	s->n_taken--;
}

struct probe *
shared_find(const struct shared *s, uint16_t slot)
{
	return slot < s->n_slots ? s->slot[slot] : NULL;
}
