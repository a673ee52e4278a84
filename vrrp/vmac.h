/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Interfaces of our own: VMACs (a macvlan with the virtual router's MAC, RFC
 * 9568 §7.3, use_vmac) and ipvlans (use_ipvlan).  Which are wanted, and what
 * is to be done about each, seen in the interface mirror.
 *
 * Pure but for the memory of the set: vrrp/own.c carries out, the kernel's
 * door is vrrp/rtnl_vmac.c.  An interface is ours when its alias says so
 * (VMAC_MARK); what is not ours is used if it is right, but never deleted.
 */
#ifndef DUUMVIR_VRRP_VMAC_H
#define DUUMVIR_VRRP_VMAC_H

#include "lib/log.h"
#include "lib/monotime.h"
#include "vrrp/iface.h"

/* An alias begins with it; behind it stands what the base had before. */
#define VMAC_MARK "duumvir"

/* Attempts per second before we wait: someone works against us. */
#define VMAC_TRIES 10
#define VMAC_RETRY SEC(1)

struct vmac_spec {
	enum iface_kind kind; /* IFACE_MACVLAN or IFACE_IPVLAN */
	char name[IFNAMSIZ];  /* "" as a wish: one is made up */
	char base[IFNAMSIZ];
	uint8_t mac[VRRP_MAC_LEN]; /* macvlan */
	uint32_t flags;		   /* IPVLAN_F_* */
	bool has_group, notify_base;
	uint32_t group;
	struct addr addr; /* ipvlan: its own address, or unset */
	uint8_t prefix_len;
};

struct vmac {
	struct vmac_spec spec;
	uint32_t users;	 /* instances and addresses that live on it */
	uint32_t set_up; /* ifindex of the link that has our settings */
	bool is_fresh;	 /* made by us, its ifindex is yet to be told */
	int error;	 /* of the last attempt, 0 or -errno */
	monotime_t retry;
	struct log_limit tries;
	struct iface_devconf before; /* of the base */
	TAILQ_ENTRY(vmac) link;
};

TAILQ_HEAD(vmac_list, vmac);

struct vmac_set {
	struct vmac_list list; /* users 0: about to be deleted */
	size_t n;
	monotime_t retry; /* the earliest of all */
	bool has_unused, has_new;
};

enum vmac_op_kind {
	VMAC_OP_NONE,
	VMAC_OP_CREATE, /* with its settings, and up if the base is */
	VMAC_OP_SETUP,	/* settings and up, of one that exists */
	VMAC_OP_DELETE,
	VMAC_OP_BASE, /* settings of the base */
};

/* One thing to do.  error is set by the door. */
struct vmac_op {
	enum vmac_op_kind kind;
	struct vmac *owner;
	uint32_t ifindex;	     /* SETUP, DELETE; BASE: the base */
	uint32_t base_ifindex;	     /* CREATE */
	uint32_t group, base_group;  /* CREATE */
	struct iface_devconf conf;   /* BASE: wanted */
	char alias[IFACE_ALIAS_LEN]; /* CREATE, SETUP; "": leave it */
	int error;		     /* 0 or -errno */
};

void vmac_set_init(struct vmac_set *s);
void vmac_set_fini(struct vmac_set *s);

/* What a name is made of where none is given: PREFIX.VRID, for IPv6 as second
 * choice PREFIX6.VRID, then PREFIX1.VRID, ... */
struct vmac_naming {
	const char *prefix;
	uint8_t vrid;
	uint16_t family;
};

/* One more user of such an interface, which may exist already. */
struct vmac *vmac_want(struct vmac_set *s, const struct iface_table *t,
		       const struct vmac_spec *spec,
		       const struct vmac_naming *n);
/* One user less; NULL is allowed. */
void vmac_drop(struct vmac_set *s, struct vmac *v);
void vmac_free(struct vmac_set *s, struct vmac *v);

/* The RFC's address of a virtual router. */
void vmac_mac_rfc(uint16_t family, uint8_t vrid, uint8_t mac[VRRP_MAC_LEN]);

bool vmac_is_marked(const struct iface *i);
/* The link, if it is there, right and up, else NULL. */
const struct iface *vmac_ready(const struct vmac *v,
			       const struct iface_table *t);
/* What to do about a wanted one next; VMAC_OP_NONE: nothing, or nothing that
 * we may.  Sets the operation but for error. */
enum vmac_op_kind vmac_step(struct vmac *v, const struct vmac_set *s,
			    const struct iface_table *t, struct vmac_op *op);
/* The same for the settings of its base: ARP must not be answered there. */
enum vmac_op_kind vmac_base_step(struct vmac *v, const struct vmac_set *s,
				 const struct iface_table *t,
				 struct vmac_op *op);
/* An unwanted one: DELETE if it is there and ours.  BASE if it was the last
 * of its base and the base is to be as it was. */
enum vmac_op_kind vmac_end_step(struct vmac *v, const struct vmac_set *s,
				const struct iface_table *t,
				struct vmac_op *op);
enum vmac_op_kind vmac_base_end_step(struct vmac *v, const struct vmac_set *s,
				     const struct iface_table *t,
				     struct vmac_op *op);
/* Why vmac_ready() says no, in words. */
int vmac_reason(const struct vmac *v, const struct iface_table *t, char *buf,
		size_t size);

#endif
