/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The FIFOs of a configuration; see fifos.h.  A reload that changes nothing
 * about a FIFO leaves it, and the script that reads it, alone.
 */
#include "daemon/fifos.h"

#include <bsd/sys/queue.h>
#include <errno.h>
#include <string.h>

#include "daemon/conf_global.h"
#include "daemon/exec.h"
#include "daemon/fifo.h"
#include "daemon/reader.h"
#include "daemon/runner.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/script.h"

enum slot_id {
	SLOT_ALL,
	SLOT_VRRP,
	SLOT_LVS,
	SLOT_COUNT,
};

struct slot {
	struct fifo fifo;
	struct reader *reader; /* NULL: none */
};

/* A script whose FIFO is closed, until it ends. */
struct held {
	struct reader *reader;
	TAILQ_ENTRY(held) link;
};

struct fifos {
	struct ev_loop *loop;
	const struct runner *runner;
	struct slot slot[SLOT_COUNT];
	TAILQ_HEAD(, held) leaving;
};

/* What a configuration asks for, in the order of the slots. */
struct wanted {
	const char *keyword;
	struct fifo_conf conf;
};

struct fifos *
fifos_new(struct ev_loop *loop, const struct runner *runner)
{
	struct fifos *f = xcalloc(1, sizeof(*f));

	f->loop = loop;
	f->runner = runner;
	TAILQ_INIT(&f->leaving);
	for (int i = 0; i < SLOT_COUNT; i++)
		f->slot[i].fifo = FIFO_INIT;
	return f;
}

void
fifos_free(struct fifos *f)
{
	struct held *h;

	if (f == NULL)
		return;
	for (int i = 0; i < SLOT_COUNT; i++) {
		fifo_close(&f->slot[i].fifo);
		reader_free(f->slot[i].reader);
	}
	while ((h = TAILQ_FIRST(&f->leaving)) != NULL) {
		TAILQ_REMOVE(&f->leaving, h, link);
		reader_free(h->reader);
		free(h);
	}
	free(f);
}

/* ---- what is wanted ---- */

static bool
is_same_path(const struct wanted *a, const struct wanted *b)
{
	return a->conf.path != NULL && b->conf.path != NULL &&
	       strcmp(a->conf.path, b->conf.path) == 0;
}

/* keepalived's rules for FIFOs of one name. */
static void
drop_doubles(struct wanted w[SLOT_COUNT])
{
	for (int i = SLOT_VRRP; i < SLOT_COUNT; i++)
		if (is_same_path(&w[i], &w[SLOT_ALL])) {
			log_warn("%s is the same as notify_fifo - ignoring %s",
				 w[i].keyword, w[i].keyword);
			w[i].conf = (struct fifo_conf){.path = NULL};
		}
	if (is_same_path(&w[SLOT_LVS], &w[SLOT_VRRP]) &&
	    w[SLOT_LVS].conf.script.argv != NULL &&
	    w[SLOT_VRRP].conf.script.argv != NULL) {
		log_warn("lvs_notify_fifo is the same as vrrp_notify_fifo, "
			 "both with scripts - ignoring "
			 "lvs_notify_fifo_script");
		w[SLOT_LVS].conf.script = (struct conf_script){.argc = 0};
	}
}

static void
fill_wanted(const struct conf *c, struct wanted w[SLOT_COUNT])
{
	const struct daemon_conf *d = daemon_conf_get(c);

	w[SLOT_ALL] = (struct wanted){"notify_fifo", d->notify_fifo};
	w[SLOT_VRRP] = (struct wanted){"vrrp_notify_fifo", d->vrrp_notify_fifo};
	w[SLOT_LVS] = (struct wanted){"lvs_notify_fifo", d->lvs_notify_fifo};
	for (int i = 0; i < SLOT_COUNT; i++) {
		if (w[i].conf.path == NULL && w[i].conf.script.argv != NULL)
			log_warn("%s_script without %s - ignoring it",
				 w[i].keyword, w[i].keyword);
		if (w[i].conf.path == NULL)
			w[i].conf = (struct fifo_conf){.path = NULL};
	}
	drop_doubles(w);
}

/* ---- making it so ---- */

static bool
find_owner(const struct fifos *f, const struct wanted *w, uid_t *uid,
	   gid_t *gid)
{
	const struct exec_rules *rules = runner_rules(f->runner);
	const char *user = w->conf.user != NULL ? w->conf.user : rules->user;
	const char *group = w->conf.user != NULL ? w->conf.group : rules->group;

	*uid = geteuid();
	*gid = getegid();
	if (user == NULL) {
		/* Nobody was named: whom scripts run as, if there is one. */
		(void)script_user_find(EXEC_DEFAULT_USER, NULL, uid, gid);
		return true;
	}
	if (script_user_find(user, group, uid, gid) == 0)
		return true;
	log_warn("%s: no user or group '%s%s%s' - ignoring the FIFO",
		 w->keyword, user, group != NULL ? ":" : "",
		 group != NULL ? group : "");
	return false;
}

static const char *
error_text(int error)
{
	if (error == EEXIST)
		return "it exists and is no FIFO";
	if (error == EPERM)
		return "it exists and belongs to somebody else";
	return strerror(error);
}

static void
open_slot(struct fifos *f, struct slot *s, const struct wanted *w)
{
	uid_t uid;
	gid_t gid;
	int r;

	if (w->conf.path == NULL || !find_owner(f, w, &uid, &gid))
		return;
	r = fifo_open(&s->fifo, w->conf.path, uid, gid);
	if (r < 0)
		log_err("%s %s: %s", w->keyword, w->conf.path, error_text(-r));
}

/* Is what stands there what is asked for? */
static bool
is_right(const struct slot *s, const struct wanted *w)
{
	return w->conf.path != NULL && s->fifo.path != NULL &&
	       strcmp(s->fifo.path, w->conf.path) == 0 &&
	       fifo_is_there(&s->fifo);
}

/* ---- scripts ---- */

/* Frees those whose end was asked for and has come. */
static void
sweep(struct fifos *f)
{
	struct held *h, *next;

	for (h = TAILQ_FIRST(&f->leaving); h != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		if (!reader_has_ended(h->reader))
			continue;
		TAILQ_REMOVE(&f->leaving, h, link);
		reader_free(h->reader);
		free(h);
	}
}

static void
dismiss(struct fifos *f, struct slot *s)
{
	struct held *h;

	if (s->reader == NULL)
		return;
	h = xcalloc(1, sizeof(*h));
	h->reader = TAKE_PTR(s->reader);
	TAILQ_INSERT_TAIL(&f->leaving, h, link);
	reader_end(h->reader);
	sweep(f);
}

/* ---- a configuration ---- */

void
fifos_set_conf(struct fifos *f, const struct conf *c)
{
	struct wanted w[SLOT_COUNT];
	bool stays[SLOT_COUNT];

	fill_wanted(c, w);
	/* First all that goes: a path may move from one to another. */
	for (int i = 0; i < SLOT_COUNT; i++) {
		struct slot *s = &f->slot[i];

		stays[i] = is_right(s, &w[i]);
		if (!stays[i])
			fifo_close(&s->fifo);
		if (s->reader != NULL &&
		    (!stays[i] ||
		     !reader_is(s->reader, &w[i].conf.script, w[i].conf.path)))
			dismiss(f, s);
	}
	for (int i = 0; i < SLOT_COUNT; i++) {
		struct slot *s = &f->slot[i];

		if (!stays[i])
			open_slot(f, s, &w[i]);
		if (s->fifo.path != NULL && s->reader == NULL &&
		    w[i].conf.script.argv != NULL)
			s->reader =
				reader_new(f->loop, f->runner,
					   &w[i].conf.script, w[i].conf.path);
	}
}

/* ---- use ---- */

bool
fifos_has(const struct fifos *f, enum fifos_part part)
{
	const struct slot *own =
		&f->slot[part == FIFOS_VRRP ? SLOT_VRRP : SLOT_LVS];

	return f->slot[SLOT_ALL].fifo.path != NULL || own->fifo.path != NULL;
}

void
fifos_write(struct fifos *f, enum fifos_part part, const char *line, size_t len)
{
	struct slot *own = &f->slot[part == FIFOS_VRRP ? SLOT_VRRP : SLOT_LVS];
	monotime_t now = monotime_now();

	/* Without one of them there is nothing to drop. */
	(void)fifo_write(&f->slot[SLOT_ALL].fifo, line, len, now);
	(void)fifo_write(&own->fifo, line, len, now);
}

/* ---- the end ---- */

void
fifos_end(struct fifos *f)
{
	for (int i = 0; i < SLOT_COUNT; i++) {
		struct slot *s = &f->slot[i];

		if (s->fifo.dropped > 0)
			log_warn("FIFO %s: %llu lines written, %llu dropped",
				 s->fifo.path,
				 (unsigned long long)s->fifo.written,
				 (unsigned long long)s->fifo.dropped);
		fifo_close(&s->fifo);
		dismiss(f, s);
	}
}

void
fifos_kill(struct fifos *f)
{
	struct held *h;

	TAILQ_FOREACH (h, &f->leaving, link)
		reader_kill(h->reader);
}

bool
fifos_reap(struct fifos *f, pid_t pid, int status)
{
	struct held *h;

	for (int i = 0; i < SLOT_COUNT; i++)
		if (f->slot[i].reader != NULL &&
		    reader_reap(f->slot[i].reader, pid, status))
			return true;
	TAILQ_FOREACH (h, &f->leaving, link)
		if (reader_reap(h->reader, pid, status)) {
			sweep(f);
			return true;
		}
	return false;
}

bool
fifos_is_idle(const struct fifos *f)
{
	for (int i = 0; i < SLOT_COUNT; i++)
		if (f->slot[i].reader != NULL)
			return false;
	return TAILQ_EMPTY(&f->leaving);
}
