/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From states to scripts; see notify.h.
 *
 * Engines report states and know no scripts.  The index copies what it needs
 * out of the configuration, by the names that the reports use, so that a
 * look-up costs the same with one object and with ten thousand.
 */
#include "daemon/notify.h"

#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "check/conf.h"
#include "check/name.h"
#include "daemon/runner.h"
#include "lib/arena.h"
#include "lib/util.h"
#include "vrrp/conf.h"

/* What a report is about; unused bytes are zero. */
struct key {
	uint32_t type; /* MSG_VRRP_STATE, MSG_RS_STATE, MSG_VS_STATE */
	uint32_t kind;
	char name[MSG_VS_NAME_LEN];
	struct addr addr;
	uint16_t port;
};

enum notify_event {
	ON_MASTER, /* also: up */
	ON_BACKUP, /* also: down */
	ON_FAULT,
	ON_STOP,
	ON_DELETED,
	ON_RX_LOWER,
	ON_ANY, /* notify, with the four extra arguments */
	EVENT_COUNT,
};

struct entry {
	struct key key;
	struct conf_script script[EVENT_COUNT];
	UT_hash_handle hh;
};

/* The scripts of one configuration. */
struct index {
	struct arena *arena;
	struct entry *entries;
};

struct notify {
	struct runner *runner;
	struct index now, before;
};

struct notify *
notify_new(struct runner *runner)
{
	struct notify *n = xcalloc(1, sizeof(*n));

	n->runner = runner;
	return n;
}

static void
index_fini(struct index *ix)
{
	/* The table's own memory; entries are in the arena. */
	HASH_CLEAR(hh, ix->entries);
	arena_free(ix->arena);
	*ix = (struct index){0};
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	index_fini(&n->now);
	index_fini(&n->before);
	free(n);
}

/* ---- making the index ---- */

static struct conf_script
copy_script(struct arena *a, const struct conf_script *s)
{
	struct conf_script c = {.argc = s->argc};

	c.argv = arena_alloc(a, (s->argc + 1) * sizeof(c.argv[0]));
	for (uint32_t i = 0; i < s->argc; i++)
		c.argv[i] = arena_strdup(a, s->argv[i]);
	c.user = s->user != NULL ? arena_strdup(a, s->user) : NULL;
	c.group = s->group != NULL ? arena_strdup(a, s->group) : NULL;
	return c;
}

/* Adds an object if it has a script at all. */
static void
add(struct index *ix, const struct key *key,
    const struct conf_script *const script[EVENT_COUNT])
{
	struct entry *e = NULL;

	for (int i = 0; i < EVENT_COUNT; i++) {
		if (script[i] == NULL || script[i]->argv == NULL)
			continue;
		if (e == NULL)
			e = arena_alloc(ix->arena, sizeof(*e));
		e->script[i] = copy_script(ix->arena, script[i]);
	}
	if (e == NULL)
		return;
	e->key = *key;
	HASH_ADD(hh, ix->entries, key, sizeof(e->key), e);
}

static void
key_init(struct key *k, enum msg_type type, uint32_t kind, const char *name)
{
	memset(k, 0, sizeof(*k)); /* padding too: it is hashed as bytes */
	k->type = type;
	k->kind = kind;
	/* As the report has it: cut, the rest zero. */
	memcpy(k->name, name,
	       strnlen(name, type == MSG_VRRP_STATE ? MSG_NAME_LEN - 1
						    : MSG_VS_NAME_LEN - 1));
}

static void
add_vrrp(struct index *ix, const struct vrrp_conf *c)
{
	struct key k;

	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance) {
		key_init(&k, MSG_VRRP_STATE, MSG_VRRP_INSTANCE, i->obj.name);
		add(ix, &k,
		    (const struct conf_script *const[EVENT_COUNT]){
			    [ON_MASTER] = &i->notify_master,
			    [ON_BACKUP] = &i->notify_backup,
			    [ON_FAULT] = &i->notify_fault,
			    [ON_STOP] = &i->notify_stop,
			    [ON_DELETED] = &i->notify_deleted,
			    [ON_RX_LOWER] = &i->notify_master_rx_lower_pri,
			    [ON_ANY] = &i->notify,
		    });
	}
	CONF_FOREACH (struct vrrp_sync_group_conf, g, &c->vrrp_sync_group) {
		key_init(&k, MSG_VRRP_STATE, MSG_VRRP_GROUP, g->obj.name);
		add(ix, &k,
		    (const struct conf_script *const[EVENT_COUNT]){
			    [ON_MASTER] = &g->notify_master,
			    [ON_BACKUP] = &g->notify_backup,
			    [ON_FAULT] = &g->notify_fault,
			    [ON_STOP] = &g->notify_stop,
			    [ON_ANY] = &g->notify,
		    });
	}
}

static void
add_service(struct index *ix, const struct virtual_server_conf *v)
{
	char name[MSG_VS_NAME_LEN] = "";
	struct key k;

	(void)service_name(v, name);
	key_init(&k, MSG_VS_STATE, 0, name);
	add(ix, &k,
	    (const struct conf_script *const[EVENT_COUNT]){
		    [ON_MASTER] = &v->quorum_up,
		    [ON_BACKUP] = &v->quorum_down,
	    });
	CONF_FOREACH (struct real_server_conf, r, &v->real_server) {
		key_init(&k, MSG_RS_STATE, 0, name);
		k.addr = r->addr.addr;
		k.port = r->addr.port;
		add(ix, &k,
		    (const struct conf_script *const[EVENT_COUNT]){
			    [ON_MASTER] = &r->notify_up,
			    [ON_BACKUP] = &r->notify_down,
		    });
	}
}

void
notify_set_conf(struct notify *n, const struct conf *c)
{
	index_fini(&n->before);
	n->before = n->now;
	n->now = (struct index){.arena = arena_new()};
	add_vrrp(&n->now, vrrp_conf_get(c));
	CONF_FOREACH (struct virtual_server_conf, v,
		      &check_conf_get(c)->virtual_server) {
		add_service(&n->now, v);
	}
}

/* ---- using it ---- */

static const struct entry *
find(const struct notify *n, const struct key *k)
{
	struct entry *e = NULL;

	HASH_FIND(hh, n->now.entries, k, sizeof(*k), e);
	if (e == NULL)
		HASH_FIND(hh, n->before.entries, k, sizeof(*k), e);
	return e;
}

/* Words of the scripts' third argument; NULL: no script hears of it. */
static const char *
state_word(uint32_t state, enum notify_event *ev)
{
	switch ((enum vrrp_state_word)state) {
	case VRRP_WORD_MASTER:
		*ev = ON_MASTER;
		return "MASTER";
	case VRRP_WORD_BACKUP:
		*ev = ON_BACKUP;
		return "BACKUP";
	case VRRP_WORD_FAULT:
		*ev = ON_FAULT;
		return "FAULT";
	case VRRP_WORD_STOP:
		*ev = ON_STOP;
		return "STOP";
	case VRRP_WORD_DELETED:
		*ev = ON_DELETED;
		return "DELETED";
	case VRRP_WORD_MASTER_RX_LOWER_PRI:
		*ev = ON_RX_LOWER;
		return "MASTER_RX_LOWER_PRI";
	case VRRP_WORD_INIT:
		break;
	}
	return NULL;
}

static void
on_vrrp(struct notify *n, const struct msg_vrrp_state *m)
{
	bool is_group = m->kind == MSG_VRRP_GROUP;
	char name[MSG_NAME_LEN + 1] = "", object[MSG_NAME_LEN + 16],
				 priority[12];
	const char *extra[4] = {is_group ? "GROUP" : "INSTANCE", name, NULL,
				priority};
	struct runner_cmd cmd[2];
	const struct entry *e;
	enum notify_event ev = ON_ANY;
	struct key k;
	size_t count = 1;

	memcpy(name, m->name, sizeof(m->name));
	key_init(&k, MSG_VRRP_STATE, m->kind, name);
	e = find(n, &k);
	extra[2] = state_word(m->state, &ev);
	if (e == NULL || extra[2] == NULL)
		return;
	(void)snprintf(priority, sizeof(priority), "%u",
		       is_group ? 0 : m->priority);
	(void)snprintf(object, sizeof(object), "%s %s",
		       is_group ? "group" : "instance", name);
	cmd[0] = (struct runner_cmd){.script = &e->script[ev]};
	if (ev != ON_RX_LOWER)
		cmd[count++] = (struct runner_cmd){.script = &e->script[ON_ANY],
						   .extra = extra,
						   .n_extra = 4};
	runner_submit(n->runner, object, cmd, count);
}

static void
on_up_down(struct notify *n, const struct key *k, bool is_up)
{
	const struct entry *e = find(n, k);
	char addr[ADDR_STR_LEN] = "", object[MSG_VS_NAME_LEN + 80];
	struct runner_cmd cmd;

	if (e == NULL)
		return;
	if (k->type == MSG_RS_STATE)
		(void)snprintf(object, sizeof(object), "[%s]:%u of %s",
			       addr_print(&k->addr, addr, sizeof(addr)),
			       k->port, k->name);
	else
		(void)snprintf(object, sizeof(object), "%s", k->name);
	cmd = (struct runner_cmd){
		.script = &e->script[is_up ? ON_MASTER : ON_BACKUP]};
	runner_submit(n->runner, object, &cmd, 1);
}

void
notify_on_state(struct notify *n, enum msg_type type, const void *data,
		bool is_news)
{
	const struct msg_rs_state *rs = data;
	const struct msg_vs_state *vs = data;
	char name[MSG_VS_NAME_LEN + 1] = "";
	struct key k;

	/* The check engine says itself what is for scripts: that a server of
	 * alpha mode is down indeed is, although it was thought so. */
	if (!is_news && type != MSG_RS_STATE)
		return;
	if (type == MSG_VRRP_STATE) {
		on_vrrp(n, data);
	} else if (type == MSG_RS_STATE && !rs->initial) {
		memcpy(name, rs->vs, sizeof(rs->vs));
		key_init(&k, type, 0, name);
		k.addr = rs->addr;
		k.port = rs->port;
		on_up_down(n, &k, rs->is_alive);
	} else if (type == MSG_VS_STATE && !vs->initial) {
		memcpy(name, vs->vs, sizeof(vs->vs));
		key_init(&k, type, 0, name);
		on_up_down(n, &k, vs->has_quorum);
	}
}
