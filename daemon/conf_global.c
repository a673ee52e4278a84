/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of the daemon module: settings of the supervisor, outside
 * and inside global_defs.  Reads and checks only; never acts on them.
 */
#include "daemon/conf_global.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_words.h"
#include "daemon/mail_text.h"
#include "parser/schema.h"

const struct daemon_conf *
daemon_conf_get(const struct conf *c)
{
	return c->module[CONF_DAEMON];
}

static const struct kw_word_value smtp_tls_words[] = {
	{"no", MAIL_TLS_NO},
	{"try", MAIL_TLS_TRY},
	{"require", MAIL_TLS_REQUIRE},
	{"implicit", MAIL_TLS_IMPLICIT},
	{NULL, 0},
};

/* clang-format off */
#define M(m) KW_MEMBER(struct daemon_conf, m)
static const struct kw daemon_rows[] = {
	{.name = "net_namespace", .type = KW_STRING, M(net_namespace), .flags = KW_FIRST_WINS, .reload = KW_FIXED,
	 .args = "<STRING>", .def_doc = "current namespace",
	 .doc = "Run every process inside this named network namespace (plus a private mount namespace so "
		"/run/keepalived is per namespace); implies use_pid_dir, adds _NAME to the syslog ident; a second one is "
		"reported and ignored; fixed across reloads; overridden by -s."},
	{.name = "net_namespace_ipvs", .type = KW_STRING, M(net_namespace_ipvs),
	 .flags = KW_FIRST_WINS | KW_BARE, .reload = KW_FIXED, .args = "[<STRING>]",
	 .def_doc = "same as net_namespace",
	 .doc = "Network namespace in which IPVS is programmed while health checks stay in the main one; without NAME "
		"the initial namespace is used; duplicates reported and ignored; fixed across reloads."},
	{.name = "namespace_with_ipsets", .type = KW_FLAG, M(namespace_with_ipsets),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Allow ipsets while in a network namespace even on kernels older than 3.13, where it is otherwise turned "
		"off unless vrrp_ipsets is given."},
	{.name = "use_pid_dir", .type = KW_FLAG, M(use_pid_dir), .reload = KW_FIXED, .def_doc = "false",
	 .doc = "Put pid files in /run/keepalived/ instead of /run/."},
	{.name = "instance", .type = KW_STRING, M(instance), .flags = KW_FIRST_WINS, .reload = KW_FIXED,
	 .args = "<STRING>",
	 .doc = "Daemon instance name: implies use_pid_dir, pid files become "
		"/run/keepalived/{keepalived,vrrp,checkers,bfd}_NAME.pid, syslog ident gets _NAME; a duplicate is "
		"reported and ignored; fixed across reloads."},
	{.name = "child_wait_time", .type = KW_UINT, M(child_wait_time), .def = "5", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 0..4294967295 seconds>",
	 .doc = "How long the parent waits for its children after SIGTERM before killing them; invalid value reported "
		"and ignored."},
	{.name = "realserver", .type = KW_BLOCK, M(realserver), .sub = &realserver_block, .reload = KW_LIVE,
	 .since = "duumvir", .args = "{...block...}",
	 .doc = "Makes the daemon do what --realserver does, and nothing else: this machine becomes a real server for those "
		"virtual servers of the text that name it with DR or TUN."},
	{.name = "global_defs", .type = KW_BLOCK, .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Container of daemon-wide settings; may occur more than once; read by the parent at start (children "
		"inherit), and re-read by every process on reload."},
};
static const struct kw daemon_global_rows[] = {
	{.name = "process_names", .type = KW_FLAG, M(process_names), .reload = KW_LIVE,
	 .def_doc = "kernel default (keepalived)",
	 .doc = "Set the three child process names to keepalived_vrrp, keepalived_lvs and keepalived_bfd; arguments "
		"ignored."},
	{.name = "process_name", .type = KW_STRING, M(process_name), .max = 15, .flags = KW_NEED | KW_TRUNCATE,
	 .reload = KW_LIVE, .args = "<STRING 1..15 chars>",
	 .doc = "Name of the parent process; longer names reported and cut to 15; missing name reported and ignored."},
	{.name = "vrrp_process_name", .type = KW_STRING, M(vrrp_process_name), .max = 15,
	 .flags = KW_NEED | KW_TRUNCATE, .reload = KW_LIVE, .args = "<STRING 1..15 chars>",
	 .doc = "Name of the VRRP child process; longer names reported and cut to 15."},
	{.name = "checker_process_name", .type = KW_STRING, M(checker_process_name), .max = 15,
	 .flags = KW_NEED | KW_TRUNCATE, .reload = KW_LIVE, .args = "<STRING 1..15 chars>",
	 .doc = "Name of the health checker child process; longer names reported and cut to 15."},
	{.name = "lvs_process_name", .type = KW_ALIAS, .alias = "checker_process_name", .args = "<STRING 1..15 chars>",
	 .doc = "Obsolete alias of checker_process_name (a log line says so, not counted as an error)."},
	{.name = "bfd_process_name", .type = KW_STRING, M(bfd_process_name), .max = 15, .flags = KW_PENDING | KW_NEED | KW_TRUNCATE,
	 .reload = KW_LIVE, .args = "<STRING 1..15 chars>",
	 .doc = "Name of the BFD child process; longer names reported and cut to 15."},
	{.name = "router_id", .type = KW_STRING, M(router_id), .reload = KW_LIVE, .args = "<STRING>",
	 .def_doc = "local host name",
	 .doc = "Machine identification used in mails and SNMP; missing value reported and ignored; only the first word "
		"is used."},
	{.name = "notification_email_from", .type = KW_STRING, M(notification_email_from), 	 .reload = KW_LIVE, .args = "<EMAIL>", .def_doc = "LOGIN@HOSTNAME of the running user",
	 .doc = "Sender address of mails; quote it to include a display name; extra words reported and ignored."},
	{.name = "smtp_server", .type = KW_CUSTOM, M(smtp_server), .ops = &smtp_server_ops,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<IPADDR|HOSTNAME> [<PORT 1..65535>]",
	 .def_doc = "port 25; no mail is sent without this keyword",
	 .doc = "Mail relay; literal address tried first, then name resolution at parse time; an unusable value is "
		"reported and leaves mail disabled."},
	{.name = "smtp_helo_name", .type = KW_STRING, M(smtp_helo_name), .flags = KW_BARE,
	 .reload = KW_LIVE, .args = "<STRING>", .def_doc = "local host name",
	 .doc = "Name sent in HELO; without a value the line is silently ignored."},
	{.name = "smtp_connect_timeout", .type = KW_SECONDS, M(smtp_connect_timeout), KW_RANGE(SEC(1), SEC(4294)),
	 .def = "30", .flags = KW_NEED | KW_CLAMP, .reload = KW_LIVE, .args = "<INT 0..4294 seconds>",
	 .doc = "SMTP connect timeout; 0 is reported and becomes 1; out of range is reported and ignored."},
	{.name = "notification_email", .type = KW_WORD_BLOCK, M(notification_email), 	 .reload = KW_LIVE, .args = "{ <EMAIL> ... }",
	 .doc = "Recipients, any number of words per line; a quoted word may hold \"Display Name <addr>\"; an empty "
		"block is reported."},
	{.name = "smtp_tls", .type = KW_ENUM, M(smtp_tls), .words = smtp_tls_words, .flags = KW_EXTRA | KW_NEED,
	 .reload = KW_LIVE, .args = "no|try|require|implicit",
	 .def_doc = "require with smtp_user, else no",
	 .doc = "TLS to the mail server: try uses STARTTLS if it is offered, with any certificate; require sends nothing "
		"without STARTTLS and a good certificate; implicit speaks TLS from the first byte (port 465)."},
	{.name = "smtp_tls_ca", .type = KW_STRING, M(smtp_tls_ca), .flags = KW_EXTRA | KW_NEED, .reload = KW_LIVE,
	 .args = "<PATH>", .def_doc = "those of the system",
	 .doc = "File of the authorities (PEM) whose certificates are good for the mail server; the unprivileged user that "
		"sends mail must be able to read it."},
	{.name = "smtp_user", .type = KW_STRING, M(smtp_user), .flags = KW_EXTRA | KW_NEED, .reload = KW_LIVE,
	 .args = "<STRING>", .def_doc = "no authentication",
	 .doc = "User to authenticate as at the mail server."},
	{.name = "smtp_password", .type = KW_STRING, M(smtp_password), .flags = KW_EXTRA | KW_NEED | KW_SECRET, .reload = KW_LIVE,
	 .args = "<STRING>",
	 .doc = "Password of smtp_user; smtp_password_file keeps it out of the configuration."},
	{.name = "smtp_password_file", .type = KW_STRING, M(smtp_password_file), .flags = KW_EXTRA | KW_NEED,
	 .reload = KW_LIVE, .args = "<PATH>",
	 .doc = "File whose first line is the password of smtp_user; read as root for each mail, so that it can be changed "
		"without a reload; takes the place of smtp_password."},
	{.name = "smtp_alert_gather", .type = KW_SECONDS, M(smtp_alert_gather), KW_RANGE(0, SEC(3600)), .decimals = 3,
	 .def = "2", .flags = KW_EXTRA | KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..3600 seconds>",
	 .doc = "Alerts that come within this time of the first one go in one mail, with a line for each."},
	{.name = "smtp_alert_rate", .type = KW_UINT, M(smtp_alert_rate), KW_RANGE(1, 10000), .def = "10",
	 .flags = KW_EXTRA | KW_NEED, .reload = KW_LIVE, .args = "<INT 1..10000>",
	 .doc = "Mails a minute at most; alerts that come meanwhile wait and go together in the next."},
	{.name = "startup_script", .type = KW_SCRIPT, M(startup_script), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script run once by the parent before any child starts, start waits for it; a second definition is "
		"reported and ignored."},
	{.name = "startup_script_timeout", .type = KW_SECONDS, M(startup_script_timeout), KW_RANGE(SEC(1), SEC(1000)),
	 .def = "10", .reload = KW_LIVE, .args = "<INT 1..1000 seconds>",
	 .doc = "Kill startup_script (TERM, then KILL) after this time; out of range is reported and ignored."},
	{.name = "shutdown_script", .type = KW_SCRIPT, M(shutdown_script), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script run once by the parent after all children have ended; a second definition is reported and "
		"ignored."},
	{.name = "shutdown_script_timeout", .type = KW_SECONDS, M(shutdown_script_timeout),
	 KW_RANGE(SEC(1), SEC(1000)), .def = "10", .reload = KW_LIVE, .args = "<INT 1..1000 seconds>",
	 .doc = "Kill shutdown_script after this time; out of range is reported and ignored."},
	{.name = "max_auto_priority", .type = KW_CUSTOM, M(max_auto_priority), .ops = &max_auto_priority_ops,
	 .reload = KW_LIVE, .args = "[<INT -1..99>]", .def_doc = "0",
	 .doc = "Ceiling for automatic switching to and raising of SCHED_RR priority when timers run late; 0 off, -1 off "
		"and no start-up notice, no value means the maximum (99); out of range reported and ignored."},
	{.name = "min_auto_priority_delay", .type = KW_UINT, M(min_auto_priority_delay), KW_RANGE(1, 10000000),
	 .def = "1000000", .reload = KW_LIVE, .args = "<INT 1..10000000 microseconds>",
	 .doc = "Timer lateness that triggers an automatic priority increase; missing or out of range is reported and "
		"ignored."},
	{.name = "no_email_faults", .type = KW_FLAG, M(no_email_faults), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Do not send mail for transitions to FAULT."},
	{.name = "notify_fifo", .type = KW_CUSTOM, M(notify_fifo), .ops = &fifo_ops,
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<PATH> [<USER> [<GROUP>]]",
	 .doc = "FIFO receiving both VRRP and LVS event lines; created mode 0644 masked by umask and owned by USER/GROUP "
		"(default script user), must be a FIFO owned by us; a second one is reported and ignored; bad user is "
		"only logged and the line dropped."},
	{.name = "notify_fifo_script", .type = KW_SCRIPT, M(notify_fifo.script), .flags = KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Program started to read notify_fifo, FIFO path appended as last argument; run by the checker process if "
		"that runs, else by vrrp; duplicates reported and ignored."},
	{.name = "vrrp_notify_fifo", .type = KW_CUSTOM, M(vrrp_notify_fifo), .ops = &fifo_ops,
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<PATH> [<USER> [<GROUP>]]",
	 .doc = "FIFO receiving VRRP event lines; if equal to notify_fifo it is dropped with a log line."},
	{.name = "vrrp_notify_fifo_script", .type = KW_SCRIPT, M(vrrp_notify_fifo.script),
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Program started by the VRRP process to read vrrp_notify_fifo, FIFO path appended as last argument."},
	{.name = "lvs_notify_fifo", .type = KW_CUSTOM, M(lvs_notify_fifo), .ops = &fifo_ops,
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<PATH> [<USER> [<GROUP>]]",
	 .doc = "FIFO receiving checker event lines; if equal to notify_fifo it is dropped; if equal to vrrp_notify_fifo "
		"and both have scripts the LVS script is dropped."},
	{.name = "lvs_notify_fifo_script", .type = KW_SCRIPT, M(lvs_notify_fifo.script),
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Program started by the checker process to read lvs_notify_fifo, FIFO path appended as last argument."},
	{.name = "snmp_socket", .type = KW_STRING, M(snmp_socket), .flags = KW_EXACT | KW_PENDING | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<STRING>", .def_doc = "unix:/var/agentx/master",
	 .doc = "AgentX master socket address; missing, extra or repeated value reported and ignored; -A on the command "
		"line takes the place first."},
	{.name = "enable_traps", .type = KW_FLAG, M(enable_traps), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Send SNMP traps."},
	{.name = "enable_snmp_vrrp", .type = KW_FLAG, M(enable_snmp_vrrp), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Serve the VRRP part of the KEEPALIVED MIB."},
	{.name = "enable_snmp_keepalived", .type = KW_ALIAS, .alias = "enable_snmp_vrrp", .def_doc = "false",
	 .doc = "Obsolete alias of enable_snmp_vrrp."},
	{.name = "enable_snmp_rfc", .type = KW_FLAG, M(enable_snmp_rfc), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Same as enable_snmp_rfcv2 plus enable_snmp_rfcv3."},
	{.name = "enable_snmp_rfcv2", .type = KW_FLAG, M(enable_snmp_rfcv2), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Serve the RFC2787 VRRP MIB."},
	{.name = "enable_snmp_rfcv3", .type = KW_FLAG, M(enable_snmp_rfcv3), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Serve the RFC6527 VRRP MIB."},
	{.name = "enable_snmp_checker", .type = KW_FLAG, M(enable_snmp_checker), .flags = KW_PENDING,
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Serve the LVS part of the KEEPALIVED MIB."},
	{.name = "snmp_vs_stats_update_interval", .type = KW_SECONDS, M(snmp_vs_stats_update_interval),
	 KW_RANGE(MSEC(1), SEC(30)), .decimals = 6, .def = "5", .flags = KW_PENDING | KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.001..30 seconds>", .since = "2.4",
	 .doc = "Minimum age of cached virtual server statistics before re-reading the kernel for SNMP; out of range "
		"reported and ignored."},
	{.name = "snmp_rs_stats_update_interval", .type = KW_SECONDS, M(snmp_rs_stats_update_interval),
	 KW_RANGE(MSEC(1), SEC(30)), .decimals = 6, .flags = KW_PENDING | KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.001..30 seconds>", .def_doc = "snmp_vs_stats_update_interval", .since = "2.4",
	 .doc = "As snmp_vs_stats_update_interval for real server statistics."},
	{.name = "enable_dbus", .type = KW_FLAG, M(enable_dbus), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Expose VRRP instances on D-Bus; only known to builds with D-Bus (the reference 2.4.3 build answers "
		"unknown keyword)."},
	{.name = "dbus_service_name", .type = KW_STRING, M(dbus_service_name), .flags = KW_PENDING, .reload = KW_LIVE,
	 .args = "<STRING>", .def_doc = "org.keepalived.Vrrp1",
	 .doc = "D-Bus service name; missing value reported and ignored; D-Bus builds only."},
	{.name = "dbus_no_interface_name", .type = KW_STRING, M(dbus_no_interface_name), .flags = KW_PENDING,
	 .reload = KW_LIVE, .args = "<STRING>", .def_doc = "none", .since = "2.4",
	 .doc = "Path element used on D-Bus for an instance without interface; missing value reported and ignored; D-Bus "
		"builds only."},
	{.name = "umask", .type = KW_CUSTOM, M(umask), .sub = &umask_words, .ops = &umask_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT dec|0oct|0xhex, 0..0777> | <BIT>[|<BIT>]...",
	 .def_doc = "IXUSR|IRWXG|IRWXO (0177)",
	 .doc = "File creation mask; bits may be spread over words around \"|\"; ignored with a log line if -u was "
		"given; invalid reported and ignored."},
	{.name = "random_seed", .type = KW_CUSTOM, M(random_seed), .ops = &random_seed_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 0..4294967295>", .def_doc = "time of day",
	 .doc = "Makes what ${_RANDOM} gives below this line repeatable: each reading gives the same (in keepalived "
		"2.4.3 it has no effect); invalid reported and ignored."},
	{.name = "reload_check_config", .type = KW_STRING, M(reload_check_config), .flags = KW_BARE,
	 .reload = KW_LIVE, .args = "[<LOGFILE>]", .def_doc = "off; /dev/null when bare",
	 .doc = "On reload first run a config test child (5 s limit) writing to LOGFILE, and reload only if it exits 0; "
		"also makes any configuration error fatal for the vrrp and checker start."},
	{.name = "reload_time_file", .type = KW_STRING, M(reload_time_file), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<PATH>",
	 .doc = "Watched file whose first line schedules a reload (HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, "
		"optional Z for UTC); deleted after use; exactly one argument, otherwise reported and ignored."},
	{.name = "reload_repeat", .type = KW_FLAG, M(reload_repeat), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Keep the reload_time_file after use so a bare time reloads every day."},
	{.name = "reload_file", .type = KW_STRING, M(reload_file), .flags = KW_BARE, .reload = KW_LIVE,
	 .args = "[<PATH>]",
	 .def_doc = "off; /run/keepalived.reload or /run/keepalived/keepalived[_INSTANCE].reload when bare",
	 .doc = "File created or truncated while configuration files are being read and removed afterwards."},
	{.name = "include_check", .type = KW_CUSTOM, M(include_check), .sub = &include_check_words,
	 .ops = &include_check_ops, .reload = KW_LIVE,
	 .args = "[[+|-]read | [+|-]match | [+|-]wildcard_match | [+|-]brace_match] ...",
	 .def_doc = "none; all when bare",
	 .doc = "Strictness of include; a plain first word sets (with read implied), +word adds, -word removes; a second "
		"plain word is reported and ignored; saved and restored around each included file; the spelling readable "
		"in the manual is rejected by the parser."},
	{.name = "config_save_dir", .type = KW_STRING, M(config_save_dir), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<DIR>",
	 .doc = "Debug aid: write what each reading of the configuration came to, includes and variables filled in, to "
		"DIR/keepalived.conf.PID.N (mode 0600); the directory is created (mode 0700) if its parent exists; unusable "
		"path reported."},
	{.name = "tmp_config_directory", .type = KW_STRING, M(tmp_config_directory),
	 .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_FIXED, .args = "<DIR>", .def_doc = "memory file (memfd)",
	 .doc = "Hold the text that each engine is given in an unnamed file on this filesystem; where that cannot be, "
		"reported, and in memory; repeated or missing value reported and ignored; fixed across reloads."},
	{.name = "data_use_instance", .type = KW_BOOL, M(data_use_instance), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Insert .[NETNS][_INSTANCE] before the extension of state dump file names."},
	{.name = "json_version", .type = KW_UINT, M(json_version), KW_RANGE(1, 2), .def = "1",
	 .reload = KW_LIVE, .args = "<INT 1..2>", .since = "2.4",
	 .doc = "Layout of the JSON dump: 1 a bare array of instances, 2 an object with member vrrp (and track_process); "
		"anything else reported and ignored."},
	{.name = "manage_sysctl", .type = KW_BOOL, M(manage_sysctl), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "false", .since = "duumvir",
	 .doc = "Set the sysctls that the virtual servers need (net.ipv4.ip_forward for NAT, ...), in the namespace of "
		"IPVS, and give back what stood there when they are needed no more, at the latest at the end; without "
		"it, each one that is not as needed is named in a warning at start and at reload."},
	{.name = "state_dump_file", .type = KW_STRING, M(state_dump_file), .reload = KW_LIVE,
	 .args = "<PATH>", .def_doc = "/tmp/keepalived.data", .since = "2.4",
	 .doc = "Where SIGUSR1 writes; ending in / means a directory; a relative name goes to the temporary directory; "
		"_parent, _check and _bfd are inserted before the extension; empty or missing reported and ignored; the "
		"manual calls it state_file_location, which is not a keyword."},
	{.name = "stats_dump_file", .type = KW_STRING, M(stats_dump_file), .reload = KW_LIVE,
	 .args = "<PATH>", .def_doc = "/tmp/keepalived.stats", .since = "2.4",
	 .doc = "Stored and listed in dumps but not used by 2.4.3: statistics always go to $TMPDIR or /tmp "
		"keepalived.stats; empty or missing reported and ignored."},
	{.name = "json_dump_file", .type = KW_STRING, M(json_dump_file), .reload = KW_LIVE,
	 .args = "<PATH>", .def_doc = "/tmp/keepalived.json", .since = "2.4",
	 .doc = "Stored and listed in dumps but not used by 2.4.3: JSON always goes to $TMPDIR or /tmp keepalived.json; "
		"empty or missing reported and ignored."},
};
#undef M
/* clang-format on */

/* A keyword that may stand alone was given without its word. */
static bool
is_bare(const struct conf_obj *obj, const char *keyword, const char *value)
{
	return value == NULL && conf_is_given(obj, keyword);
}

/* keepalived does not check them, but for whether any runs. */
static void
check_fifo_scripts(struct conf_ctx *ctx, struct daemon_conf *c)
{
	struct fifo_conf *fifo[] = {&c->notify_fifo, &c->vrrp_notify_fifo,
				    &c->lvs_notify_fifo};
	bool does_run = false;

	for (size_t i = 0; i < ARRAY_LEN(fifo); i++) {
		if (fifo[i]->path == NULL || fifo[i]->script.argc == 0)
			continue;
		switch (common_script_check(ctx, &fifo[i]->script, NULL)) {
		case SCRIPT_USE:
			does_run = true;
			break;
		case SCRIPT_MISSING:
			break;
		case SCRIPT_DROP:
			fifo[i]->script = (struct conf_script){.argc = 0};
			break;
		}
	}
	if (does_run)
		common_script_security(ctx, "");
}

static void
check_scripts(struct conf_ctx *ctx, struct daemon_conf *c)
{
	struct conf_script *script[] = {&c->startup_script,
					&c->shutdown_script};
	bool does_run = false;
	for (size_t i = 0; i < ARRAY_LEN(script); i++) {
		if (script[i]->argc == 0)
			continue;
		switch (common_script_check(ctx, script[i], NULL)) {
		case SCRIPT_USE:
			does_run = true;
			break;
		case SCRIPT_MISSING:
			break;
		case SCRIPT_DROP:
			conf_report_at(ctx, NULL, DIAG_GENERAL,
				       "Invalid %s script",
				       i == 0 ? "startup" : "shutdown");
			*script[i] = (struct conf_script){.argc = 0};
			break;
		}
	}
	if (does_run)
		common_script_security(ctx, "start/shutdown ");
}

static void
daemon_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	struct daemon_conf *c = root;
	const struct conf_obj *g = &c->global_defs;
	(void)conf; /* the scripts' rules look at it through ctx */
	c->is_realserver =
		conf_is_given(&c->obj, "realserver") && !c->realserver.director;
	if (is_bare(&c->obj, "net_namespace_ipvs", c->net_namespace_ipvs))
		c->net_namespace_ipvs = "";
	if (is_bare(g, "reload_check_config", c->reload_check_config))
		c->reload_check_config = "/dev/null";
	if (is_bare(g, "reload_file", c->reload_file))
		c->reload_file = "";
	c->use_pid_dir |= c->instance != NULL || c->net_namespace != NULL;
	if (!conf_is_given(g, "snmp_rs_stats_update_interval"))
		c->snmp_rs_stats_update_interval =
			c->snmp_vs_stats_update_interval;
	if (!conf_is_given(g, "smtp_tls") && c->smtp_user != NULL)
		c->smtp_tls = MAIL_TLS_REQUIRE; /* a password is at stake */
	c->enable_snmp_rfcv2 |= c->enable_snmp_rfc;
	c->enable_snmp_rfcv3 |= c->enable_snmp_rfc;
	if (c->smtp_connect_timeout == 0 &&
	    conf_is_given(g, "smtp_connect_timeout")) {
		conf_report_at(ctx, NULL, DIAG_GENERAL,
			       "smtp_connect_timeout must be greater than 0, "
			       "setting to 1");
		c->smtp_connect_timeout = SEC(1);
	}
	check_scripts(ctx, c);
	check_fifo_scripts(ctx, c);
}

const struct conf_module daemon_conf_module = {
	.id = CONF_DAEMON,
	.name = "daemon",
	.process = "global",
	.root = {KW_ROWS(daemon_rows), .size = sizeof(struct daemon_conf)},
	.global = {KW_ROWS(daemon_global_rows)},
	.global_offset = offsetof(struct daemon_conf, global_defs),
	.resolve = daemon_conf_resolve,
};
