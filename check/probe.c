/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The registry of probes: who they are, how they come and go; see probe.h. */
#include "check/probe.h"

#include <assert.h>
#include <string.h>

#include "check/attempt.h"
#include "check/recall.h"
#include "lib/buf.h"
#include "lib/util.h"

/* What is told when it changes is looked at again so often. */
#define PUSHED_INTERVAL SEC(3600)

void
probes_init(struct probes *ps, struct pollset *poll, uint32_t limit,
	    const struct check_out *out, const struct probes_ops *ops,
	    void *arg)
{
	*ps = (struct probes){
		.poll = poll,
		.limit = limit,
		.out = out,
		.ops = ops,
		.arg = arg,
		.heap = HEAP_INIT,
		.unknown_log = {.interval = SEC(10), .burst = 10}};
	TAILQ_INIT(&ps->queue);
	TAILQ_INIT(&ps->wanting);
}

void
probes_set_caps(struct probes *ps, uint32_t limit, uint32_t rate)
{
	ps->limit = limit;
	ps->rate.per_second = rate;
}

void
probes_fini(struct probes *ps)
{
	assert(ps->by_key == NULL && ps->shared == NULL && ps->terms == NULL);
	heap_fini(&ps->heap);
}

/* ---- identity ---- */

static void
target_fill(struct probe_key *k, const struct checker_ops *ops,
	    const struct checker_conf *c)
{
	/* Compared and hashed as bytes: padding must be zero too. */
	memset(k, 0, sizeof(*k));
	if (ops->is_untargeted)
		return;
	k->connect.addr.family = c->connect.addr.family;
	memcpy(k->connect.addr.bytes, c->connect.addr.bytes,
	       sizeof(k->connect.addr.bytes));
	if (!ops->has_no_port)
		k->connect.port = c->connect.port;
}

static void
source_fill(struct probe_params *p, const struct checker_ops *ops,
	    const struct checker_conf *c)
{
	p->bind.addr.family = c->bind.addr.family;
	memcpy(p->bind.addr.bytes, c->bind.addr.bytes,
	       sizeof(p->bind.addr.bytes));
	if (!ops->has_no_port)
		p->bind.port = c->bind.port;
	p->fwmark = c->fwmark;
	if (c->bind_if != NULL)
		str_fill(p->bind_if, sizeof(p->bind_if), c->bind_if);
	p->connect_timeout = c->connect_timeout;
}

/* What is pushed is known at once and for good. */
static void
timing_fill(struct probe_params *p, const struct checker_ops *ops,
	    const struct checker_conf *c)
{
	if (ops->is_pushed) {
		p->delay_loop = PUSHED_INTERVAL;
		return;
	}
	p->retry = c->retry;
	p->rise = c->rise;
	p->delay_before_retry = c->delay_before_retry;
	p->delay_loop = c->delay_loop;
	p->warmup = c->is_warmup_ours ? SCHED_NO_WARMUP : c->warmup;
	p->fast_interval = c->fast_interval;
	p->down_interval = c->down_interval;
}

struct health_conf
probe_timing(const struct probe *p)
{
	const struct probe_params *q = &p->key.terms->params;

	return (struct health_conf){.retry = q->retry,
				    .rise = q->rise,
				    .delay_loop = q->delay_loop,
				    .delay_before_retry = q->delay_before_retry,
				    .fast_interval = q->fast_interval,
				    .down_interval = q->down_interval,
				    .warmup = q->warmup};
}

static void
params_fill(struct probe_params *p, const struct checker_ops *ops,
	    const struct checker_conf *c)
{
	memset(p, 0, sizeof(*p)); /* bytes, as above */
	p->type = c->type;
	if (!ops->is_untargeted)
		source_fill(p, ops, c);
	timing_fill(p, ops, c);
}

/* The caller is a user of them from now on. */
static struct terms *
terms_of(struct probes *ps, const struct checker_ops *ops,
	 const struct checker_conf *c)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT;
	struct probe_params params;

	params_fill(&params, ops, c);
	buf_add(&key, &params, sizeof(params));
	if (ops->key != NULL)
		ops->key(c, &key);
	return terms_join(&ps->terms, ops, c, &key);
}

/* The same in every process, unlike the key with its pointer. */
static uint64_t
identity(const struct probe_key *k)
{
	const struct {
		struct addr_port connect;
		uint32_t pad;
		uint64_t terms;
	} all = {k->connect, 0, k->terms->identity};

	return journal_key(&all, sizeof(all));
}

/* ---- for a successor ---- */

void
probe_journal(const struct probe *p)
{
	struct journal_record r;

	if (p->journal_slot == JOURNAL_NO_SLOT)
		return;
	recall_write(p, &r);
	journal_put(p->probes->journal, p->journal_slot, &r);
}

/* What a predecessor knew of it, or a place for what we shall. */
static void
journal_begin(struct probe *p, monotime_t now)
{
	struct journal *j = p->probes->journal;
	struct journal_record r;

	p->journal_slot = JOURNAL_NO_SLOT;
	if (j == NULL)
		return;
	if (!journal_take(j, p->journal_key, &p->journal_slot, &r))
		p->journal_slot = journal_add(j);
	else if (!recall_read(p, &r, now))
		j->n_broken++;
	probe_journal(p);
}

/* ---- life ---- */

static struct probe *
probe_new(struct probes *ps, const struct checker_ops *ops,
	  const struct checker_conf *c, const struct probe_key *key,
	  monotime_t now)
{
	struct probe *p = xcalloc(1, sizeof(*p));
	struct health_conf timing;

	p->probes = ps;
	p->ops = ops;
	memcpy(&p->key, key, sizeof(p->key));
	p->key.terms->n_users++;
	p->journal_key = identity(key);
	TAILQ_INIT(&p->users);
	p->fd = -1;
	p->health = health_init(now);
	if (ops->data_new != NULL)
		p->data = ops->data_new(c);
	HASH_ADD(hh, ps->by_key, key, sizeof(p->key), p);
	timing = probe_timing(p);
	p->due = sched_first(&timing, probe_spread(p), now);
	journal_begin(p, now);
	heap_set(&ps->heap, &p->timer, p->due);
	return p;
}

static void
probe_free(struct probe *p)
{
	probe_stop(p);
	heap_remove(&p->probes->heap, &p->timer);
	HASH_DEL(p->probes->by_key, p);
	if (p->probes->journal != NULL)
		journal_drop(p->probes->journal, p->journal_slot);
	if (p->ops->data_free != NULL)
		p->ops->data_free(p->data);
	terms_leave(&p->probes->terms, p->key.terms);
	free(p->detail);
	free(p);
}

static bool
is_asleep(const struct probe *p)
{
	return p->n_asleep == p->n_users;
}

static void
probe_rest(struct probe *p)
{
	probe_stop(p);
	heap_remove(&p->probes->heap, &p->timer);
	p->is_resting = true;
}

void
probes_join(struct probes *ps, struct probe_user *u,
	    const struct checker_ops *ops, const struct checker_conf *c,
	    monotime_t now)
{
	struct probe_key key;
	struct probe *p;

	assert(u->probe == NULL);
	target_fill(&key, ops, c);
	key.terms = terms_of(ps, ops, c);
	HASH_FIND(hh, ps->by_key, &key, sizeof(key), p);
	if (p == NULL)
		p = probe_new(ps, ops, c, &key, now);
	terms_leave(&ps->terms, key.terms); /* the probe has them */
	u->probe = p;
	u->logs_all = c->log_all_failures;
	u->is_asleep = true;
	p->n_users++;
	p->n_asleep++;
	TAILQ_INSERT_TAIL(&p->users, u, link);
	probes_wake(u, now);
	if (ops->is_pushed && p->n_users == 1) {
		p->is_joining = true;
		probe_run_now(p, now);
		p->is_joining = false;
	}
}

void
probes_leave(struct probe_user *u)
{
	struct probe *p = u->probe;

	if (p == NULL)
		return;
	TAILQ_REMOVE(&p->users, u, link);
	u->probe = NULL;
	p->n_asleep -= u->is_asleep;
	if (--p->n_users == 0)
		probe_free(p);
	else if (is_asleep(p))
		probe_rest(p);
}

void
probes_sleep(struct probe_user *u)
{
	struct probe *p = u->probe;

	if (p == NULL || u->is_asleep)
		return;
	u->is_asleep = true;
	p->n_asleep++;
	if (is_asleep(p))
		probe_rest(p);
}

void
probes_wake(struct probe_user *u, monotime_t now)
{
	struct probe *p = u->probe;
	struct health_conf timing;

	if (p == NULL || !u->is_asleep)
		return;
	u->is_asleep = false;
	p->n_asleep--;
	if (!p->is_resting)
		return;
	p->is_resting = false;
	timing = probe_timing(p);
	p->due = sched_first(&timing, probe_spread(p), now);
	heap_set(&p->probes->heap, &p->timer, p->due);
}
