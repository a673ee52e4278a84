/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The filter of route notifications; see route_filter.h. */
#include "vrrp/route_filter.h"

/* Where things stand: nlmsghdr, then rtmsg. */
#define TYPE_AT	   4 /* 16 bits, host order */
#define FAMILY_AT  16
#define DST_LEN_AT 17
#define ATTRS_AT   28
#define DST_ATTR   1 /* RTA_DST */
#define ATTR_HEAD  4

#define NEW_ROUTE 24 /* RTM_NEWROUTE, RTM_DELROUTE is the next */

#define ACCEPT	   UINT32_MAX
#define HEAD_MAX   16
#define PER_PREFIX 8

struct program {
	struct sock_filter *out;
	size_t n;
};

static void
put(struct program *p, uint16_t code, uint32_t k)
{
	p->out[p->n++] = (struct sock_filter){.code = code, .k = k};
}

/* Goes on if A is k, else jumps over the next n. */
static void
need(struct program *p, uint32_t k, uint8_t n)
{
	p->out[p->n++] = (struct sock_filter){
		.code = BPF_JMP | BPF_JEQ | BPF_K, .jf = n, .k = k};
}

/* BPF loads numbers in network order; netlink has them in host order. */
static uint32_t
type_word(uint16_t type)
{
	uint8_t b[sizeof(type)];

	__builtin_memcpy(b, &type, sizeof(b));
	return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t
word_of(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* family << 8 | length, to be compared with one load. */
static uint32_t
kind_of(const struct route_watch *w)
{
	return (uint32_t)w->key.family << 8 | w->key.len;
}

static void
put_lengths(struct program *p, const struct route_mirror *m)
{
	bool has[2][129] = {{false}};
	const struct route_watch *w, *next;

	put(p, BPF_LD | BPF_H | BPF_ABS, FAMILY_AT);
	HASH_ITER (hh, m->watches, w, next) {
		bool *seen = &has[w->key.family == AF_INET6][w->key.len];

		if (*seen)
			continue;
		*seen = true;
		need(p, kind_of(w), 1);
		put(p, BPF_RET | BPF_K, ACCEPT);
	}
}

/* One prefix: its length and its first 32 bits. */
static void
put_prefix(struct program *p, const struct route_watch *w)
{
	put(p, BPF_LD | BPF_H | BPF_ABS, FAMILY_AT);
	if (w->key.len == 0) {
		need(p, kind_of(w), 1);
		put(p, BPF_RET | BPF_K, ACCEPT);
		return;
	}
	need(p, kind_of(w), 3);
	put(p, BPF_LD | BPF_MEM, 0);
	need(p, word_of(w->key.bytes), 1);
	put(p, BPF_RET | BPF_K, ACCEPT);
}

/* M[0] = the first 32 bits of RTA_DST, 0 if there is none. */
static void
put_destination(struct program *p)
{
	put(p, BPF_LD | BPF_IMM, ATTRS_AT);
	put(p, BPF_LDX | BPF_IMM, DST_ATTR);
	put(p, BPF_LD | BPF_B | BPF_ABS,
	    (uint32_t)(SKF_AD_OFF + SKF_AD_NLATTR));
	p->out[p->n++] = (struct sock_filter){
		.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 2, .k = 0};
	put(p, BPF_MISC | BPF_TAX, 0);
	put(p, BPF_LD | BPF_W | BPF_IND, ATTR_HEAD);
	put(p, BPF_ST, 0);
}

size_t
route_filter_make(const struct route_mirror *m, struct sock_filter *out)
{
	struct program p = {.out = out};
	const struct route_watch *w, *next;
	size_t n = HASH_COUNT(m->watches);

	put(&p, BPF_LD | BPF_H | BPF_ABS, TYPE_AT);
	out[p.n++] = (struct sock_filter){.code = BPF_JMP | BPF_JEQ | BPF_K,
					  .jt = 2,
					  .k = type_word(NEW_ROUTE)};
	out[p.n++] = (struct sock_filter){.code = BPF_JMP | BPF_JEQ | BPF_K,
					  .jt = 1,
					  .k = type_word(NEW_ROUTE + 1)};
	put(&p, BPF_RET | BPF_K, ACCEPT); /* a rule */
	if (n > (ROUTE_FILTER_MAX - HEAD_MAX) / PER_PREFIX) {
		put_lengths(&p, m);
	} else {
		put_destination(&p);
		HASH_ITER (hh, m->watches, w, next)
			put_prefix(&p, w);
	}
	put(&p, BPF_RET | BPF_K, 0);
	return p.n;
}
