/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword tables of the checkers, but for HTTP_GET and SSL_GET.  Pure
 * reading; what a checker inherits is filled in by check/conf_resolve.c.
 */
#include <errno.h>
#include <string.h>

#include "check/conf_tables.h"
#include "parser/common.h"

/* ---- rules ---- */

/* The target is the server until connect_ip says otherwise; not so for
 * SMTP_CHECK, whose hosts each say their own. */
int
checker_conf_open(struct kw_in *in, void *obj)
{
	const struct real_server_conf *rs = in->parent;
	((struct checker_conf *)obj)->connect.addr = rs->addr.addr;
	return 0;
}

/* A link-local target needs an interface. */
bool
checker_conf_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct checker_conf *c = obj;
	char text[ADDR_STR_LEN];
	(void)parent; /* the server: nothing to look at */
	if (!conf_is_given(&c->obj, "connect_ip") ||
	    !addr_is_linklocal(&c->connect.addr) || c->bind_if != NULL ||
	    c->connect.addr.family != AF_INET6)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "Checker link local address %s requires a bind_if",
		    addr_print(&c->connect.addr, text, sizeof(text)));
	return false;
}

#define CHECKER_INIT(fn, t)                                                    \
	static void fn(void *obj)                                              \
	{                                                                      \
		((struct checker_conf *)obj)->type = t;                        \
	}

CHECKER_INIT(tcp_init, CHECKER_TCP)
CHECKER_INIT(ping_init, CHECKER_PING)
CHECKER_INIT(udp_init, CHECKER_UDP)
CHECKER_INIT(smtp_init, CHECKER_SMTP)
CHECKER_INIT(dns_init, CHECKER_DNS)
CHECKER_INIT(misc_init, CHECKER_MISC)
CHECKER_INIT(file_init, CHECKER_FILE)
CHECKER_INIT(bfd_init, CHECKER_BFD)

/* clang-format off */

/* ---- TCP_CHECK, PING_CHECK ---- */

static const struct kw tcp_rows[] = {
CHECKER_CONN_ROWS
	/* Many real configurations carry it over from HTTP_GET. */
	{.name = "nb_get_retry", .type = KW_ALIAS, .alias = "retry", .flags = KW_EXTRA,
	 .note = "is no word of TCP_CHECK: taken as retry"},
	{.name = "via_forwarding", .type = KW_BOOL, KW_MEMBER(struct tcp_check_conf, via_forwarding), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false", .since = "duumvir",
	 .doc = "Ask for the virtual address by the way of forwarded packets (DR, or TUN with ipip; IPv4): a server "
		"without that address is down."},
};
static const struct kw ping_rows[] = {
CHECKER_CONN_ROWS
};
const struct kw_block tcp_check_block = {
	KW_ROWS(tcp_rows), .size = sizeof(struct tcp_check_conf), .init = tcp_init, .open = checker_conf_open, .check = checker_conf_check,
};
const struct kw_block ping_check_block = {
	KW_ROWS(ping_rows), .size = sizeof(struct checker_conf), .init = ping_init, .open = checker_conf_open, .check = checker_conf_check,
};

/* ---- UDP_CHECK ---- */

#define M(m) KW_MEMBER(struct udp_check_conf, m)
static const struct kw udp_rows[] = {
CHECKER_CONN_ROWS
	{.name = "payload", .type = KW_CUSTOM, M(payload), .ops = &payload_ops, .reload = KW_LIVE, .args = "<HEX> ...",
	 .def_doc = "32 arbitrary bytes",
	 .doc = "Data to send; hex digits, blanks separate bytes, a lone digit is one byte; missing or bad reported."},
	{.name = "require_reply", .type = KW_CUSTOM, M(require_reply), .ops = &require_reply_ops, .reload = KW_LIVE,
	 .args = "[<HEX with x wildcards> ...]", .def_doc = "false",
	 .doc = "A reply must arrive within connect_timeout; with data the common length must match, x or X ignores 4 "
		"bits; bad hex reported but a reply is still required."},
	{.name = "min_reply_length", .type = KW_UINT, M(min_reply_length), KW_RANGE(0, 65535), .def = "0",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..65535>",
	 .doc = "Shortest accepted reply, only checked with reply data; above max is reported; invalid reported and "
		"ignored."},
	{.name = "max_reply_length", .type = KW_UINT, M(max_reply_length), KW_RANGE(0, 65535), .def = "255",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..65535>",
	 .doc = "Longest accepted reply, only checked with reply data; invalid reported and ignored."},
};
#undef M
/* clang-format on */

static bool
udp_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct udp_check_conf *u = obj;
	if (u->min_reply_length > u->max_reply_length)
		conf_report(ctx, DIAG_GENERAL,
			    "UDP_CHECK min_reply length %u > max_reply_length "
			    "%u - will always fail",
			    u->min_reply_length, u->max_reply_length);
	return checker_conf_check(ctx, obj, parent);
}

const struct kw_block udp_check_block = {
	KW_ROWS(udp_rows),  .size = sizeof(struct udp_check_conf),
	.init = udp_init,   .open = checker_conf_open,
	.check = udp_check,
};

/* clang-format off */

/* ---- SMTP_CHECK ---- */

static const struct kw smtp_host_rows[] = {
CHECKER_CONN_ROWS
};
static const struct kw_block smtp_host_block = {
	KW_ROWS(smtp_host_rows), .size = sizeof(struct checker_conf), .init = smtp_init, .check = checker_conf_check,
};
#define M(m) KW_MEMBER(struct smtp_check_conf, m)
static const struct kw smtp_rows[] = {
	{.name = "helo_name", .type = KW_STRING, M(helo_name), .def = "smtpchecker.keepalived.org", .reload = KW_LIVE,
	 .args = "<STRING>",
	 .doc = "Name for HELO; missing reported; repeated reported and replaced."},
CHECKER_CONN_ROWS
	{.name = "host", .type = KW_BLOCKS, M(host), .sub = &smtp_host_block, .reload = KW_LIVE,
	 .args = "{...block...}",
	 .doc = "Deprecated (logged) extra target, becomes a checker of its own; in 2.4.3 the keywords inside act on the "
		"enclosing checker, not on the host."},
};
#undef M
const struct kw_block smtp_check_block = {
	KW_ROWS(smtp_rows), .size = sizeof(struct smtp_check_conf), .init = smtp_init, .check = checker_conf_check,
};

/* ---- DNS_CHECK ---- */

static const struct kw_word_value dns_type_words[] = {
	{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28},
	{"RRSIG", 46}, {"DNSKEY", 48}, {NULL, 0},
};
#define M(m) KW_MEMBER(struct dns_check_conf, m)
static const struct kw dns_rows[] = {
CHECKER_CONN_ROWS
	{.name = "type", .type = KW_ENUM, M(type), .words = dns_type_words, .def = "SOA", .flags = KW_NEED | KW_NOCASE,
	 .reload = KW_LIVE, .args = "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY",
	 .doc = "Query type, case-insensitive; unknown reported and ignored."},
	{.name = "name", .type = KW_CUSTOM, M(name), .ops = &dns_name_ops, .def = ".",
	 .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE, .args = "<STRING>", .def_doc = ". (root)",
	 .doc = "Query name; empty labels or a second name reported and ignored."},
};
#undef M
const struct kw_block dns_check_block = {
	KW_ROWS(dns_rows), .size = sizeof(struct dns_check_conf), .init = dns_init, .open = checker_conf_open, .check = checker_conf_check,
};

/* ---- MISC_CHECK ---- */

#define M(m) KW_MEMBER(struct misc_check_conf, m)
static const struct kw misc_rows[] = {
CHECKER_BASE_ROWS
	{.name = "misc_path", .type = KW_SCRIPT, M(misc_path), .reload = KW_LIVE, .args = "<QUOTED-STRING>",
	 .def_doc = "required",
	 .doc = "Command line as one word: quote it when there are arguments, further words are silently dropped."},
	{.name = "misc_timeout", .type = KW_SECONDS, M(misc_timeout), KW_RANGE(SEC(0), SEC(4294)), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 0..4294 seconds>", .def_doc = "virtual_server delay_loop",
	 .doc = "Kill the script after this time, 0 means the default; invalid reported and ignored."},
	{.name = "misc_dynamic", .type = KW_FLAG, M(misc_dynamic), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Exit 2..255 means up with weight changed to exit-2 (relative to the configured weight), 1 means down."},
	{.name = "user", .type = KW_CUSTOM, M(user), .ops = &common_user_ops, .reload = KW_LIVE, .args = "<USER> [[:]<GROUP>]",
	 .def_doc = "script_user",
	 .doc = "Run as this user; missing reported; unknown reported and the checker removed."},
};
#undef M
/* clang-format on */

static bool
misc_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct misc_check_conf *m = obj;
	(void)parent; /* the server: nothing to look at */
	if (m->misc_path.argc == 0) {
		conf_report(ctx, DIAG_GENERAL,
			    "No script path has been specified for "
			    "MISC_CHECKER - skipping");
		return false;
	}
	if (m->user.user == NULL && !common_has_script_user(ctx, NULL)) {
		conf_report(ctx, DIAG_GENERAL,
			    "Unable to set default user for misc script '%s' - "
			    "removing",
			    m->misc_path.argv[0]);
		return false;
	}
	if (m->user.is_bad)
		return false;
	m->misc_path.user = m->user.user;
	m->misc_path.group = m->user.group;
	return true;
}

/* clang-format off */
const struct kw_block misc_check_block = {
	KW_ROWS(misc_rows), .size = sizeof(struct misc_check_conf), .init = misc_init, .check = misc_check,
};

/* ---- FILE_CHECK ---- */

#define M(m) KW_MEMBER(struct file_check_conf, m)
static const struct kw file_weight_rows[] = {
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "Swap the sign."},
	{.name = "noreverse", .type = KW_FLAG, M(noreverse), .reload = KW_LIVE,
	 .doc = "Keep the sign."},
};
static const struct kw_block file_weight_words = {KW_ROWS(file_weight_rows)};
static const struct kw file_rows[] = {
	{.name = "track_file", .type = KW_REF, M(track_file), .ref = "track_file", .ref_label = "track file",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<NAME>", .def_doc = "required",
	 .doc = "track_file defined earlier in the file; unknown reported."},
	{.name = "weight", .type = KW_INT, M(weight), KW_RANGE(-2147483647, INT32_MAX), .sub = &file_weight_words,
	 .reload = KW_LIVE, .args = "<INT -2147483647..2147483647> [reverse|noreverse]",
	 .def_doc = "weight of the track_file",
	 .doc = "Multiplier of the value; out of range or unknown word reported and ignored; 0 makes non-zero content a "
		"failure."},
};
#undef M
/* clang-format on */

static bool
file_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct file_check_conf *f = obj;
	(void)parent; /* the server: nothing to look at */
	if (f->track_file != NULL)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "FILE_CHECK has no track_file specified - ignoring");
	return false;
}

/* clang-format off */
const struct kw_block file_check_block = {
	KW_ROWS(file_rows), .size = sizeof(struct file_check_conf), .init = file_init, .check = file_check,
};

/* ---- BFD_CHECK ---- */

#define M(m) KW_MEMBER(struct bfd_check_conf, m)
static const struct kw bfd_rows[] = {
	{.name = "name", .type = KW_REF, M(name), .ref = "bfd_instance", .ref_label = "BFD instance",
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<BFD_INSTANCE max 31 chars>", .def_doc = "required",
	 .doc = "bfd_instance defined earlier in the file; unknown, repeated or already used by the server: reported and "
		"the checker removed."},
	{.name = "alpha", .type = KW_BOOL, M(checker.alpha), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "real_server alpha",
	 .doc = "Count as failed until the session is up."},
};
#undef M
/* clang-format on */

static bool
bfd_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct bfd_check_conf *b = obj;
	(void)parent; /* the server: nothing to look at */
	if (b->name != NULL)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "No name has been specified for BFD_CHECKER - skipping");
	return false;
}

const struct kw_block bfd_check_block = {
	KW_ROWS(bfd_rows),
	.size = sizeof(struct bfd_check_conf),
	.init = bfd_init,
	.check = bfd_check,
};
