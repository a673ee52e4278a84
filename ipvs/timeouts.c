/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The kernel's timeouts of connections; see timeouts.h.  It never touches
 * them where lvs_timeouts was not given.
 */
#include "ipvs/timeouts.h"

#include <string.h>

#include "ipvs/genl.h"
#include "lib/log.h"

void
timeouts_want(struct timeouts *t, const struct ipvs_timeouts *want)
{
	t->is_wanted = want != NULL;
	if (want != NULL)
		t->want = *want;
}

void
timeouts_forget(struct timeouts *t)
{
	t->is_set = false;
}

/* One that is not said is as it was before. */
static struct ipvs_timeouts
filled(const struct ipvs_timeouts *want, const struct ipvs_timeouts *before)
{
	return (struct ipvs_timeouts){
		.tcp = want->tcp > 0 ? want->tcp : before->tcp,
		.tcpfin = want->tcpfin > 0 ? want->tcpfin : before->tcpfin,
		.udp = want->udp > 0 ? want->udp : before->udp,
	};
}

void
timeouts_apply(struct timeouts *t, struct ipvs_genl *g)
{
	struct ipvs_timeouts next;
	int err = 0;

	if (!t->is_wanted && !t->is_set)
		return;
	if (!t->is_set)
		err = ipvs_genl_get_timeouts(g, &t->before);
	if (err < 0) {
		log_err("IPVS: cannot read the timeouts: %s", strerror(-err));
		return;
	}
	next = t->is_wanted ? filled(&t->want, &t->before) : t->before;
	err = ipvs_genl_set_timeouts(g, &next);
	if (err < 0)
		log_err("IPVS: cannot set lvs_timeouts: %s", strerror(-err));
	t->is_set = t->is_wanted;
}
