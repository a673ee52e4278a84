/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The thin shell around probes and pools: descriptors, one timer, messages
 * and the configuration transaction.  It decides nothing about servers.
 */
#include "check/engine.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/file.h"
#include "check/journal.h"
#include "check/misc.h"
#include "check/status.h"
#include "check/tls.h"
#include "check/tls_files.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/proc.h"
#include "lib/util.h"
#include "parser/diff.h"

/* Attempts in flight at once, if the descriptors allow it, and descriptors
 * that are not for attempts. */
#define ATTEMPTS_MAX 65536
#define SPARE_FDS    64

_Static_assert(SCHED_TICK == POLLSET_TICK, "their wake-ups must coincide");

struct engine {
	struct proc *proc;
	struct check_out out;
	struct pollset *poll;
	struct probes probes;
	struct pools pools;
	struct tls_files *tls_files;
	struct tls *tls;
	struct ev_timer timer;
	struct conf *conf, *next;
	struct msg_done plan; /* of next */
	struct msg_ipvs_status ipvs;
	struct journal journal; /* of the probes, for a successor */
	uint32_t most_probes;	/* that there are descriptors for */
	bool is_stopped;
};

static void
on_send(void *arg, enum proc_id to, enum msg_type type, const void *data)
{
	struct engine *e = arg;
	struct imsg *im = to == PROC_SUPER ? e->proc->super : e->proc->peer[to];

	if (im != NULL)
		imsg_send(im, type, data, -1);
}

/* After everything that may have changed a deadline. */
static void
rearm(struct engine *e)
{
	monotime_t at =
		monotime_min(probes_next(&e->probes), pools_next(&e->pools));

	if (!e->is_stopped && at.ns != e->timer.at.ns)
		ev_timer_at(&e->timer, at);
}

static void
on_timer(void *arg, monotime_t now)
{
	struct engine *e = arg;

	probes_run(&e->probes, now);
	pools_run(&e->pools, now);
	rearm(e);
}

static void
on_verdict(void *arg, struct probe_user *u, monotime_t now)
{
	(void)arg;
	pools_on_verdict(u, now);
}

static void
on_name_user(void *arg, const struct probe_user *u, char *buf, size_t size)
{
	(void)arg;
	pools_name_user(u, buf, size);
}

static const struct probes_ops probes_callbacks = {.on_verdict = on_verdict,
						   .name_user = on_name_user};

/* As many attempts as there can be descriptors. */
static uint32_t
raise_limit(void)
{
	const rlim_t want = ATTEMPTS_MAX + SPARE_FDS;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return SPARE_FDS;
	if (l.rlim_max < want) {
		struct rlimit more = {want, want};

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return ATTEMPTS_MAX;
	}
	l.rlim_cur = l.rlim_max < want ? l.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		(void)getrlimit(RLIMIT_NOFILE, &l); /* it succeeded above */
	return l.rlim_cur > 2 * SPARE_FDS ? (uint32_t)l.rlim_cur - SPARE_FDS
					  : SPARE_FDS;
}

static int
engine_init(struct proc *p, void **self)
{
	struct engine *e = xcalloc(1, sizeof(*e));

	e->proc = p;
	e->out = (struct check_out){on_send, e};
	e->poll = pollset_new(p->loop, on_timer, e);
	ev_timer_init(&e->timer, p->loop, on_timer, e);
	e->most_probes = raise_limit();
	probes_init(&e->probes, e->poll, e->most_probes, &e->out,
		    &probes_callbacks, e);
	e->tls_files = tls_files_new();
	e->tls = e->probes.tls = tls_new(e->tls_files);
	pools_init(&e->pools, &e->probes, &e->out);
	*self = e;
	return 0;
}

/* ---- the configuration transaction ---- */

static void
count_plan(const struct conf *old, const struct conf *next,
	   struct msg_done *done)
{
	static const struct conf_module *const modules[] = {
		&check_conf_module,
		NULL,
	};
	struct arena *a;
	const struct plan *p;

	if (old == NULL) {
		CONF_FOREACH (const struct conf_obj, vs,
			      &check_conf_get(next)->virtual_server)
			done->added++;
		return;
	}
	a = arena_new();
	p = conf_diff(old, next, modules, CONF_MASK(CONF_CHECK), a);
	done->added = p->n_add;
	done->deleted = p->n_del;
	done->changed = p->n_change;
	done->same = p->n_same;
	arena_free(a);
}

static int
engine_prepare(void *self, struct conf *next, struct msg_done *done,
	       char *reason)
{
	struct engine *e = self;

	(void)reason; /* nothing here can be refused */
	count_plan(e->conf, next, done);
	e->next = next;
	e->plan = *done;
	return 0;
}

static void
set_caps(struct engine *e, const struct check_global_conf *g)
{
	uint32_t limit = e->most_probes;

	if (g->checker_max_probes != 0 && g->checker_max_probes < limit)
		limit = g->checker_max_probes;
	probes_set_caps(&e->probes, limit, g->checker_max_rate);
}

static void
engine_commit(void *self, struct msg_done *done)
{
	struct engine *e = self;
	struct conf *old = e->conf;

	e->conf = TAKE_PTR(e->next);
	*done = e->plan;
	/* The files have come before; what nobody names any more goes. */
	tls_files_sweep(e->tls_files, check_conf_get(e->conf));
	tls_reset(e->tls);
	set_caps(e, &check_conf_get(e->conf)->global);
	log_hold(); /* a line per service */
	pools_apply(&e->pools, check_conf_get(e->conf), monotime_now());
	log_release();
	journal_settle(&e->journal);
	conf_free(old);
	/* The text, two trees and all pools were here at once. */
	(void)malloc_trim(0);
	rearm(e);
}

static void
engine_abort(void *self)
{
	struct engine *e = self;

	conf_free(TAKE_PTR(e->next));
}

/* ---- messages ---- */

/* Before the first configuration, so that probes find what is theirs. */
static void
open_journal(struct engine *e, int fd)
{
	int r = e->conf == NULL ? journal_open(&e->journal, fd) : -EALREADY;

	if (r < 0)
		log_warn("no journal, a respawn will know less: %s",
			 strerror(-r));
	else
		e->probes.journal = &e->journal;
}

/* A certificate, key or CA as it is on the disk now. */
static void
on_tls_file(struct engine *e, uint64_t id, int fd, int error)
{
	if (tls_files_set(e->tls_files, id, fd, error))
		tls_reset(e->tls);
}

static void
engine_on_msg(void *self, enum proc_id from, enum msg_type type,
	      const void *data, int fd)
{
	struct engine *e = self;
	CLEANUP_FD int own = fd;
	const struct msg_sock_have *have = data;
	const struct msg_sock_fail *fail = data;
	const struct msg_local_addr *local = data;
	const struct msg_tls_file *file = data;
	monotime_t now = monotime_now();

	(void)from; /* the frame has checked who may say what */
	if (type == MSG_SOCK_HAVE)
		probes_on_sock(&e->probes, have->id, TAKE_FD(own), 0, now);
	else if (type == MSG_SOCK_FAIL)
		probes_on_sock(&e->probes, fail->id, -1, fail->error, now);
	else if (type == MSG_TLS_FILE)
		on_tls_file(e, file->id, TAKE_FD(own), 0);
	else if (type == MSG_TLS_NO_FILE)
		on_tls_file(e, file->id, -1, file->error);
	else if (type == MSG_JOURNAL)
		open_journal(e, own);
	else if (type == MSG_MISC_DONE)
		misc_on_done(&e->probes, data, now);
	else if (type == MSG_FILE_VALUE)
		file_on_value(&e->probes, data, now);
	else if (type == MSG_LOCAL_ADDR)
		pools_on_local(&e->pools, &local->addr, local->is_here != 0,
			       now);
	else if (type == MSG_HINT_RS)
		hints_add_server(&e->pools.hints, data);
	else if (type == MSG_HINT_DRAIN)
		hints_add_drain(&e->pools.hints, data);
	else if (type == MSG_HINT_VS)
		hints_add_quorum(&e->pools.hints, data);
	else if (type == MSG_IPVS_STATUS)
		e->ipvs = *(const struct msg_ipvs_status *)data;
	rearm(e);
}

static void
engine_on_peer(void *self, enum proc_id id, bool is_open)
{
	struct engine *e = self;

	if (id == PROC_IPVS)
		pools_on_ipvs(&e->pools, is_open, monotime_now());
}

static void
engine_dump(void *self, enum msg_dump_kind kind, int fd)
{
	struct engine *e = self;
	CLEANUP(buf_fini) struct buf text = BUF_INIT;
	size_t done = 0;
	ssize_t n;

	if (kind != MSG_DUMP_DATA)
		return; /* the others are about VRRP */
	status_print(&e->pools, monotime_now(), &text);
	buf_printf(&text,
		   " Kernel table: %s, %u services, %u destinations, "
		   "%u repairs\n",
		   e->ipvs.is_available ? "written" : "not available",
		   e->ipvs.services, e->ipvs.dests, e->ipvs.repairs);
	while (done < text.len) {
		n = write(fd, text.data + done, text.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_warn("cannot write the dump: %s", strerror(errno));
			return;
		}
		done += (size_t)n;
	}
}

/* ---- the end ---- */

static void
engine_stop(void *self, uint32_t flags)
{
	struct engine *e = self;

	(void)flags; /* what stays in the kernel is the ipvs engine's matter */
	e->is_stopped = true;
	ev_timer_stop(&e->timer);
	pools_stop(&e->pools);
	proc_stopped(e->proc);
}

static void
engine_fini(void *self)
{
	struct engine *e = self;

	pools_fini(&e->pools);
	file_fini(&e->probes);
	probes_fini(&e->probes);
	journal_close(&e->journal);
	tls_free(e->tls);
	tls_files_free(e->tls_files);
	ev_timer_fini(&e->timer);
	pollset_free(e->poll);
	conf_free(e->next);
	conf_free(e->conf);
	free(e);
}

const struct engine_ops check_engine_ops = {
	.id = PROC_CHECK,
	.init = engine_init,
	.prepare = engine_prepare,
	.commit = engine_commit,
	.abort = engine_abort,
	.on_msg = engine_on_msg,
	.on_peer = engine_on_peer,
	.dump = engine_dump,
	.stop = engine_stop,
	.fini = engine_fini,
};
