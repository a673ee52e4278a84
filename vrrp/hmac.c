/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* auth_hmac of one virtual router; see hmac.h. */
#include "vrrp/hmac.h"

#include "lib/util.h"

/* ---- life ---- */

static void
keys_fill(struct vrrp_hmac *h, const struct auth_hmac_conf *c)
{
	CONF_FOREACH (const struct auth_hmac_key_conf, k, &c->key)
		if (k->id >= h->n_keys)
			h->n_keys = (size_t)k->id + 1;
	h->key = xcalloc(h->n_keys, sizeof(*h->key));
	CONF_FOREACH (const struct auth_hmac_key_conf, k, &c->key) {
		auth_key_init(&h->key[k->id], AUTH_HMAC_SHA256, k->key, k->len);
		h->has_key[k->id] = true;
	}
}

static struct vrrp_mark *
mark_find(const struct vrrp_hmac *h, const struct addr *from)
{
	for (size_t i = 0; i < h->n_marks; i++)
		if (h->mark[i].used > 0 || i < h->n_peers)
			if (addr_is_equal(&h->mark[i].from, from))
				return &h->mark[i];
	return NULL;
}

/* A place for a sender that has proved itself: its own, or that of the one
 * that was silent for longest.  A peer's place is never given away. */
static struct vrrp_mark *
mark_get(struct vrrp_hmac *h, const struct addr *from)
{
	struct vrrp_mark *m = mark_find(h, from), *oldest;

	if (m != NULL)
		return m;
	oldest = &h->mark[h->n_peers];
	for (size_t i = h->n_peers; i < h->n_marks; i++)
		if (h->mark[i].used < oldest->used)
			oldest = &h->mark[i];
	*oldest = (struct vrrp_mark){.from = *from};
	return oldest;
}

static void
marks_fill(struct vrrp_hmac *h, const struct conf_list *peers,
	   const struct vrrp_hmac *old)
{
	size_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, peers)
		h->n_peers++;
	h->n_marks = h->n_peers + VRRP_HMAC_SENDERS;
	h->mark = xcalloc(h->n_marks, sizeof(*h->mark));
	CONF_FOREACH (const struct unicast_peer_conf, u, peers)
		h->mark[n++].from = u->addr;
	for (size_t i = 0; old != NULL && i < old->n_marks; i++)
		if (old->mark[i].used > 0)
			*mark_get(h, &old->mark[i].from) = old->mark[i];
}

struct vrrp_hmac *
vrrp_hmac_new(const struct auth_hmac_conf *c, const struct conf_list *peers,
	      const struct vrrp_hmac *old)
{
	struct vrrp_hmac *h = xcalloc(1, sizeof(*h));

	h->mode = c->mode;
	h->active = c->active_key;
	if (c->anti_replay == AUTH_HMAC_TIME)
		h->window = SEC((nsec_t)c->time_window);
	if (old != NULL) {
		h->sent = old->sent;
		h->ticks = old->ticks;
	}
	for (size_t i = 0; i < VRRP_DISCARD_COUNT; i++)
		h->limit[i] =
			(struct log_limit){.interval = SEC(10), .burst = 1};
	h->skew_limit = (struct log_limit){.interval = SEC(60), .burst = 1};
	keys_fill(h, c);
	marks_fill(h, peers, old);
	return h;
}

void
vrrp_hmac_free(struct vrrp_hmac *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n_keys; i++)
		auth_key_fini(&h->key[i]);
	free(h->key);
	free(h->mark);
	free(h);
}

/* ---- sending ---- */

bool
vrrp_hmac_signs(const struct vrrp_hmac *h)
{
	return h != NULL && h->mode != AUTH_HMAC_RECEIVE_ONLY;
}

void
vrrp_hmac_sign(struct vrrp_hmac *h, const struct vrrp_signed *what, nsec_t wall,
	       uint8_t out[VRRP_TRAILER_LEN])
{
	h->sent = vrrp_seq_next(h->sent, wall, h->window);
	vrrp_trailer_encode(out, h->active, h->sent, &h->key[h->active], what);
}

/* ---- receiving ---- */

static bool
is_in_window(const struct vrrp_hmac *h, uint64_t seq, nsec_t wall)
{
	nsec_t ahead = vrrp_seq_ahead(seq, wall);

	return ahead <= h->window && ahead >= -h->window;
}

static bool
is_replay(const struct vrrp_hmac *h, const struct vrrp_mark *m, uint64_t seq,
	  nsec_t wall)
{
	if (m == NULL || m->used == 0)
		return false;
	/* A clock was set: what it said before no longer counts. */
	if (h->window > 0 && !is_in_window(h, m->seq, wall))
		return false;
	return !vrrp_seq_is_after(seq, m->seq);
}

enum vrrp_discard
vrrp_hmac_verify(struct vrrp_hmac *h, const struct vrrp_signed *what,
		 const uint8_t *trailer, nsec_t wall)
{
	struct vrrp_trailer t;
	struct vrrp_mark *m;

	h->skew = 0;
	if (trailer == NULL)
		return h->mode == AUTH_HMAC_ENFORCE ? VRRP_DISCARD_HMAC_MISSING
						    : VRRP_DISCARD_ACCEPT;
	if (!vrrp_trailer_decode(trailer, &t))
		return VRRP_DISCARD_HMAC_MALFORMED;
	if (h->window > 0) {
		h->skew = vrrp_seq_ahead(t.seq, wall);
		if (!is_in_window(h, t.seq, wall))
			return VRRP_DISCARD_HMAC_STALE;
	}
	if (!h->has_key[t.key_id])
		return VRRP_DISCARD_HMAC_KEY;
	if (!vrrp_trailer_is_genuine(&t, &h->key[t.key_id], what))
		return VRRP_DISCARD_HMAC_BAD;
	if (is_replay(h, mark_find(h, what->src), t.seq, wall))
		return VRRP_DISCARD_HMAC_REPLAY;
	m = mark_get(h, what->src);
	m->seq = t.seq;
	m->used = ++h->ticks;
	return VRRP_DISCARD_ACCEPT;
}

bool
vrrp_hmac_is_skewed(const struct vrrp_hmac *h)
{
	nsec_t off = h->skew < 0 ? -h->skew : h->skew;

	return h->window > 0 && off > h->window / 2;
}
