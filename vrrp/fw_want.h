/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the firewall is to hold for VRRP, as a pure function of the
 * configuration: nobody reaches a virtual address of an instance that neither
 * owns it nor is in accept mode (RFC 9568 §6.1, §6.4.3), and what a kernel
 * says on an interface by itself (IGMP, MLD, router solicitations) does not
 * leave with a virtual MAC.
 *
 * It does not depend on who is master.  A packet to an address that is not
 * here is never delivered, so the sets may name all configured addresses
 * all the time: they stand before the address is added and still do after
 * it is gone, a take-over of any size changes nothing in the firewall, and no
 * advert ever waits for somebody else's firewall reload.
 */
#ifndef DUUMVIR_VRRP_FW_WANT_H
#define DUUMVIR_VRRP_FW_WANT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct arena;
struct vrrp_conf;

enum fw_by {
	FW_BY_NONE, /* nothing to filter and nothing asked for */
	FW_BY_NFT,
	FW_BY_IPTABLES,
};

/* An address that is not to be reached; link-local: on this device. */
struct fw_block {
	struct addr addr;
	char dev[IFNAMSIZ]; /* "": on all */
};

/* An interface of ours and the one that it sits on. */
struct fw_vmac {
	char name[IFNAMSIZ], base[IFNAMSIZ];
	/* As facts from the engine: whose it is, what lives there (0: both
	 * families), and whether it has a virtual MAC. */
	const char *instance;
	uint16_t family;
	bool has_mac;
};

enum fw_set {
	FW_SET_VIPS4,
	FW_SET_VIPS6,
	FW_SET_LINK6, /* link-local, with the interface */
	FW_SET_IGMP,
	FW_SET_MLD,
	FW_SET_ND,
	FW_SET_COUNT,
};

#define FW_NAME_LEN 32

struct fw_want {
	enum fw_by by;
	/* nftables */
	char table[FW_NAME_LEN];
	int32_t priority;
	bool by_index, has_counters;
	/* iptables; "" is no chain */
	char chain_in[FW_NAME_LEN], chain_out[FW_NAME_LEN];
	bool uses_sets;
	char set[FW_SET_COUNT][FW_NAME_LEN];
	/* both; sorted, nothing twice */
	struct fw_block *block;
	size_t n_block;
	struct fw_vmac *vmac; /* with a virtual MAC */
	size_t n_vmac;
};

/* What is known only at run time. */
struct fw_env {
	bool has_iptables; /* the programs are there */
	/* Sets work here: not in a namespace on a kernel before 3.13, unless
	 * namespace_with_ipsets. */
	bool has_sets;
	const struct fw_vmac *vmac; /* that the engine has made */
	size_t n_vmac;
};

/* Allocates from the arena. */
void fw_want_make(const struct vrrp_conf *c, const struct fw_env *env,
		  struct arena *arena, struct fw_want *out);
/* A copy in the arena. */
void fw_want_copy(const struct fw_want *a, struct arena *arena,
		  struct fw_want *out);
/* As b, but with what a blocks too: between two configurations. */
void fw_want_join(const struct fw_want *a, const struct fw_want *b,
		  struct arena *arena, struct fw_want *out);
bool fw_want_is_equal(const struct fw_want *a, const struct fw_want *b);
/* Is there anything of this family to filter? */
bool fw_want_has_family(const struct fw_want *w, int family);

#endif
