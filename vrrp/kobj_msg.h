/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A route or rule of the configuration as the message that adds or deletes it,
 * made once when the configuration is taken: becoming master only copies
 * bytes.  Interfaces stand in it by number; where, and what they are called,
 * is kept, since numbers come and go.
 */
#ifndef DUUMVIR_VRRP_KOBJ_MSG_H
#define DUUMVIR_VRRP_KOBJ_MSG_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct route_conf;
struct rule_conf;

#define KOBJ_MSG_MAX   8000 /* a message fits NLSOCK_MSG_MAX with its header */
#define KOBJ_LINKS_MAX 256

enum kobj_kind {
	KOBJ_ROUTE,
	KOBJ_RULE,
};

/* A number in the message that depends on a link. */
struct kobj_link {
	char name[IFNAMSIZ];
	uint32_t offset; /* of 32 bits in host order, in the payload */
	bool is_table;	 /* the table of this VRF, not its index */
	bool is_name;	 /* a rule's: stands in it by name, is only followed */
};

struct kobj_msg {
	enum kobj_kind kind;
	uint16_t add_flags; /* NLM_F_* besides REQUEST and ACK */
	uint8_t protocol;
	/* Where notifications about it are recognised. */
	struct addr dst; /* routes; family is always set */
	uint8_t dst_len;
	uint32_t preference; /* rules */
	uint32_t metric, n_legs;
	uint32_t n_links, len;
	struct kobj_link link[KOBJ_LINKS_MAX];
	uint8_t data[KOBJ_MSG_MAX]; /* what follows the nlmsghdr */
};

/* 0 or -EMSGSIZE: more legs than fit a message. */
int rtnl_route_encode(const struct route_conf *c, struct kobj_msg *out);
int rtnl_rule_encode(const struct rule_conf *c, struct kobj_msg *out);

#endif
