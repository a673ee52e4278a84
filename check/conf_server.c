/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of real_server.  Pure reading; what a server inherits is
 * filled in by check/conf_resolve.c.
 */
#include <errno.h>
#include <linux/ip_vs.h>

#include "check/conf_tables.h"

/* clang-format off */
#define M(m) KW_MEMBER(struct real_server_conf, m)
static const struct kw server_rows[] = {
	{.name = "weight", .type = KW_UINT, M(weight), KW_RANGE(0, INT32_MAX), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..2147483647>", .def_doc = "virtual_server weight",
	 .doc = "Initial weight; out of range reported and ignored."},
	{.name = "lvs_method", .type = KW_CUSTOM, M(lvs_method), .sub = &lvs_method_words, .ops = &lvs_method_ops,
	 .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "NAT|DR|TUN|FULLNAT|FNAT [type ipip|gue|gre] [port <INT 1..65535>] [nocsum|csum|remcsum]",
	 .def_doc = "virtual_server lvs_method",
	 .doc = "Forwarding method of this server."},
	{.name = "uthreshold", .type = KW_UINT, M(uthreshold), .def = "0", .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>", .def_doc = "0 (none)",
	 .doc = "Upper connection limit; invalid reported and ignored."},
	{.name = "lthreshold", .type = KW_UINT, M(lthreshold), .def = "0", .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>", .def_doc = "0 (none)",
	 .doc = "Lower connection limit; invalid reported and ignored."},
	{.name = "inhibit_on_failure", .type = KW_BOOL, M(inhibit_on_failure), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "virtual_server inhibit_on_failure",
	 .doc = "On failure set weight 0 instead of removing."},
	{.name = "notify_up", .type = KW_SCRIPT, M(notify_up), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the server comes up, no extra arguments; repeated reported and ignored; bad user only "
		"logged."},
	{.name = "notify_down", .type = KW_SCRIPT, M(notify_down), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the server goes down, no extra arguments; repeated reported and ignored; bad user only "
		"logged."},
	{.name = "alpha", .type = KW_BOOL, M(alpha), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "virtual_server alpha",
	 .doc = "Start down until the first success."},
	{.name = "retry", .type = KW_UINT, M(defaults.retry), KW_RANGE(1, UINT32_MAX), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..4294967295>", .def_doc = "virtual_server retry",
	 .doc = "Default retries of the checkers; 0 or invalid reported and ignored at this level."},
	{.name = "delay_before_retry", .type = KW_SECONDS, M(defaults.delay_before_retry),
	 KW_RANGE(SEC(0), SEC(4294967)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL seconds >=0, 6 decimals>", .def_doc = "virtual_server delay_before_retry",
	 .doc = "Default wait before a retry; invalid reported and ignored."},
	{.name = "warmup", .type = KW_SECONDS, M(defaults.warmup), KW_RANGE(SEC(0), SEC(4294967)), .decimals = 6,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0, 6 decimals>",
	 .def_doc = "virtual_server warmup",
	 .doc = "Default random start delay bound; invalid reported and ignored."},
	{.name = "connect_timeout", .type = KW_SECONDS, M(defaults.connect_timeout),
	 KW_RANGE(USEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.000001..4294.967295 seconds>", .def_doc = "virtual_server connect_timeout",
	 .doc = "Default connection timeout; invalid reported and ignored."},
	{.name = "delay_loop", .type = KW_SECONDS, M(defaults.delay_loop), KW_RANGE(USEC(1), SEC(4294967)),
	 .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0.000001, 6 decimals>",
	 .def_doc = "virtual_server delay_loop",
	 .doc = "Default time between checks; invalid reported and ignored."},
#define DM(m) M(defaults.m)
DAMPING_ROWS(DM, "virtual_server value, else ")
#undef DM
	{.name = "smtp_alert", .type = KW_BOOL, M(smtp_alert), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "smtp_alert_checker, else smtp_alert, else true",
	 .doc = "Mail on state changes of the server."},
	{.name = "virtualhost", .type = KW_STRING, M(virtualhost), .reload = KW_LIVE,
	 .args = "<STRING>", .def_doc = "virtual_server virtualhost",
	 .doc = "Default Host name for HTTP_GET and SSL_GET; missing reported."},
	{.name = "snmp_name", .type = KW_STRING, M(snmp_name), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<STRING>",
	 .doc = "Name shown in the status, and by SNMP in place of the address; exactly one argument, otherwise reported "
		"and ignored."},
	{.name = "slow_start", .type = KW_SECONDS, M(slow_start), KW_RANGE(0, SEC(86400)), .decimals = 6,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..86400 seconds>", .def_doc = "virtual_server slow_start",
	 .since = "duumvir",
	 .doc = "After a recovery the weight in the table grows to its full value over this time, in at most ten levels; "
		"not at start, reload or respawn; quorum counts the full weight."},
	{.name = "MISC_CHECK", .type = KW_BLOCKS, M(checker), .sub = &misc_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Script check: exit 0 is up, other is down; retry default 0; no misc_path: reported and removed."},
	{.name = "SMTP_CHECK", .type = KW_BLOCKS, M(checker), .sub = &smtp_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Connect, expect 220, HELO, expect 250, QUIT."},
	{.name = "TCP_CHECK", .type = KW_BLOCKS, M(checker), .sub = &tcp_check_block, .reload = KW_LIVE,
	 .args = "{...block...}",
	 .doc = "Plain TCP connect; no keywords of its own."},
	{.name = "PING_CHECK", .type = KW_BLOCKS, M(checker), .sub = &ping_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "ICMP or ICMPv6 echo; no keywords of its own, and ports do not matter."},
	{.name = "UDP_CHECK", .type = KW_BLOCKS, M(checker), .sub = &udp_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Send a datagram; an ICMP error means down; silence means up unless require_reply."},
	{.name = "HTTP_GET", .type = KW_BLOCKS, M(checker), .sub = &http_get_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "HTTP GET of each url in turn; delay_before_retry default 3 s; no url: reported and removed (2.2.7 "
		"crashes)."},
	{.name = "SSL_GET", .type = KW_BLOCKS, M(checker), .sub = &ssl_get_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "HTTP over TLS GET of each url in turn; delay_before_retry default 3 s; no url: reported and removed "
		"(2.2.7 crashes)."},
	{.name = "DNS_CHECK", .type = KW_BLOCKS, M(checker), .sub = &dns_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "One UDP query with recursion desired; any answer with matching id and RCODE 0 is up; retry default 3, "
		"delay_before_retry default delay_loop."},
	{.name = "FILE_CHECK", .type = KW_BLOCKS, M(checker), .sub = &file_check_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Weight and state from a track_file; result at or below the fault value means down; no track_file: "
		"reported and dropped; the keyword dynamic of the manual does not exist."},
	AGENT_CHECK_ROW(M(agent_check), "virtual_server agent_check"),
	{.name = "BFD_CHECK", .type = KW_BLOCKS, M(checker), .sub = &bfd_check_block, .flags = KW_PENDING,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Up while the BFD session is up; without a valid name reported and removed."},
};
#undef M
/* clang-format on */

/* "ADDR [PORT]"; port 0: that of the virtual server. */
static int
server_open(struct kw_in *in, void *obj)
{
	struct real_server_conf *rs = obj;
	const struct virtual_server_conf *vs = in->parent;
	int64_t port = 0;
	if (addr_parse(in->word[1].s, &rs->addr.addr) < 0) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Invalid real server ip address/port %s%s%s - "
			    "skipping",
			    in->word[1].s, in->n > 2 ? "/" : "",
			    in->n > 2 ? in->word[2].s : "");
		return -EINVAL;
	}
	if (in->n > 2 && kw_parse_int(in, 2, 0, UINT16_MAX, &port) < 0)
		return -EINVAL;
	if (port == 0)
		port = vs->addr.port;
	rs->addr.port = (uint16_t)port;
	rs->obj.name = conf_endpoint(conf_ctx_arena(in->ctx), &rs->addr);
	return in->n > 2 ? 2 : 1;
}

static bool
server_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct real_server_conf *rs = obj;
	struct virtual_server_conf *vs = parent;
	uint32_t method = conf_is_given(&rs->obj, "lvs_method")
				  ? rs->lvs_method.method
				  : vs->lvs_method.method;
	if (vs->family == 0 && method != IP_VS_CONN_F_TUNNEL)
		vs->family = rs->addr.addr.family;
	if (vs->family == 0 || vs->family == rs->addr.addr.family ||
	    method == IP_VS_CONN_F_TUNNEL)
		return true;
	char text[ADDR_STR_LEN];
	conf_report(ctx, DIAG_GENERAL,
		    "Address family of virtual server and real server %s don't "
		    "match - skipping real server. (only TUN leads to the "
		    "other family)",
		    addr_print(&rs->addr.addr, text, sizeof(text)));
	return false;
}

const struct kw_block server_block = {
	KW_ROWS(server_rows),  .size = sizeof(struct real_server_conf),
	.head = KW_HEAD_WORDS, .open = server_open,
	.makes_name = true,    .check = server_check,
};
