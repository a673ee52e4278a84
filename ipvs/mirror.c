/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Model → kernel; see mirror.h. */
#include "ipvs/mirror.h"

#include <errno.h>
#include <string.h>

#include "ipvs/answer.h"
#include "ipvs/counts.h"
#include "ipvs/genl.h"
#include "ipvs/retry.h"
#include "ipvs/timeouts.h"
#include "lib/log.h"
#include "lib/util.h"

enum {
	SLICE = 4096, /* requests between two looks at the clock */
	TRIES = 4,    /* per pass, while another writer races with us */
};
#define TURN  SEC(1)  /* after this other work has its turn, too */
#define RETRY SEC(30) /* what the kernel refuses is tried again after this, */
#define SOON  SEC(1)  /* and what it had no room for after this */
/* A comparison just to see reads all services, and servers for so long; within
 * so much time it has seen each. */
#define GLANCE MSEC(40)
#define ROUND  SEC(8)

struct mirror {
	struct model *model;
	struct ipvs_genl *genl;
	bool is_resolved; /* the family's number is known */
	int unavailable;  /* error last told about the family, 0 none */
	struct ipvs_table actual;
	struct ipvs_op *note;
	size_t notes, note_room;
	struct timeouts timeouts;
	bool is_raced;		   /* single changes met somebody else's */
	monotime_t seen_at;	   /* the last comparison */
	struct msg_svc_key cursor; /* the service whose servers it read last */
	monotime_t retry_at;	   /* of what was refused; never: nothing was */
	struct mirror_stats stats;
};

int
mirror_open(struct model *model, struct mirror **out)
{
	struct ipvs_genl *genl;
	struct mirror *m;
	int err = ipvs_genl_open(&genl);

	if (err < 0)
		return err;
	m = xcalloc(1, sizeof(*m));
	m->model = model;
	m->genl = genl;
	m->retry_at = MONOTIME_NEVER;
	*out = m;
	return 0;
}

void
mirror_close(struct mirror *m)
{
	if (m == NULL)
		return;
	ipvs_genl_close(m->genl);
	ipvs_table_fini(&m->actual);
	free(m->note);
	free(m);
}

void
mirror_set_rcvbuf(struct mirror *m, size_t bytes, bool is_forced)
{
	int err = ipvs_genl_set_rcvbuf(m->genl, bytes, is_forced);

	if (err < 0)
		log_warn("IPVS: cannot set the netlink receive buffer to %zu "
			 "bytes: %s",
			 bytes, strerror(-err));
}

struct mirror_stats
mirror_stats_get(const struct mirror *m)
{
	struct mirror_stats s = m->stats;

	s.is_available = m->is_resolved;
	s.requests = ipvs_genl_requests(m->genl);
	return s;
}

bool
mirror_count(struct mirror *m, struct ipvs_count *out)
{
	if (m->is_resolved)
		counts_read(m->genl, model_table(m->model), out);
	return m->is_resolved;
}

/* ---- the family ---- */

static void
tell_unavailable(struct mirror *m, int err)
{
	if (m->unavailable == err)
		return;
	m->unavailable = err;
	if (err == -ENOENT)
		log_err("IPVS: this kernel has no IPVS (modprobe ip_vs): "
			"virtual services are not put in place until it has");
	else
		log_err("IPVS: the kernel's table cannot be used: %s; "
			"will be tried again",
			strerror(-err));
}

void
mirror_set_timeouts(struct mirror *m, const struct ipvs_timeouts *t)
{
	timeouts_want(&m->timeouts, t);
	if (m->is_resolved)
		timeouts_apply(&m->timeouts, m->genl);
}

static int
resolve(struct mirror *m)
{
	int err;

	if (m->is_resolved)
		return 0;
	err = ipvs_genl_resolve(m->genl);
	if (err < 0) {
		tell_unavailable(m, err);
		return err;
	}
	if (m->unavailable != 0)
		log_notice("IPVS: the kernel's table can be used now");
	m->unavailable = 0;
	m->is_resolved = true;
	timeouts_forget(&m->timeouts);
	timeouts_apply(&m->timeouts, m->genl);
	return 0;
}

/* ---- single changes ---- */

void
mirror_note(struct mirror *m, const struct ipvs_op *op)
{
	if (m->notes == m->note_room) {
		m->note_room = m->note_room * 2 + 16;
		m->note = xrealloc(m->note, m->note_room * sizeof(*m->note));
	}
	m->note[m->notes++] = *op;
}

bool
mirror_has_notes(const struct mirror *m)
{
	return m->notes > 0;
}

bool
mirror_send(struct mirror *m)
{
	struct run r = {.model = m->model, .stats = &m->stats, .ops = m->note};
	size_t n = m->notes;

	m->notes = 0;
	if (n == 0)
		return true;
	if (!m->is_resolved)
		return false; /* the model has it all: a pass will do */
	if (ipvs_genl_apply(m->genl, m->note, n, run_on_result, &r) < 0)
		return false;
	m->is_raced = r.is_raced;
	return !r.must_again;
}

/* ---- passes ---- */

/* How many services' servers must be read, so that all are in time. */
static size_t
share_of_round(const struct mirror *m, size_t n, monotime_t now)
{
	nsec_t since = monotime_sub(now, m->seen_at);

	if (since < 0 || since >= ROUND)
		return n;
	return (size_t)((double)n * (double)since / (double)ROUND) + 1;
}

/* Those after the cursor come first. */
static size_t
place_of_cursor(const struct mirror *m)
{
	const struct ipvs_table *t = &m->actual;
	size_t i = 0;

	while (i < t->svcs &&
	       ipvs_svc_key_compare(&t->svc[i].key, &m->cursor) <= 0)
		i++;
	return i;
}

/* The destinations of services that we want: of so many at least, and of more
 * while there is time. */
static int
read_dests(struct mirror *m, size_t least, monotime_t begin)
{
	struct ipvs_table *t = &m->actual;
	size_t start = place_of_cursor(m), done = 0;
	bool is_over = false;
	int err = 0;

	for (size_t k = 0; err == 0 && k < t->svcs; k++) {
		size_t i = (start + k) % t->svcs;
		const struct msg_svc_key *key = &t->svc[i].key;

		if (!model_wants(m->model, key))
			continue;
		is_over = is_over ||
			  (done >= least &&
			   monotime_sub(monotime_now(), begin) > GLANCE);
		if (is_over) {
			ipvs_table_set_unread(t, i);
			continue;
		}
		err = ipvs_genl_dump_dests(m->genl, key, t);
		m->cursor = *key;
		done++;
	}
	return err;
}

/* Reads the kernel's services, and destinations of those we want. */
static int
read_kernel(struct mirror *m, bool is_glance, monotime_t now)
{
	struct ipvs_table *t = &m->actual;
	monotime_t begin = monotime_now();
	int err;

	ipvs_table_reset(t);
	err = ipvs_genl_dump_svcs(m->genl, t);
	m->stats.last_svcs = monotime_sub(monotime_now(), begin);
	if (err < 0)
		return err;
	ipvs_table_sort(t);
	if (!ipvs_table_has_twice(t))
		err = read_dests(m,
				 is_glance ? share_of_round(m, t->svcs, now)
					   : t->svcs,
				 begin);
	if (err < 0)
		return err;
	ipvs_table_sort(t);
	return ipvs_table_has_twice(t) ? -EINTR : 0;
}

/*
 * Services that shall leave and that the dump did not show: it may have missed
 * one while others wrote, and then nobody would ever delete it.  The answer
 * that there is no such service is the proof.
 */
static size_t
put_unseen(struct mirror *m, struct ipvs_op *ops)
{
	const struct ipvs_table *leaving = model_leaving(m->model);
	size_t n = 0;

	for (size_t d = 0, a = 0; d < leaving->svcs;) {
		int order =
			a == m->actual.svcs
				? -1
				: ipvs_svc_key_compare(&leaving->svc[d].key,
						       &m->actual.svc[a].key);

		if (order < 0)
			ops[n++] = (struct ipvs_op){.kind = IPVS_OP_SVC_DEL,
						    .svc = leaving->svc[d]};
		d += order <= 0;
		a += order >= 0;
	}
	return n;
}

static bool
owns(const void *arg, const struct msg_svc_key *k)
{
	return model_owns(arg, k);
}

/* Does the operations in slices, while its turn lasts. */
static int
apply(struct mirror *m, struct run *r, const struct ipvs_op *ops, size_t n,
      monotime_t begin)
{
	int err = 0;

	for (size_t at = 0; at < n && err == 0; at += SLICE) {
		/* One slice at least, however long reading took. */
		if (at > 0 && monotime_sub(monotime_now(), begin) > TURN) {
			r->has_more = true;
			break;
		}
		r->ops = ops + at;
		err = ipvs_genl_apply(m->genl, r->ops,
				      n - at < SLICE ? n - at : SLICE,
				      run_on_result, r);
	}
	r->ops = NULL;
	return err;
}

/* Has the module come anew, with another number and an empty table? */
static bool
is_renewed(struct mirror *m)
{
	m->is_resolved = ipvs_genl_is_current(m->genl);
	return !m->is_resolved;
}

/* One comparison.  Returns 1 if there must be another, 0, or -errno. */
static int
pass_once(struct mirror *m, struct run *r, enum retry how, bool is_glance,
	  monotime_t now)
{
	const struct ipvs_table *want;
	struct probes probes = {.n = 0};
	bool was_back = r->is_back;
	struct ipvs_op *ops;
	size_t n;
	int err = resolve(m);
	monotime_t begin = monotime_now();

	if (err == 0)
		err = read_kernel(m, is_glance, now);
	if (err == -EINTR || err == -ESRCH)
		return 1; /* changed while it was read */
	if (err == -ENOENT && m->is_resolved) {
		m->is_resolved = false; /* the module went away */
		return 1;
	}
	if (err < 0)
		return err;
	want = model_table(m->model);
	n = model_leaving(m->model)->svcs;
	ops = xcalloc(ipvs_reconcile_room(want, &m->actual) + n + 1,
		      sizeof(*ops));
	n = ipvs_reconcile(want, &m->actual, owns, m->model, ops);
	n += put_unseen(m, ops + n);
	n = retry_choose(m->model, how, ops, n, &probes);
	n = retry_leave_out_lacked(r, m->actual.lacks, ops, n);
	m->stats.last_read = monotime_sub(monotime_now(), begin);
	r->must_again = r->is_strange = false;
	err = apply(m, r, ops, n, begin);
	free(ops);
	if (err == 0 && r->is_strange && is_renewed(m)) {
		model_forget_errors(m->model);
		r->is_refused = false;
		return 1;
	}
	if (err == 0 && r->is_back && !was_back)
		return 1; /* for the others, and the servers */
	/* Where there was one change there may be more: look at all. */
	if (err == 0 && n > probes.n && m->actual.unread != NULL)
		return 1;
	return err < 0 ? err : r->must_again;
}

int
mirror_pass(struct mirror *m, enum mirror_why why, monotime_t now)
{
	struct run r = {.model = m->model,
			.stats = &m->stats,
			.is_told = true,
			.is_repair = why == MIRROR_TICK ||
				     (why == MIRROR_ERROR && m->is_raced),
			.is_sync = why == MIRROR_SYNC};
	monotime_t begin = monotime_now();
	enum retry how = why != MIRROR_TICK		     ? TRY_ALL
			 : monotime_before(m->retry_at, now) ? TRY_REFUSED
							     : TRY_PROBES;
	bool is_retry = how != TRY_PROBES;
	int again = 1;

	m->notes = 0;
	for (int i = 0; again == 1 && !r.has_more && i < TRIES; i++) {
		again = pass_once(m, &r, how, !is_retry && i == 0, now);
		if (!r.is_back)
			continue;
		how = TRY_ALL;
		r.is_repair = false;
	}
	m->seen_at = now;
	if (r.has_more && again >= 0)
		again = 1;
	else if (again == 1)
		again = -EAGAIN;
	m->is_raced = false;
	m->stats.passes++;
	if (again < 0 && m->is_resolved)
		tell_unavailable(m, again);
	else if (m->is_resolved)
		m->unavailable = 0;
	if (r.is_refused) {
		/* A probe that failed does not put off the others. */
		if (is_retry || r.is_short || monotime_is_never(m->retry_at))
			m->retry_at =
				monotime_add(now, r.is_short ? SOON : RETRY);
	} else if (is_retry && again == 0 && !monotime_is_never(m->retry_at)) {
		m->retry_at = MONOTIME_NEVER;
		model_forget_errors(m->model);
	}
	if (again < 0)
		r.is_sync = false; /* nothing is in place */
	run_tell(&r, monotime_sub(monotime_now(), begin));
	return again;
}

int
mirror_flush(struct mirror *m)
{
	int err = resolve(m);

	if (err == 0)
		err = ipvs_genl_flush(m->genl);
	if (err == 0)
		log_info("IPVS: cleared the whole table");
	else if (m->is_resolved)
		log_err("IPVS: cannot clear the table: %s", strerror(-err));
	return err;
}

/*
 * Last service first.  The kernel keeps deleted servers for two minutes in a
 * list that it searches for each one added, newest first: who starts again
 * and adds in order then finds each at the list's head.  In any other order
 * 40,000 servers take a minute instead of a second.
 */
static size_t
put_deletions(const struct ipvs_table *t, struct ipvs_op *ops)
{
	for (size_t i = 0; i < t->svcs; i++)
		ops[i] = (struct ipvs_op){.kind = IPVS_OP_SVC_DEL,
					  .svc = t->svc[t->svcs - 1 - i]};
	return t->svcs;
}

int
mirror_leave(struct mirror *m)
{
	const struct ipvs_table *wanted = model_table(m->model);
	const struct ipvs_table *leaving = model_leaving(m->model);
	size_t n = wanted->svcs + leaving->svcs;
	struct ipvs_op *ops = xcalloc(n + 1, sizeof(*ops));
	struct run r = {.model = m->model,
			.stats = &m->stats,
			.ops = ops,
			.is_told = true,
			.is_leaving = true};
	int err = 0;

	m->notes = 0;
	n = put_deletions(leaving, ops);
	n += put_deletions(wanted, ops + n);
	if (n > 0)
		err = resolve(m);
	if (n > 0 && err == 0)
		err = ipvs_genl_apply(m->genl, ops, n, run_on_result, &r);
	if (r.done[IPVS_OP_SVC_DEL] > 0)
		log_info("IPVS: virtual services deleted: %u",
			 r.done[IPVS_OP_SVC_DEL]);
	free(ops);
	return err;
}
