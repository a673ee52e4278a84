/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How the keyword tables of the check module fit together; only for
 * check/conf_*.c.
 */
#ifndef DUUMVIR_CHECK_CONF_TABLES_H
#define DUUMVIR_CHECK_CONF_TABLES_H

#include "check/conf.h"
#include "parser/schema.h"

/* Blocks, each in the file of its subject. */
extern const struct kw_block service_block, server_block, vsg_block,
	laddr_block;
extern const struct kw_block tcp_check_block, ping_check_block, udp_check_block,
	smtp_check_block, dns_check_block, misc_check_block, file_check_block,
	bfd_check_block, http_get_block, ssl_get_block;

/* Readers of their own (check/conf_words.c, check/conf_bytes.c). */
extern const struct kw_ops lvs_sched_ops, svc_ops_ops, svc_flag_ops,
	lvs_method_ops, hashed_ops, sorry_inhibit_ops, sorry_method_ops,
	percent_ops, persistence_timeout_ops, granularity_ops, sorry_server_ops,
	check_addr_ops;
extern const struct kw_ops payload_ops, require_reply_ops, digest_ops,
	status_code_ops, regex_options_ops, regex_offset_ops, regex_stack_ops,
	dns_name_ops;
extern const struct kw_block lvs_method_words, regex_option_words;

/* "[10.0.0.1]:tcp:80", "FWM 5", "[NAME]:0" as keepalived's messages name a
 * virtual server; buf of at least 96 bytes. */
/* "10.0.0.1 80": the name of a block that is an address and a port. */
const char *conf_endpoint(struct arena *a, const struct addr_port *ap);
const char *service_conf_label(const struct virtual_server_conf *vs, char *buf,
			       size_t size);

/* As if sorry_server and its words had not been written. */
void service_conf_forget_sorry(struct virtual_server_conf *vs);

/* check/conf_limits.c: what the kernel's IPVS cannot do is put right and
 * reported.  false: the server is of no use. */
bool check_conf_limit_server(struct conf_ctx *ctx,
			     const struct virtual_server_conf *vs,
			     struct real_server_conf *rs);
/* After sorry_server_lvs_method has its value. */
void check_conf_limit_sorry(struct conf_ctx *ctx,
			    struct virtual_server_conf *vs);
void check_conf_limit_engine(struct conf_ctx *ctx,
			     struct virtual_server_conf *vs);

/* check/conf_tunnel.c: is the kernel asked to synchronize connections? */
bool check_conf_is_synced(struct conf_ctx *ctx);
/* Can a server (who: "real" or "sorry") not be because of that?  Said at pos.
 * Asked when only tunnels lead to other families. */
bool check_conf_crosses(struct conf_ctx *ctx, const struct conf_pos *pos,
			const struct virtual_server_conf *vs,
			const struct addr *a, const char *who);
/* Says which servers behind tunnels are this machine. */
void check_conf_tunnels(struct conf_ctx *ctx, const struct check_conf *c);

/* Begin and end of every checker that connects (check/conf_checker.c). */
int checker_conf_open(struct kw_in *in, void *obj);
bool checker_conf_check(struct conf_ctx *ctx, void *obj, void *parent);

/* What is wrong with addresses that addr_range_parse() refused
 * (check/conf_group.c); other: with what are none. */
const char *conf_range_why(int r, const char *other);
/* check/conf_laddr.c: when the servers' methods are known. */
void check_conf_resolve_laddr(struct conf_ctx *ctx,
			      struct virtual_server_conf *vs);
/* The family of a mark or a group (check/conf_family.c); false: it cannot be,
 * which was reported. */
bool check_conf_resolve_family(struct conf_ctx *ctx,
			       struct virtual_server_conf *vs);

/* Marks of groups under nftables_ipvs (check/conf_marks.c). */
void check_conf_resolve_marks(struct conf_ctx *ctx, struct check_conf *c);

/* Timing and its inheritance (check/conf_timing.c): service, then its
 * servers, then their checkers. */
void conf_timing_service(struct conf_ctx *ctx, struct virtual_server_conf *vs);
void conf_timing_server(struct conf_ctx *ctx, struct real_server_conf *rs,
			const struct virtual_server_conf *vs);
void conf_timing_checker(struct conf_ctx *ctx, struct checker_conf *c,
			 const struct real_server_conf *rs);
/* check/conf_tls.c: what SSL { } says goes to the checkers of a server. */
extern const struct kw_block ssl_block;
/* Says which virtual servers are one service to the kernel. */
void check_conf_twins(struct conf_ctx *ctx, const struct check_conf *c);
void check_conf_resolve_tls(struct conf_ctx *ctx, struct conf *conf,
			    struct real_server_conf *rs);

/* check/conf_down.c: on_down, and who contradicts whom. */
extern const struct kw_ops on_down_ops;
void conf_down_resolve(struct conf_ctx *ctx, const struct check_conf *c);

/* check/conf_smtp.c: before the checkers of this server are resolved. */
void conf_smtp_spread_hosts(struct conf_ctx *ctx, struct real_server_conf *rs);

/* check/conf_agent.c: agent_check, its option words, what follows from it. */
extern const struct kw_ops agent_check_ops;
extern const struct kw_block agent_check_words;
void conf_agent_resolve(struct arena *arena, struct real_server_conf *rs,
			const struct virtual_server_conf *vs, bool logs_all);
#define AGENT_CHECK_ROW(member, def)                                           \
	{                                                                      \
		.name = "agent_check", .type = KW_CUSTOM, member,              \
		.sub = &agent_check_words, .ops = &agent_check_ops,            \
		.flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir",       \
		.args = "<INT 1..65535>|off [interval <DECIMAL>] [send "       \
			"<STRING>]",                                           \
		.def_doc = def,                                                \
		.doc = "Port of an agent on the server, which says in "        \
		       "HAProxy's words "                                      \
		       "how it is: up, down, failed, stopped, ready, drain, "  \
		       "maint, "                                               \
		       "NN% of its weight; silence changes nothing."           \
	}

/* Where checks with via_forwarding go (check/conf_via.c). */
void check_conf_resolve_via(struct conf_ctx *ctx,
			    const struct virtual_server_conf *vs,
			    const struct real_server_conf *rs);

/* check/conf_resolve.c */
void check_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root);

/* clang-format off */
/* How slowly a verdict turns; ours, at the service, the server and the
 * checker.  M places a member, from is where the value comes from else. */
#define DAMPING_ROWS(M, from) \
        {.name = "rise", .type = KW_UINT, M(rise), KW_RANGE(1, UINT32_MAX), .flags = KW_NEED, .reload = KW_LIVE, \
         .since = "duumvir", .args = "<INT 1..4294967295>", .def_doc = from "1", \
         .doc = "Successes in a row before a server that is down counts as up."}, \
        {.name = "fall", .type = KW_UINT, M(fall), KW_RANGE(1, UINT32_MAX), .flags = KW_NEED, .reload = KW_LIVE, \
         .since = "duumvir", .args = "<INT 1..4294967295>", .def_doc = from "retry + 1", \
         .doc = "Failures in a row before a server that is up counts as down; the same as retry with one less, and " \
                "stronger than a retry of the same block (which is reported)."}, \
        {.name = "fast_interval", .type = KW_SECONDS, M(fast_interval), KW_RANGE(USEC(1), SEC(4294967)), \
         .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir", \
         .args = "<DECIMAL seconds >=0.000001, 6 decimals>", \
         .def_doc = from "delay_before_retry while falling, delay_loop while rising", \
         .doc = "Wait between attempts while the results disagree with the verdict: between fall or retry failures of " \
                "a server that is up, and between rise successes of one that is down."}, \
        {.name = "down_interval", .type = KW_SECONDS, M(down_interval), KW_RANGE(USEC(1), SEC(4294967)), \
         .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir", \
         .args = "<DECIMAL seconds >=0.000001, 6 decimals>", .def_doc = from "delay_loop", \
         .doc = "Wait between attempts while the server is down and the last one failed."},
#define CM(m) KW_MEMBER(struct checker_conf, m)
/* Words of every checker; its struct begins with struct checker_conf. */
#define CHECKER_BASE_ROWS \
        {.name = "retry", .type = KW_UINT, CM(retry), .flags = KW_NEED, .reload = KW_LIVE, \
         .args = "<INT 0..4294967295>", .def_doc = "real_server retry, else per type", \
         .doc = "Further attempts before the server is taken down; 0 allowed here; invalid reported and ignored."}, \
        {.name = "delay_before_retry", .type = KW_SECONDS, CM(delay_before_retry), KW_RANGE(SEC(0), SEC(4294967)), \
         .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0, 6 decimals>", \
         .def_doc = "real_server value, else per type", \
         .doc = "Wait before a retry; invalid reported and ignored."}, \
        {.name = "warmup", .type = KW_SECONDS, CM(warmup), KW_RANGE(SEC(0), SEC(4294967)), .decimals = 6, \
         .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0, 6 decimals>", \
         .def_doc = "real_server value, else delay_loop", \
         .doc = "Random start delay bound; invalid reported and ignored."}, \
        {.name = "delay_loop", .type = KW_SECONDS, CM(delay_loop), KW_RANGE(USEC(1), SEC(4294967)), .decimals = 6, \
         .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL seconds >=0.000001, 6 decimals>", \
         .def_doc = "real_server delay_loop", \
         .doc = "Time between checks; invalid reported and ignored."}, \
        {.name = "alpha", .type = KW_BOOL, CM(alpha), .reload = KW_LIVE, .args = "[<BOOL>]", \
         .def_doc = "real_server alpha", \
         .doc = "Count as failed until the first success."}, \
        {.name = "log_all_failures", .type = KW_BOOL, CM(log_all_failures), .reload = KW_LIVE, .args = "[<BOOL>]", \
         .def_doc = "false", \
         .doc = "Log every failure, not only the last retry."}, \
DAMPING_ROWS(CM, "real_server value, else ")
/* Words of every checker that connects. */
#define CHECKER_CONN_ROWS \
        {.name = "connect_ip", .type = KW_CUSTOM, CM(connect.addr), .ops = &check_addr_ops, .flags = KW_NEED, \
         .reload = KW_LIVE, .args = "<IPADDR>", .def_doc = "address of the real server", \
         .doc = "Address to probe; bad value or family other than bindto reported and ignored; IPv6 link-local without " \
                "bind_if removes the checker."}, \
        {.name = "connect_port", .type = KW_UINT, CM(connect.port), KW_RANGE(1, 65535), .flags = KW_NEED, \
         .reload = KW_LIVE, .args = "<INT 1..65535>", .def_doc = "port of the real server", \
         .doc = "Port to probe; out of range reported and ignored."}, \
        {.name = "bindto", .type = KW_CUSTOM, CM(bind.addr), .ops = &check_addr_ops, .flags = KW_NEED, \
         .reload = KW_LIVE, .args = "<IPADDR>", .def_doc = "any", \
         .doc = "Source address; bad value or family other than connect_ip reported and ignored."}, \
        {.name = "bind_port", .type = KW_UINT, CM(bind.port), KW_RANGE(1, 65535), .flags = KW_NEED, .reload = KW_LIVE, \
         .args = "<INT 1..65535>", .def_doc = "any", \
         .doc = "Source port; out of range reported and ignored."}, \
        {.name = "bind_if", .type = KW_IFNAME, CM(bind_if), .flags = KW_NEED, .reload = KW_LIVE, \
         .args = "<IFNAME max 15 chars>", .def_doc = "any", \
         .doc = "Bind the socket to this interface; too long reported and ignored."}, \
        {.name = "connect_timeout", .type = KW_SECONDS, CM(connect_timeout), KW_RANGE(USEC(1), USEC(4294967295)), \
         .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0.000001..4294.967295 seconds>", \
         .def_doc = "real_server connect_timeout", \
         .doc = "Connection (and reply) timeout; invalid reported and ignored."}, \
        {.name = "fwmark", .type = KW_UINT, CM(fwmark), .flags = KW_NEED, .reload = KW_LIVE, \
         .args = "<INT 0..4294967295>", .def_doc = "0", \
         .doc = "SO_MARK of the probe; invalid reported and ignored."}, \
CHECKER_BASE_ROWS
/* clang-format on */

#endif
