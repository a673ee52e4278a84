/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The roles of the connection sync daemon; see syncd.h. */
#include "daemon/syncd.h"

#include <string.h>

#include "daemon/spawn.h"
#include "daemon/super.h"
#include "ipvs/conf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/conf.h"

/* The first instance that has the old keyword. */
static const struct vrrp_instance_conf *
old_form(const struct conf *c)
{
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		if (i->lvs_sync_daemon_interface != NULL)
			return i;
	return NULL;
}

static const struct vrrp_instance_conf *
find_instance(const struct conf *c, const char *name)
{
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		if (strcmp(i->obj.name, name) == 0)
			return i;
	return NULL;
}

static const struct vrrp_instance_conf *
deciding(const struct conf *c)
{
	const struct lvs_sync_daemon_conf *d =
		&ipvs_conf_get(c)->lvs_sync_daemon;

	if (d->interface == NULL)
		return old_form(c);
	return d->inst != NULL ? find_instance(c, d->inst) : NULL;
}

bool
syncd_is_configured(const struct conf *c)
{
	return ipvs_conf_get(c)->lvs_sync_daemon.interface != NULL ||
	       old_form(c) != NULL;
}

const char *
syncd_instance(const struct conf *c)
{
	const struct vrrp_instance_conf *i = deciding(c);

	return i != NULL ? i->obj.name : NULL;
}

struct msg_sync_daemon
syncd_roles(const struct conf *c, enum vrrp_state_word state)
{
	const struct lvs_sync_daemon_conf *d =
		&ipvs_conf_get(c)->lvs_sync_daemon;
	const struct vrrp_instance_conf *i = deciding(c);
	struct msg_sync_daemon m = {0};
	const char *ifname = d->interface;

	if (ifname == NULL && i != NULL)
		ifname = i->lvs_sync_daemon_interface;
	if (ifname == NULL)
		return m;
	str_fill(m.ifname, sizeof(m.ifname), ifname);
	m.group = d->group;
	m.maxlen = d->maxlen;
	m.port = d->port;
	m.ttl = d->ttl;
	/* The old keyword of an instance has no id: 0, as with keepalived. */
	m.id = d->has_id			   ? d->id
	       : i != NULL && d->interface != NULL ? i->virtual_router_id
						   : 0;
	m.roles = i == NULL ? MSG_SYNC_MASTER | MSG_SYNC_BACKUP
		  : state == VRRP_WORD_MASTER ? MSG_SYNC_MASTER
					      : MSG_SYNC_BACKUP;
	return m;
}

/* A hold that waits for nothing. */
static void
warn_idle_holds(const struct conf *c)
{
	if (syncd_is_configured(c))
		return;
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		if (i->sync_hold > 0)
			log_warn("(%s) sync_hold without lvs_sync_daemon: "
				 "nothing will be heard to wait for",
				 i->obj.name);
}

void
syncd_on_conf(struct super *s)
{
	warn_idle_holds(s->conf);
	syncd_tell(s);
}

void
syncd_tell(struct super *s)
{
	const struct engine *e = &s->engine[PROC_IPVS];
	struct msg_sync_daemon m;

	/* Its channel closes before its end is known; who comes is told. */
	if (s->conf == NULL || !spawn_is_running(e) || e->im == NULL ||
	    e->is_stopping)
		return;
	m = syncd_roles(s->conf, s->sync_state);
	if (m.roles != 0 || s->has_told_sync)
		imsg_send(e->im, MSG_SYNC_DAEMON, &m, -1);
	s->has_told_sync = true;
}

void
syncd_tell_vrrp(struct super *s)
{
	const struct engine *e = &s->engine[PROC_VRRP];
	struct msg_sync_state m = {.backup_since = s->backup_sync_since};

	if (spawn_is_running(e) && e->im != NULL && !e->is_stopping)
		imsg_send(e->im, MSG_SYNC_FACT, &m, -1);
}

/* A new ipvs process finds what its predecessor started: that is older than
 * it can know. */
void
syncd_on_running(struct super *s, const struct msg_sync_state *m)
{
	bool is_older = m->backup_since > 0 && s->backup_sync_since > 0 &&
			s->backup_sync_since < m->backup_since;

	if (!is_older)
		s->backup_sync_since = m->backup_since;
	syncd_tell_vrrp(s);
}

void
syncd_on_state(struct super *s, const struct msg_vrrp_state *m)
{
	const char *name = s->conf != NULL ? syncd_instance(s->conf) : NULL;

	if (name == NULL || m->kind != MSG_VRRP_INSTANCE ||
	    m->state > VRRP_WORD_DELETED ||
	    strncmp(m->name, name, sizeof(m->name)) != 0)
		return;
	s->sync_state = (enum vrrp_state_word)m->state;
	syncd_tell(s);
}
