/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for the words of a route but encap and nexthop.  A word that makes
 * the line useless sets is_bad; the line is then dropped as a whole.  Pure
 * reading.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrp/conf_route.h"

#define RTT_MIN_MS 200.0
#define RTT_MAX_MS 120000.0

static const char *
argument(const struct kw_in *in, uint32_t i)
{
	return i < in->n ? in->word[i].s : "";
}

/* The route is of no use: says why and marks it. */
static int
bad_route(struct kw_in *in, const char *what)
{
	struct route_conf *r = in->obj;
	conf_report(in->ctx, DIAG_GENERAL, "Invalid %s %s specified for route",
		    what, argument(in, 1));
	r->is_bad = true;
	return -EINVAL;
}

/* ---- addresses ---- */

static int
to_parse(struct kw_in *in, void *member)
{
	if (conf_prefix_parse(argument(in, 1), 0, member) < 0)
		return bad_route(in, "destination");
	return 1;
}

const struct kw_ops route_to_ops = {.parse = to_parse};

static int
from_parse(struct kw_in *in, void *member)
{
	if (conf_prefix_parse(argument(in, 1), AF_INET6, member) < 0)
		return bad_route(in, "source");
	return 1;
}

const struct kw_ops route_from_ops = {.parse = from_parse};

/* [inet|inet6] ADDR */
static int
via_parse(struct kw_in *in, void *member)
{
	uint32_t i = 1;
	if (strcmp(argument(in, i), "inet") == 0 ||
	    strcmp(argument(in, i), "inet6") == 0)
		i++;
	if (addr_parse(argument(in, i), member) < 0)
		return bad_route(in, "gateway");
	return (int)i;
}

const struct kw_ops route_via_ops = {.parse = via_parse};

static int
gw_parse(struct kw_in *in, void *member)
{
	conf_report(in->ctx, DIAG_DEPRECATED,
		    "\"gw\" for routes is deprecated. Please use \"via\"");
	return via_parse(in, member);
}

const struct kw_ops route_gw_ops = {.parse = gw_parse};

/* A second gateway: both become legs of a multipath route. */
static int
or_parse(struct kw_in *in, void *member)
{
	struct route_conf *r = in->obj;
	struct arena *a = conf_ctx_arena(in->ctx);
	struct addr second;
	(void)member; /* a list */
	conf_report(in->ctx, DIAG_DEPRECATED,
		    "\"or\" for routes is deprecated. Please use \"nexthop\"");
	if (addr_parse(argument(in, 1), &second) < 0)
		return bad_route(in, "gateway");
	const struct addr via[] = {r->via, second};
	for (size_t i = 0; i < ARRAY_LEN(via); i++) {
		if (!addr_is_set(&via[i]))
			continue;
		struct nexthop_conf *n = conf_nexthop_new(a);
		n->via = via[i];
		STAILQ_INSERT_TAIL(&r->nexthop, &n->obj, link);
	}
	r->via = (struct addr){.family = AF_UNSPEC};
	return 1;
}

const struct kw_ops route_or_ops = {.parse = or_parse};

/* as [to] ADDR */
static int
as_parse(struct kw_in *in, void *member)
{
	(void)member; /* none */
	conf_report(in->ctx, DIAG_GENERAL,
		    "\"as to\" for MPLS only - ignoring");
	return strcmp(argument(in, 1), "to") == 0 ? 2 : 1;
}

const struct kw_ops route_as_ops = {.parse = as_parse};

/* ---- metrics ---- */

/* [lock] N with a limit; lock only where it may stand. */
static int
number_metric(struct kw_in *in, struct route_metric_conf *m, bool may_lock,
	      int64_t max)
{
	uint32_t i = 1;
	int64_t v;
	bool lock = may_lock && strcmp(argument(in, 1), "lock") == 0;
	i += lock;
	if (i >= in->n || kw_parse_int(in, i, 0, max, &v) < 0)
		return bad_route(in, in->word[0].s);
	*m = (struct route_metric_conf){
		.value = (uint32_t)v, .has = true, .lock = lock};
	return (int)i;
}

static int
lock_metric_parse(struct kw_in *in, void *member)
{
	return number_metric(in, member, true, UINT32_MAX);
}

const struct kw_ops lock_metric_ops = {.parse = lock_metric_parse};

static int
metric_parse(struct kw_in *in, void *member)
{
	return number_metric(in, member, false, UINT32_MAX);
}

const struct kw_ops metric_ops = {.parse = metric_parse};

static int
hoplimit_parse(struct kw_in *in, void *member)
{
	return number_metric(in, member, false, UINT8_MAX);
}

const struct kw_ops hoplimit_ops = {.parse = hoplimit_parse};

static int
bit_metric_parse(struct kw_in *in, void *member)
{
	return number_metric(in, member, false, 1);
}

const struct kw_ops bit_metric_ops = {.parse = bit_metric_parse};

/* TCP's own limits (RFC 6298), in 1/scale ms. */
static double
clamp_time(struct kw_in *in, const char *w, double v, double scale)
{
	bool is_low = v<RTT_MIN_MS * scale, is_high = v> RTT_MAX_MS * scale;
	if (is_low)
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s value %s below minimum 200ms, resetting",
			    in->word[0].s, w);
	if (is_high)
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s value %s above maximum 120s, resetting",
			    in->word[0].s, w);
	return is_low ? RTT_MIN_MS * scale : is_high ? RTT_MAX_MS * scale : v;
}

/* [lock] N[s|sec|secs|ms]; without a unit in 1/scale ms, as the kernel keeps
 * it. */
static int
time_metric(struct kw_in *in, struct route_metric_conf *m, double scale)
{
	bool lock = strcmp(argument(in, 1), "lock") == 0;
	uint32_t i = lock ? 2 : 1;
	const char *w = argument(in, i);
	char *end;
	double v = strtod(w, &end);
	if (end == w || v < 0 || strpbrk(w, "eExX") == w + strcspn(w, "eExXs"))
		return bad_route(in, in->word[0].s);
	if (strcmp(end, "s") == 0 || strcmp(end, "sec") == 0 ||
	    strcmp(end, "secs") == 0)
		v *= 1000 * scale;
	else if (strcmp(end, "ms") == 0)
		v *= scale;
	else if (*end != '\0')
		return bad_route(in, in->word[0].s);
	v = clamp_time(in, w, v, scale);
	*m = (struct route_metric_conf){
		.value = (uint32_t)(v + 0.5), .has = true, .lock = lock};
	return (int)i;
}

static int
rtt_parse(struct kw_in *in, void *member)
{
	return time_metric(in, member, 8);
}

const struct kw_ops rtt_ops = {.parse = rtt_parse};

static int
rttvar_parse(struct kw_in *in, void *member)
{
	return time_metric(in, member, 4);
}

const struct kw_ops rttvar_ops = {.parse = rttvar_parse};

static int
rto_min_parse(struct kw_in *in, void *member)
{
	return time_metric(in, member, 1);
}

const struct kw_ops rto_min_ops = {.parse = rto_min_parse};

#define FEATURE_ECN 1 /* RTAX_FEATURE_ECN */

static int
features_parse(struct kw_in *in, void *member)
{
	struct route_metric_conf *m = member;
	if (strcmp(argument(in, 1), "ecn") != 0) {
		conf_report(in->ctx, DIAG_GENERAL, "feature %s not supported",
			    argument(in, 1));
		return -EINVAL;
	}
	*m = (struct route_metric_conf){.value = FEATURE_ECN, .has = true};
	return 1;
}

const struct kw_ops features_ops = {.parse = features_parse};

/* [lock] NAME */
static int
congctl_parse(struct kw_in *in, void *member)
{
	struct route_conf *r = in->obj;
	r->congctl_lock = strcmp(argument(in, 1), "lock") == 0;
	uint32_t i = r->congctl_lock ? 2 : 1;
	if (i >= in->n)
		return bad_route(in, "congctl");
	*(const char **)member = in->word[i].s;
	return (int)i;
}

const struct kw_ops congctl_ops = {.parse = congctl_parse};

/* low, medium, high (RFC 4191) or a number. */
static int
pref_parse(struct kw_in *in, void *member)
{
	static const struct kw_word_value word[] = {
		{"medium", 0}, {"high", 1}, {"low", 3}};
	struct route_conf *r = in->obj;
	int64_t v = -1;
	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		if (strcmp(word[i].word, argument(in, 1)) == 0)
			v = word[i].value;
	if (v < 0 && (in->n < 2 || kw_parse_int(in, 1, 0, UINT8_MAX, &v) < 0))
		return bad_route(in, "pref");
	*(uint8_t *)member = (uint8_t)v;
	r->has_pref = true;
	return 1;
}

const struct kw_ops pref_ops = {.parse = pref_parse};
