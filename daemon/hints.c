/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Last reported states by identity; see hints.h.  It acts on none of them. */
#include "daemon/hints.h"

#include <string.h>
#include <uthash.h>

#include "lib/imsg.h"
#include "lib/util.h"

/* Identity of what was reported; unused bytes are zero. */
struct hint_key {
	uint32_t type; /* the MSG_HINT_ type it is sent as */
	uint32_t kind;
	char name[MSG_VS_NAME_LEN];
	struct addr addr;
	uint16_t port;
};

struct hint {
	struct hint_key key;
	union {
		struct msg_vrrp_state vrrp;
		struct msg_rs_state rs;
		struct msg_vs_state vs;
		struct msg_rs_drain drain;
	} data;
	UT_hash_handle hh;
};

struct hints {
	struct hint *all;
};

struct hints *
hints_new(void)
{
	return xcalloc(1, sizeof(struct hints));
}

void
hints_free(struct hints *h)
{
	struct hint *one, *next;

	if (h == NULL)
		return;
	HASH_ITER (hh, h->all, one, next) {
		HASH_DEL(h->all, one);
		free(one);
	}
	free(h);
}

/* The identity in a report; false if it is none that is kept. */
static bool
make_key(enum msg_type type, const void *data, struct hint_key *k)
{
	const struct msg_vrrp_state *vrrp = data;
	const struct msg_rs_state *rs = data;
	const struct msg_vs_state *vs = data;
	const struct msg_rs_drain *drain = data;

	memset(k, 0, sizeof(*k)); /* padding too: it is hashed as bytes */
	if (type == MSG_VRRP_STATE) {
		k->type = MSG_HINT_VRRP;
		k->kind = vrrp->kind;
		memcpy(k->name, vrrp->name, sizeof(vrrp->name));
	} else if (type == MSG_RS_STATE || type == MSG_RS_GONE) {
		k->type = MSG_HINT_RS;
		memcpy(k->name, rs->vs, sizeof(rs->vs));
		k->addr = rs->addr;
		k->port = rs->port;
	} else if (type == MSG_VS_STATE) {
		k->type = MSG_HINT_VS;
		memcpy(k->name, vs->vs, sizeof(vs->vs));
	} else if (type == MSG_RS_DRAIN) {
		k->type = MSG_HINT_DRAIN;
		k->kind = drain->protocol << 16 | drain->fwd_method;
		memcpy(k->name, drain->vs, sizeof(drain->vs));
		k->addr = drain->addr;
		k->port = drain->port;
	} else {
		return false;
	}
	return true;
}

static unsigned
key_hash(const struct hint_key *k)
{
	return (unsigned)hash64_long(k, sizeof(*k));
}

static struct hint *
key_find(const struct hints *h, const struct hint_key *k, unsigned hash)
{
	struct hint *one;

	HASH_FIND_BYHASHVALUE(hh, h->all, k, sizeof(*k), hash, one);
	return one;
}

/* Does the message say that the object is no more? */
static bool
is_end(enum msg_type type, const void *data)
{
	const struct msg_vrrp_state *vrrp = data;
	const struct msg_rs_drain *drain = data;

	return type == MSG_RS_GONE ||
	       (type == MSG_RS_DRAIN && drain->is_over) ||
	       (type == MSG_VRRP_STATE && vrrp->state == VRRP_WORD_DELETED);
}

/* A remark about a state, not one. */
static bool
is_no_state(enum msg_type type, const void *data)
{
	const struct msg_vrrp_state *vrrp = data;

	return type == MSG_VRRP_STATE &&
	       (vrrp->state == VRRP_WORD_MASTER_RX_LOWER_PRI ||
		vrrp->state == VRRP_WORD_MASTER_PRIORITY ||
		vrrp->state == VRRP_WORD_BACKUP_PRIORITY);
}

/* Do two reports of one object say the same, weights aside? */
static bool
is_same(enum msg_type type, const void *a, const void *b)
{
	const struct msg_vrrp_state *va = a, *vb = b;
	const struct msg_rs_state *ra = a, *rb = b;
	const struct msg_vs_state *sa = a, *sb = b;

	if (type == MSG_VRRP_STATE)
		return va->state == vb->state;
	if (type == MSG_RS_STATE)
		return ra->is_alive == rb->is_alive;
	if (type == MSG_RS_DRAIN)
		return true; /* nobody is told of it */
	return sa->has_quorum == sb->has_quorum;
}

bool
hints_note(struct hints *h, enum msg_type type, const void *data)
{
	struct hint_key k;
	struct hint *one;
	unsigned hash;
	bool is_news;

	if (!make_key(type, data, &k))
		return false;
	hash = key_hash(&k);
	one = key_find(h, &k, hash);
	if (is_no_state(type, data)) {
		if (one != NULL)
			one->data.vrrp.priority =
				((const struct msg_vrrp_state *)data)->priority;
		return true;
	}
	if (is_end(type, data)) {
		if (one != NULL)
			HASH_DEL(h->all, one);
		free(one);
		return type == MSG_VRRP_STATE;
	}
	is_news = one == NULL || !is_same(type, &one->data, data);
	if (one == NULL) {
		one = xcalloc(1, sizeof(*one));
		one->key = k;
		HASH_ADD_BYHASHVALUE(hh, h->all, key, sizeof(one->key), hash,
				     one);
	}
	memcpy(&one->data, data, msg_row_find(type)->size);
	return is_news;
}

static const struct hint *
find(const struct hints *h, enum msg_type type, const void *data)
{
	struct hint_key k;

	return make_key(type, data, &k) ? key_find(h, &k, key_hash(&k)) : NULL;
}

bool
hints_find_failed(const struct hints *h, const struct msg_rs_state *m,
		  uint64_t *failed)
{
	const struct hint *one = find(h, MSG_RS_STATE, m);

	if (one != NULL)
		*failed = one->data.rs.failed;
	return one != NULL;
}

const struct msg_vrrp_state *
hints_find_vrrp(const struct hints *h, enum msg_vrrp_kind kind,
		const char *name)
{
	struct msg_vrrp_state m = {.kind = kind};
	const struct hint *one;

	str_fill(m.name, sizeof(m.name), name);
	one = find(h, MSG_VRRP_STATE, &m);
	return one != NULL ? &one->data.vrrp : NULL;
}

void
hints_send(const struct hints *h, enum proc_id id, uint32_t silent_ms,
	   struct imsg *im)
{
	struct hint *one, *next;

	HASH_ITER (hh, h->all, one, next) {
		enum msg_type type = (enum msg_type)one->key.type;

		if (type == MSG_HINT_VRRP)
			one->data.vrrp.silent = silent_ms;
		if (msg_row_find(type)->to == id)
			imsg_send(im, type, &one->data, -1);
	}
}

size_t
hints_count(const struct hints *h)
{
	return HASH_COUNT(h->all);
}
