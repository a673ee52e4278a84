/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From states to words; see notify.h.
 *
 * Engines report states and know neither scripts, FIFOs nor mail.  Of each
 * report the FIFOs get their line first, then scripts are queued, then a mail
 * is; all three only note it down, so the order costs nobody time.
 */
#include "daemon/notify.h"

#include <stdio.h>
#include <string.h>

#include "check/conf.h"
#include "daemon/conf_global.h"
#include "daemon/fifos.h"
#include "daemon/hints.h"
#include "daemon/postman.h"
#include "daemon/runner.h"
#include "daemon/told.h"
#include "daemon/words.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/conf.h"

struct notify {
	struct runner *runner;
	struct fifos *fifos;
	struct postman *postman;
	struct told now, before;
	const struct conf *unread; /* what now is to be made of, when needed */
	bool has_email_faults;	   /* not no_email_faults */
	bool has_checker_emails;   /* not no_checker_emails */
};

struct notify *
notify_new(struct runner *runner, struct fifos *fifos, struct postman *postman)
{
	struct notify *n = xcalloc(1, sizeof(*n));

	n->runner = runner;
	n->fifos = fifos;
	n->postman = postman;
	return n;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	told_fini(&n->now);
	told_fini(&n->before);
	free(n);
}

bool
notify_mails(const struct notify *n)
{
	return n->postman != NULL && postman_is_on(n->postman);
}

/* The first report makes the index: it comes when the engines have what they
 * wait for. */
static void
read_conf(struct notify *n)
{
	if (n->unread != NULL)
		told_init(&n->now, n->unread, &n->before,
			  n->fifos != NULL && fifos_has(n->fifos, FIFOS_LVS),
			  notify_mails(n));
	n->unread = NULL;
}

void
notify_set_conf(struct notify *n, const struct conf *c)
{
	read_conf(n);
	told_fini(&n->before);
	n->before = n->now;
	n->now = (struct told){0};
	n->unread = c;
	n->has_email_faults = !daemon_conf_get(c)->no_email_faults;
	n->has_checker_emails = !check_conf_get(c)->global.no_checker_emails;
	if (n->postman != NULL && told_wants_mail(c) &&
	    !postman_is_on(n->postman))
		log_warn("smtp_alert needs smtp_server and "
			 "notification_email: no mail will be sent");
}

static const struct told_object *
find(struct notify *n, const struct told_key *k)
{
	const struct told_object *o;

	read_conf(n);
	o = told_find(&n->now, k);

	return o != NULL ? o : told_find(&n->before, k);
}

static void
write_line(struct notify *n, enum fifos_part part, struct buf *line)
{
	if (line->len > 0)
		fifos_write(n->fifos, part, line->data, line->len);
	buf_fini(line);
}

/* ---- instances and groups ---- */

/* Which scripts run for it; false: none. */
static bool
event_of(enum vrrp_state_word word, enum told_event *ev)
{
	switch (word) {
	case VRRP_WORD_MASTER:
		*ev = TOLD_MASTER;
		return true;
	case VRRP_WORD_BACKUP:
		*ev = TOLD_BACKUP;
		return true;
	case VRRP_WORD_FAULT:
		*ev = TOLD_FAULT;
		return true;
	case VRRP_WORD_STOP:
		*ev = TOLD_STOP;
		return true;
	case VRRP_WORD_DELETED:
		*ev = TOLD_DELETED;
		return true;
	case VRRP_WORD_MASTER_RX_LOWER_PRI:
		*ev = TOLD_RX_LOWER;
		return true;
	case VRRP_WORD_INIT:
	case VRRP_WORD_MASTER_PRIORITY:
	case VRRP_WORD_BACKUP_PRIORITY:
		break;
	}
	return false;
}

static void
run_vrrp_scripts(struct notify *n, const struct told_object *o,
		 const struct words_vrrp *w, enum told_event ev)
{
	char object[MSG_NAME_LEN + 16], priority[12];
	const char *extra[4] = {w->is_group ? "GROUP" : "INSTANCE", w->name,
				words_state(w->word), priority};
	struct runner_cmd cmd[2] = {
		{.script = &o->script[ev]},
		{.script = &o->script[TOLD_ANY], .extra = extra, .n_extra = 4},
	};

	(void)snprintf(priority, sizeof(priority), "%u", w->priority);
	(void)snprintf(object, sizeof(object), "%s %s",
		       w->is_group ? "group" : "instance", w->name);
	if (ev == TOLD_RX_LOWER)
		runner_submit(n->runner, object, RUNNER_REMARK, cmd, 1);
	else
		runner_submit(n->runner, object, RUNNER_STATE, cmd, 2);
}

static void
write_vrrp(struct notify *n, const struct words_vrrp *w)
{
	struct buf line = BUF_INIT;

	if (n->fifos == NULL || !fifos_has(n->fifos, FIFOS_VRRP))
		return;
	words_vrrp_line(&line, w);
	write_line(n, FIFOS_VRRP, &line);
}

static void
mail_vrrp(struct notify *n, const struct words_vrrp *w)
{
	struct buf subject = BUF_INIT, text = BUF_INIT;

	if (n->postman == NULL || !postman_is_on(n->postman))
		return;
	if (w->word == VRRP_WORD_FAULT && !n->has_email_faults)
		return;
	if (words_vrrp_mail(&subject, &text, w))
		postman_alert(n->postman, subject.data, text.data);
	buf_fini(&subject);
	buf_fini(&text);
}

static void
on_vrrp(struct notify *n, const struct msg_vrrp_state *m)
{
	char name[MSG_NAME_LEN + 1] = "";
	struct words_vrrp w = {
		.is_group = m->kind == MSG_VRRP_GROUP,
		.name = name,
		.word = (enum vrrp_state_word)m->state,
		.priority = m->kind == MSG_VRRP_GROUP ? 0 : m->priority,
	};
	bool is_priority = m->state == VRRP_WORD_MASTER_PRIORITY ||
			   m->state == VRRP_WORD_BACKUP_PRIORITY;
	const struct told_object *o;
	enum told_event ev = TOLD_ANY;
	struct told_key k;

	memcpy(name, m->name, sizeof(m->name));
	told_key_init(&k, MSG_VRRP_STATE, m->kind, name);
	o = find(n, &k);
	if (o == NULL || words_state(w.word) == NULL ||
	    (is_priority && !o->tells_priority))
		return;
	(void)event_of(w.word, &ev);
	/* As with keepalived: a fault, but without the script for one. */
	if (w.word == VRRP_WORD_DELETED && !o->tells_deleted)
		w.word = VRRP_WORD_FAULT;
	write_vrrp(n, &w);
	if (ev != TOLD_ANY)
		run_vrrp_scripts(n, o, &w, ev);
	if (o->smtp_alert)
		mail_vrrp(n, &w);
}

/* ---- virtual and real servers ---- */

static void
run_server_script(struct notify *n, const struct told_object *o, bool is_up)
{
	char object[MSG_VS_NAME_LEN + 80];
	struct runner_cmd cmd = {
		.script = &o->script[is_up ? TOLD_MASTER : TOLD_BACKUP]};

	if (o->label != NULL)
		(void)snprintf(object, sizeof(object), "%s of %s", o->label,
			       o->key.name);
	else
		(void)snprintf(object, sizeof(object), "%s", o->key.name);
	runner_submit(n->runner, object, RUNNER_STATE, &cmd, 1);
}

static void
write_server(struct notify *n, const struct told_object *o, bool is_up)
{
	struct buf line = BUF_INIT;

	if (n->fifos == NULL || !fifos_has(n->fifos, FIFOS_LVS))
		return;
	if (o->label != NULL)
		words_server_line(&line, o, is_up);
	else
		words_service_line(&line, o, is_up);
	write_line(n, FIFOS_LVS, &line);
}

/* A mail for each checker that changed its mind; without no_checker_emails
 * also where the server stays what it was. */
static void
mail_checkers(struct notify *n, const struct told_object *o,
	      const struct msg_rs_state *m, const struct notify_before *before)
{
	uint64_t changed = before->has_failed ? before->failed ^ m->failed : 0;
	struct buf subject = BUF_INIT, text = BUF_INIT;

	if (m->initial && !n->has_checker_emails)
		changed = 0;
	words_server_subject(&subject, o, m->is_alive);
	for (uint32_t i = 0; i < 64; i++) {
		if (!(changed & UINT64_C(1) << i))
			continue;
		buf_reset(&text);
		words_checker(&text, o, i, m);
		postman_alert(n->postman, subject.data, text.data);
	}
	if (changed == 0 && !m->initial)
		postman_alert(n->postman, subject.data,
			      m->is_alive ? "the server is in the pool"
					  : "the server is out of the pool");
	buf_fini(&subject);
	buf_fini(&text);
}

static void
mail_service(struct notify *n, const struct told_object *o,
	     const struct msg_vs_state *m)
{
	struct buf subject = BUF_INIT, text = BUF_INIT;

	words_service_mail(&subject, &text, o, m);
	postman_alert(n->postman, subject.data, text.data);
	buf_fini(&subject);
	buf_fini(&text);
}

static bool
mails(const struct notify *n, const struct told_object *o)
{
	return o->smtp_alert && notify_mails(n);
}

static void
on_server(struct notify *n, const struct msg_rs_state *m,
	  const struct notify_before *before)
{
	char name[MSG_VS_NAME_LEN + 1] = "";
	const struct told_object *o;
	struct told_key k;

	if (m->initial && !notify_mails(n))
		return; /* a start tells only mails */
	memcpy(name, m->vs, sizeof(m->vs));
	told_key_init(&k, MSG_RS_STATE, 0, name);
	k.addr = m->addr;
	k.port = m->port;
	o = find(n, &k);
	if (o == NULL)
		return;
	/* The check engine says itself what is for scripts: that a server of
	 * alpha mode is down indeed is, although it was thought so. */
	if (!m->initial) {
		write_server(n, o, m->is_alive);
		run_server_script(n, o, m->is_alive);
	}
	if (mails(n, o))
		mail_checkers(n, o, m, before);
}

static void
on_service(struct notify *n, const struct msg_vs_state *m)
{
	char name[MSG_VS_NAME_LEN + 1] = "";
	const struct told_object *o;
	struct told_key k;

	if (m->initial)
		return;
	memcpy(name, m->vs, sizeof(m->vs));
	told_key_init(&k, MSG_VS_STATE, 0, name);
	o = find(n, &k);
	if (o == NULL)
		return;
	write_server(n, o, m->has_quorum);
	run_server_script(n, o, m->has_quorum);
	if (mails(n, o))
		mail_service(n, o, m);
}

void
notify_on_state(struct notify *n, enum msg_type type, const void *data,
		const struct notify_before *before)
{
	if (type == MSG_RS_STATE)
		on_server(n, data, before);
	else if (type == MSG_VRRP_STATE && before->is_news)
		on_vrrp(n, data);
	else if (type == MSG_VS_STATE && before->is_news)
		on_service(n, data);
}

/* ---- after a reload ---- */

static void
write_again(struct notify *n, const struct hints *h, enum msg_vrrp_kind kind,
	    const char *name)
{
	const struct msg_vrrp_state *m = hints_find_vrrp(h, kind, name);
	struct words_vrrp w = {.is_group = kind == MSG_VRRP_GROUP,
			       .name = name};

	if (m == NULL || words_state((enum vrrp_state_word)m->state) == NULL)
		return;
	w.word = (enum vrrp_state_word)m->state;
	w.priority = w.is_group ? 0 : m->priority;
	write_vrrp(n, &w);
}

void
notify_reloaded(struct notify *n, const struct hints *h, const struct conf *c)
{
	const struct vrrp_conf *v = vrrp_conf_get(c);

	if (!v->global.fifo_write_vrrp_states_on_reload)
		return;
	CONF_FOREACH (const struct vrrp_instance_conf, i, &v->vrrp_instance)
		write_again(n, h, MSG_VRRP_INSTANCE, i->obj.name);
	CONF_FOREACH (const struct vrrp_sync_group_conf, g, &v->vrrp_sync_group)
		write_again(n, h, MSG_VRRP_GROUP, g->obj.name);
}
