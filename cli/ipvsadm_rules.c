/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's rules; see ipvsadm_rules.h. */
#include "cli/ipvsadm_rules.h"

#include <linux/ip_vs.h>
#include <stdio.h>

#include "cli/ipvsadm_values.h"
#include "lib/util.h"

static const char *const cmd_names[IPA_CMDS] = {
	[IPA_ADD] = "add-service",
	[IPA_EDIT] = "edit-service",
	[IPA_DELETE] = "delete-service",
	[IPA_CLEAR] = "flush",
	[IPA_ADD_SERVER] = "add-server",
	[IPA_EDIT_SERVER] = "edit-server",
	[IPA_DELETE_SERVER] = "delete-server",
	[IPA_RESTORE] = "restore",
	[IPA_SAVE] = "save",
	[IPA_LIST] = "list",
	[IPA_ZERO] = "zero",
	[IPA_SET] = "set",
	[IPA_START_DAEMON] = "start-daemon",
	[IPA_STOP_DAEMON] = "stop-daemon",
	[IPA_HELP] = "help",
};

#define SERVICE_SET                                                            \
	(IPA_BIT(IPA_SCHEDULER) | IPA_BIT(IPA_PERSISTENT) |                    \
	 IPA_BIT(IPA_NETMASK) | IPA_BIT(IPA_OPS) | IPA_BIT(IPA_PE) |           \
	 IPA_BIT(IPA_SCHED_FLAGS))
#define TUNNEL_SET                                                             \
	(IPA_BIT(IPA_TUN_TYPE) | IPA_BIT(IPA_TUN_PORT) |                       \
	 IPA_BIT(IPA_TUN_NOCSUM) | IPA_BIT(IPA_TUN_CSUM) |                     \
	 IPA_BIT(IPA_TUN_REMCSUM))
#define SERVER_SET                                                             \
	(IPA_BIT(IPA_FORWARD) | IPA_BIT(IPA_WEIGHT) |                          \
	 IPA_BIT(IPA_UTHRESHOLD) | IPA_BIT(IPA_LTHRESHOLD) | TUNNEL_SET)
#define DAEMON_SET                                                             \
	(IPA_BIT(IPA_MCAST) | IPA_BIT(IPA_SYNCID) | IPA_BIT(IPA_SYNC_MAXLEN) | \
	 IPA_BIT(IPA_MCAST_GROUP) | IPA_BIT(IPA_MCAST_PORT) |                  \
	 IPA_BIT(IPA_MCAST_TTL))
#define TABLE_SET                                                              \
	(IPA_BIT(IPA_STATS) | IPA_BIT(IPA_RATE) | IPA_BIT(IPA_THRESHOLDS) |    \
	 IPA_BIT(IPA_TUN_INFO))
#define LIST_SET                                                               \
	(TABLE_SET | IPA_BIT(IPA_NUMERIC) | IPA_BIT(IPA_CONNECTION) |          \
	 IPA_BIT(IPA_SERVICE) | IPA_BIT(IPA_TIMEOUT) | IPA_BIT(IPA_DAEMON) |   \
	 IPA_BIT(IPA_PERSISTENT_CONN) | IPA_BIT(IPA_NOSORT) |                  \
	 IPA_BIT(IPA_EXACT))

static const struct {
	uint64_t needed, allowed; /* beside what is needed */
} rules[IPA_CMDS] = {
	[IPA_ADD] = {IPA_BIT(IPA_SERVICE), SERVICE_SET},
	[IPA_EDIT] = {IPA_BIT(IPA_SERVICE), SERVICE_SET},
	[IPA_DELETE] = {IPA_BIT(IPA_SERVICE), 0},
	[IPA_ADD_SERVER] = {IPA_BIT(IPA_SERVICE) | IPA_BIT(IPA_SERVER),
			    SERVER_SET},
	[IPA_EDIT_SERVER] = {IPA_BIT(IPA_SERVICE) | IPA_BIT(IPA_SERVER),
			     SERVER_SET},
	[IPA_DELETE_SERVER] = {IPA_BIT(IPA_SERVICE) | IPA_BIT(IPA_SERVER), 0},
	[IPA_SAVE] = {0, IPA_BIT(IPA_NUMERIC)},
	[IPA_LIST] = {0, LIST_SET},
	[IPA_ZERO] = {0, IPA_BIT(IPA_SERVICE)},
	[IPA_START_DAEMON] = {0, DAEMON_SET},
	[IPA_STOP_DAEMON] = {0, IPA_BIT(IPA_SYNCID)},
};

static const char *const opt_names[IPA_OPTS] = {
	[IPA_NUMERIC] = "numeric",
	[IPA_CONNECTION] = "connection",
	[IPA_SERVICE] = "service-address",
	[IPA_SCHEDULER] = "scheduler",
	[IPA_PERSISTENT] = "persistent",
	[IPA_NETMASK] = "netmask",
	[IPA_SERVER] = "real-server",
	[IPA_FORWARD] = "forwarding-method",
	[IPA_WEIGHT] = "weight",
	[IPA_UTHRESHOLD] = "u-threshold",
	[IPA_LTHRESHOLD] = "l-threshold",
	[IPA_MCAST] = "mcast-interface",
	[IPA_TIMEOUT] = "timeout",
	[IPA_DAEMON] = "daemon",
	[IPA_STATS] = "stats",
	[IPA_RATE] = "rate",
	[IPA_THRESHOLDS] = "thresholds",
	[IPA_PERSISTENT_CONN] = "persistent-conn",
	[IPA_NOSORT] = "nosort",
	[IPA_SYNCID] = "syncid",
	[IPA_EXACT] = "exact",
	[IPA_OPS] = "ops",
	[IPA_PE] = "pe",
	[IPA_SCHED_FLAGS] = "sched-flags",
	[IPA_SYNC_MAXLEN] = "sync-maxlen",
	[IPA_MCAST_GROUP] = "mcast-group",
	[IPA_MCAST_PORT] = "mcast-port",
	[IPA_MCAST_TTL] = "mcast-ttl",
	[IPA_TUN_INFO] = "tun-info",
	[IPA_TUN_TYPE] = "tun-type",
	[IPA_TUN_PORT] = "tun-port",
	[IPA_TUN_NOCSUM] = "tun-nocsum",
	[IPA_TUN_CSUM] = "tun-csum",
	[IPA_TUN_REMCSUM] = "tun-remcsum",
};

const char *
ipvsadm_cmd_name(enum ipvsadm_cmd cmd)
{
	return cmd_names[cmd];
}

const char *
rules_opt_name(enum ipvsadm_opt opt)
{
	return opt_names[opt];
}

#define WRONG(...)                                                             \
	((void)snprintf(why, IPVSADM_WHY_MAX, __VA_ARGS__), IPA_WRONG)

static enum ipvsadm_verdict
check_allowed(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	for (unsigned i = 0; i < IPA_OPTS; i++) {
		uint64_t bit = IPA_BIT(i);

		if ((rules[o->cmd].needed & ~o->given & bit) != 0)
			return WRONG("You need to supply the '%s' option for "
				     "the '%s' command",
				     opt_names[i], cmd_names[o->cmd]);
		if ((o->given & bit) != 0 &&
		    ((rules[o->cmd].needed | rules[o->cmd].allowed) & bit) == 0)
			return WRONG("Illegal '%s' option with the '%s' "
				     "command",
				     opt_names[i], cmd_names[o->cmd]);
	}
	return IPA_OK;
}

/* Of connections, timeouts, daemons and services one at a time. */
static enum ipvsadm_verdict
check_list(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	static const enum ipvsadm_opt views[][2] = {
		{IPA_TIMEOUT, IPA_CONNECTION}, {IPA_DAEMON, IPA_CONNECTION},
		{IPA_DAEMON, IPA_TIMEOUT},     {IPA_SERVICE, IPA_CONNECTION},
		{IPA_TIMEOUT, IPA_SERVICE},    {IPA_DAEMON, IPA_SERVICE},
	};
	const uint64_t others = IPA_BIT(IPA_CONNECTION) | IPA_BIT(IPA_TIMEOUT) |
				IPA_BIT(IPA_DAEMON);

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (ipvsadm_has(o, views[i][0]) && ipvsadm_has(o, views[i][1]))
			return WRONG("The option '%s' conflicts with the '%s' "
				     "option in the 'list' command",
				     opt_names[views[i][0]],
				     opt_names[views[i][1]]);
	if ((o->given & others) != 0 && (o->given & TABLE_SET) != 0)
		return WRONG("options conflicts in the list command");
	return IPA_OK;
}

static enum ipvsadm_verdict
check_tunnel(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	static const uint64_t allowed[] = {
		[IP_VS_CONN_F_TUNNEL_TYPE_IPIP] = IPA_BIT(IPA_TUN_TYPE),
		[IP_VS_CONN_F_TUNNEL_TYPE_GUE] = TUNNEL_SET,
		[IP_VS_CONN_F_TUNNEL_TYPE_GRE] =
			TUNNEL_SET &
			~(IPA_BIT(IPA_TUN_PORT) | IPA_BIT(IPA_TUN_REMCSUM)),
	};
	const char *type = values_tun_name(o->dest.tun_type);
	unsigned before = IPA_OPTS;

	if ((o->given & TUNNEL_SET) == 0)
		return IPA_OK;
	if (o->dest.fwd_method != IP_VS_CONN_F_TUNNEL)
		return WRONG("Tunnel options conflict with forward method");
	if (o->dest.tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE &&
	    !ipvsadm_has(o, IPA_TUN_PORT))
		return WRONG("You need to supply the 'tun-port' option for the "
			     "'gue' tunnel type");
	for (unsigned i = IPA_TUN_TYPE; i < IPA_OPTS; i++) {
		if ((o->given & ~allowed[o->dest.tun_type] & IPA_BIT(i)) != 0)
			return WRONG("Illegal '%s' option with the '%s' tunnel "
				     "type",
				     opt_names[i], type);
		if (i < IPA_TUN_NOCSUM || (o->given & IPA_BIT(i)) == 0)
			continue;
		if (before < IPA_OPTS)
			return WRONG("The option '%s' conflicts with the '%s' "
				     "option in the '%s' tunnel type",
				     opt_names[i], opt_names[before], type);
		before = i;
	}
	return IPA_OK;
}

static enum ipvsadm_verdict
check_service(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	const struct msg_svc_key *k = &o->svc.key;

	if (k->fwmark == 0 && ipvsadm_has(o, IPA_OPS) &&
	    k->protocol != IPPROTO_UDP)
		return WRONG("One-Packet Scheduling is only for UDP virtual "
			     "services");
	if (k->fwmark == 0 && k->port == 0 && !ipvsadm_has(o, IPA_PERSISTENT))
		return WRONG("Zero port specified for non-persistent service");
	return IPA_OK;
}

static enum ipvsadm_verdict
check_server(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	if (o->dest.key.addr.family != o->svc.key.addr.family &&
	    o->dest.fwd_method != IP_VS_CONN_F_TUNNEL)
		return WRONG("Different address family is allowed only for "
			     "tunneling servers");
	return check_tunnel(o, why);
}

enum ipvsadm_verdict
rules_check(const struct ipvsadm_order *o, char why[static IPVSADM_WHY_MAX])
{
	enum ipvsadm_verdict v = check_allowed(o, why);

	if (v != IPA_OK)
		return v;
	switch (o->cmd) {
	case IPA_ADD:
	case IPA_EDIT:
		return check_service(o, why);
	case IPA_ADD_SERVER:
	case IPA_EDIT_SERVER:
		return check_server(o, why);
	case IPA_LIST:
		return check_list(o, why);
	case IPA_DELETE:
	case IPA_CLEAR:
	case IPA_DELETE_SERVER:
	case IPA_RESTORE:
	case IPA_SAVE:
	case IPA_ZERO:
	case IPA_SET:
	case IPA_START_DAEMON:
	case IPA_STOP_DAEMON:
	case IPA_HELP:
	case IPA_CMDS:
		break;
	}
	return IPA_OK;
}
