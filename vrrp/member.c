/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Multicast membership on sockets that do nothing else; see member.h. */
#include "vrrp/member.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <uthash.h>

#include "lib/util.h"

/* A socket that only holds memberships. */
struct holder {
	int fd;
	int family;
	struct holder *next;
};

struct member_key {
	uint32_t ifindex;
	struct addr group;
};

struct member {
	struct member_key key;
	uint32_t users;
	int fd; /* of its holder */
	UT_hash_handle hh;
};

static int
change_membership(int fd, const struct member_key *k, bool do_join)
{
	struct ip_mreqn m4 = {.imr_ifindex = (int)k->ifindex};
	struct ipv6_mreq m6 = {.ipv6mr_interface = k->ifindex};
	int r;

	if (k->group.family == AF_INET6) {
		memcpy(&m6.ipv6mr_multiaddr, k->group.bytes, 16);
		r = setsockopt(fd, IPPROTO_IPV6,
			       do_join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP,
			       &m6, sizeof(m6));
	} else {
		memcpy(&m4.imr_multiaddr, k->group.bytes, 4);
		r = setsockopt(fd, IPPROTO_IP,
			       do_join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
			       &m4, sizeof(m4));
	}
	return r < 0 ? -errno : 0;
}

static struct holder *
holder_new(struct members *s, int family)
{
	struct holder *h;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	*h = (struct holder){.fd = fd, .family = family, .next = s->holders};
	s->holders = h;
	return h;
}

/* The newest holder has room, or (igmp_max_memberships) a new one has.  The
 * descriptor that holds the membership, or -errno. */
static int
join_somewhere(struct members *s, const struct member_key *k)
{
	struct holder *h = s->holders;
	int r = -ENOBUFS;

	while (h != NULL && h->family != k->group.family)
		h = h->next;
	if (h != NULL)
		r = change_membership(h->fd, k, true);
	if (r == -ENOBUFS || r == -ENOMEM) {
		h = holder_new(s, k->group.family);
		if (h == NULL)
			return -errno;
		r = change_membership(h->fd, k, true);
	}
	/* -EADDRINUSE: still there from before */
	return r == 0 || r == -EADDRINUSE ? h->fd : r;
}

static struct member *
member_find(const struct members *s, uint32_t ifindex, const struct addr *group,
	    struct member_key *k)
{
	struct member *m;

	memset(k, 0, sizeof(*k));
	k->ifindex = ifindex;
	k->group = *group;
	HASH_FIND(hh, s->by_key, k, sizeof(*k), m);
	return m;
}

int
members_join(struct members *s, uint32_t ifindex, const struct addr *group)
{
	struct member_key k;
	struct member *m = member_find(s, ifindex, group, &k);
	int fd;

	if (m != NULL) {
		m->users++;
		return 0;
	}
	fd = join_somewhere(s, &k);
	if (fd < 0)
		return fd;
	m = xcalloc(1, sizeof(*m));
	m->key = k;
	m->users = 1;
	m->fd = fd;
	HASH_ADD(hh, s->by_key, key, sizeof(m->key), m);
	return 0;
}

void
members_leave(struct members *s, uint32_t ifindex, const struct addr *group)
{
	struct member_key k;
	struct member *m = member_find(s, ifindex, group, &k);

	if (m == NULL || --m->users > 0)
		return;
	/* Fails when the interface is gone, and the membership with it. */
	(void)change_membership(m->fd, &k, false);
	HASH_DELETE(hh, s->by_key, m);
	free(m);
}

void
members_fini(struct members *s)
{
	struct member *m, *mnext;
	struct holder *h;

	HASH_ITER (hh, s->by_key, m, mnext) {
		HASH_DELETE(hh, s->by_key, m);
		free(m);
	}
	while ((h = s->holders) != NULL) {
		s->holders = h->next;
		util_close_p(&h->fd);
		free(h);
	}
}
