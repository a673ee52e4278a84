/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages to the ipvs engine; see publish.h. */
#include "check/publish.h"

#include <string.h>
#include <uthash.h>

#include "lib/util.h"

/* A deletion told so long before the engine's end was carried out. */
#define GONE_DONE SEC(10)
/* More are not kept: they stay in the kernel. */
#define GONE_MAX 65536

struct publish_gone {
	UT_hash_handle hh;
	struct msg_svc_key key;
	bool is_told;
	monotime_t at;
};

static void
send_counted(struct publish *p, enum msg_type type, const void *data)
{
	if (!p->is_open)
		return;
	p->count++;
	p->n_sent++;
	check_out_send(p->out, PROC_IPVS, type, data);
}

/* ---- deletions ---- */

static struct publish_gone *
gone_find(const struct publish *p, const struct msg_svc_key *key)
{
	struct publish_gone *g;

	HASH_FIND(hh, p->gone, key, sizeof(*key), g);
	return g;
}

static void
gone_del(struct publish *p, struct publish_gone *g)
{
	HASH_DEL(p->gone, g);
	free(g);
}

static void
gone_note(struct publish *p, const struct msg_svc_key *key)
{
	struct publish_gone *g = gone_find(p, key);

	if (g == NULL) {
		if (HASH_COUNT(p->gone) >= GONE_MAX)
			return;
		g = xcalloc(1, sizeof(*g));
		g->key = *key;
		HASH_ADD(hh, p->gone, key, sizeof(g->key), g);
	}
	g->is_told = p->is_open;
	g->at = p->now;
}

static bool
is_done(const struct publish *p, const struct publish_gone *g)
{
	return g->is_told && monotime_sub(p->now, g->at) > GONE_DONE;
}

static void
gone_sweep(struct publish *p, bool (*is_over)(const struct publish *p,
					      const struct publish_gone *g))
{
	struct publish_gone *g, *next;

	HASH_ITER (hh, p->gone, g, next)
		if (is_over(p, g))
			gone_del(p, g);
}

static bool
is_any(const struct publish *p, const struct publish_gone *g)
{
	(void)p; /* all */
	(void)g;
	return true;
}

void
publish_fini(struct publish *p)
{
	gone_sweep(p, is_any);
}

void
publish_close(struct publish *p, monotime_t now)
{
	struct publish_gone *g;

	p->is_open = false;
	p->now = now;
	gone_sweep(p, is_done);
	for (g = p->gone; g != NULL; g = g->hh.next)
		g->is_told = false;
}

static void
gone_tell(struct publish *p)
{
	struct publish_gone *g;

	for (g = p->gone; g != NULL; g = g->hh.next) {
		if (g->is_told)
			continue;
		g->is_told = true;
		g->at = p->now;
		send_counted(p, MSG_SVC_DEL, &g->key);
	}
}

/* ---- the table ---- */

void
publish_sync_begin(struct publish *p, monotime_t now)
{
	struct msg_sync m = {.generation = ++p->sync};

	p->now = now;
	gone_sweep(p, is_done);
	p->is_open = true;
	p->needs_sync = false;
	check_out_send(p->out, PROC_IPVS, MSG_SYNC_BEGIN, &m);
	p->count = 0;
}

void
publish_sync_end(struct publish *p)
{
	struct msg_sync m = {.generation = p->sync};

	gone_tell(p);
	m.count = p->count;
	check_out_send(p->out, PROC_IPVS, MSG_SYNC_END, &m);
}

void
publish_svc(struct publish *p, const struct msg_svc *svc)
{
	struct publish_gone *g = gone_find(p, &svc->key);

	if (g != NULL)
		gone_del(p, g);
	send_counted(p, MSG_SVC_SET, svc);
}

void
publish_svc_del(struct publish *p, const struct msg_svc_key *key)
{
	gone_note(p, key);
	send_counted(p, MSG_SVC_DEL, key);
}

void
publish_dest_set(struct publish *p, const struct msg_svc_key *key,
		 const struct dest_want *old, const struct dest_want *want)
{
	struct msg_dest m;

	if (!want->is_present || dest_want_is_equal(old, want))
		return;
	m = desired_dest(key, want);
	send_counted(p, MSG_DEST_SET, &m);
}

void
publish_dest_del(struct publish *p, const struct msg_dest_key *key)
{
	send_counted(p, MSG_DEST_DEL, key);
}
