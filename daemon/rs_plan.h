/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a real server must hold × what is there × what we remember having
 * changed → what to do.  Pure.
 *
 * Only what is ours is ever taken back: addresses that carry our number,
 * devices that carry our alias, and what struct rs_memory tells.
 */
#ifndef DUUMVIR_DAEMON_RS_PLAN_H
#define DUUMVIR_DAEMON_RS_PLAN_H

#include "daemon/rs_want.h"
#include "vrrp/rtnl_fou.h"
#include "vrrp/rtnl_snap.h"

struct arena;

#define RS_ADDR_PROTO  130 /* IFA_PROTO of an address that is ours */
#define RS_ALIAS       "duumvir real server" /* alias of a device of ours */
#define RS_SYSCTLS_MAX (8 + 2 * RS_TUNNELS_MAX)
#define RS_UPS_MAX     (1 + RS_TUNNELS_MAX)
#define RS_PASSES      5 /* until nothing is left to do */

/* ---- what is there ---- */

struct rs_seen {
	struct snap_link *link;
	size_t n_links;
	struct snap_addr *addr;
	size_t n_addrs;
	struct fou_port *fou;
	size_t n_fous;
	bool has_fou;	/* the kernel can tell */
	int32_t rp_all; /* net.ipv4.conf.all.rp_filter */
};

enum rs_rule {
	RS_ARP_IGNORE,
	RS_ARP_ANNOUNCE,
	RS_RP_FILTER,
	RS_DISABLE_IPV6,
	RS_RULES,
};

struct rs_sysctl {
	enum rs_rule rule;
	char ifname[SNAP_NAME_LEN]; /* or "all" */
	bool is_known;		    /* value was read */
	int32_t value;
};

/* ---- what was changed by us ---- */

struct rs_kept_sysctl {
	enum rs_rule rule;
	char ifname[SNAP_NAME_LEN];
	int32_t was, made;
};

struct rs_kept_addr {
	char ifname[SNAP_NAME_LEN];
	struct addr addr;
};

struct rs_memory {
	struct rs_kept_sysctl sysctl[RS_SYSCTLS_MAX];
	size_t n_sysctls;
	char up[RS_UPS_MAX][SNAP_NAME_LEN]; /* devices that were down */
	size_t n_ups;
	struct rs_fou fou[RS_FOUS_MAX];
	size_t n_fous;
	/* For kernels that do not say whose an address is; malloc'ed. */
	struct rs_kept_addr *addr;
	size_t n_addrs;
};

/* ---- what to do, in this order ---- */

enum rs_op_kind {
	RS_OP_SYSCTL,	  /* set rule of ifname to value */
	RS_OP_DUMMY_ADD,  /* ifname */
	RS_OP_TUNNEL_ADD, /* tunnel, as ifname */
	RS_OP_UP,	  /* ifname */
	RS_OP_FOU_ADD,
	RS_OP_ADDR_ADD,
	RS_OP_ADDR_FIX, /* ours, but it may be taken as a source */
	RS_OP_ADDR_DEL,
	RS_OP_FOU_DEL,
	RS_OP_LINK_DEL,
	RS_OP_DOWN,
	RS_OP_SYSCTL_BACK, /* to value, if it still is what we made it */
};

struct rs_op {
	enum rs_op_kind kind;
	char ifname[SNAP_NAME_LEN];
	uint32_t ifindex;
	bool is_ours; /* UP, SYSCTL: the device is */
	enum rs_rule rule;
	int32_t value;
	const struct rs_tunnel *tunnel;
	struct rs_fou fou;
	struct addr addr;
	uint8_t prefix_len;
	const struct virtual_server_conf *vs; /* why; may be NULL */
	int error;			      /* set by who does it */
};

struct rs_plan {
	struct rs_op *op;
	size_t n;
};

/* The numbers that matter, to be read before rs_reconcile(): their number, at
 * most RS_SYSCTLS_MAX. */
size_t rs_sysctls(const struct rs_want *w, const struct rs_seen *s,
		  struct rs_sysctl out[static RS_SYSCTLS_MAX]);
/* An empty want takes everything back. */
void rs_reconcile(const struct rs_want *w, const struct rs_seen *s,
		  const struct rs_sysctl *sysctl, size_t n_sysctls,
		  const struct rs_memory *m, struct arena *arena,
		  struct rs_plan *out);
/* Sentences about what is there and works against us.  How many, at most max;
 * the first *bad of them mean that it cannot work. */
size_t rs_remarks(const struct rs_want *w, const struct rs_seen *s,
		  const struct rs_memory *m, struct arena *arena,
		  const char **out, size_t max, size_t *bad);
/* The addresses by which others may name this machine. */
size_t rs_own_addresses(const struct rs_seen *s, const struct rs_memory *m,
			struct arena *arena, struct addr **out);

/* Path below /proc/sys/net, for sysctl_get(). */
const char *rs_rule_path(enum rs_rule rule);

/* ---- memory ---- */

void rs_memory_fini(struct rs_memory *m);
/* What stood before us is remembered from the first time on. */
void rs_memory_sysctl(struct rs_memory *m, const struct rs_kept_sysctl *k);
void rs_memory_up(struct rs_memory *m, const char *ifname);
void rs_memory_fou(struct rs_memory *m, const struct rs_fou *f);
void rs_memory_addr(struct rs_memory *m, const char *ifname,
		    const struct addr *a);
/* The operation was done: what it took back is no longer remembered. */
void rs_memory_done(struct rs_memory *m, const struct rs_op *op);
const struct rs_kept_sysctl *rs_memory_find(const struct rs_memory *m,
					    enum rs_rule rule,
					    const char *ifname);

#endif
