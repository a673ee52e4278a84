/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote in global_defs about IPVS itself; services reach the
 * ipvs engine as messages from the check engine.
 */
#ifndef DUUMVIR_IPVS_CONF_H
#define DUUMVIR_IPVS_CONF_H

#include "parser/tree.h"

struct conf_module;

enum lvs_flush_on_stop {
	LVS_FLUSH_ON_STOP_OFF, /* delete our services only */
	LVS_FLUSH_ON_STOP_ALL, /* clear the whole table */
	LVS_FLUSH_ON_STOP_VS,  /* delete our services, not server by server */
};

/* lvs_sync_daemon and its words. */
struct lvs_sync_daemon_conf {
	const char *interface; /* NULL: no sync daemon */
	const char *inst;      /* follows this vrrp instance */
	bool has_id;
	uint8_t id;
	uint16_t maxlen, port; /* 0: kernel's */
	uint8_t ttl;
	struct addr group;
};

/* Root of the ipvs module. */
struct ipvs_conf {
	struct conf_obj obj;
	struct conf_obj global_defs; /* which of its rows were given */
	bool lvs_flush;
	enum lvs_flush_on_stop lvs_flush_on_stop;
	bool has_lvs_timeouts;
	int64_t lvs_timeout_tcp, lvs_timeout_tcpfin,
		lvs_timeout_udp; /* s, -1 */
	uint32_t lvs_netlink_cmd_rcv_bufs;
	bool lvs_netlink_cmd_rcv_bufs_force;
	struct lvs_sync_daemon_conf lvs_sync_daemon;
};

extern const struct conf_module ipvs_conf_module;
const struct ipvs_conf *ipvs_conf_get(const struct conf *c);

#endif
