/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Marks of groups over the daemon's life; see ipvs_marks.h. */
#include "daemon/ipvs_marks.h"

#include <stdlib.h>

#include "check/conf.h"
#include "check/mark_map.h"
#include "check/marks.h"
#include "daemon/conf_global.h"
#include "daemon/mark_nft.h"
#include "daemon/nft_keep.h"
#include "daemon/super.h"
#include "lib/log.h"
#include "lib/nft_batch.h"
#include "lib/util.h"

#define TABLE "keepalived_ipvs"

struct ipvs_marks {
	const struct options *opt;
	struct nft_keep_conf keep_conf;
	struct nft_keep *keep;
	char *table, *netns;
	struct marks marks;
	struct mark_map have; /* as last settled */
};

/* What is on its way to the kernel. */
struct writing {
	const struct mark_map *map;
	int32_t priority;
};

static void
write_tables(struct nft_batch *b, const void *want, bool with_six)
{
	const struct writing *w = want;

	nft_batch_begin(b);
	mark_nft_write(b, w->map, w->priority, with_six);
	nft_batch_end(b);
}

/* Also for one that is not wanted: then there is nothing to mark. */
static void
make(const struct ipvs_marks *m, const struct conf *c, struct mark_map *out)
{
	*out = (struct mark_map){.range = NULL};
	if (engines_is_wanted(engines_find(PROC_IPVS), m->opt, c))
		mark_map_make(check_conf_get(c), out, NULL, NULL);
}

static int
set(struct ipvs_marks *m, const struct conf *c, const struct mark_map *map)
{
	const struct check_global_conf *g = &check_conf_get(c)->global;
	struct writing w = {map, g->nftables_ipvs_priority};

	return nft_keep_set(m->keep, map->n > 0 ? &w : NULL);
}

void
ipvs_marks_assign(struct ipvs_marks *m, struct conf *next)
{
	if (m != NULL)
		check_conf_keep_marks(next, &m->marks);
}

void
ipvs_marks_begin(struct ipvs_marks *m, const struct conf *next)
{
	struct mark_map map, joined;

	if (m == NULL)
		return;
	make(m, next, &map);
	mark_map_join(&m->have, &map, &joined);
	(void)set(m, next, &joined); /* logged, and tried again */
	mark_map_fini(&joined);
	mark_map_fini(&map);
}

void
ipvs_marks_settle(struct ipvs_marks *m, const struct conf *c)
{
	struct mark_map map;
	bool is_news;

	if (m == NULL || c == NULL)
		return;
	make(m, c, &map);
	is_news = !mark_map_is_equal(&map, &m->have);
	if (set(m, c, &map) == 0 && is_news)
		log_info("nftables_ipvs: table %s marks %zu ranges", m->table,
			 map.n);
	mark_map_fini(&m->have);
	m->have = map;
}

void
ipvs_marks_stop(struct ipvs_marks *m)
{
	if (m != NULL)
		(void)nft_keep_set(m->keep, NULL); /* said */
}

struct ipvs_marks *
ipvs_marks_new(struct super *s, const struct conf *c)
{
	const char *table = check_conf_get(c)->global.nftables_ipvs;
	const char *netns = daemon_conf_get(c)->net_namespace_ipvs;
	struct ipvs_marks *m = xcalloc(1, sizeof(*m));

	m->opt = s->opt;
	/* Neither changes while the daemon runs. */
	m->table = xstrdup(table != NULL ? table : TABLE);
	m->netns = netns != NULL ? xstrdup(netns) : NULL;
	m->keep_conf = (struct nft_keep_conf){.table = m->table,
					      .what = "nftables_ipvs",
					      .netns = m->netns,
					      .write = write_tables};
	m->keep = nft_keep_new(s->loop, &m->keep_conf);
	return m;
}

void
ipvs_marks_free(struct ipvs_marks *m)
{
	if (m == NULL)
		return;
	nft_keep_free(m->keep);
	marks_fini(&m->marks);
	mark_map_fini(&m->have);
	free(m->table);
	free(m->netns);
	free(m);
}
