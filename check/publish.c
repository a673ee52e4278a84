/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages to the ipvs engine; see publish.h. */
#include "check/publish.h"

#include <string.h>

static void
send_counted(struct publish *p, enum msg_type type, const void *data)
{
	if (!p->is_open)
		return;
	p->count++;
	p->n_sent++;
	check_out_send(p->out, PROC_IPVS, type, data);
}

void
publish_sync_begin(struct publish *p)
{
	struct msg_sync m = {.generation = ++p->sync};

	p->is_open = true;
	p->needs_sync = false;
	check_out_send(p->out, PROC_IPVS, MSG_SYNC_BEGIN, &m);
	p->count = 0;
}

void
publish_sync_end(struct publish *p)
{
	struct msg_sync m = {.generation = p->sync, .count = p->count};

	check_out_send(p->out, PROC_IPVS, MSG_SYNC_END, &m);
}

void
publish_svc(struct publish *p, const struct msg_svc *svc)
{
	send_counted(p, MSG_SVC_SET, svc);
}

void
publish_svc_del(struct publish *p, const struct msg_svc_key *key)
{
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
