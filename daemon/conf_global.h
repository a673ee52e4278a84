/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Daemon-wide settings, outside and inside global_defs, that the supervisor
 * and the processes of later issues (mail, monitor) act on.  Filled by the
 * table in daemon/conf_global.c; a member is named like its keyword and holds
 * its effective value.
 */
#ifndef DUUMVIR_DAEMON_CONF_GLOBAL_H
#define DUUMVIR_DAEMON_CONF_GLOBAL_H

#include "daemon/conf_realserver.h"
#include "parser/common.h"

struct conf_module;

/* x_notify_fifo with its owner. */
struct fifo_conf {
	const char *path; /* NULL: none */
	const char *user, *group;
	struct conf_script script; /* x_notify_fifo_script */
};

/* Root of the daemon module. */
struct daemon_conf {
	struct conf_obj obj;
	struct conf_obj global_defs;	/* which of its rows were given */
	const char *net_namespace;	/* NULL: current */
	const char *net_namespace_ipvs; /* "": the initial namespace */
	bool namespace_with_ipsets;
	bool use_pid_dir; /* also by instance, net_namespace */
	const char *instance;
	uint32_t child_wait_time; /* s */
	struct realserver_conf realserver;
	bool is_realserver; /* the block was given: nothing else runs */

	bool process_names;
	const char *process_name, *vrrp_process_name, *checker_process_name,
		*bfd_process_name;
	const char *router_id;
	const char *notification_email_from;
	struct conf_words notification_email;
	const char *smtp_server;      /* as written; NULL: no mail */
	struct addr smtp_server_addr; /* if it is a literal address */
	uint16_t smtp_server_port;
	const char *smtp_helo_name;
	nsec_t smtp_connect_timeout;
	uint32_t smtp_tls; /* enum mail_tls */
	const char *smtp_tls_ca;
	const char *smtp_user, *smtp_password, *smtp_password_file;
	nsec_t smtp_alert_gather;
	uint32_t smtp_alert_rate; /* mails a minute */
	bool no_email_faults;
	struct conf_script startup_script, shutdown_script;
	nsec_t startup_script_timeout, shutdown_script_timeout;
	int32_t max_auto_priority;
	uint32_t min_auto_priority_delay; /* microseconds */
	struct fifo_conf notify_fifo, vrrp_notify_fifo, lvs_notify_fifo;
	/* SNMP and D-Bus */
	const char *snmp_socket;
	bool enable_traps, enable_snmp_vrrp, enable_snmp_rfc, enable_snmp_rfcv2,
		enable_snmp_rfcv3, enable_snmp_checker;
	nsec_t snmp_vs_stats_update_interval, snmp_rs_stats_update_interval;
	bool enable_dbus;
	const char *dbus_service_name, *dbus_no_interface_name;
	/* files */
	uint32_t umask;
	bool has_umask;
	uint32_t random_seed;
	const char *reload_check_config; /* log file; NULL: off */
	const char *reload_time_file;
	bool reload_repeat;
	const char *reload_file; /* NULL: off; "": the default name */
	uint32_t include_check;	 /* enum conf_include_check */
	const char *config_save_dir, *tmp_config_directory;
	bool data_use_instance;
	uint8_t json_version;
	bool manage_sysctl;
	const char *state_dump_file, *stats_dump_file, *json_dump_file;
};

extern const struct conf_module daemon_conf_module;
const struct daemon_conf *daemon_conf_get(const struct conf *c);

#endif
