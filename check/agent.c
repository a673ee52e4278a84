/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * agent_check: a program beside the server says how it is, in HAProxy's words
 * (agent_words.h).  One connection per answer, one line.
 *
 * Only what an agent says counts.  That it cannot be reached, or says nothing
 * that is understood, changes nothing: whether the server lives is for the
 * other checkers to see.  So each such end of an attempt is of the class
 * unknown.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check/agent_words.h"
#include "check/checkers.h"
#include "check/conn.h"
#include "check/talk.h"
#include "lib/util.h"

static const struct dialog_step listen_steps[] = {
	{.act = DIALOG_LINE, .text = "its line"},
	{.act = DIALOG_END},
};
static const struct dialog_step ask_steps[] = {
	{.act = DIALOG_SEND, .text = "%s\n"},
	{.act = DIALOG_LINE, .text = "its line"},
	{.act = DIALOG_END},
};
/* What is kept of a line is all that is read of it. */
static const struct dialog_proto listen_only = {listen_steps, DIALOG_KEPT,
						DIALOG_KEPT};
static const struct dialog_proto ask_first = {ask_steps, DIALOG_KEPT,
					      DIALOG_KEPT};

struct agent_data {
	struct talk talk; /* first */
	char send[];
};

static void
agent_key(const struct checker_conf *c, struct buf *key)
{
	const struct agent_check_conf *a = (const struct agent_check_conf *)c;

	if (a->send != NULL)
		buf_add(key, a->send, strlen(a->send) + 1);
}

/* What the agent has said so far, out of what is known of the probe: that
 * survives a respawn of this process and a reload. */
static struct agent_state
state_so_far(const struct probe *p)
{
	const struct health *h = &p->health;
	struct agent_state s =
		p->has_value ? agent_state_of(p->value) : agent_state_init();
	bool is_out = h->state == HEALTH_DOWN || h->is_presumed_down;

	s.is_down = is_out && (s.admin != AGENT_MAINT ||
			       h->last_failure == REASON_AGENT_DOWN);
	return s;
}

static enum check_reason
reason_of(const struct agent_state *s)
{
	if (s->is_down)
		return REASON_AGENT_DOWN;
	return s->admin == AGENT_MAINT ? REASON_AGENT_MAINT : REASON_NONE;
}

static void
on_passed(struct probe *p, monotime_t now)
{
	const struct dialog *line =
		&((struct agent_data *)p->data)->talk.dialog;
	struct agent_state s = state_so_far(p);
	enum check_reason was = reason_of(&s);
	struct check_result r = {.has_value = true};

	(void)dialog_text(line, r.detail, sizeof(r.detail));
	if (agent_parse(line->line, line->kept, &s) == 0) {
		r.has_value = false;
		r.reason = REASON_AGENT_WORDS;
		probe_result(p, &r, now);
		return;
	}
	r.reason = reason_of(&s);
	r.value = agent_value(&s);
	/* Why it is out was said when it went. */
	if (r.reason == was && r.reason == p->health.last && p->detail != NULL)
		str_fill(r.detail, sizeof(r.detail), p->detail);
	probe_result(p, &r, now);
}

/* Whatever failed that the agent did not say is no word about the server. */
static void
agent_refine(const struct probe *p, struct check_result *r)
{
	const char *what = check_reason_text(r->reason);

	(void)p; /* all of them */
	if (check_reason_class(r->reason) != CHECK_FAILED ||
	    r->reason == REASON_AGENT_DOWN || r->reason == REASON_AGENT_MAINT)
		return;
	r->reason = REASON_AGENT_GONE;
	str_fill(r->detail, sizeof(r->detail), what);
}

static void *
agent_data_new(const struct checker_conf *c)
{
	const struct agent_check_conf *a = (const struct agent_check_conf *)c;
	const char *send = a->send != NULL ? a->send : "";
	size_t len = strlen(send) + 1;
	struct agent_data *d = xcalloc(1, sizeof(*d) + len);

	memcpy(d->send, send, len);
	d->talk.proto = a->send != NULL ? &ask_first : &listen_only;
	d->talk.word = d->send;
	d->talk.on_passed = on_passed;
	return d;
}

static void
agent_phrase(const struct probe *p, const char *server,
	     char text[static CHECK_PHRASE_LEN])
{
	(void)snprintf(text, CHECK_PHRASE_LEN, "Agent %s says %s.", server,
		       p->health.last == REASON_AGENT_MAINT ? "maintenance"
							    : "down");
}

const struct checker_ops agent_checker_ops = {
	.type = CHECKER_AGENT,
	.name = "agent_check",
	.label = "Agent",
	.success = "says that its server may serve.",
	.protocol = IPPROTO_TCP,
	.weighs = WEIGHT_PERCENT,
	.key = agent_key,
	.data_new = agent_data_new,
	.data_free = free,
	.start = talk_start,
	.io = talk_io,
	.on_sock = conn_on_sock,
	.stop = talk_stop,
	.time_limit = talk_time_limit,
	.refine = agent_refine,
	.phrase = agent_phrase,
};
