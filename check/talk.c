/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dialogs over streams; see talk.h. */
#include "check/talk.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"

static struct talk *
talk_of(const struct probe *p)
{
	return p->data;
}

/* Another step of the other side begins. */
static void
rearm(struct probe *p, monotime_t now)
{
	probe_step(p, p->key.terms->params.connect_timeout, now);
}

/* The line of this step; false: the attempt has ended. */
static bool
say(struct probe *p, monotime_t now)
{
	struct talk *t = talk_of(p);
	const char *text = t->dialog.step->text, *hole = strstr(text, "%s");
	CLEANUP(buf_fini) struct buf line = BUF_INIT;

	if (hole != NULL) {
		buf_add(&line, text, (size_t)(hole - text));
		buf_adds(&line, t->word);
		text = hole + 2;
	}
	buf_adds(&line, text);
	stream_send(&t->stream, p, line.data, line.len, now);
	return p->phase == PROBE_RUNNING;
}

/* Does what the dialog asks for and feeds it with the rest of data. */
static void
carry_on(struct probe *p, enum dialog_result r, const char *data, size_t len,
	 monotime_t now)
{
	struct talk *t = talk_of(p);
	enum check_reason reason = REASON_NONE;

	if (r == DIALOG_MORE)
		r = dialog_feed(&t->dialog, &data, &len, &reason);
	while (r == DIALOG_SAYS) {
		if (!say(p, now))
			return;
		rearm(p, now);
		r = dialog_said(&t->dialog);
		if (r == DIALOG_MORE)
			r = dialog_feed(&t->dialog, &data, &len, &reason);
	}
	if (r == DIALOG_PASSED)
		t->on_passed(p, now);
	else if (r == DIALOG_FAILED)
		probe_done(p, reason, now);
}

static void
on_open(struct probe *p, monotime_t now)
{
	struct talk *t = talk_of(p);

	rearm(p, now);
	carry_on(p, dialog_start(&t->dialog, t->proto), "", 0, now);
}

static void
on_data(struct probe *p, const void *data, size_t len, monotime_t now)
{
	carry_on(p, DIALOG_MORE, data, len, now);
}

static void
on_end(struct probe *p, monotime_t now)
{
	struct talk *t = talk_of(p);
	enum check_reason reason = REASON_NONE;

	if (dialog_close(&t->dialog, &reason) == DIALOG_PASSED)
		t->on_passed(p, now);
	else
		probe_done(p, REASON_ANSWER_CUT, now);
}

static const struct stream_user user = {
	.on_open = on_open,
	.on_data = on_data,
	.on_end = on_end,
};

void
talk_start(struct probe *p, monotime_t now)
{
	struct talk *t = talk_of(p);

	t->dialog = (struct dialog){.proto = t->proto};
	rearm(p, now);
	stream_start(&t->stream, p, &user, now);
}

void
talk_io(struct probe *p, int what, monotime_t now)
{
	stream_io(&talk_of(p)->stream, p, what, now);
}

void
talk_stop(struct probe *p)
{
	stream_stop(&talk_of(p)->stream, p);
}

nsec_t
talk_time_limit(const struct probe *p)
{
	const struct dialog_step *s = talk_of(p)->proto->step;
	nsec_t limit =
		p->key.terms->params.connect_timeout; /* to be accepted */

	for (; s->act != DIALOG_END; s++)
		if (s->act != DIALOG_SEND)
			limit += p->key.terms->params.connect_timeout;
	return limit;
}

bool
talk_is_begun(const struct talk *t)
{
	return t->dialog.step != NULL;
}

void
talk_refine(const struct probe *p, struct check_result *r)
{
	const struct talk *t = talk_of(p);

	if (r->detail[0] != '\0' || r->reason == REASON_NONE ||
	    !talk_is_begun(t))
		return;
	if (r->reason == t->dialog.step->wrong)
		(void)dialog_text(&t->dialog, r->detail, sizeof(r->detail));
	else if (dialog_awaits(&t->dialog)[0] != '\0')
		(void)snprintf(r->detail, sizeof(r->detail), "waiting for %s",
			       dialog_awaits(&t->dialog));
}
