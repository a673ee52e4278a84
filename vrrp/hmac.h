/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * auth_hmac of one virtual router at run time: its keys, what it has signed
 * last, and how far each sender has come.
 *
 * Allocates when the configuration is taken only.  Wall time is an argument.
 */
#ifndef DUUMVIR_VRRP_HMAC_H
#define DUUMVIR_VRRP_HMAC_H

#include "lib/log.h"
#include "vrrp/conf.h"
#include "vrrp/packet.h"
#include "vrrp/trailer.h"

/* Senders that are no configured peers and are remembered. */
#define VRRP_HMAC_SENDERS 16

/* The last accepted sequence of one sender. */
struct vrrp_mark {
	struct addr from;
	uint64_t seq;
	uint64_t used; /* tick of its last use; 0: never */
};

struct vrrp_hmac {
	enum auth_hmac_mode mode;
	nsec_t window; /* 0: monotonic */
	uint8_t active;
	bool has_key[UINT8_MAX + 1];
	struct auth_key *key; /* by id, up to the greatest */
	size_t n_keys;
	uint64_t sent;	/* the last sequence; 0: none */
	uint64_t ticks; /* counts accepted adverts */
	struct vrrp_mark *mark;
	size_t n_marks, n_peers; /* the first n_peers belong to peers */
	nsec_t skew;		 /* of the last one looked at */
	struct log_limit limit[VRRP_DISCARD_COUNT]; /* words per reason */
	struct log_limit skew_limit;
};

/* peers: of struct unicast_peer_conf.  old may be NULL; what it remembers is
 * taken over, it stays the caller's. */
struct vrrp_hmac *vrrp_hmac_new(const struct auth_hmac_conf *c,
				const struct conf_list *peers,
				const struct vrrp_hmac *old);
/* NULL is allowed.  Wipes the keys. */
void vrrp_hmac_free(struct vrrp_hmac *h);

/* Whether adverts are signed. */
bool vrrp_hmac_signs(const struct vrrp_hmac *h);
void vrrp_hmac_sign(struct vrrp_hmac *h, const struct vrrp_signed *what,
		    nsec_t wall, uint8_t out[VRRP_TRAILER_LEN]);
/* trailer: VRRP_TRAILER_LEN bytes or NULL.  Nothing but h->skew changes
 * unless the result is VRRP_DISCARD_ACCEPT. */
enum vrrp_discard vrrp_hmac_verify(struct vrrp_hmac *h,
				   const struct vrrp_signed *what,
				   const uint8_t *trailer, nsec_t wall);
/* The clocks are so far apart that the window will soon be left. */
bool vrrp_hmac_is_skewed(const struct vrrp_hmac *h);

#endif
