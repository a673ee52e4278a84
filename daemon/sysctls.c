/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sysctls over the daemon's life; see sysctls.h. */
#include "daemon/sysctls.h"

#include <stdlib.h>

#include "daemon/conf_global.h"
#include "daemon/super.h"
#include "daemon/sysctl_keep.h"
#include "daemon/sysctl_need.h"
#include "lib/event.h"
#include "lib/nics.h"
#include "lib/util.h"

/* So often is looked whether somebody changed one ... */
#define LOOK_INTERVAL SEC(10)
/* ... or whether the module came that brings its own, so many times. */
#define AWAIT_INTERVAL SEC(1)
#define AWAIT_TIMES    60

struct sysctls {
	const struct options *opt;
	struct sysctl_keep *keep;
	struct sysctl_needs needs;
	bool may_set;
	unsigned awaited;
	struct ev_timer timer;
};

/* ---- looking ---- */

static void
look(struct sysctls *x, bool is_news)
{
	size_t missing =
		sysctl_keep_check(x->keep, &x->needs, x->may_set, is_news);
	nsec_t next = LOOK_INTERVAL;

	if (x->needs.n == 0) {
		ev_timer_stop(&x->timer);
		return;
	}
	if (is_news || missing == 0)
		x->awaited = 0;
	if (missing > 0 && x->awaited < AWAIT_TIMES) {
		x->awaited++;
		next = AWAIT_INTERVAL;
	}
	ev_timer_at(&x->timer, monotime_add(monotime_now(), next));
}

static void
on_timer(void *arg, monotime_t now)
{
	(void)now;
	look(arg, false);
}

static void
make_needs(struct sysctls *x, const struct conf *c)
{
	CLEANUP_FREE struct nic *nic = NULL;
	struct sysctl_env env = {0};

	sysctl_needs_fini(&x->needs);
	if (!engines_is_wanted(engines_find(PROC_IPVS), x->opt, c) ||
	    !sysctl_keep_enter(x->keep))
		return;
	env.n_nic = nics_list(&nic);
	env.nic = nic;
	sysctl_keep_leave(x->keep);
	sysctl_needs_make(c, &env, &x->needs);
}

void
sysctls_begin(struct sysctls *x, const struct conf *next)
{
	if (x == NULL)
		return;
	x->may_set = daemon_conf_get(next)->manage_sysctl;
	make_needs(x, next);
	look(x, true);
}

void
sysctls_settle(struct sysctls *x)
{
	if (x == NULL)
		return;
	sysctl_keep_settle(x->keep, x->may_set ? &x->needs : NULL);
	/* What was just given back may still be needed. */
	look(x, false);
}

void
sysctls_stop(struct sysctls *x)
{
	ev_timer_stop(&x->timer);
	sysctl_keep_settle(x->keep, NULL);
}

/* ---- life ---- */

struct sysctls *
sysctls_new(struct super *s, const struct conf *c)
{
	struct sysctls *x = xcalloc(1, sizeof(*x));
	CLEANUP_FREE char *path = pidfile_beside(&s->pidfile, ".sysctl");

	x->opt = s->opt;
	x->keep = sysctl_keep_new(path, daemon_conf_get(c)->net_namespace_ipvs);
	ev_timer_init(&x->timer, s->loop, on_timer, x);
	return x;
}

void
sysctls_free(struct sysctls *x)
{
	if (x == NULL)
		return;
	ev_timer_fini(&x->timer);
	sysctl_needs_fini(&x->needs);
	sysctl_keep_free(x->keep);
	free(x);
}
