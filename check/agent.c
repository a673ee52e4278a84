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

#define SAID_LEN 64

struct agent_data {
	struct talk talk; /* first */
	struct agent_state state;
	char said[SAID_LEN]; /* when it was told down, or maintenance */
	char send[];
};

static void
agent_key(const struct checker_conf *c, struct buf *key)
{
	const struct agent_check_conf *a = (const struct agent_check_conf *)c;

	if (a->send != NULL)
		buf_add(key, a->send, strlen(a->send) + 1);
}

static bool
is_out(const struct agent_state *s)
{
	return s->is_down || s->admin == AGENT_MAINT;
}

static void
on_passed(struct probe *p, monotime_t now)
{
	struct agent_data *d = p->data;
	struct agent_state was = d->state;
	struct check_result r = {.reason = REASON_NONE, .has_value = true};
	char text[CHECK_DETAIL_LEN];

	(void)dialog_text(&d->talk.dialog, text, sizeof(text));
	if (agent_parse(d->talk.dialog.line, d->talk.dialog.kept, &d->state) ==
	    0) {
		r = (struct check_result){.reason = REASON_AGENT_WORDS};
		memcpy(r.detail, text, sizeof(r.detail));
		probe_result(p, &r, now);
		return;
	}
	if (is_out(&d->state) && (!is_out(&was) || d->said[0] == '\0'))
		str_fill(d->said, sizeof(d->said), text);
	if (d->state.is_down)
		r.reason = REASON_AGENT_DOWN;
	else if (d->state.admin == AGENT_MAINT)
		r.reason = REASON_AGENT_MAINT;
	r.value = d->state.admin == AGENT_READY ? (int32_t)d->state.percent : 0;
	if (is_out(&d->state))
		str_fill(r.detail, sizeof(r.detail), d->said);
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
	d->state = agent_state_init();
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
