/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote about VRRP: filled by the tables in vrrp/conf_*.c,
 * read by the vrrp engine, never modified after the configuration is
 * resolved.  A member is named like its keyword.  After resolution every
 * member holds its effective value: defaults and inherited values filled in.
 */
#ifndef DUUMVIR_VRRP_CONF_H
#define DUUMVIR_VRRP_CONF_H

#include "parser/tree.h"

struct conf_module;

/* One line of virtual_ipaddress, _excluded or static_ipaddress. */
struct vip_conf {
	struct conf_obj obj; /* name: canonical "addr/len [dev X]" */
	struct addr addr;
	uint8_t prefix_len;
	const char *dev; /* effective: instance interface if not given */
	uint8_t scope;
	struct addr broadcast;
	bool has_broadcast;
	const char *label;
	struct addr peer;
	bool home, nodad_off, mngtmpaddr, noprefixroute, autojoin;
	bool no_track, use_vmac;
	bool has_preferred_lft;
	uint32_t preferred_lft;
	const char *track_group;
};

/* One line of track_*: what is tracked and its weight. */
struct track_ref_conf {
	struct conf_obj obj; /* name: what is tracked */
	int32_t weight;
	bool has_weight, reverse, noreverse;
};

/* One line of unicast_peer. */
struct unicast_peer_conf {
	struct conf_obj obj;
	struct addr addr;
	uint8_t min_ttl, max_ttl;
};

enum vrrp_auth_type {
	VRRP_AUTH_NONE = 0,
	VRRP_AUTH_PASS = 1,
	VRRP_AUTH_AH = 2,
};

struct vrrp_instance_conf {
	struct conf_obj obj; /* name: the instance */
	/* core */
	const char *interface;
	uint16_t family; /* AF_INET or AF_INET6, from the addresses */
	uint8_t virtual_router_id;
	uint8_t version; /* 2 or 3 */
	uint8_t priority;
	bool is_master_state; /* state MASTER */
	bool nopreempt;
	nsec_t preempt_delay;
	nsec_t advert_int;
	uint32_t down_timer_adverts;
	enum vrrp_auth_type auth_type;
	char auth_pass[8]; /* NUL padded */
	struct addr mcast_src_ip;
	struct addr mcast_dst_ip;
	bool track_src_ip;
	bool strict_mode, accept;
	bool skip_check_adv_addr;
	bool lower_prio_no_advert, higher_prio_send_advert;
	bool owner_ignore_adverts;
	bool dont_track_primary;
	bool v3_checksum_as_v2;
	nsec_t garp_master_delay; /* 0: no second burst */
	uint32_t garp_master_repeat;
	nsec_t garp_master_refresh; /* 0: off */
	uint32_t garp_master_refresh_repeat;
	nsec_t garp_lower_prio_delay;
	uint32_t garp_lower_prio_repeat;
	uint32_t kernel_rx_buf_size;
	struct conf_list virtual_ipaddress;	     /* struct vip_conf */
	struct conf_list virtual_ipaddress_excluded; /* struct vip_conf */
	struct conf_list unicast_peer;		     /* unicast_peer_conf */
	struct conf_list track_interface;	     /* track_ref_conf */
	struct conf_list track_script, track_file, track_process, track_bfd;
	struct conf_script notify_master, notify_backup, notify_fault,
		notify_stop, notify_deleted, notify, notify_master_rx_lower_pri;
	bool smtp_alert, notify_priority_changes;
};

struct vrrp_sync_group_conf {
	struct conf_obj obj;
	struct conf_words group; /* members */
	struct conf_script notify_master, notify_backup, notify_fault,
		notify_stop, notify;
	bool smtp_alert, sync_group_tracking_weight;
};

/* global_defs keywords that the vrrp engine acts on. */
struct vrrp_global_conf {
	struct addr vrrp_mcast_group4, vrrp_mcast_group6;
	nsec_t vrrp_garp_interval, vrrp_gna_interval;
	nsec_t vrrp_startup_delay;
	bool vrrp_check_unicast_src, log_unknown_vrids;
	bool dynamic_interfaces, allow_if_changes;
	const char *default_interface;
};

/* Root of the vrrp module. */
struct vrrp_conf {
	struct vrrp_global_conf global;
	struct conf_list vrrp_instance;	  /* struct vrrp_instance_conf */
	struct conf_list vrrp_sync_group; /* struct vrrp_sync_group_conf */
};

extern const struct conf_module vrrp_conf_module;
const struct vrrp_conf *vrrp_conf_get(const struct conf *c);

#endif
