/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How the keyword tables of the vrrp module fit together; only for
 * vrrp/conf_*.c.
 */
#ifndef DUUMVIR_VRRP_CONF_TABLES_H
#define DUUMVIR_VRRP_CONF_TABLES_H

#include "parser/schema.h"
#include "vrrp/conf.h"

/* Blocks and lines, each in the file of its subject. */
extern const struct kw_block instance_block,
	auth_hmac_block; /* instance, hmac */
extern const struct kw_block sync_group_block, track_group_block; /* group */
extern const struct kw_block script_block, track_process_block,
	track_interface_block, track_script_block, track_file_ref_block,
	track_process_ref_block, track_bfd_block, /* track */
	track_route_block, track_gateway_block;	  /* track_net */

/* The word weight of a track_* line, up to max either way: the words taken or
 * -errno.  Without a number the line is of no use. */
int conf_track_weight(struct kw_in *in, void *member, int32_t max);
bool conf_track_weight_equal(const void *a, const void *b);
extern const struct kw_block vip_block, vip_excluded_block,
	static_vip_block;				      /* vip */
extern const struct kw_block route_block, static_route_block; /* route */
extern const struct kw_block garp_group_block, linkbeat_block,
	up_down_delay_block;				    /* net */
extern const struct kw_block rule_block, static_rule_block; /* rule */

/* Readers for words of vrrp_instance (conf_words.c). */
extern const struct kw_ops state_ops, interface_ops, vrf_ops, src_ip_ops,
	version_ops, native_ipv6_ops, timer_expired_ops, proof_of_receive_ops,
	instance_garp_extra_if_ops, old_unicast_checksum_ops;
extern const struct kw_word_value address_loss_words[];
extern const struct kw_ops use_vmac_ops, use_ipvlan_ops;
extern const struct kw_block use_vmac_words, use_ipvlan_words,
	old_unicast_checksum_words, instance_garp_extra_if_words;

/* Readers for words that routes, rules and addresses share (conf_names.c). */
extern const struct kw_ops scope_ops, tos_ops, protocol_ops, realms_ops,
	ifgroup_ops, ipproto_ops, route_table_ops, rule_table_ops;

/*
 * A number from 0 to max, or a name from one of iproute2's tables ("rt_scopes",
 * "rt_tables", ...; NULL: numbers only).  0 or -ENOENT.
 */
int conf_name_find(struct conf_ctx *ctx, const char *table, const char *word,
		   uint32_t max, uint32_t *v);
/* "ADDR[/LEN]", or default, any, all (then family of the caller, len 0). */
int conf_prefix_parse(const char *word, uint16_t family, struct conf_prefix *p);

/* Head of a block that takes exactly one word. */
int conf_open_one_name(struct kw_in *in, void *obj);

/* An interface that must exist unless dynamic_interfaces; complains with
 * keepalived's words: "interface X for WHAT doesn't exist". */
bool conf_needs_interface(struct conf_ctx *ctx, const char *name,
			  const char *what);

/* After reading (conf_resolve.c). */
void vrrp_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root);

extern const struct kw_ops fw_chains_ops, fw_sets_ops;

#endif
