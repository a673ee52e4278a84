/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration transaction; see reload.h.
 *
 * Until every engine has said READY nothing has changed anywhere, so a file
 * that does not parse, a change that cannot be made while running, an engine
 * that refuses, dies or does not answer all end the same way: the old
 * configuration stays and the reason is logged.
 *
 * A respawn is no transaction: it changes nothing that was agreed.  When the
 * configuration became another while an engine was dead, the new process is
 * told first what its predecessor ran by, then what is in force: so it takes
 * over what it finds and lets go, as in any reload, what nobody wants.
 */
#include "daemon/reload.h"

#include <stdio.h>
#include <string.h>

#include "daemon/confio.h"
#include "daemon/firewall.h"
#include "daemon/fullnat.h"
#include "daemon/ipvs_marks.h"
#include "daemon/reread.h"
#include "daemon/services_file.h"
#include "daemon/spawn.h"
#include "daemon/super.h"
#include "daemon/sysctls.h"
#include "daemon/tlsfile.h"
#include "daemon/vips.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/tree.h"

/* How long an engine may think about a configuration. */
#define READY_LIMIT SEC(30)
/* How long an engine that is no longer needed may take to stop. */
#define STOP_LIMIT SEC(5)
/* New processes in a row that may fail with their predecessor's text. */
#define RECALL_LIMIT 3

static void finish(struct super *s, const char *refusal);

/* ---- one engine ---- */

static bool
runs_by(const struct engine *e, uint64_t digest)
{
	return e->digest_pid == e->pid && e->digest == digest &&
	       e->conf == ENGINE_CONF_DONE;
}

/* What stays the same to the letter is not read and compared again. */
static void
spare(struct engine *e)
{
	e->done.same += e->done.added + e->done.changed;
	e->done.added = e->done.changed = e->done.deleted = 0;
}

static void
set_text(int *at, int fd)
{
	util_close_p(at);
	*at = fd;
}

static void
prepare(struct engine *e, int fd, bool is_reload)
{
	struct msg_conf m = {.generation = e->generation,
			     .is_reload = is_reload};

	e->conf = ENGINE_CONF_SENT;
	if (e->im != NULL)
		imsg_send(e->im, MSG_CONF_PREPARE, &m, fd);
}

static void
send_as(struct engine *e, const struct conf *c, uint32_t generation,
	bool is_reload)
{
	uint64_t digest = 0;
	CLEANUP_FD int fd = confio_seal(c, e->row, &digest);

	if (fd < 0)
		fatal("configuration for %s: %s", e->row->label, strerror(-fd));
	e->generation = generation;
	e->is_spared = is_reload && runs_by(e, digest);
	if (e->is_spared) {
		spare(e);
		return;
	}
	e->sent_digest = digest;
	set_text(&e->sent_fd, TAKE_FD(fd));
	prepare(e, e->sent_fd, is_reload);
}

static void
send_verdict(struct engine *e, enum msg_type type)
{
	struct msg_conf m = {.generation = e->generation};

	if (e->im != NULL)
		imsg_send(e->im, type, &m, -1);
}

/* Is this engine's answer part of the running transaction? */
static bool
takes_part(const struct engine *e)
{
	const struct txn *t = &e->s->txn;

	return t->is_active && spawn_is_running(e) &&
	       e->generation == t->generation;
}

/* ---- a respawn ---- */

bool
reload_has_left(const struct engine *e)
{
	return !spawn_is_running(e) && e->kept_fd >= 0;
}

void
reload_forget(struct engine *e)
{
	set_text(&e->kept_fd, -1);
	e->recalls = 0;
}

void
reload_resume(struct engine *e)
{
	struct super *s = e->s;
	uint64_t digest = 0;
	int fd = confio_seal(s->conf, e->row, &digest);

	if (fd < 0)
		fatal("configuration for %s: %s", e->row->label, strerror(-fd));
	set_text(&e->sent_fd, fd);
	e->sent_digest = digest;
	e->generation = ++s->generation;
	e->is_spared = false;
	e->is_settling = true;
	e->is_recalling = e->kept_fd >= 0 && digest != e->digest;
	e->recalls += e->is_recalling;
	prepare(e, e->is_recalling ? e->kept_fd : e->sent_fd, false);
}

/* The predecessor's text is done with: the one in force follows.  Nothing has
 * come into force meanwhile, since reloads wait. */
static void
recalled(struct engine *e, bool is_reload)
{
	e->is_recalling = false;
	if (e->s->is_stopping || e->is_stopping)
		return;
	e->generation = ++e->s->generation;
	prepare(e, e->sent_fd, is_reload);
}

/* A new process has all it is told, or will never have it. */
static void
settled(struct engine *e)
{
	struct super *s = e->s;

	if (!e->is_settling)
		return;
	e->is_settling = e->is_recalling = false;
	if (!e->is_wanted) /* it came to clear away only */
		spawn_stop(e, 0, STOP_LIMIT);
	if (s->is_reload_queued && !s->txn.is_active) {
		s->is_reload_queued = false;
		reload_request(s);
	}
}

/* A death amid this may be chance, but not time and again. */
static void
died_settling(struct engine *e)
{
	if (e->is_settling && e->recalls >= RECALL_LIMIT) {
		log_err("%s process: %u in a row died taking over from the "
			"one before: what that one left may stay",
			e->row->label, e->recalls);
		reload_forget(e);
	}
	settled(e);
}

static bool
is_anyone_settling(const struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++)
		if (s->engine[i].is_settling)
			return true;
	return false;
}

/* ---- outcome ---- */

static void
commit(struct super *s)
{
	struct txn *t = &s->txn;
	struct conf *old = s->conf;

	firewall_begin(s->firewall, t->next);
	sysctls_begin(s->sysctls, t->next);
	fullnat_begin(s->fullnat, t->next);
	ipvs_marks_begin(s->ipvs_marks, t->next);
	vips_set_conf(s->vips, t->next);
	t->is_committed = true;
	s->conf = TAKE_PTR(t->next);
	super_on_conf(s, old); /* is_wanted still speaks of the old one */
	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *e = &s->engine[i];

		if (takes_part(e))
			tlsfile_send(e);
		if (takes_part(e) && e->conf == ENGINE_CONF_READY) {
			e->conf = ENGINE_CONF_COMMITTED;
			send_verdict(e, MSG_CONF_COMMIT);
		}
		if (e->row != NULL)
			e->is_wanted = t->wanted[i];
	}
	conf_free(old);
}

static void
abort_txn(struct super *s, const char *why)
{
	struct txn *t = &s->txn;
	bool is_start = t->is_start;

	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *e = &s->engine[i];

		if (!takes_part(e) || e->is_spared)
			continue;
		send_verdict(e, MSG_CONF_ABORT);
		e->conf = ENGINE_CONF_DONE;
		if (!e->is_wanted) /* it was started for this only */
			spawn_stop(e, 0, STOP_LIMIT);
	}
	conf_free(TAKE_PTR(t->next));
	finish(s, why);
	if (is_start)
		super_stop(s, 2); /* a permanent configuration error */
}

static void
log_done(const struct super *s)
{
	struct buf line = BUF_INIT;

	for (int i = 0; i < PROC_COUNT; i++) {
		const struct engine *e = &s->engine[i];

		if (!takes_part(e) || e->conf != ENGINE_CONF_DONE)
			continue;
		buf_printf(&line,
			   "%s%s: %u added, %u deleted, %u changed, "
			   "%u unchanged",
			   line.len > 0 ? "; " : " (", e->row->label,
			   e->done.added, e->done.deleted, e->done.changed,
			   e->done.same);
	}
	if (line.len > 0)
		buf_addc(&line, ')');
	log_info("%s%s",
		 s->txn.is_start ? "Startup complete" : "Reload complete",
		 buf_str(&line));
	buf_fini(&line);
}

/* Engines that the configuration in force has and has not. */
static void
settle_engines(struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *e = &s->engine[i];

		if (e->row == NULL || s->is_stopping)
			continue;
		if (!e->is_wanted && spawn_is_running(e) && !e->is_stopping)
			spawn_stop(e, 0, STOP_LIMIT);
		/* One that died meanwhile comes back now. */
		if (reload_has_left(e) ||
		    (e->is_wanted && !spawn_is_running(e)))
			ev_timer_at(&e->timer,
				    monotime_add(monotime_now(),
						 spawn_delay(e->row->id,
							     e->failures)));
	}
}

/* The end of a transaction, good (refusal NULL) or not. */
static void
finish(struct super *s, const char *refusal)
{
	struct txn *t = &s->txn;
	bool is_start = t->is_start;

	ev_timer_stop(&t->timer);
	if (refusal == NULL)
		log_done(s);
	else if (!is_start)
		log_err("Reload refused: %s; the running configuration stays",
			refusal);
	else
		log_err("Configuration refused: %s", refusal);
	t->is_active = false;
	firewall_settle(s->firewall);
	sysctls_settle(s->sysctls);
	fullnat_settle(s->fullnat);
	services_file_write(s);
	ipvs_marks_settle(s->ipvs_marks, s->conf);
	settle_engines(s);
	if (!is_start && refusal == NULL)
		super_reloaded(s);
	if (is_start && refusal == NULL)
		super_started(s);
	else if (!is_start)
		sdnotify_ready(&s->sd,
			       refusal == NULL ? "Reloaded" : "Reload refused");
	if (s->is_reload_queued && !s->is_stopping) {
		s->is_reload_queued = false;
		reload_request(s);
	}
}

/* Goes on when nobody is left to wait for. */
static void
advance(struct super *s)
{
	struct txn *t = &s->txn;
	enum engine_conf wait =
		t->is_committed ? ENGINE_CONF_COMMITTED : ENGINE_CONF_SENT;

	for (int i = 0; i < PROC_COUNT; i++)
		if (takes_part(&s->engine[i]) && s->engine[i].conf == wait)
			return;
	if (!t->is_committed) {
		commit(s);
		advance(s);
		return;
	}
	finish(s, NULL);
}

/* ---- answers ---- */

void
reload_on_ready(struct engine *e, const struct msg_done *m)
{
	if (m->generation != e->generation || e->conf != ENGINE_CONF_SENT)
		return; /* of one that was given up */
	e->conf = ENGINE_CONF_READY;
	if (takes_part(e)) {
		if (!e->s->txn.is_committed)
			advance(e->s);
		return;
	}
	/* A respawn: what is in force needs no one else's consent. */
	tlsfile_send(e);
	e->conf = ENGINE_CONF_COMMITTED;
	send_verdict(e, MSG_CONF_COMMIT);
}

void
reload_on_nack(struct engine *e, const struct msg_nack *m)
{
	char why[MSG_TEXT_LEN + 32];

	if (m->generation != e->generation)
		return;
	(void)snprintf(why, sizeof(why), "%s: %.*s", e->row->label,
		       (int)strnlen(m->reason, sizeof(m->reason)), m->reason);
	if (e->is_recalling) {
		log_err("%s does not take what the one before ran by: %s; "
			"what that one left may stay",
			e->row->label, why);
		reload_forget(e);
		recalled(e, false);
		return;
	}
	e->conf = ENGINE_CONF_DONE;
	if (takes_part(e) && !e->s->txn.is_committed) {
		abort_txn(e->s, why);
		return;
	}
	log_err("%s does not take the running configuration: %s", e->row->label,
		why);
	settled(e);
}

void
reload_on_done(struct engine *e, const struct msg_done *m)
{
	if (m->generation != e->generation || e->conf != ENGINE_CONF_COMMITTED)
		return;
	if (e->is_recalling) {
		recalled(e, true);
		return;
	}
	e->conf = ENGINE_CONF_DONE;
	e->done = *m;
	e->digest = e->sent_digest;
	e->digest_pid = e->pid;
	set_text(&e->kept_fd, TAKE_FD(e->sent_fd));
	e->recalls = 0;
	if (takes_part(e))
		advance(e->s);
	else
		settled(e);
}

/* pid is 0 already, so the engine takes no part any more. */
void
reload_on_death(struct engine *e)
{
	struct super *s = e->s;
	struct txn *t = &s->txn;
	char why[64];

	died_settling(e);
	if (!t->is_active || e->generation != t->generation)
		return;
	e->conf = ENGINE_CONF_NONE;
	if (s->is_stopping) {
		conf_free(TAKE_PTR(t->next));
		ev_timer_stop(&t->timer);
		t->is_active = false;
		return;
	}
	if (t->is_committed || t->is_start) {
		advance(s);
		return;
	}
	(void)snprintf(why, sizeof(why), "the %s process died over it",
		       e->row->label);
	abort_txn(s, why);
}

static void
on_timeout(void *arg, monotime_t now)
{
	struct super *s = arg;
	struct buf who = BUF_INIT;

	(void)now;
	for (int i = 0; i < PROC_COUNT; i++)
		if (takes_part(&s->engine[i]) &&
		    (s->engine[i].conf == ENGINE_CONF_SENT ||
		     s->engine[i].conf == ENGINE_CONF_COMMITTED))
			buf_printf(&who, "%s%s", who.len > 0 ? ", " : "",
				   s->engine[i].row->label);
	buf_adds(&who, " did not answer in time");
	if (!s->txn.is_committed) {
		abort_txn(s, buf_str(&who));
	} else {
		/* It took what it had promised to take; do not hang on it. */
		log_err("%s", buf_str(&who));
		finish(s, NULL);
	}
	buf_fini(&who);
}

/* ---- begin ---- */

static void
begin(struct super *s, struct conf *next, bool is_start)
{
	struct txn *t = &s->txn;

	ipvs_marks_assign(s->ipvs_marks, next);
	t->is_active = true;
	t->is_start = is_start;
	t->is_committed = false;
	t->generation = ++s->generation;
	t->next = next;
	ev_timer_at(&t->timer, monotime_add(monotime_now(), READY_LIMIT));
	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *e = &s->engine[i];
		int r = 0;

		t->wanted[i] = e->row != NULL &&
			       engines_is_wanted(e->row, s->opt, next);
		if (t->wanted[i] && !spawn_is_running(e) &&
		    !reload_has_left(e) && (is_start || !e->is_wanted))
			r = spawn_engine(e);
		if (r < 0)
			log_err("%s process cannot be started: %s",
				e->row->label, strerror(-r));
	}
	/* All run before any is told, so that siblings know each other. */
	for (int i = 0; i < PROC_COUNT; i++)
		if (spawn_is_running(&s->engine[i]) &&
		    !s->engine[i].is_stopping)
			send_as(&s->engine[i], next, t->generation, !is_start);
	advance(s);
}

void
reload_start(struct super *s, struct conf *c)
{
	begin(s, c, true);
}

/* Why a file that was read cannot come into force; NULL if it can.  A file
 * with as many faults as the one in force is none the worse for them. */
static const char *
find_objection(const struct super *s, const struct confio_file *f,
	       struct buf *why)
{
	if (f->conf == NULL || f->is_stopped || f->is_missing ||
	    f->errors > s->conf_errors)
		return f->reason;
	if (confio_is_empty(f->conf))
		return "the file says nothing"; /* it is just being written */
	if (confio_fixed_changes(s->conf, f->conf, why)) {
		buf_adds(why, " cannot change while running");
		return buf_str(why);
	}
	return NULL;
}

void
reload_request(struct super *s)
{
	struct buf why = BUF_INIT;
	struct confio_file f;
	const char *objection;

	if (s->is_stopping)
		return;
	if (s->txn.is_active || is_anyone_settling(s)) {
		s->is_reload_queued = true;
		return;
	}
	log_info("Reloading ...");
	sdnotify_reloading(&s->sd, monotime_now());
	f = reread(s, &objection);
	if (objection == NULL)
		objection = find_objection(s, &f, &why);
	if (objection == NULL) {
		s->conf_errors = f.errors;
		begin(s, f.conf, false);
	} else {
		conf_free(f.conf);
		s->txn.is_start = false;
		finish(s, objection);
	}
	buf_fini(&why);
}

void
reload_init(struct super *s)
{
	ev_timer_init(&s->txn.timer, s->loop, on_timeout, s);
}

void
reload_fini(struct super *s)
{
	conf_free(TAKE_PTR(s->txn.next));
	ev_timer_fini(&s->txn.timer);
}
