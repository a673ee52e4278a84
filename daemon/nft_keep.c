/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Tables kept as they are wanted; see nft_keep.h.
 */
#include "daemon/nft_keep.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* After netinet/in.h. */
#include <linux/netfilter.h>

#include "daemon/netns.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/nft.h"
#include "lib/nft_batch.h"
#include "lib/util.h"

/* A foreign reload comes in pieces: wait for a moment of quiet. */
#define PUT_BACK_DELAY MSEC(50)
/* Made and deleted in one transaction. */
#define PROBE "duumvir_probe"
/* After a failure: doubled each time. */
#define RETRY_DELAY	SEC(1)
#define RETRY_DELAY_MAX SEC(64)

struct nft_keep {
	const struct nft_keep_conf *conf;
	struct ev_loop *loop;
	struct nft *nft; /* NULL: never needed yet */
	struct ev_io io;
	struct ev_timer timer; /* put it back, or try again */
	struct nft_batch want; /* empty: no tables */
	bool has_six;
	bool is_there;	 /* want stands in the kernel, as far as we know */
	bool is_ours;	 /* tables of ours may be there */
	bool is_foreign; /* changed by another */
	bool is_known;	 /* what an earlier run left has been looked for */
	nsec_t retry;
	struct log_limit limit;
	uint64_t repairs;
};

static void
later(struct nft_keep *k, nsec_t delay)
{
	ev_timer_at(&k->timer, monotime_add(monotime_now(), delay));
}

/* ---- the door ---- */

static void
on_nft(void *arg, int what)
{
	struct nft_keep *k = arg;

	(void)what;
	if (!nft_read(k->nft, k->conf->table) || k->want.len == 0)
		return;
	k->is_there = false;
	k->is_foreign = true;
	later(k, PUT_BACK_DELAY);
}

static int
commit_none(struct nft_keep *k)
{
	struct nft_batch b = {.table = k->conf->table};
	int r;

	nft_batch_begin(&b);
	nft_put_no_table(&b, NFPROTO_IPV4);
	if (k->has_six)
		nft_put_no_table(&b, NFPROTO_IPV6);
	nft_batch_end(&b);
	r = nft_commit(k->nft, &b);
	nft_batch_fini(&b);
	return r;
}

/* A kernel without IPv6 has no such tables. */
static bool
has_six(struct nft_keep *k)
{
	struct nft_batch b = {.table = PROBE};
	int r;

	nft_batch_begin(&b);
	nft_put_no_table(&b, NFPROTO_IPV6);
	nft_batch_end(&b);
	r = nft_commit(k->nft, &b);
	nft_batch_fini(&b);
	return r != -EOPNOTSUPP && r != -EAFNOSUPPORT;
}

/* Sockets belong to the namespace they were opened in. */
static int
open_nft(struct nft_keep *k)
{
	int home, r;

	if (k->nft != NULL)
		return 0;
	r = netns_visit(k->conf->netns, &home);
	if (r == 0)
		r = nft_open(&k->nft);
	netns_return(&home);
	if (r < 0)
		return r;
	ev_io_init(&k->io, k->loop, nft_fd(k->nft), EVENT_READ, on_nft, k);
	k->has_six = has_six(k);
	k->is_there = false;
	return 0;
}

/* Has an earlier run left something? */
static bool
is_left(struct nft_keep *k)
{
	bool found = false;
	int home;

	if (k->is_known)
		return false;
	k->is_known = true;
	if (netns_visit(k->conf->netns, &home) == 0)
		found = nft_is_left(k->conf->table);
	netns_return(&home);
	if (found)
		log_info("%s: removing table %s of an earlier run",
			 k->conf->what, k->conf->table);
	return found;
}

/* ---- the kernel ---- */

static int
put(struct nft_keep *k)
{
	int r = open_nft(k);

	if (r == 0)
		r = k->want.len > 0 ? nft_commit(k->nft, &k->want)
				    : commit_none(k);
	if (r == 0) {
		k->is_there = true;
		k->is_foreign = false;
		k->is_ours = k->want.len > 0;
		k->retry = RETRY_DELAY;
		ev_timer_stop(&k->timer);
		return 0;
	}
	k->is_there = false;
	log_err("%s: nftables table %s: %s%s", k->conf->what, k->conf->table,
		strerror(-r),
		r == -ENOENT ? " (a module of nf_tables is missing in this "
			       "kernel)"
			     : "");
	later(k, k->retry);
	if (k->retry < RETRY_DELAY_MAX)
		k->retry *= 2;
	return r;
}

/* Somebody undoes our work without end: not more than so often. */
static bool
may_put_back(struct nft_keep *k)
{
	uint32_t missed;

	if (!log_limit_ok(&k->limit, monotime_now(), &missed)) {
		later(k, k->limit.interval);
		return false;
	}
	k->repairs++;
	log_warn("%s: table %s was changed by another, putting it back "
		 "(%llu so far)",
		 k->conf->what, k->conf->table, (unsigned long long)k->repairs);
	return true;
}

static void
on_timer(void *arg, monotime_t now)
{
	struct nft_keep *k = arg;

	(void)now;
	if (k->is_there || (k->is_foreign && !may_put_back(k)))
		return;
	(void)put(k); /* said, and tried again */
}

int
nft_keep_set(struct nft_keep *k, const void *want)
{
	struct nft_batch next = {.table = k->conf->table};
	bool is_same;
	int r;

	if (want == NULL && !k->is_ours && !is_left(k)) {
		nft_batch_fini(&k->want);
		ev_timer_stop(&k->timer);
		return 0;
	}
	k->is_known = true;
	k->is_ours = true;
	r = open_nft(k);
	if (want != NULL)
		k->conf->write(&next, want, k->has_six || r < 0);
	is_same =
		next.len == k->want.len &&
		(next.len == 0 || memcmp(next.buf, k->want.buf, next.len) == 0);
	nft_batch_fini(&k->want);
	k->want = next;
	return is_same && k->is_there ? 0 : put(k);
}

/* ---- life ---- */

struct nft_keep *
nft_keep_new(struct ev_loop *loop, const struct nft_keep_conf *conf)
{
	struct nft_keep *k = xcalloc(1, sizeof(*k));

	k->conf = conf;
	k->loop = loop;
	k->retry = RETRY_DELAY;
	k->limit = (struct log_limit){.interval = SEC(1), .burst = 5};
	ev_timer_init(&k->timer, loop, on_timer, k);
	return k;
}

void
nft_keep_free(struct nft_keep *k)
{
	if (k == NULL)
		return;
	ev_timer_fini(&k->timer);
	if (k->nft != NULL)
		ev_io_fini(&k->io);
	nft_close(k->nft);
	nft_batch_fini(&k->want);
	free(k);
}
