/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * on_down: what becomes of the connections of a server that leaves, and
 * where two services want what the kernel has for all of them once.  Pure.
 */
#include <errno.h>
#include <string.h>

#include "check/conf_tables.h"

#define LABEL_LEN 96

static const struct kw_word_value on_down_words[] = {
	{"expire", ON_DOWN_EXPIRE},
	{"keep", ON_DOWN_KEEP},
	{"drain", ON_DOWN_DRAIN},
	{NULL, 0},
};

/* expire | keep | drain SECONDS */
static int
on_down_parse(struct kw_in *in, void *member)
{
	struct on_down_conf d = {0};
	int64_t what;

	if (in->n < 2) {
		conf_report_expected(in->ctx, DIAG_MISSING_PARAMETER,
				     "expire, keep or drain SECONDS",
				     "on_down without a word - ignoring");
		return -EINVAL;
	}
	if (kw_parse_enum(in, 1, on_down_words, false, &what) < 0)
		return -EINVAL;
	d.what = (enum on_down)what;
	if (d.what == ON_DOWN_DRAIN && in->n < 3) {
		conf_report_expected(in->ctx, DIAG_MISSING_PARAMETER,
				     "drain SECONDS",
				     "on_down drain without a time - ignoring");
		return -EINVAL;
	}
	if (d.what == ON_DOWN_DRAIN &&
	    kw_parse_decimal(in, 2, in->kw, &d.drain) < 0)
		return -EINVAL;
	*(struct on_down_conf *)member = d;
	return d.what == ON_DOWN_DRAIN ? 2 : 1;
}

static bool
on_down_equal(const void *a, const void *b)
{
	const struct on_down_conf *x = a, *y = b;

	return x->what == y->what && x->drain == y->drain;
}

const struct kw_ops on_down_ops = {.parse = on_down_parse,
				   .equal = on_down_equal};

/* ---- services that contradict each other ---- */

struct demand {
	const struct virtual_server_conf *first;
	const char *sysctl;
	bool is_on;
};

/* The first that wants something decides, as the supervisor sees it, too. */
static void
settle(struct conf_ctx *ctx, struct demand *d,
       const struct virtual_server_conf *vs, bool is_on)
{
	char one[LABEL_LEN], other[LABEL_LEN];

	if (d->first == NULL) {
		d->first = vs;
		d->is_on = is_on;
		return;
	}
	if (d->is_on == is_on)
		return;
	conf_report_at(ctx, &vs->obj.pos, DIAG_GENERAL,
		       "on_down of virtual server %s contradicts that of %s: "
		       "%s is one for all services - the first one counts",
		       service_conf_label(vs, one, sizeof(one)),
		       service_conf_label(d->first, other, sizeof(other)),
		       d->sysctl);
}

static void
note_inhibited(struct conf_ctx *ctx, const struct virtual_server_conf *vs)
{
	char label[LABEL_LEN];

	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		if (rs->inhibit_on_failure)
			conf_report_at(
				ctx, &rs->obj.pos, DIAG_NOTE,
				"on_down of virtual server %s: real "
				"server %s never leaves by failure "
				"(inhibit_on_failure): its connections "
				"stay",
				service_conf_label(vs, label, sizeof(label)),
				rs->obj.name);
}

void
conf_down_resolve(struct conf_ctx *ctx, const struct check_conf *c)
{
	struct demand nodest = {.sysctl = "net.ipv4.vs.expire_nodest_conn"};
	struct demand quiescent = {
		.sysctl = "net.ipv4.vs.expire_quiescent_template"};

	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		bool is_on = vs->on_down.what != ON_DOWN_KEEP;

		if (vs->on_down.what == ON_DOWN_UNSET)
			continue;
		settle(ctx, &nodest, vs, is_on);
		if (vs->persistence_timeout > 0)
			settle(ctx, &quiescent, vs, is_on);
		if (vs->on_down.what == ON_DOWN_EXPIRE)
			note_inhibited(ctx, vs);
	}
}
