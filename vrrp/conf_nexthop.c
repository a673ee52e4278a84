/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for encap and nexthop, the words of a route that take words of
 * their own.  Pure reading.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_route.h"

#define MPLS_LABEL_MAX 1048575

struct nexthop_conf *
conf_nexthop_new(struct arena *a)
{
	struct nexthop_conf *n = arena_alloc(a, sizeof(*n));
	n->weight = 1;
	return n;
}

/* ---- encap ---- */

/* "100/200/300" */
static int
mpls_parse(const char *w, struct route_encap_conf *e)
{
	while (e->n_labels < ROUTE_MPLS_LABELS_MAX) {
		char *end;
		unsigned long v = strtoul(w, &end, 10);
		if (end == w || v > MPLS_LABEL_MAX)
			return -EINVAL;
		e->label[e->n_labels++] = (uint32_t)v;
		if (*end == '\0')
			return 0;
		if (*end != '/')
			return -EINVAL;
		w = end + 1;
	}
	return -EINVAL;
}

/* "1:2:3:4", 16 bits each */
static int
ila_parse(const char *w, struct route_encap_conf *e)
{
	unsigned part[4];
	int end = 0;
	if (sscanf(w, "%4x:%4x:%4x:%4x%n", &part[0], &part[1], &part[2],
		   &part[3], &end) != 4 ||
	    w[end] != '\0')
		return -EINVAL;
	e->id = 0;
	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		e->id = e->id << 16 | part[i];
	e->has_id = true;
	return 0;
}

/* One "WORD VALUE" pair of encap ip or ip6; -ENOENT: not one of them. */
static int
tunnel_word(struct kw_in *in, const char *word, const char *value,
	    struct route_encap_conf *e)
{
	uint32_t v;
	char *end;
	if (strcmp(word, "id") == 0) {
		e->id = strtoull(value, &end, 0);
		e->has_id = *value != '\0' && *end == '\0';
		return e->has_id ? 0 : -EINVAL;
	}
	if (strcmp(word, "dst") == 0)
		return addr_parse(value, &e->dst);
	if (strcmp(word, "src") == 0)
		return addr_parse(value, &e->src);
	bool is_tos = strcmp(word, "tos") == 0 || strcmp(word, "tc") == 0;
	if (is_tos || strcmp(word, "ttl") == 0 ||
	    strcmp(word, "hoplimit") == 0) {
		if (conf_name_find(in->ctx, is_tos ? "rt_dsfield" : NULL, value,
				   UINT8_MAX, &v) < 0)
			return -EINVAL;
		*(is_tos ? &e->tos : &e->ttl) = (uint8_t)v;
		*(is_tos ? &e->has_tos : &e->has_ttl) = true;
		return 0;
	}
	if (strcmp(word, "flags") != 0)
		return -ENOENT;
	if (conf_name_find(in->ctx, NULL, value, UINT16_MAX, &v) < 0)
		return -EINVAL;
	e->flags = (uint16_t)v;
	e->has_flags = true;
	return 0;
}

/* The pairs behind "encap ip"; how many words were taken. */
static int
tunnel_parse(struct kw_in *in, struct route_encap_conf *e)
{
	uint32_t i = 2;
	while (i + 1 < in->n) {
		int r = tunnel_word(in, in->word[i].s, in->word[i + 1].s, e);
		if (r == -ENOENT)
			break;
		if (r < 0) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "Invalid encap %s %s", in->word[i].s,
				    in->word[i + 1].s);
			return -EINVAL;
		}
		i += 2;
	}
	if (!e->has_id && !addr_is_set(&e->dst)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "address or id missing for ip encapsulation");
		return -EINVAL;
	}
	return (int)i - 1;
}

int
conf_encap_parse(struct kw_in *in, struct route_encap_conf *e)
{
	static const struct kw_word_value type[] = {{"ip", ROUTE_ENCAP_IP},
						    {"ip6", ROUTE_ENCAP_IP6},
						    {"mpls", ROUTE_ENCAP_MPLS},
						    {"ila", ROUTE_ENCAP_ILA}};
	const char *w = in->n > 1 ? in->word[1].s : "";
	const char *value = in->n > 2 ? in->word[2].s : "";
	struct route_encap_conf r = {.type = ROUTE_ENCAP_NONE};
	for (size_t i = 0; i < ARRAY_LEN(type); i++)
		if (strcmp(type[i].word, w) == 0)
			r.type = (enum route_encap_type)type[i].value;
	int took = -EINVAL;
	switch (r.type) {
	case ROUTE_ENCAP_NONE:
		conf_report(in->ctx, DIAG_GENERAL, "Unknown encap type - %s",
			    w);
		return -EINVAL;
	case ROUTE_ENCAP_IP:
	case ROUTE_ENCAP_IP6:
		took = tunnel_parse(in, &r);
		break;
	case ROUTE_ENCAP_MPLS:
		took = mpls_parse(value, &r) < 0 ? -ERANGE : 2;
		break;
	case ROUTE_ENCAP_ILA:
		took = ila_parse(value, &r) < 0 ? -ERANGE : 2;
		break;
	}
	if (took == -ERANGE)
		conf_report(in->ctx, DIAG_GENERAL, "Invalid encap %s %s", w,
			    value);
	if (took < 0)
		return -EINVAL;
	*e = r;
	return took;
}

static int
encap_parse(struct kw_in *in, void *member)
{
	return conf_encap_parse(in, member);
}

const struct kw_ops encap_ops = {.parse = encap_parse};

/* ---- nexthop ---- */

/* One word of a leg at in->word[i]; how many words, 0: none of its words. */
static int
leg_word(struct kw_in *in, uint32_t i, struct nexthop_conf *n)
{
	const char *w = in->word[i].s;
	const char *value = i + 1 < in->n ? in->word[i + 1].s : "";
	struct kw_in sub = *in;
	int64_t v;
	int took;
	if (strcmp(w, "onlink") == 0) {
		n->onlink = true;
		return 1;
	}
	if (strcmp(w, "via") == 0) {
		uint32_t k = strcmp(value, "inet") == 0 ||
					     strcmp(value, "inet6") == 0
				     ? 2
				     : 1;
		const char *a = i + k < in->n ? in->word[i + k].s : "";
		return addr_parse(a, &n->via) < 0 ? -EINVAL : (int)k + 1;
	}
	if (strcmp(w, "dev") == 0 || strcmp(w, "oif") == 0) {
		n->dev = value;
		return *value == '\0' ? -EINVAL : 2;
	}
	if (strcmp(w, "weight") == 0) {
		if (*value == '\0' || kw_parse_int(in, i + 1, 1, 256, &v) < 0)
			return -EINVAL;
		n->weight = (uint16_t)v;
		return 2;
	}
	sub.word += i;
	sub.n -= i;
	if (strcmp(w, "encap") == 0)
		took = conf_encap_parse(&sub, &n->encap);
	else if (strcmp(w, "realms") == 0)
		took = realms_ops.parse(&sub, &n->realms);
	else
		return 0;
	return took < 0 ? took : took + 1;
}

/* The words of one leg; another "nexthop" begins the next. */
static int
nexthop_parse(struct kw_in *in, void *member)
{
	struct route_conf *r = in->obj;
	struct nexthop_conf *n = conf_nexthop_new(conf_ctx_arena(in->ctx));
	uint32_t i = 1;
	(void)member; /* reached through the route */
	while (i < in->n) {
		int took = leg_word(in, i, n);
		if (took < 0) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "Invalid %s specified for nexthop",
				    in->word[i].s);
			r->is_bad = true;
			return -EINVAL;
		}
		if (took == 0)
			break;
		i += (uint32_t)took;
	}
	STAILQ_INSERT_TAIL(&r->nexthop, &n->obj, link);
	return (int)i - 1;
}

const struct kw_ops nexthop_ops = {.parse = nexthop_parse};
