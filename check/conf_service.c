/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword tables of virtual_server, SSL and of what global_defs says of
 * checking.  Pure reading; rules across blocks stand in
 * check/conf_resolve.c.
 */
#include <assert.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "check/conf_tables.h"
#include "check/name.h"
#include "lib/arena.h"
#include "lib/put.h"

const struct check_conf *
check_conf_get(const struct conf *c)
{
	return c->module[CONF_CHECK];
}

/* ---- virtual_server ---- */

/* clang-format off */
static const struct kw_word_value ip_family_words[] = {
	{"inet", AF_INET}, {"inet6", AF_INET6}, {NULL, 0},
};
static const struct kw_word_value protocol_words[] = {
	{"TCP", IPPROTO_TCP}, {"UDP", IPPROTO_UDP}, {"SCTP", IPPROTO_SCTP}, {NULL, 0},
};

#define M(m) KW_MEMBER(struct virtual_server_conf, m)
static const struct kw service_rows[] = {
	{.name = ":fwmark", .type = KW_DOC, .args = "<INT 0..4294967295>",
	 .doc = "Service by firewall mark; a protocol keyword is then reported and ignored."},
	{.name = ":group", .type = KW_DOC, .args = "<NAME>",
	 .doc = "Service for every entry of a virtual_server_group."},
	/* Of old versions; what it said is said by each address today. */
	{.name = "nat_mask", .type = KW_IGNORED, .flags = KW_EXTRA,
	 .note = "is of old versions and does nothing"},
	{.name = "ip_family", .type = KW_ENUM, M(family), .words = ip_family_words, .flags = KW_NEED,
	 .reload = KW_RESTART, .args = "inet|inet6", .def_doc = "from the addresses",
	 .doc = "Family of a fwmark service; unknown or conflicting with a known family reported and ignored."},
	{.name = "retry", .type = KW_UINT, M(defaults.retry), KW_RANGE(1, UINT32_MAX), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..4294967295>", .def_doc = "1; MISC_CHECK 0; DNS_CHECK 3",
	 .doc = "Default number of further attempts before a checker fails; 0 or invalid reported and ignored at this "
		"level."},
	{.name = "delay_before_retry", .type = KW_SECONDS, M(defaults.delay_before_retry),
	 KW_RANGE(SEC(0), SEC(4294967)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL seconds >=0, 6 decimals>", .def_doc = "1; HTTP_GET and SSL_GET 3; DNS_CHECK delay_loop",
	 .doc = "Default wait before a retry; invalid reported and ignored."},
	{.name = "warmup", .type = KW_SECONDS, M(defaults.warmup), KW_RANGE(SEC(0), SEC(4294967)), .decimals = 6,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0, 6 decimals>", .def_doc = "delay_loop",
	 .doc = "Default upper bound of the random delay of the first check (1 s is added); 0 disables the randomness."},
	{.name = "connect_timeout", .type = KW_SECONDS, M(defaults.connect_timeout),
	 KW_RANGE(USEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.000001..4294.967295 seconds>", .def_doc = "5",
	 .doc = "Default connection timeout; invalid reported and ignored."},
	{.name = "delay_loop", .type = KW_SECONDS, M(delay_loop), KW_RANGE(USEC(1), SEC(4294967)), .decimals = 6,
	 .def = "60", .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0.000001, 6 decimals>",
	 .doc = "Default time between checks; invalid reported and ignored; also the default MISC_CHECK timeout."},
#define DM(m) M(defaults.m)
DAMPING_ROWS(DM, "")
#undef DM
	{.name = "inhibit_on_failure", .type = KW_FLAG, M(inhibit_on_failure), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Default: on failure set weight 0 instead of removing the server; arguments ignored here."},
	{.name = "lb_algo", .type = KW_ALIAS, .alias = "lvs_sched",
	 .args = "rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos", .def_doc = "wlc (reported when missing)",
	 .doc = "Old name of lvs_sched."},
	{.name = "lvs_sched", .type = KW_CUSTOM, M(lvs_sched), .ops = &lvs_sched_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos",
	 .def_doc = "wlc (reported when missing)",
	 .doc = "IPVS scheduler; unknown reported and ignored."},
	{.name = "hashed", .type = KW_CUSTOM, M(hashed), .ops = &hashed_ops, .reload = KW_LIVE,
	 .doc = "Legacy no-op; reported unless the scheduler set so far is sh or mh."},
	{.name = "ops", .type = KW_CUSTOM, M(flags), .ops = &svc_ops_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "One packet scheduling; reported and cleared unless UDP or fwmark."},
	{.name = "flag-1", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Scheduler flag 1."},
	{.name = "flag-2", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Scheduler flag 2."},
	{.name = "flag-3", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Scheduler flag 3."},
	{.name = "sh-port", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Include the port in sh hashing; must come after lvs_sched sh, otherwise reported (or silently ignored "
		"for mh)."},
	{.name = "sh-fallback", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Fall back when the sh target is unavailable; must come after lvs_sched sh."},
	{.name = "mh-port", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Include the port in mh hashing; must come after lvs_sched mh."},
	{.name = "mh-fallback", .type = KW_CUSTOM, M(flags), .ops = &svc_flag_ops, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Fall back when the mh target is unavailable; must come after lvs_sched mh."},
	{.name = "lb_kind", .type = KW_ALIAS, .alias = "lvs_method", .sub = &lvs_method_words,
	 .args = "NAT|DR|TUN|FULLNAT|FNAT [type ipip|gue|gre] [port <INT 1..65535>] [nocsum|csum|remcsum]",
	 .def_doc = "NAT (reported when missing)",
	 .doc = "Old name of lvs_method."},
	{.name = "lvs_method", .type = KW_CUSTOM, M(lvs_method), .sub = &lvs_method_words, .ops = &lvs_method_ops,
	 .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "NAT|DR|TUN|FULLNAT|FNAT [type ipip|gue|gre] [port <INT 1..65535>] [nocsum|csum|remcsum]",
	 .def_doc = "NAT (reported when missing)",
	 .doc = "Default forwarding method; an unknown method or bad option is reported; unknown option leaves the "
		"method but no tunnel settings.  FULLNAT (FNAT), a word of ours, is NAT with a local address as source, so "
		"that servers need no route back to the director."},
	{.name = "laddr_group_name", .type = KW_STRING, M(laddr_group_name), .flags = KW_NEED, .reload = KW_LIVE,
	 .since = "duumvir", .args = "<NAME>", .def_doc = "address of the outgoing interface",
	 .doc = "local_address_group whose addresses FULLNAT servers see; unknown, or without an address of the servers' "
		"family, is reported and not used."},
	{.name = "persistence_engine", .type = KW_STRING, M(persistence_engine), .max = 16,
	 .flags = KW_NEED | KW_TRUNCATE, .reload = KW_LIVE, .args = "<STRING max 16 chars>", .def_doc = "none",
	 .doc = "IPVS persistence engine (sip); longer is reported and cut."},
	{.name = "persistence_timeout", .type = KW_CUSTOM, M(persistence_timeout), .ops = &persistence_timeout_ops,
	 .reload = KW_LIVE, .args = "[<INT 1..2678400 seconds>]", .def_doc = "off; 360 when bare",
	 .doc = "Persistence; out of range reported and ignored."},
	{.name = "persistence_granularity", .type = KW_CUSTOM, M(persistence_granularity), .ops = &granularity_ops,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<IPv4 NETMASK> | <INT 1..128>", .def_doc = "host",
	 .doc = "Netmask (IPv4, need not be contiguous) or prefix length (IPv6) for persistence; implies persistence 360 "
		"s and sets an unknown family (a dot means IPv4); for an IPv4 service a bare number is read as address "
		"0.0.0.N; invalid reported and ignored."},
	{.name = "protocol", .type = KW_ENUM, M(protocol), .words = protocol_words, .flags = KW_NEED | KW_NOCASE,
	 .reload = KW_RESTART, .args = "TCP|UDP|SCTP", .def_doc = "UDP (reported when missing)",
	 .doc = "Layer 4 protocol, case-insensitive; unknown reported and ignored; reported and cleared for fwmark "
		"services."},
	{.name = "ha_suspend", .type = KW_FLAG, M(ha_suspend), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Suspend checks while the virtual address (of a group: none of them) is not configured locally; state is kept; "
		"reported and cleared with fwmark."},
	{.name = "nftables_fwmark", .type = KW_UINT, M(nftables_fwmark), KW_RANGE(1, UINT32_MAX), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..4294967295>", .since = "duumvir",
	 .def_doc = "the next free one from nftables_ipvs_start_fwmark",
	 .doc = "Mark of a virtual_server group under nftables_ipvs; without it a group keeps the mark it was given until "
		"the daemon stops; reported and ignored where no mark is set for the group, or where it is used already."},
	{.name = "smtp_alert", .type = KW_BOOL, M(smtp_alert), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "smtp_alert_checker, else smtp_alert, else false",
	 .doc = "Mail on quorum changes."},
	{.name = "virtualhost", .type = KW_STRING, M(virtualhost), .reload = KW_LIVE,
	 .args = "<STRING>",
	 .doc = "Default Host name for HTTP_GET and SSL_GET; missing reported; repeated reported and replaced."},
	{.name = "snmp_name", .type = KW_STRING, M(snmp_name), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<STRING>",
	 .doc = "Name shown in the status, and by SNMP in place of the address; exactly one argument, otherwise reported "
		"and ignored."},
	{.name = "alpha", .type = KW_FLAG, M(alpha), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Default for real servers: start down until the first success; arguments ignored here."},
	{.name = "omega", .type = KW_FLAG, M(omega), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Run quorum_down and notify_down scripts on shutdown."},
	{.name = "quorum_up", .type = KW_SCRIPT, M(quorum_up), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the quorum is gained; repeated reported and ignored."},
	{.name = "quorum_down", .type = KW_SCRIPT, M(quorum_down), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the quorum is lost; repeated reported and ignored."},
	{.name = "quorum", .type = KW_UINT, M(quorum), KW_RANGE(1, UINT32_MAX), .def = "1",
	 .note = "is taken as 1", .flags = KW_NEED | KW_ZERO_NOTE, .reload = KW_LIVE, .args = "<INT 1..4294967295>",
	 .doc = "Total live weight needed; invalid reported and 1 used; more than the configured weight is reported and "
		"reduced."},
	{.name = "hysteresis", .type = KW_UINT, M(hysteresis), .def = "0", .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>",
	 .doc = "Margin around quorum; not below quorum is reported and set to quorum-1."},
	AGENT_CHECK_ROW(M(agent_check), "none"),
	{.name = "weight", .type = KW_UINT, M(weight), KW_RANGE(1, INT32_MAX), .def = "1", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..2147483647>",
	 .doc = "Default real server weight; out of range reported and ignored."},
	{.name = "slow_start", .type = KW_SECONDS, M(slow_start), KW_RANGE(0, SEC(86400)), .decimals = 6, .def = "0",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..86400 seconds>", .since = "duumvir",
	 .doc = "Default of real_server slow_start: a server that has recovered gets its weight little by little over "
		"this time; 0 is at once."},
	{.name = "panic_threshold", .type = KW_CUSTOM, M(panic_threshold), .ops = &percent_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..99>%", .def_doc = "none", .since = "duumvir",
	 .doc = "When more than this share of the servers fail at once, they stay in the table until enough return; only "
		"servers that a check has seen up count and are kept."},
	{.name = "on_down", .type = KW_CUSTOM, M(on_down), .ops = &on_down_ops, KW_RANGE(MSEC(1), SEC(86400)),
	 .decimals = 6, .reload = KW_LIVE, .args = "expire|keep|drain <DECIMAL 0.001..86400 seconds>",
	 .def_doc = "as the kernel is set", .since = "duumvir",
	 .doc = "What becomes of the connections of a server that leaves the table: expire, they end at once "
		"(net.ipv4.vs.expire_nodest_conn, with persistence expire_quiescent_template, must be 1: see "
		"manage_sysctl); keep, they time out; drain, the server stays with weight 0 for so long and its "
		"connections with it, then both end."},
	{.name = "sorry_server", .type = KW_CUSTOM, M(sorry_server), .ops = &sorry_server_ops,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<IPADDR> [<PORT>]", .def_doc = "none",
	 .doc = "Server used while there is no quorum; bad address reported and ignored; the last one counts; port must "
		"match unless NAT."},
	{.name = "sorry_server_inhibit", .type = KW_CUSTOM, M(sorry_server_inhibit), .ops = &sorry_inhibit_ops,
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Keep the sorry server with weight 0 instead of removing it; must follow sorry_server, otherwise "
		"reported."},
	{.name = "sorry_server_lvs_method", .type = KW_CUSTOM, M(sorry_server_lvs_method), .sub = &lvs_method_words,
	 .ops = &sorry_method_ops, .reload = KW_LIVE,
	 .args = "NAT|DR|TUN|FULLNAT|FNAT [type ipip|gue|gre] [port <INT 1..65535>] [nocsum|csum|remcsum]", .def_doc = "lvs_method",
	 .doc = "Forwarding method of the sorry server; must follow sorry_server, otherwise reported."},
	{.name = "real_server", .type = KW_BLOCKS, M(real_server), .sub = &server_block, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<IPADDR> [<PORT>] {...block...}", .def_doc = "port of the virtual server",
	 .doc = "Pool member; bad address reported and block skipped; duplicate reported and removed; family must match "
		"unless TUN; port differing without NAT reported and reset."},
};
#undef M
/* clang-format on */

const char *
conf_endpoint(struct arena *a, const struct addr_port *ap)
{
	char name[ADDR_STR_LEN + PUT_U64_LEN];
	char *end = put_u64(put_str(put_addr(name, &ap->addr), " "), ap->port);

	return arena_strndup(a, name, (size_t)(end - name));
}

/* "fwmark N", "group NAME" or "ADDR [PORT]" */
static int
service_open(struct kw_in *in, void *obj)
{
	struct virtual_server_conf *vs = obj;
	struct arena *a = conf_ctx_arena(in->ctx);
	const char *w = in->word[1].s;
	int64_t v = 0;
	if (in->n > 2 && strcmp(w, "fwmark") == 0) {
		if (kw_parse_int(in, 2, 0, UINT32_MAX, &v) < 0)
			return -EINVAL;
		vs->kind = VIRTUAL_SERVER_FWMARK;
		vs->fwmark = (uint32_t)v;
		vs->obj.name = arena_printf(a, "fwmark %u", vs->fwmark);
		return 2;
	}
	if (in->n > 2 && strcmp(w, "group") == 0) {
		vs->kind = VIRTUAL_SERVER_GROUP;
		vs->group = in->word[2].s;
		vs->obj.name = arena_printf(a, "group %s", vs->group);
		return 2;
	}
	if (addr_parse(w, &vs->addr.addr) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "ADDRESS [PORT], fwmark N or group NAME",
				     "Invalid virtual server IP address %s - "
				     "skipping",
				     w);
		return -EINVAL;
	}
	if (in->n > 2 && kw_parse_int(in, 2, 0, UINT16_MAX, &v) < 0)
		return -EINVAL;
	vs->kind = VIRTUAL_SERVER_ADDR;
	vs->addr.port = (uint16_t)v;
	vs->family = vs->addr.addr.family;
	vs->obj.name = conf_endpoint(a, &vs->addr);
	return in->n > 2 ? 2 : 1;
}

void
service_conf_forget_sorry(struct virtual_server_conf *vs)
{
	vs->sorry_server = (struct addr_port){.port = 0};
	vs->sorry_server_inhibit = false;
	conf_set_given(&vs->obj, "sorry_server", false);
	conf_set_given(&vs->obj, "sorry_server_inhibit", false);
	conf_set_given(&vs->obj, "sorry_server_lvs_method", false);
}

/* A sorry server of another family is of no use, but behind a tunnel. */
static bool
service_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct virtual_server_conf *vs = obj;
	struct addr_port *s = &vs->sorry_server;
	char text[ADDR_STR_LEN];
	const struct lvs_method_conf *m =
		conf_is_given(&vs->obj, "sorry_server_lvs_method")
			? &vs->sorry_server_lvs_method
			: &vs->lvs_method;
	(void)parent; /* the root: nothing to look at */
	if (!addr_is_set(&s->addr) || vs->family == 0 ||
	    s->addr.family == vs->family || m->method == IP_VS_CONN_F_TUNNEL)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "Address family of virtual server and sorry server %s "
		    "don't match - skipping sorry server. (only TUN leads to "
		    "the other family)",
		    addr_print(&s->addr, text, sizeof(text)));
	service_conf_forget_sorry(vs);
	return true;
}

/* Marks and groups are something to others, see conf_marks.c. */
static bool
service_stands_alone(const char *head)
{
	return strncmp(head, "group ", 6) != 0 &&
	       strncmp(head, "fwmark ", 7) != 0;
}

const struct kw_block service_block = {
	KW_ROWS(service_rows),	.size = sizeof(struct virtual_server_conf),
	.head = KW_HEAD_WORDS,	.open = service_open,
	.check = service_check, .stands_alone = service_stands_alone,
};

const char *
service_conf_label(const struct virtual_server_conf *vs, char *buf, size_t size)
{
	switch (vs->kind) {
	case VIRTUAL_SERVER_FWMARK:
		(void)snprintf(buf, size, "FWM %u", vs->fwmark);
		break;
	case VIRTUAL_SERVER_GROUP:
		(void)snprintf(buf, size, "[%s]:0", vs->group);
		break;
	case VIRTUAL_SERVER_ADDR:
		assert(size >= SERVER_NAME_LEN);
		return server_name(&vs->addr, vs->protocol, buf);
	}
	return buf;
}

/* ---- the module ---- */

/* clang-format off */
#define M(m) KW_MEMBER(struct check_conf, m)
static const struct kw check_rows[] = {
	{.name = "SSL", .type = KW_BLOCK, M(ssl), .sub = &ssl_block, .reload = KW_LIVE,
	 .args = "{...block...}", .def_doc = "context without certificates",
	 .doc = "Client side TLS settings for SSL_GET; a second block is reported and replaces the first."},
	{.name = "virtual_server_group", .type = KW_BLOCKS, M(virtual_server_group), .sub = &vsg_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE,
	 .args = "<NAME> { <IPADDR|RANGE> [<PORT>] | fwmark <INT> [inet|inet6] per line }",
	 .doc = "Set of addresses and marks for one virtual_server; the brace may follow on the next line; bad lines "
		"reported and skipped; empty group reported and removed; a virtual_server naming an unknown group is "
		"ignored with a log line."},
	{.name = "local_address_group", .type = KW_BLOCKS, M(local_address_group), .sub = &laddr_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<NAME> { <IPADDR|RANGE> per line }",
	 .doc = "Addresses of this machine that FULLNAT sends from, as laddr_group_name of a virtual_server names them; "
		"bad lines reported and skipped; empty or of more than 1024 addresses reported and removed."},
	{.name = "virtual_server", .type = KW_BLOCKS, M(virtual_server), .sub = &service_block, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<IPADDR> [<PORT>] | fwmark <INT 0..4294967295> | group <NAME> {...block...}",
	 .doc = "IPVS virtual service; bad address or mark reported and block skipped; port 0 needs persistence "
		"(reported and set to 360 s); no real_server: reported and removed."},
};
static const struct kw check_global_rows[] = {
	{.name = "checker_log_all_failures", .type = KW_BOOL, M(global.checker_log_all_failures), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Log each failed check instead of only the one that brings a real server down."},
	{.name = "checker_max_probes", .type = KW_UINT, M(global.checker_max_probes), KW_RANGE(1, 65536),
	 .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir", .args = "<INT 1..65536>",
	 .def_doc = "65536, less where there are fewer descriptors",
	 .doc = "Attempts of checks under way at once; what is due beyond that waits, the earliest first."},
	{.name = "checker_max_rate", .type = KW_UINT, M(global.checker_max_rate), KW_RANGE(1, 1000000),
	 .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir", .args = "<INT 1..1000000>", .def_doc = "none",
	 .doc = "Attempts of checks begun within a second, evenly spaced to 10 ms."},
	{.name = "checker_priority", .type = KW_INT, M(global.checker_sched.priority), KW_RANGE(-20, 19),
	 .reload = KW_LIVE, .args = "<INT -20..19>", .def_doc = "unchanged",
	 .doc = "Nice value of the checker process; missing or out of range reported and treated as 0."},
	{.name = "checker_no_swap", .type = KW_FLAG, M(global.checker_sched.no_swap), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Lock the checker process into memory."},
	{.name = "checker_rt_priority", .type = KW_UINT, M(global.checker_sched.rt_priority), KW_RANGE(1, 99),
	 .flags = KW_CLAMP, .reload = KW_LIVE, .args = "<INT 1..99>", .def_doc = "0 (not realtime)",
	 .doc = "SCHED_RR priority of the checker process; outside the range is reported and clamped."},
	{.name = "checker_cpu_affinity", .type = KW_CUSTOM, M(global.checker_sched.cpu_affinity),
	 .ops = &common_cpu_affinity_ops, .reload = KW_LIVE, .args = "<INT 0..NCPU-1> ...",
	 .def_doc = "all CPUs",
	 .doc = "Bind the checker process to these CPUs; one bad number reports an error and clears the set."},
	{.name = "checker_rlimit_rttime", .type = KW_UINT, M(global.checker_sched.rlimit_rttime),
	 KW_RANGE(1, UINT32_MAX), .def = "10000", .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 1..4294967295 microseconds>",
	 .doc = "RLIMIT_RTTIME of the checker process while realtime; 1 is raised to 2."},
	{.name = "checker_rlimit_rtime", .type = KW_ALIAS, .alias = "checker_rlimit_rttime",
	 .args = "<INT 1..4294967295 microseconds>", .def_doc = "10000",
	 .doc = "Obsolete spelling of checker_rlimit_rttime (logged)."},
	{.name = "lvs_netlink_monitor_rcv_bufs", .type = KW_UINT, M(global.lvs_netlink_monitor_rcv_bufs),
	 .reload = KW_LIVE, .args = "<INT bytes 0..4294967295>", .def_doc = "kernel default",
	 .doc = "Receive buffer of the netlink socket that follows addresses for ha_suspend (the supervisor's); 0 or invalid "
		"leaves the default."},
	{.name = "lvs_netlink_monitor_rcv_bufs_force", .type = KW_BOOL, M(global.lvs_netlink_monitor_rcv_bufs_force),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Use SO_RCVBUFFORCE for it."},
	{.name = "nftables_ipvs", .type = KW_STRING, M(global.nftables_ipvs), .flags = KW_FIRST_WINS | KW_BARE,
	 .reload = KW_FIXED, .args = "[<TABLE>]", .def_doc = "off; table keepalived_ipvs when bare",
	 .doc = "Program one firewall-mark IPVS service per virtual_server_group and set the mark with nftables; second "
		"use reported and ignored; fixed across reloads."},
	{.name = "nftables_ipvs_priority", .type = KW_INT, M(global.nftables_ipvs_priority), .def = "-1",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT -2147483648..2147483647>",
	 .doc = "Priority of the base chains of the IPVS table; invalid reported and ignored."},
	{.name = "nftables_ipvs_start_fwmark", .type = KW_UINT, M(global.nftables_ipvs_start_fwmark), KW_RANGE(1, UINT32_MAX),
	 .def = "1000", .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 1..4294967295>",
	 .doc = "First mark handed out to virtual_server_groups; invalid reported and ignored."},
	{.name = "rs_init_notifies", .type = KW_BOOL, M(global.rs_init_notifies), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Run real server notifies at start-up for servers that come up."},
	{.name = "no_checker_emails", .type = KW_BOOL, M(global.no_checker_emails), .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Suppress mails for single checker changes that leave the presence of the server in the pool unchanged."},
};
#undef M
/* clang-format on */

const struct conf_module check_conf_module = {
	.id = CONF_CHECK,
	.name = "check",
	.process = "checker",
	.root = {KW_ROWS(check_rows), .size = sizeof(struct check_conf)},
	.global = {KW_ROWS(check_global_rows)},
	.global_offset = offsetof(struct check_conf, global_defs),
	.resolve = check_conf_resolve,
};
