/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote about virtual servers and health checks: filled by the
 * tables in check/conf_*.c, read by the check engine.  A member is named like
 * its keyword.  After resolution every member holds its effective value:
 * defaults and values inherited from service and server filled in.
 */
#ifndef DUUMVIR_CHECK_CONF_H
#define DUUMVIR_CHECK_CONF_H

#include "parser/tree.h"

struct conf_module;

enum checker_type {
	CHECKER_TCP,
	CHECKER_HTTP,
	CHECKER_SSL,
	CHECKER_SMTP,
	CHECKER_DNS,
	CHECKER_MISC,
	CHECKER_UDP,
	CHECKER_PING,
	CHECKER_FILE,
	CHECKER_BFD,
};

/* A checker of a real server: what all kinds share. */
struct checker_conf {
	struct conf_obj obj; /* name: "TCP_CHECK", with "#n" from the second */
	enum checker_type type;
	struct addr_port connect; /* connect_ip, connect_port, effective */
	struct addr_port bind;	  /* bindto, bind_port; AF_UNSPEC: any */
	const char *bind_if;
	nsec_t connect_timeout;
	uint32_t fwmark;
	uint32_t retry;
	nsec_t delay_before_retry;
	nsec_t warmup;
	nsec_t delay_loop;
	bool alpha;
	bool log_all_failures;
};

/* lvs_method (lb_kind) with its tunnel words. */
struct lvs_method_conf {
	uint32_t method;   /* IP_VS_CONN_F_MASQ, _DROUTE, _TUNNEL */
	uint8_t tun_type;  /* IP_VS_CONN_F_TUNNEL_TYPE_* */
	uint16_t tun_port; /* host order */
	uint16_t tun_flags;
};

struct real_server_conf {
	struct conf_obj obj; /* name: "192.168.3.128 80" */
	struct addr_port addr;
	uint32_t weight;
	struct lvs_method_conf lvs_method;
	uint32_t uthreshold, lthreshold;
	bool inhibit_on_failure;
	bool alpha;
	bool smtp_alert;
	struct conf_script notify_up, notify_down;
	struct conf_list checker; /* struct checker_conf, any kind, in order */
};

enum virtual_server_kind {
	VIRTUAL_SERVER_ADDR,
	VIRTUAL_SERVER_FWMARK,
	VIRTUAL_SERVER_GROUP,
};

struct virtual_server_conf {
	struct conf_obj
		obj; /* name: "192.168.3.110 80", "fwmark 5", "group G" */
	enum virtual_server_kind kind;
	struct addr_port addr;
	uint32_t fwmark;
	const char *group;
	uint16_t family;
	uint16_t protocol;     /* IPPROTO_TCP, _UDP, _SCTP; 0 for fwmark */
	const char *lvs_sched; /* "rr", ... */
	uint32_t flags; /* IP_VS_SVC_F_SCHED1.. and ONEPACKET, PERSISTENT */
	struct lvs_method_conf lvs_method;
	uint32_t persistence_timeout; /* seconds, 0 off */
	uint32_t
		persistence_granularity; /* netmask (network order) or prefix */
	const char *persistence_engine;
	uint32_t quorum, hysteresis;
	bool alpha, omega, inhibit_on_failure, ha_suspend, smtp_alert;
	nsec_t delay_loop;
	struct conf_script quorum_up, quorum_down;
	struct addr_port sorry_server; /* AF_UNSPEC: none */
	struct lvs_method_conf sorry_server_lvs_method;
	bool sorry_server_inhibit;
	struct conf_list real_server; /* struct real_server_conf */
};

/* One line of virtual_server_group. */
struct vsg_entry_conf {
	struct conf_obj obj;
	struct addr first, last; /* last unset: one address */
	uint16_t port;
	uint32_t fwmark;
	bool is_fwmark;
	uint16_t family;
};

struct virtual_server_group_conf {
	struct conf_obj obj;
	struct conf_list entry; /* struct vsg_entry_conf */
};

/* global_defs keywords that the check engine acts on. */
struct check_global_conf {
	bool checker_log_all_failures;
	bool rs_init_notifies, no_checker_emails;
};

/* Root of the check module. */
struct check_conf {
	struct check_global_conf global;
	struct conf_list virtual_server_group;
	struct conf_list virtual_server; /* struct virtual_server_conf */
};

extern const struct conf_module check_conf_module;
const struct check_conf *check_conf_get(const struct conf *c);

#endif
