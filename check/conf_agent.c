/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * agent_check, which keepalived does not have: one line of a server, or of a
 * service as the default of its servers.
 */
#include <errno.h>
#include <string.h>

#include "check/conf_tables.h"
#include "lib/arena.h"

/* clang-format off */
#define M(m) KW_MEMBER(struct agent_words_conf, m)
static const struct kw agent_rows[] = {
	{.name = "interval", .type = KW_SECONDS, M(interval), KW_RANGE(MSEC(10), SEC(86400)), .decimals = 6,
	 .reload = KW_LIVE, .since = "duumvir", .args = "<DECIMAL 0.01..86400 seconds>", .def_doc = "delay_loop",
	 .doc = "Time between questions."},
	{.name = "send", .type = KW_STRING, M(send), .reload = KW_LIVE, .since = "duumvir", .args = "<STRING>",
	 .def_doc = "nothing",
	 .doc = "A line that is sent before the answer is read."},
};
#undef M
/* clang-format on */
const struct kw_block agent_check_words = {
	KW_ROWS(agent_rows),
};

/* PORT [interval SECONDS] [send STRING], or off. */
static int
agent_parse_row(struct kw_in *in, void *member)
{
	struct agent_words_conf a = {.interval = 0};
	int64_t port = 0;

	if (strcmp(in->word[1].s, "off") != 0) {
		if (kw_parse_int(in, 1, 1, UINT16_MAX, &port) < 0)
			return -EINVAL;
		(void)kw_parse_words(in, 2, &agent_check_words, &a);
	}
	a.port = (uint16_t)port;
	*(struct agent_words_conf *)member = a;
	return (int)in->n - 1;
}

static bool
agent_equal(const void *x, const void *y)
{
	const struct agent_words_conf *a = x, *b = y;
	const char *sa = a->send != NULL ? a->send : "";
	const char *sb = b->send != NULL ? b->send : "";

	return a->port == b->port && a->interval == b->interval &&
	       (a->send == NULL) == (b->send == NULL) && strcmp(sa, sb) == 0;
}

const struct kw_ops agent_check_ops = {.parse = agent_parse_row,
				       .equal = agent_equal};

void
conf_agent_resolve(struct arena *arena, struct real_server_conf *rs,
		   const struct virtual_server_conf *vs, bool logs_all)
{
	const struct checker_defaults_conf *d = &rs->defaults;
	const struct agent_words_conf *words = &rs->agent_check;
	struct checker_conf *c;

	if (!conf_is_given(&rs->obj, "agent_check"))
		rs->agent_check = vs->agent_check;
	if (words->port == 0)
		return;
	rs->agent = arena_alloc(arena, sizeof(*rs->agent));
	rs->agent->send = words->send;
	c = &rs->agent->checker;
	c->type = CHECKER_AGENT;
	c->obj.name = "agent_check";
	c->connect.addr = rs->addr.addr;
	c->connect.port = words->port;
	c->connect_timeout = d->connect_timeout;
	c->delay_loop = words->interval != 0 ? words->interval : d->delay_loop;
	c->warmup = d->warmup >= 0 ? d->warmup : c->delay_loop;
	c->is_warmup_ours = d->warmup < 0;
	/* What an agent says counts at once; one that cannot be reached is not
	 * asked more often for it, and holds nothing down (no alpha). */
	c->retry = 0;
	c->rise = 1;
	c->delay_before_retry = c->delay_loop;
	c->log_all_failures = logs_all;
}
