/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote about VRRP: filled by the tables in vrrp/conf_*.c,
 * read by the vrrp engine, never modified after the configuration is
 * resolved.  A member is named like its keyword.  After resolution every
 * member holds its effective value: defaults and inherited values filled in.
 */
#ifndef DUUMVIR_VRRP_CONF_H
#define DUUMVIR_VRRP_CONF_H

#include "parser/common.h"

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
	bool is_bad; /* while reading: the line is to be dropped */
};

/* A metric with an optional lock. */
struct route_metric_conf {
	uint32_t value;
	bool has, lock;
};

enum route_encap_type {
	ROUTE_ENCAP_NONE,
	ROUTE_ENCAP_IP,
	ROUTE_ENCAP_IP6,
	ROUTE_ENCAP_MPLS,
	ROUTE_ENCAP_ILA,
};

#define ROUTE_MPLS_LABELS_MAX 16

/* The words after encap; has_x: given. */
struct route_encap_conf {
	enum route_encap_type type;
	bool has_id, has_tos, has_ttl, has_flags;
	uint64_t id; /* also the ILA locator */
	struct addr dst, src;
	uint8_t tos; /* traffic class for ip6 */
	uint8_t ttl; /* hop limit for ip6 */
	uint16_t flags;
	uint8_t n_labels;
	uint32_t label[ROUTE_MPLS_LABELS_MAX];
};

/* One leg of a multipath route. */
struct nexthop_conf {
	struct conf_obj obj;
	struct addr via;
	const char *dev;
	uint16_t weight; /* 1..256 */
	bool onlink;
	uint32_t realms; /* from << 16 | to */
	struct route_encap_conf encap;
};

enum route_add_mode {
	ROUTE_PREPEND,
	ROUTE_ADD,
	ROUTE_APPEND,
};

/* One line of virtual_routes or static_routes. */
struct route_conf {
	struct conf_obj obj; /* name: canonical destination and selectors */
	uint16_t family;
	uint8_t type; /* RTN_* */
	struct conf_prefix to, from;
	struct addr src, via;
	const char *dev, *vrf, *track_group;
	uint8_t tos, protocol, scope, pref;
	uint32_t table; /* RT_TABLE_MAIN if not given */
	uint32_t metric, expires, realms;
	bool has_scope, has_metric, has_expires, has_pref, has_protocol;
	bool onlink, no_track;
	enum route_add_mode mode;
	bool is_bad; /* while reading: the line is to be dropped */
	struct route_metric_conf mtu, hoplimit, advmss, rtt, rttvar, rto_min,
		reordering, window, cwnd, ssthresh, initcwnd, initrwnd,
		features, quickack, fastopen_no_cookie;
	const char *congctl;
	bool congctl_lock;
	bool has_ttl_propagate, ttl_propagate;
	struct route_encap_conf encap;
	struct conf_list nexthop; /* struct nexthop_conf */
};

/* One line of virtual_rules or static_rules. */
struct rule_conf {
	struct conf_obj obj; /* name: canonical text */
	uint16_t family;
	struct conf_prefix from, to;
	bool invert, l3mdev, no_track;
	bool is_bad;	/* while reading: the line is to be dropped */
	uint8_t action; /* FR_ACT_* */
	uint32_t table, preference, goto_target;
	uint32_t fwmark, fwmask;
	uint8_t tos, protocol, ipproto;
	uint32_t realms;
	uint32_t suppress_prefixlength, suppress_ifgroup;
	const char *iif, *oif, *track_group;
	uint64_t tunnel_id;
	uint32_t uid_first, uid_last;
	uint16_t sport_first, sport_last, dport_first, dport_last;
	bool has_preference, has_fwmark, has_fwmask, has_suppress_prefixlength;
	bool has_suppress_ifgroup, has_uidrange, has_tunnel_id;
};

/* One line of track_*: what is tracked and its weight. */
struct track_ref_conf {
	struct conf_obj obj; /* name: what is tracked */
	int32_t weight;	     /* effective */
	bool has_weight, reverse, noreverse;
	bool is_bad;	  /* while reading: the line is to be dropped */
	struct addr addr; /* route and gateway */
	uint8_t prefix_len;
	uint32_t table;	 /* route */
	const char *dev; /* gateway; effective: the instance's interface */
	nsec_t interval; /* gateway */
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

/* What a master does when somebody deletes what it holds. */
enum address_loss {
	ADDRESS_LOSS_RESTORE, /* puts it back */
	ADDRESS_LOSS_BACKUP,  /* resigns, as keepalived does */
};

enum old_unicast_checksum {
	OLD_UNICAST_CHECKSUM_AUTO,
	OLD_UNICAST_CHECKSUM_ON,
	OLD_UNICAST_CHECKSUM_NEVER,
};

/* use_vmac and its words. */
struct use_vmac_conf {
	bool on;
	const char *name; /* NULL: made from the VRID */
	uint8_t mac_len;  /* 0: the RFC's, else 5 or 6 */
	uint8_t mac[6];
	bool netlink_notify_msg, has_group;
	uint32_t group;
};

enum ipvlan_mode_conf {
	IPVLAN_CONF_BRIDGE,
	IPVLAN_CONF_PRIVATE,
	IPVLAN_CONF_VEPA,
};

/* use_ipvlan and its words. */
struct use_ipvlan_conf {
	bool on;
	const char *name;
	struct conf_prefix addr;
	enum ipvlan_mode_conf mode;
	bool has_group;
	uint32_t group;
};

enum auth_hmac_replay {
	AUTH_HMAC_TIME,
	AUTH_HMAC_MONOTONIC,
};

enum auth_hmac_mode {
	AUTH_HMAC_ENFORCE,
	AUTH_HMAC_PERMISSIVE,
	AUTH_HMAC_RECEIVE_ONLY,
};

#define AUTH_HMAC_KEY_MAX 64

/* One key of auth_hmac. */
struct auth_hmac_key_conf {
	struct conf_obj obj; /* name: the id */
	uint8_t id;
	uint8_t len; /* 32..64 bytes */
	uint8_t key[AUTH_HMAC_KEY_MAX];
};

/* auth_hmac { } */
struct auth_hmac_conf {
	struct conf_obj obj;
	bool on;	      /* usable: active_key has a key */
	struct conf_list key; /* struct auth_hmac_key_conf */
	uint8_t active_key;
	uint32_t time_window; /* s */
	enum auth_hmac_replay anti_replay;
	enum auth_hmac_mode mode;
};

struct vrrp_instance_conf {
	struct conf_obj obj; /* name: the instance */
	/* core */
	const char *interface; /* NULL: none (unicast with source address) */
	const char *vrf;
	uint16_t family; /* AF_INET or AF_INET6, from the addresses */
	uint8_t virtual_router_id;
	uint8_t version; /* 2 or 3 */
	uint8_t priority;
	bool is_master_state; /* state MASTER */
	bool native_ipv6;
	bool nopreempt;
	nsec_t preempt_delay;
	nsec_t sync_hold; /* 0: none */
	nsec_t advert_int;
	uint32_t down_timer_adverts;
	uint8_t debug;
	struct use_vmac_conf use_vmac;
	bool use_vmac_addr, vmac_xmit_base;
	struct use_ipvlan_conf use_ipvlan;
	struct conf_obj authentication; /* which of the next two were given */
	enum vrrp_auth_type auth_type;
	char auth_pass[8]; /* NUL padded */
	struct auth_hmac_conf auth_hmac;
	struct addr mcast_src_ip; /* also unicast_src_ip */
	struct addr mcast_dst_ip;
	bool track_src_ip;
	uint8_t unicast_ttl;
	bool has_unicast_ttl;
	bool is_unicast; /* has peers, or waits for them in FAULT */
	bool unicast_fault_no_peer, check_unicast_src;
	enum old_unicast_checksum old_unicast_checksum;
	bool strict_mode, accept;
	bool skip_check_adv_addr;
	bool lower_prio_no_advert, higher_prio_send_advert;
	bool owner_ignore_adverts;
	bool dont_track_primary;
	bool linkbeat_use_polling;
	bool promote_secondaries;
	enum address_loss on_address_loss;
	nsec_t vip_lifetime; /* 0: for ever */
	bool no_virtual_ipaddress;
	bool v3_checksum_as_v2;
	nsec_t garp_master_delay; /* 0: no second burst */
	uint32_t garp_master_repeat;
	nsec_t garp_master_refresh; /* 0: off */
	uint32_t garp_master_refresh_repeat;
	nsec_t garp_lower_prio_delay;
	uint32_t garp_lower_prio_repeat;
	nsec_t router_advert; /* 0: off */
	nsec_t router_advert_lifetime;
	nsec_t garp_extra_if; /* 0: off */
	bool garp_extra_if_all;
	uint8_t timer_expired_backup; /* 0: off */
	nsec_t proof_of_receive;      /* 0: off */
	bool proof_if_asked;	      /* the default: only with a gateway */
	uint32_t kernel_rx_buf_size;
	const char *lvs_sync_daemon_interface;
	struct conf_list virtual_ipaddress;	     /* struct vip_conf */
	struct conf_list virtual_ipaddress_excluded; /* struct vip_conf */
	struct conf_list virtual_routes;	     /* struct route_conf */
	struct conf_list virtual_rules;		     /* struct rule_conf */
	struct conf_list unicast_peer;		     /* unicast_peer_conf */
	struct conf_list track_interface;	     /* track_ref_conf */
	struct conf_list track_script, track_file, track_process, track_bfd;
	struct conf_list track_route, track_gateway; /* track_ref_conf */
	uint8_t peer_priority;			     /* 0: not said */
	struct conf_script notify_master, notify_backup, notify_fault,
		notify_stop, notify_deleted, notify, notify_master_rx_lower_pri;
	bool has_notify_deleted; /* announce DELETED, even without script */
	bool smtp_alert, notify_priority_changes;
};

struct vrrp_sync_group_conf {
	struct conf_obj obj;
	struct conf_words group;	  /* members */
	struct conf_list track_interface; /* track_ref_conf */
	struct conf_list track_script, track_file, track_process, track_bfd;
	struct conf_list track_route, track_gateway; /* track_ref_conf */
	struct conf_script notify_master, notify_backup, notify_fault,
		notify_stop, notify;
	bool smtp_alert, sync_group_tracking_weight, notify_priority_changes;
};

struct vrrp_script_conf {
	struct conf_obj obj;
	struct conf_script script; /* effective user: with "user" */
	struct conf_user user;
	nsec_t interval, timeout;
	int32_t weight;
	bool reverse;
	uint32_t rise, fall;
	bool init_fail;
};

enum param_match {
	PARAM_MATCH_NONE, /* by name only */
	PARAM_MATCH_EXACT,
	PARAM_MATCH_INITIAL,
	PARAM_MATCH_PARTIAL,
};

struct vrrp_track_process_conf {
	struct conf_obj obj;
	struct conf_words process;
	enum param_match param_match;
	int32_t weight;
	bool reverse;
	uint32_t quorum, quorum_max; /* UINT32_MAX: unlimited */
	nsec_t delay;		     /* as written; the next two count */
	nsec_t terminate_delay, fork_delay;
	bool full_command;
};

/* Static addresses, routes and rules name one of these. */
struct track_group_conf {
	struct conf_obj obj;
	struct conf_words group; /* members */
};

struct garp_group_conf {
	struct conf_obj obj;
	nsec_t garp_interval, gna_interval;
	const char *interface;
	struct conf_words interfaces;
};

enum linkbeat_method {
	LINKBEAT_ANY,
	LINKBEAT_MII,
	LINKBEAT_ETHTOOL,
	LINKBEAT_IOCTL,
};

/* One line of linkbeat_interfaces. */
struct linkbeat_conf {
	struct conf_obj obj; /* name: the interface */
	enum linkbeat_method method;
};

/* One line of interface_up_down_delays. */
struct up_down_delay_conf {
	struct conf_obj obj; /* name: the interface */
	nsec_t down, up;
};

enum rx_bufs_policy {
	RX_BUFS_DEFAULT,
	RX_BUFS_MTU,
	RX_BUFS_ADVERT,
	RX_BUFS_SIZE, /* vrrp_rx_bufs_size */
};

#define IPSETS_MAX 6

/* global_defs keywords that the vrrp engine acts on. */
struct vrrp_global_conf {
	struct addr vrrp_mcast_group4, vrrp_mcast_group6;
	uint8_t vrrp_version;
	nsec_t vrrp_garp_master_delay;
	uint32_t vrrp_garp_master_repeat;
	nsec_t vrrp_garp_master_refresh;
	uint32_t vrrp_garp_master_refresh_repeat;
	nsec_t vrrp_garp_lower_prio_delay;
	uint32_t vrrp_garp_lower_prio_repeat;
	uint32_t vrrp_down_timer_adverts;
	nsec_t vrrp_garp_interval, vrrp_gna_interval;
	bool vrrp_min_garp;
	nsec_t vrrp_garp_extra_if;
	bool vrrp_garp_extra_if_all;
	bool vrrp_lower_prio_no_advert, vrrp_higher_prio_send_advert;
	bool vrrp_owner_ignore_adverts, v3_checksum_as_v2;
	bool vrrp_skip_check_adv_addr, vrrp_strict;
	bool vrrp_notify_priority_changes, fifo_write_vrrp_states_on_reload;
	nsec_t vrrp_startup_delay, vrrp_delay_after_boot;
	nsec_t vrrp_proof_of_receive;
	bool proof_if_asked;
	bool vrrp_check_unicast_src, log_unknown_vrids;
	bool dynamic_interfaces, allow_if_changes;
	bool disable_local_igmp;
	enum address_loss on_address_loss;
	nsec_t vip_lifetime;
	const char *default_interface;
	/* filtering */
	struct conf_words vrrp_iptables; /* chains */
	struct conf_words vrrp_ipsets;	 /* at most IPSETS_MAX names */
	const char *nftables;		 /* table; NULL: not asked for */
	int32_t nftables_priority;
	bool nftables_ifindex, nftables_counters;
	/* interfaces of our own */
	const char *vmac_prefix, *vmac_addr_prefix;
	/* sockets and scheduling */
	uint32_t vrrp_netlink_cmd_rcv_bufs, vrrp_netlink_monitor_rcv_bufs;
	bool vrrp_netlink_cmd_rcv_bufs_force,
		vrrp_netlink_monitor_rcv_bufs_force;
	uint32_t process_monitor_rcv_bufs;
	bool process_monitor_rcv_bufs_force;
	enum rx_bufs_policy vrrp_rx_bufs_policy;
	uint32_t vrrp_rx_bufs_size, vrrp_rx_bufs_multiplier;
	struct conf_sched vrrp_sched; /* vrrp_priority, vrrp_no_swap, ... */
};

/* Root of the vrrp module. */
struct vrrp_conf {
	struct conf_obj obj;
	struct conf_obj global_defs; /* which of global were given */
	struct vrrp_global_conf global;
	bool linkbeat_use_polling;
	struct conf_list vrrp_instance;	     /* vrrp_instance_conf */
	struct conf_list vrrp_sync_group;    /* vrrp_sync_group_conf */
	struct conf_list vrrp_script;	     /* vrrp_script_conf */
	struct conf_list vrrp_track_process; /* vrrp_track_process_conf */
	struct conf_list track_group;	     /* track_group_conf */
	struct conf_list static_ipaddress;   /* vip_conf */
	struct conf_list static_routes;	     /* route_conf */
	struct conf_list static_rules;	     /* rule_conf */
	uint32_t n_chosen_preferences; /* rules that say none, while reading */
	struct conf_list garp_group;   /* garp_group_conf */
	struct conf_list linkbeat_interfaces;	   /* linkbeat_conf */
	struct conf_list interface_up_down_delays; /* up_down_delay_conf */
};

extern const struct conf_module vrrp_conf_module;
const struct vrrp_conf *vrrp_conf_get(const struct conf *c);

#endif
