/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How often and how patiently a checker asks: what it says itself, what its
 * server and its service say, what its kind does.  The nearest word counts.
 */
#include <stddef.h>
#include <string.h>

#include "check/conf_tables.h"

/* Has the table of this kind that word at all? */
static bool
has_word(const struct conf_obj *obj, const char *keyword)
{
	for (uint32_t i = 0; i < obj->block->n_rows; i++)
		if (strcmp(obj->block->row[i].name, keyword) == 0)
			return true;
	return false;
}

/* fall says the same as retry, in the words of the rest: it stays. */
static bool
drop_retry(struct conf_ctx *ctx, struct conf_obj *obj, const char *retry)
{
	if (!conf_is_given(obj, "fall") || !conf_is_given(obj, retry))
		return false;
	conf_report_at(ctx, &obj->pos, DIAG_NOTE,
		       "%s: both %s and fall are given, fall counts", obj->name,
		       retry);
	conf_set_given(obj, retry, false);
	return true;
}

/* ---- services and servers ---- */

void
conf_timing_service(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	if (drop_retry(ctx, &vs->obj, "retry"))
		vs->defaults.retry = 0;
	if (!conf_is_given(&vs->obj, "connect_timeout"))
		vs->defaults.connect_timeout = SEC(5);
	vs->defaults.delay_loop = vs->delay_loop;
	if (!conf_is_given(&vs->obj, "delay_before_retry"))
		vs->defaults.delay_before_retry = -1;
	if (!conf_is_given(&vs->obj, "warmup"))
		vs->defaults.warmup = -1;
}

/* Words that stand at the service and at the server; -1: nobody said. */
void
conf_timing_server(struct conf_ctx *ctx, struct real_server_conf *rs,
		   const struct virtual_server_conf *vs)
{
	struct checker_defaults_conf *d = &rs->defaults;
	const struct checker_defaults_conf *v = &vs->defaults;
	/* Most servers say nothing of it. */
	if (!conf_is_given_within(&rs->obj,
				  offsetof(struct real_server_conf, defaults),
				  sizeof(*d))) {
		*d = *v;
		return;
	}
	if (drop_retry(ctx, &rs->obj, "retry"))
		d->retry = 0;
	if (!conf_is_given(&rs->obj, "retry") &&
	    !conf_is_given(&rs->obj, "fall")) {
		d->retry = v->retry;
		d->fall = v->fall;
	}
	if (!conf_is_given(&rs->obj, "rise"))
		d->rise = v->rise;
	if (!conf_is_given(&rs->obj, "fast_interval"))
		d->fast_interval = v->fast_interval;
	if (!conf_is_given(&rs->obj, "down_interval"))
		d->down_interval = v->down_interval;
	if (!conf_is_given(&rs->obj, "delay_before_retry"))
		d->delay_before_retry = v->delay_before_retry;
	if (!conf_is_given(&rs->obj, "warmup"))
		d->warmup = v->warmup;
	if (!conf_is_given(&rs->obj, "connect_timeout"))
		d->connect_timeout = v->connect_timeout;
	if (!conf_is_given(&rs->obj, "delay_loop"))
		d->delay_loop = v->delay_loop;
}

/* ---- checkers ---- */

/* What a checker of this kind does if nobody says anything. */
static uint32_t
default_retry(enum checker_type type)
{
	return type == CHECKER_MISC ? 0 : type == CHECKER_DNS ? 3 : 1;
}

static nsec_t
default_retry_delay(const struct checker_conf *c)
{
	if (c->type == CHECKER_HTTP || c->type == CHECKER_SSL)
		return SEC(3);
	return c->type == CHECKER_DNS ? c->delay_loop : SEC(1);
}

static void
resolve_retry(struct checker_conf *c, const struct real_server_conf *rs)
{
	const struct checker_defaults_conf *d = &rs->defaults;
	if (conf_is_given(&c->obj, "fall"))
		c->retry = c->fall - 1;
	else if (conf_is_given(&c->obj, "retry") ||
		 conf_is_given(&c->obj, "nb_get_retry"))
		return;
	else if (d->fall != 0 && has_word(&c->obj, "fall"))
		c->retry = d->fall - 1;
	else
		c->retry = conf_is_given(&rs->obj, "retry") || d->retry != 0
				   ? d->retry
				   : default_retry(c->type);
}

static void
resolve_damping(struct checker_conf *c, const struct real_server_conf *rs)
{
	const struct checker_defaults_conf *d = &rs->defaults;
	resolve_retry(c, rs);
	if (!conf_is_given(&c->obj, "rise"))
		c->rise =
			d->rise != 0 && has_word(&c->obj, "rise") ? d->rise : 1;
	if (!conf_is_given(&c->obj, "fast_interval"))
		c->fast_interval = d->fast_interval;
	if (!conf_is_given(&c->obj, "down_interval"))
		c->down_interval = d->down_interval;
}

void
conf_timing_checker(struct conf_ctx *ctx, struct checker_conf *c,
		    const struct real_server_conf *rs)
{
	const struct checker_defaults_conf *d = &rs->defaults;
	(void)drop_retry(ctx, &c->obj, "retry");
	(void)drop_retry(ctx, &c->obj, "nb_get_retry");
	if (!conf_is_given(&c->obj, "delay_loop"))
		c->delay_loop = d->delay_loop;
	if (!conf_is_given(&c->obj, "connect_timeout"))
		c->connect_timeout = d->connect_timeout;
	resolve_damping(c, rs);
	if (!conf_is_given(&c->obj, "delay_before_retry"))
		c->delay_before_retry = d->delay_before_retry >= 0
						? d->delay_before_retry
						: default_retry_delay(c);
	if (!conf_is_given(&c->obj, "warmup"))
		c->warmup = d->warmup >= 0 ? d->warmup : c->delay_loop;
	c->is_warmup_ours = !conf_is_given(&c->obj, "warmup") && d->warmup < 0;
	if (!conf_is_given(&c->obj, "alpha"))
		c->alpha = rs->alpha;
}
