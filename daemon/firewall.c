/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The firewall as VRRP wants it; see firewall.h.  What is wanted is compared
 * with what was set last, so a reload that changes nothing does nothing; that
 * somebody else changes our tables is told by the kernel.
 */
#include "daemon/firewall.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_global.h"
#include "daemon/iptables.h"
#include "lib/arena.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/nft.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "vrrp/conf.h"
#include "vrrp/fw_nft.h"
#include "vrrp/fw_want.h"
#include "vrrp/rtnl_name.h"

/* A foreign reload comes in pieces: wait for a moment of quiet. */
#define PUT_BACK_DELAY MSEC(50)
#define LINK_DELAY     MSEC(100)
/* After a failure: doubled each time. */
#define RETRY_DELAY	SEC(1)
#define RETRY_DELAY_MAX SEC(64)

struct firewall {
	struct ev_loop *loop;
	struct runner *runner;
	struct conf *const *conf;
	struct nft *nft; /* NULL: not needed yet */
	struct ev_io nft_io;
	struct rtnl_name *names;
	struct ev_io names_io;
	struct ev_timer timer; /* settle once more */
	struct log_limit put_back;
	uint64_t repairs;
	nsec_t retry;
	struct arena *arena; /* of have */
	struct fw_want have;
	uint64_t indexes;  /* of the devices, when it was set */
	bool is_disturbed; /* have is no longer what stands there */
	bool is_old_cleared;
	bool is_iptables_known, has_iptables;
	struct msg_vrrp_vmac *vmac;
	size_t n_vmac, room_vmac;
};

static void later(struct firewall *f, nsec_t delay);

/* ---- what is wanted ---- */

static bool
has_iptables(struct firewall *f)
{
	if (!f->is_iptables_known) {
		f->is_iptables_known = true;
		f->has_iptables = iptables_is_there(f->runner);
		if (!f->has_iptables)
			log_warn("firewall: there is no iptables-restore, "
				 "using nftables");
	}
	return f->has_iptables;
}

static void
make(struct firewall *f, const struct conf *c, struct arena *arena,
     struct fw_want *out)
{
	const struct vrrp_conf *vc = vrrp_conf_get(c);
	struct fw_vmac *own =
		arena_alloc(arena, (f->n_vmac + 1) * sizeof(*own));
	struct fw_env env = {.vmac = own, .n_vmac = f->n_vmac};

	for (size_t i = 0; i < f->n_vmac; i++) {
		own[i].instance = f->vmac[i].instance;
		own[i].family = (uint16_t)f->vmac[i].family;
		own[i].has_mac = f->vmac[i].has_mac != 0;
		str_fill(own[i].name, IFNAMSIZ, f->vmac[i].ifname);
		str_fill(own[i].base, IFNAMSIZ, f->vmac[i].base);
	}
	if (conf_is_given(&vc->global_defs, "vrrp_iptables")) {
		env.has_iptables = has_iptables(f);
		env.has_sets = iptables_has_sets(
			daemon_conf_get(c)->namespace_with_ipsets);
	}
	fw_want_make(vc, &env, arena, out);
}

/* The numbers behind the names: a new interface of an old name needs new
 * elements. */
static uint64_t
indexes_of(const struct fw_want *w)
{
	uint64_t sum = 0;

	if (w->by != FW_BY_NFT)
		return 0;
	for (size_t i = 0; i < w->n_vmac; i++)
		sum = sum * 1000003 + if_nametoindex(w->vmac[i].name) * 7919 +
		      if_nametoindex(w->vmac[i].base);
	for (size_t i = 0; w->by_index && i < w->n_block; i++)
		if (w->block[i].dev[0] != '\0')
			sum = sum * 1000003 + if_nametoindex(w->block[i].dev);
	return sum;
}

/* ---- nftables ---- */

static void
on_nft(void *arg, int what)
{
	struct firewall *f = arg;

	(void)what;
	if (!nft_read(f->nft, f->have.table) || f->have.by != FW_BY_NFT)
		return;
	f->is_disturbed = true;
	later(f, PUT_BACK_DELAY);
}

static void
on_names(void *arg, int what)
{
	struct firewall *f = arg;

	(void)what;
	if (rtnl_name_read(f->names))
		later(f, LINK_DELAY);
}

static int
open_nft(struct firewall *f)
{
	int r = 0;

	if (f->nft == NULL) {
		r = nft_open(&f->nft);
		if (r == 0)
			ev_io_init(&f->nft_io, f->loop, nft_fd(f->nft),
				   EVENT_READ, on_nft, f);
	}
	return r;
}

/* Only who needs interface numbers follows the interfaces. */
static void
follow_names(struct firewall *f, const struct fw_want *w)
{
	bool is_needed = w->by == FW_BY_NFT && (w->n_vmac > 0 || w->by_index);
	int r;

	if (is_needed == (f->names != NULL))
		return;
	if (!is_needed) {
		ev_io_fini(&f->names_io);
		rtnl_name_close(TAKE_PTR(f->names));
		return;
	}
	r = rtnl_name_open(&f->names);
	if (r < 0) {
		log_err("firewall: cannot follow interfaces: %s", strerror(-r));
		return;
	}
	ev_io_init(&f->names_io, f->loop, rtnl_name_fd(f->names), EVENT_READ,
		   on_names, f);
}

static int
nft_set(struct firewall *f, const struct fw_want *w)
{
	struct fw_want less = *w;
	int r = open_nft(f);

	if (r == 0)
		r = fw_nft_set(f->nft, w->table, w);
	if (r == 0 || w->n_vmac == 0)
		return r;
	/* A kernel may lack what sends IGMP elsewhere. */
	less.n_vmac = 0;
	if (fw_nft_set(f->nft, w->table, &less) < 0)
		return r;
	log_warn("firewall: IGMP and MLD stay on the interfaces with a "
		 "virtual MAC: %s",
		 strerror(-r));
	return 0;
}

static int
nft_unset(struct firewall *f, const struct fw_want *was)
{
	struct fw_want none = {.by = FW_BY_NONE};
	int r = open_nft(f);

	return r == 0 ? fw_nft_set(f->nft, was->table, &none) : r;
}

/* ---- setting ---- */

static void
take(struct firewall *f, const struct fw_want *w)
{
	struct arena *next = arena_new();
	struct fw_want copy;

	fw_want_copy(w, next, &copy);
	arena_free(f->arena);
	f->arena = next;
	f->have = copy;
	f->indexes = indexes_of(w);
	f->is_disturbed = false;
}

static void
say(const struct fw_want *w, int r)
{
	const char *how = w->by == FW_BY_IPTABLES ? "iptables" : "nftables";

	if (r < 0)
		log_err("firewall: %s: %s", how, strerror(-r));
	else if (w->by == FW_BY_NONE)
		log_info("firewall: nothing to block any more");
	else
		log_info("firewall: %s blocks %zu addresses, %zu interfaces "
			 "with a virtual MAC",
			 how, w->n_block, w->n_vmac);
}

static int
set(struct firewall *f, const struct fw_want *w)
{
	int r = 0;

	if (w->by == FW_BY_NFT)
		r = nft_set(f, w);
	else if (w->by == FW_BY_IPTABLES)
		r = iptables_set(f->runner, w);
	/* The old way goes after the new one stands. */
	if (r == 0 && f->have.by == FW_BY_NFT &&
	    (w->by != FW_BY_NFT || strcmp(w->table, f->have.table) != 0))
		r = nft_unset(f, &f->have);
	if (r == 0 && f->have.by == FW_BY_IPTABLES)
		r = iptables_unset(f->runner, &f->have, w);
	return r;
}

/* Somebody undoes our work without end: not more than so often. */
static bool
may_put_back(struct firewall *f, const struct fw_want *w)
{
	uint32_t missed;

	if (!log_limit_ok(&f->put_back, monotime_now(), &missed)) {
		later(f, f->put_back.interval);
		return false;
	}
	f->repairs++;
	log_warn("firewall: table %s was changed by another, putting it back "
		 "(%llu so far)",
		 w->table, (unsigned long long)f->repairs);
	return true;
}

static void
apply(struct firewall *f, const struct fw_want *w)
{
	bool is_same = fw_want_is_equal(&f->have, w);
	bool is_settled = is_same && f->indexes == indexes_of(w);
	int r;

	if (is_settled && !f->is_disturbed)
		return;
	if (is_settled && !may_put_back(f, w))
		return;
	follow_names(f, w);
	r = set(f, w);
	if (!is_same || r < 0)
		say(w, r);
	if (r == 0) {
		take(f, w);
		f->retry = RETRY_DELAY;
		return;
	}
	later(f, f->retry);
	if (f->retry < RETRY_DELAY_MAX)
		f->retry *= 2;
}

/* A table that one of us left when it was killed, and nobody wants now. */
static void
clear_old(struct firewall *f, const struct fw_want *w)
{
	if (f->is_old_cleared)
		return;
	f->is_old_cleared = true;
	if (w->by == FW_BY_NFT || !nft_is_left(w->table))
		return;
	if (open_nft(f) == 0 && nft_unset(f, w) == 0)
		log_info("firewall: removed table %s of an earlier run",
			 w->table);
}

void
firewall_begin(struct firewall *f, const struct conf *next)
{
	struct fw_want w, joined;
	struct arena *arena;

	if (f == NULL)
		return;
	arena = arena_new();
	make(f, next, arena, &w);
	clear_old(f, &w);
	fw_want_join(&f->have, &w, arena, &joined);
	if (w.by != FW_BY_NONE && w.by == f->have.by)
		apply(f, &joined);
	else if (w.by != FW_BY_NONE && f->have.by == FW_BY_NONE)
		apply(f, &w);
	arena_free(arena);
}

void
firewall_settle(struct firewall *f)
{
	struct arena *arena;
	struct fw_want w;

	if (f == NULL || *f->conf == NULL)
		return;
	arena = arena_new();
	make(f, *f->conf, arena, &w);
	apply(f, &w);
	arena_free(arena);
}

static void
on_timer(void *arg, monotime_t now)
{
	(void)now;
	firewall_settle(arg);
}

/* The earliest of what was asked for counts. */
static void
later(struct firewall *f, nsec_t delay)
{
	monotime_t at = monotime_add(monotime_now(), delay);

	if (f->timer.slot == 0 || monotime_before(at, f->timer.at))
		ev_timer_at(&f->timer, at);
}

/* ---- facts ---- */

static void
vmac_forget(struct firewall *f, const char *ifname)
{
	for (size_t i = f->n_vmac; i-- > 0;)
		if (strcmp(f->vmac[i].ifname, ifname) == 0)
			f->vmac[i] = f->vmac[--f->n_vmac];
}

static bool
is_known(const struct firewall *f, const struct msg_vrrp_vmac *m)
{
	for (size_t i = 0; i < f->n_vmac; i++)
		if (memcmp(&f->vmac[i], m, sizeof(*m)) == 0)
			return true;
	return false;
}

void
firewall_on_vmac(struct firewall *f, const void *data)
{
	struct msg_vrrp_vmac m;

	memcpy(&m, data, sizeof(m));
	m.instance[MSG_NAME_LEN - 1] = '\0';
	m.ifname[MSG_IFNAME_LEN - 1] = m.base[MSG_IFNAME_LEN - 1] = '\0';
	if (m.is_gone) {
		vmac_forget(f, m.ifname);
	} else if (!is_known(f, &m)) {
		if (f->n_vmac == f->room_vmac) {
			f->room_vmac = f->room_vmac * 2 + 8;
			f->vmac = xrealloc(f->vmac,
					   f->room_vmac * sizeof(*f->vmac));
		}
		f->vmac[f->n_vmac++] = m;
	}
	later(f, 0); /* together with what else the engine tells now */
}

/* ---- life ---- */

struct firewall *
firewall_new(struct ev_loop *loop, struct runner *runner,
	     struct conf *const *conf)
{
	struct firewall *f = xcalloc(1, sizeof(*f));

	f->loop = loop;
	f->runner = runner;
	f->conf = conf;
	f->arena = arena_new();
	f->retry = RETRY_DELAY;
	f->put_back = (struct log_limit){.interval = SEC(1), .burst = 5};
	ev_timer_init(&f->timer, loop, on_timer, f);
	return f;
}

void
firewall_stop(struct firewall *f)
{
	struct fw_want none = {.by = FW_BY_NONE};
	int r;

	ev_timer_stop(&f->timer);
	if (f->have.by == FW_BY_NONE)
		return;
	r = set(f, &none);
	if (r < 0)
		say(&f->have, r);
	else
		take(f, &none);
}

void
firewall_free(struct firewall *f)
{
	if (f == NULL)
		return;
	ev_timer_fini(&f->timer);
	if (f->nft != NULL)
		ev_io_fini(&f->nft_io);
	if (f->names != NULL)
		ev_io_fini(&f->names_io);
	nft_close(f->nft);
	rtnl_name_close(f->names);
	arena_free(f->arena);
	free(f->vmac);
	free(f);
}
