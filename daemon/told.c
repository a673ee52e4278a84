/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The index of what is told of; see told.h.  It copies what it needs out of
 * the configuration, so that a look-up costs the same with one object and
 * with ten thousand, and so that the objects of the last configuration can
 * be kept beside those of the new one.
 */
#include "daemon/told.h"

#include <string.h>

#include "check/conf.h"
#include "check/name.h"
#include "lib/arena.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "vrrp/conf.h"

#define TIMED_OUT "failed on service : timed out"

void
told_key_init(struct told_key *k, enum msg_type type, uint32_t kind,
	      const char *name)
{
	memset(k, 0, sizeof(*k)); /* padding too: it is hashed as bytes */
	k->type = type;
	k->kind = kind;
	/* As the report has it: cut, the rest zero. */
	memcpy(k->name, name,
	       strnlen(name, type == MSG_VRRP_STATE ? MSG_NAME_LEN - 1
						    : MSG_VS_NAME_LEN - 1));
}

void
told_fini(struct told *t)
{
	/* The table's own memory; objects are in the arena. */
	HASH_CLEAR(hh, t->objects);
	arena_free(t->arena);
	*t = (struct told){0};
}

static unsigned
key_hash(const struct told_key *k)
{
	return (unsigned)hash64_long(k, sizeof(*k));
}

const struct told_object *
told_find(const struct told *t, const struct told_key *k)
{
	struct told_object *o = NULL;

	HASH_FIND_BYHASHVALUE(hh, t->objects, k, sizeof(*k), key_hash(k), o);
	return o;
}

/* ---- making it ---- */

struct maker {
	struct told *t;
	const struct told *before;
	bool has_fifo; /* for services */
	bool has_mail;
};

/* Is anybody told of this service or server? */
static bool
is_heard(const struct maker *m, const struct told_key *k, bool smtp_alert,
	 const struct conf_script *up, const struct conf_script *down)
{
	return m->has_fifo || (m->has_mail && smtp_alert) || up->argv != NULL ||
	       down->argv != NULL || told_find(m->before, k) != NULL;
}

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

static struct told_object *
add(struct told *t, const struct told_key *key,
    const struct conf_script *const script[TOLD_COUNT])
{
	struct told_object *o = arena_alloc(t->arena, sizeof(*o));

	for (int i = 0; i < TOLD_COUNT; i++)
		if (script[i] != NULL && script[i]->argv != NULL)
			o->script[i] = copy_script(t->arena, script[i]);
	o->key = *key;
	HASH_ADD_BYHASHVALUE(hh, t->objects, key, sizeof(o->key), key_hash(key),
			     o);
	return o;
}

static void
add_instance(struct told *t, const struct vrrp_instance_conf *i)
{
	struct told_object *o;
	struct told_key k;

	told_key_init(&k, MSG_VRRP_STATE, MSG_VRRP_INSTANCE, i->obj.name);
	o = add(t, &k,
		(const struct conf_script *const[TOLD_COUNT]){
			[TOLD_MASTER] = &i->notify_master,
			[TOLD_BACKUP] = &i->notify_backup,
			[TOLD_FAULT] = &i->notify_fault,
			[TOLD_STOP] = &i->notify_stop,
			[TOLD_DELETED] = &i->notify_deleted,
			[TOLD_RX_LOWER] = &i->notify_master_rx_lower_pri,
			[TOLD_ANY] = &i->notify,
		});
	o->smtp_alert = i->smtp_alert;
	o->tells_priority = i->notify_priority_changes;
	o->tells_deleted = conf_is_given(&i->obj, "notify_deleted");
}

static void
add_group(struct told *t, const struct vrrp_sync_group_conf *g)
{
	struct told_object *o;
	struct told_key k;

	told_key_init(&k, MSG_VRRP_STATE, MSG_VRRP_GROUP, g->obj.name);
	o = add(t, &k,
		(const struct conf_script *const[TOLD_COUNT]){
			[TOLD_MASTER] = &g->notify_master,
			[TOLD_BACKUP] = &g->notify_backup,
			[TOLD_FAULT] = &g->notify_fault,
			[TOLD_STOP] = &g->notify_stop,
			[TOLD_ANY] = &g->notify,
		});
	o->smtp_alert = g->smtp_alert;
}

/* As in keepalived's mails, word for word. */
static const struct told_checker *
checker_words(enum checker_type type)
{
#define WORDS(label, success, timeout)                                         \
	{                                                                      \
		label, success " on service", "failed on service", timeout     \
	}
	static const struct told_checker words[] = {
		[CHECKER_TCP] = WORDS("TCP CHECK", "succeed", NULL),
		[CHECKER_VIA] = WORDS("TCP CHECK", "succeed", NULL),
		[CHECKER_HTTP] = WORDS("CHECK", "succeed", TIMED_OUT),
		[CHECKER_SSL] = WORDS("CHECK", "succeed", TIMED_OUT),
		[CHECKER_SMTP] = WORDS("CHECK", "succeed", TIMED_OUT),
		[CHECKER_DNS] = WORDS("DNS_CHECK:", "succeed", NULL),
		[CHECKER_MISC] = WORDS("MISC CHECK", "succeeded",
				       "timed out on service"),
		[CHECKER_UDP] = WORDS("UDP CHECK", "succeed", NULL),
		[CHECKER_PING] = WORDS("ICMP CHECK", "succeed", NULL),
		[CHECKER_FILE] = WORDS("FILE CHECK", "succeed", NULL),
		[CHECKER_BFD] = WORDS("BFD CHECK", "succeed", NULL),
		[CHECKER_AGENT] = WORDS("AGENT CHECK", "succeed", NULL),
	};
#undef WORDS
	return &words[type];
}

static void
add_server(const struct maker *m, const struct virtual_server_conf *v,
	   const char *service, const struct real_server_conf *r)
{
	struct told *t = m->t;
	char name[SERVER_NAME_LEN];
	const struct told_checker **words;
	struct told_object *o;
	struct told_key k;
	uint32_t n = 0;

	told_key_init(&k, MSG_RS_STATE, 0, service);
	k.addr = r->addr.addr;
	k.port = r->addr.port;
	if (!is_heard(m, &k, r->smtp_alert, &r->notify_up, &r->notify_down))
		return;
	o = add(t, &k,
		(const struct conf_script *const[TOLD_COUNT]){
			[TOLD_MASTER] = &r->notify_up,
			[TOLD_BACKUP] = &r->notify_down,
		});
	o->smtp_alert = r->smtp_alert;
	o->label = arena_strdup(t->arena,
				server_name(&r->addr, v->protocol, name));
	CHECKERS_FOREACH (c, r)
		n++;
	o->n_checkers = n;
	o->checker = words = arena_alloc(t->arena, (n + 1) * sizeof(*words));
	CHECKERS_FOREACH (c, r)
		*words++ = checker_words(c->type);
}

static void
add_service_itself(const struct maker *m, const struct virtual_server_conf *v,
		   const char *name)
{
	struct told_object *o;
	struct told_key k;

	told_key_init(&k, MSG_VS_STATE, 0, name);
	if (!is_heard(m, &k, v->smtp_alert, &v->quorum_up, &v->quorum_down))
		return;
	o = add(m->t, &k,
		(const struct conf_script *const[TOLD_COUNT]){
			[TOLD_MASTER] = &v->quorum_up,
			[TOLD_BACKUP] = &v->quorum_down,
		});
	o->smtp_alert = v->smtp_alert;
	o->quorum = v->quorum;
	o->hysteresis = v->hysteresis;
}

static void
add_service(const struct maker *m, const struct virtual_server_conf *v)
{
	char name[MSG_VS_NAME_LEN] = "";

	(void)service_name(v, name);
	add_service_itself(m, v, name);
	CONF_FOREACH (const struct real_server_conf, r, &v->real_server)
		add_server(m, v, name, r);
}

bool
told_wants_mail(const struct conf *c)
{
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		if (i->smtp_alert)
			return true;
	CONF_FOREACH (const struct vrrp_sync_group_conf, g,
		      &vrrp_conf_get(c)->vrrp_sync_group)
		if (g->smtp_alert)
			return true;
	CONF_FOREACH (const struct virtual_server_conf, v,
		      &check_conf_get(c)->virtual_server)
		if (v->smtp_alert)
			return true;
	return false;
}

void
told_init(struct told *t, const struct conf *c, const struct told *before,
	  bool has_fifo, bool has_mail)
{
	struct maker m = {.t = t,
			  .before = before,
			  .has_fifo = has_fifo,
			  .has_mail = has_mail};

	*t = (struct told){.arena = arena_new()};
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		add_instance(t, i);
	CONF_FOREACH (const struct vrrp_sync_group_conf, g,
		      &vrrp_conf_get(c)->vrrp_sync_group)
		add_group(t, g);
	CONF_FOREACH (const struct virtual_server_conf, v,
		      &check_conf_get(c)->virtual_server)
		add_service(&m, v);
}
