/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote about virtual servers and health checks: filled by the
 * tables in check/conf_*.c, read by the check engine.  A member is named like
 * its keyword.  After resolution every member holds its effective value:
 * defaults and values inherited from service and server filled in.
 */
#ifndef DUUMVIR_CHECK_CONF_H
#define DUUMVIR_CHECK_CONF_H

#include "parser/common.h"

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
	CHECKER_AGENT,
	CHECKER_VIA, /* TCP_CHECK with via_forwarding */
};

/* A checker of a real server: what all kinds share. */
struct checker_conf {
	struct conf_obj obj; /* name: "TCP_CHECK", with "#n" from the second */
	enum checker_type type;
	bool is_warmup_ours; /* nobody said warmup */
	bool alpha;
	bool log_all_failures;
	struct addr_port connect; /* connect_ip, connect_port, effective */
	struct addr_port bind;	  /* bindto, bind_port; AF_UNSPEC: any */
	const char *bind_if;
	nsec_t connect_timeout;
	uint32_t fwmark;
	uint32_t retry;
	uint32_t rise; /* successes in a row that bring it up */
	uint32_t fall; /* as written; its effect is in retry */
	nsec_t delay_before_retry;
	nsec_t warmup;
	nsec_t delay_loop;
	nsec_t fast_interval, down_interval; /* 0: none of their own */
};

/* How a check travels like forwarded traffic. */
struct via_conf {
	struct addr_port vip;
	bool is_tunnelled; /* in IPIP; else with direct routing */
};

struct tcp_check_conf {
	struct checker_conf checker;
	bool via_forwarding;
	const struct via_conf *via; /* effective, of CHECKER_VIA; else NULL */
};

enum http_protocol {
	HTTP_PROTOCOL_1_0,
	HTTP_PROTOCOL_1_0C, /* 1.0 with "Connection: close" */
	HTTP_PROTOCOL_1_0c, /* the same */
	HTTP_PROTOCOL_1_1,  /* says it always */
	HTTP_PROTOCOL_1_1C, /* the same, as a word of ours */
	HTTP_PROTOCOL_1_1c,
	HTTP_PROTOCOL_2, /* of SSL_GET; a word of ours */
};

/* Bits of regex_options, in the order of the words of the manual. */
enum regex_option {
	REGEX_ALLOW_EMPTY_CLASS = 1 << 0,
	REGEX_ALT_BSUX = 1 << 1,
	REGEX_AUTO_CALLOUT = 1 << 2,
	REGEX_CASELESS = 1 << 3,
	REGEX_DOLLAR_ENDONLY = 1 << 4,
	REGEX_DOTALL = 1 << 5,
	REGEX_DUPNAMES = 1 << 6,
	REGEX_EXTENDED = 1 << 7,
	REGEX_FIRSTLINE = 1 << 8,
	REGEX_MATCH_UNSET_BACKREF = 1 << 9,
	REGEX_MULTILINE = 1 << 10,
	REGEX_NEVER_UCP = 1 << 11,
	REGEX_NEVER_UTF = 1 << 12,
	REGEX_NO_AUTO_CAPTURE = 1 << 13,
	REGEX_NO_AUTO_POSSESS = 1 << 14,
	REGEX_NO_DOTSTAR_ANCHOR = 1 << 15,
	REGEX_NO_START_OPTIMIZE = 1 << 16,
	REGEX_UCP = 1 << 17,
	REGEX_UNGREEDY = 1 << 18,
	REGEX_UTF = 1 << 19,
	REGEX_NEVER_BACKSLASH_C = 1 << 20,
	REGEX_ALT_CIRCUMFLEX = 1 << 21,
	REGEX_ALT_VERBNAMES = 1 << 22,
	REGEX_USE_OFFSET_LIMIT = 1 << 23,
};

/* url { } */
struct url_conf {
	struct conf_obj obj; /* name: the path, with "#n" if repeated */
	const char *path;
	uint8_t digest[16];
	bool has_digest;
	uint64_t status_code[10]; /* bit set of codes from 0 */
	const char *virtualhost;
	const char *regex;
	bool regex_no_match;
	uint32_t regex_options;			     /* enum regex_option */
	uint64_t regex_min_offset, regex_max_offset; /* max 0: none */
	uint64_t regex_stack_start, regex_stack_max;
	bool tls_compliant;
};

/* Words of SSL_GET about TLS; effective, with what SSL { } says. */
struct tls_conf {
	const char *ca_file, *certificate, *key, *key_password, *verify_name;
	bool verify_peer;
	uint32_t certificate_days; /* 0: not looked at */
};

struct http_check_conf {
	struct checker_conf checker;
	struct tls_conf tls;	 /* of SSL_GET */
	const char *virtualhost; /* effective */
	enum http_protocol http_protocol;
	bool enable_sni, fast_recovery, tls_compliant;
	const char *sni_name;
	struct conf_list url; /* struct url_conf */
};

struct smtp_check_conf {
	struct checker_conf checker;
	const char *helo_name;
	/* struct checker_conf; empty once resolved: each is a checker. */
	struct conf_list host;
};

struct dns_check_conf {
	struct checker_conf checker;
	uint16_t type; /* query type of the wire */
	const char *name;
};

struct misc_check_conf {
	struct checker_conf checker;
	struct conf_script misc_path; /* effective user: with "user" */
	struct conf_user user;
	nsec_t misc_timeout;
	bool misc_dynamic;
};

#define UDP_CHECK_DATA_MAX 256

struct udp_check_conf {
	struct checker_conf checker;
	uint16_t payload_len;
	uint8_t payload[UDP_CHECK_DATA_MAX];
	bool require_reply;
	uint16_t reply_len; /* 0: any reply will do */
	uint8_t reply[UDP_CHECK_DATA_MAX], reply_mask[UDP_CHECK_DATA_MAX];
	uint16_t min_reply_length, max_reply_length;
};

struct file_check_conf {
	struct checker_conf checker;
	const char *track_file;
	int32_t weight;		 /* effective */
	bool reverse, noreverse; /* effective: reverse */
};

struct bfd_check_conf {
	struct checker_conf checker;
	const char *name;
};

/* agent_check as written; no agent if the port is 0. */
struct agent_words_conf {
	uint16_t port;
	nsec_t interval;  /* 0: delay_loop */
	const char *send; /* NULL: nothing */
};

/* And as the checker that it makes. */
struct agent_check_conf {
	struct checker_conf checker;
	const char *send;
};

/* lvs_method (lb_kind) with its tunnel words. */
struct lvs_method_conf {
	uint32_t method;   /* IP_VS_CONN_F_MASQ, _DROUTE, _TUNNEL */
	uint8_t tun_type;  /* IP_VS_CONN_F_TUNNEL_TYPE_* */
	uint16_t tun_port; /* host order */
	uint16_t tun_flags;
	bool is_full; /* FULLNAT: _MASQ, and the source is ours, too */
};

/* Checker words of a service or server: defaults for what is inside. */
struct checker_defaults_conf {
	uint32_t retry, rise, fall; /* 0: nobody said */
	nsec_t delay_before_retry, warmup, connect_timeout, delay_loop;
	nsec_t fast_interval, down_interval; /* 0: nobody said */
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
	struct checker_defaults_conf defaults; /* as written, not resolved */
	const char *virtualhost;	       /* effective */
	const char *snmp_name;
	nsec_t slow_start;	  /* effective; 0: none */
	struct conf_list checker; /* struct checker_conf, any kind, in order */
	struct agent_words_conf agent_check; /* effective */
	struct agent_check_conf *agent;	     /* behind the others; NULL: none */
};

/* The checkers of a server, its agent last: for (var of them). */
static inline const struct checker_conf *
real_server_conf_next(const struct real_server_conf *rs,
		      const struct checker_conf *c)
{
	const struct checker_conf *agent =
		rs->agent != NULL ? &rs->agent->checker : NULL;
	const struct checker_conf *next =
		c == NULL    ? (const void *)STAILQ_FIRST(&rs->checker)
		: c != agent ? (const void *)STAILQ_NEXT(&c->obj, link)
			     : NULL;

	return next == NULL && c != agent ? agent : next;
}

#define CHECKERS_FOREACH(var, rs)                                              \
	for (const struct checker_conf *var = real_server_conf_next(rs, NULL); \
	     var != NULL; var = real_server_conf_next(rs, var))

/* What becomes of the connections of a server that leaves. */
enum on_down {
	ON_DOWN_UNSET,	/* whatever the kernel is set to */
	ON_DOWN_EXPIRE, /* they end at once */
	ON_DOWN_KEEP,	/* the kernel's default: they time out */
	ON_DOWN_DRAIN,	/* the server stays with weight 0, then they end */
};

struct on_down_conf {
	enum on_down what;
	nsec_t drain;
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
	uint32_t group_use; /* which user of that group it is, from 0 */
	/* Of a group, with nftables_ipvs: effective; 0: a service for each
	 * address. */
	uint32_t nftables_fwmark;
	bool is_mark_ours; /* the user gave none */
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
	uint32_t panic_threshold; /* per cent; 0: none */
	struct on_down_conf on_down;
	nsec_t slow_start; /* default of the servers */
	bool alpha, omega, inhibit_on_failure, ha_suspend, smtp_alert;
	nsec_t delay_loop;
	struct checker_defaults_conf defaults; /* as written, not resolved */
	bool hashed;
	const char *virtualhost, *snmp_name;
	uint32_t weight;		     /* default of the servers */
	struct agent_words_conf agent_check; /* the same */
	struct conf_script quorum_up, quorum_down;
	struct addr_port sorry_server; /* AF_UNSPEC: none */
	struct lvs_method_conf sorry_server_lvs_method;
	const char *laddr_group_name; /* NULL: the outgoing address */
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
	uint32_t n_users;	/* virtual servers of this group */
};

/* One line of local_address_group. */
struct laddr_entry_conf {
	struct conf_obj obj;	 /* name: "10.0.0.1", "10.0.0.1-10.0.0.9" */
	struct addr first, last; /* last unset: one address */
};

/* Addresses that FULLNAT sends from. */
struct local_address_group_conf {
	struct conf_obj obj;
	struct conf_list entry; /* struct laddr_entry_conf */
};

/* Addresses of a group, all lines together. */
#define LADDR_MAX 1024

/* global_defs keywords that the check engine acts on. */
struct check_global_conf {
	bool checker_log_all_failures;
	uint32_t checker_max_probes, checker_max_rate; /* 0: not given */
	bool rs_init_notifies, no_checker_emails;
	uint32_t lvs_netlink_monitor_rcv_bufs;
	bool lvs_netlink_monitor_rcv_bufs_force;
	struct conf_sched checker_sched; /* checker_priority, ... */
	const char *nftables_ipvs;	 /* table; NULL: off */
	int32_t nftables_ipvs_priority;
	uint32_t nftables_ipvs_start_fwmark;
};

/* SSL { } */
struct ssl_conf {
	struct conf_obj obj;
	const char *password, *ca, *certificate, *key;
};

/* Root of the check module. */
struct check_conf {
	struct conf_obj obj;
	struct conf_obj global_defs; /* which of global were given */
	struct check_global_conf global;
	struct ssl_conf ssl;
	struct conf_list virtual_server_group;
	struct conf_list local_address_group;
	struct conf_list virtual_server; /* struct virtual_server_conf */
};

extern const struct conf_module check_conf_module;
const struct check_conf *check_conf_get(const struct conf *c);

#endif
