/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for words of virtual_server and real_server that no common type
 * describes.  Pure reading.
 */
#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "check/conf_tables.h"

/* ---- lvs_sched and its flags ---- */

static const char *const sched_name[] = {
	"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh",
	"mh", "dh",  "fo", "ovf", "sed",  "nq",	   "twos",
};

static int
lvs_sched_parse(struct kw_in *in, void *member)
{
	const char *word = in->word[1].s;
	for (size_t i = 0; i < ARRAY_LEN(sched_name); i++)
		if (strcmp(sched_name[i], word) == 0) {
			*(const char **)member = sched_name[i];
			return 1;
		}
	const char *near =
		diag_nearest(word, sched_name, ARRAY_LEN(sched_name));
	conf_report_expected(in->ctx, DIAG_GENERAL,
			     near == NULL ? "rr, wrr, lc, wlc, ..." : near,
			     "Invalid lvs_scheduler '%s' - ignoring", word);
	return -EINVAL;
}

static bool
string_equal(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

const struct kw_ops lvs_sched_ops = {.parse = lvs_sched_parse,
				     .equal = string_equal};

/* One flag has a bit of the member to itself. */
static int
svc_ops_parse(struct kw_in *in, void *member)
{
	(void)in; /* no words */
	*(uint32_t *)member |= IP_VS_SVC_F_ONEPACKET;
	return 0;
}

const struct kw_ops svc_ops_ops = {.parse = svc_ops_parse};

static const struct {
	const char *word;
	const char *sched; /* NULL: any */
	uint32_t flag;
} svc_flag[] = {
	{"flag-1", NULL, IP_VS_SVC_F_SCHED1},
	{"flag-2", NULL, IP_VS_SVC_F_SCHED2},
	{"flag-3", NULL, IP_VS_SVC_F_SCHED3},
	{"sh-fallback", "sh", IP_VS_SVC_F_SCHED_SH_FALLBACK},
	{"sh-port", "sh", IP_VS_SVC_F_SCHED_SH_PORT},
	{"mh-fallback", "mh", IP_VS_SVC_F_SCHED1},
	{"mh-port", "mh", IP_VS_SVC_F_SCHED2},
};

static int
svc_flag_parse(struct kw_in *in, void *member)
{
	const struct virtual_server_conf *vs = in->obj;
	const char *sched = vs->lvs_sched == NULL ? "" : vs->lvs_sched;
	for (size_t i = 0; i < ARRAY_LEN(svc_flag); i++) {
		if (strcmp(svc_flag[i].word, in->word[0].s) != 0)
			continue;
		const char *want = svc_flag[i].sched;
		if (want == NULL || strcmp(sched, want) == 0) {
			*(uint32_t *)member |= svc_flag[i].flag;
			return 0;
		}
		/* The other hashing scheduler passes without a word. */
		if (strcmp(sched, "sh") != 0 && strcmp(sched, "mh") != 0)
			conf_report(in->ctx, DIAG_GENERAL,
				    "%s only applies to %s scheduler - "
				    "ignoring",
				    in->word[0].s, want);
		return -EINVAL;
	}
	return -EINVAL;
}

const struct kw_ops svc_flag_ops = {.parse = svc_flag_parse};

static bool
flag_equal(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

/* Means nothing any more; a complaint where it never meant anything. */
static int
hashed_parse(struct kw_in *in, void *member)
{
	const struct virtual_server_conf *vs = in->obj;
	if (vs->lvs_sched == NULL || (strcmp(vs->lvs_sched, "sh") != 0 &&
				      strcmp(vs->lvs_sched, "mh") != 0)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "hashed only applies to sh scheduler - ignoring");
		return -EINVAL;
	}
	*(bool *)member = true;
	return 0;
}

const struct kw_ops hashed_ops = {.parse = hashed_parse, .equal = flag_equal};

/* ---- lvs_method ---- */

/* clang-format off */
static const struct kw_word_value tun_type_values[] = {
	{"ipip", IP_VS_CONN_F_TUNNEL_TYPE_IPIP}, {"gue", IP_VS_CONN_F_TUNNEL_TYPE_GUE},
	{"gre", IP_VS_CONN_F_TUNNEL_TYPE_GRE}, {NULL, 0},
};
#define M(m) KW_MEMBER(struct lvs_method_conf, m)
static const struct kw lvs_method_rows[] = {
	{.name = "type", .type = KW_ENUM, M(tun_type), .words = tun_type_values, .reload = KW_LIVE,
	 .args = "ipip|gue|gre", .def_doc = "ipip",
	 .doc = "Tunnel encapsulation of TUN; unknown or missing reported, settings unchanged."},
	{.name = "port", .type = KW_UINT, M(tun_port), KW_RANGE(1, 65535), .reload = KW_LIVE, .args = "<INT 1..65535>",
	 .doc = "Destination port, required for gue and refused otherwise."},
	{.name = "nocsum", .type = KW_SET, M(tun_flags), .min = IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM, .reload = KW_LIVE,
	 .def_doc = "default",
	 .doc = "No tunnel checksum."},
	{.name = "csum", .type = KW_SET, M(tun_flags), .min = IP_VS_TUNNEL_ENCAP_FLAG_CSUM, .reload = KW_LIVE,
	 .doc = "Tunnel checksum; refused for ipip."},
	{.name = "remcsum", .type = KW_SET, M(tun_flags), .min = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM, .reload = KW_LIVE,
	 .doc = "Remote checksum offload; refused for ipip and gre."},
};
#undef M
/* clang-format on */
const struct kw_block lvs_method_words = {
	KW_ROWS(lvs_method_rows),
};

static const struct {
	const char *word;
	uint32_t method;
	bool is_full;
} method_value[] = {
	{"NAT", IP_VS_CONN_F_MASQ, false},
	{"DR", IP_VS_CONN_F_DROUTE, false},
	{"TUN", IP_VS_CONN_F_TUNNEL, false},
	{"FULLNAT", IP_VS_CONN_F_MASQ, true},
	{"FNAT", IP_VS_CONN_F_MASQ, true},
};

/* What is wrong with a tunnel; NULL: nothing. */
static const char *
tunnel_fault(const struct lvs_method_conf *m)
{
	bool is_gue = m->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE;
	if (is_gue != (m->tun_port != 0))
		return "gue tunnels require port, otherwise cannot have port.";
	if (m->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP && m->tun_flags != 0)
		return "ipip tunnels do not support checksum option.";
	if (m->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GRE &&
	    (m->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM))
		return "gre tunnels do not support remote checksum option.";
	return NULL;
}

static int
lvs_method_parse(struct kw_in *in, void *member)
{
	struct lvs_method_conf m = {.method = 0};
	size_t v = 0;
	while (v < ARRAY_LEN(method_value) &&
	       strcmp(method_value[v].word, in->word[1].s) != 0)
		v++;
	if (v == ARRAY_LEN(method_value)) {
		conf_report_expected(
			in->ctx, DIAG_GENERAL, "NAT, DR, TUN or FULLNAT",
			"unknown [%s] routing method", in->word[1].s);
		return -EINVAL;
	}
	if (in->n > 2) {
		struct lvs_method_conf t = m;
		(void)kw_parse_words(in, 2, &lvs_method_words, &t);
		const char *fault = tunnel_fault(&t);
		if (fault != NULL)
			conf_report(in->ctx, DIAG_GENERAL, "%s", fault);
		else
			m = t;
	}
	m.method = method_value[v].method;
	m.is_full = method_value[v].is_full;
	*(struct lvs_method_conf *)member = m;
	return (int)in->n - 1;
}

static bool
lvs_method_equal(const void *a, const void *b)
{
	const struct lvs_method_conf *x = a, *y = b;
	return x->method == y->method && x->tun_type == y->tun_type &&
	       x->tun_port == y->tun_port && x->tun_flags == y->tun_flags &&
	       x->is_full == y->is_full;
}

const struct kw_ops lvs_method_ops = {.parse = lvs_method_parse,
				      .equal = lvs_method_equal};

/* ---- words about a sorry server that must stand before them ---- */

static bool
has_sorry_server(struct kw_in *in)
{
	const struct virtual_server_conf *vs = in->obj;
	if (addr_is_set(&vs->sorry_server.addr))
		return true;
	conf_report(in->ctx, DIAG_GENERAL,
		    "Ignoring %s used before or without sorry_server",
		    in->word[0].s);
	return false;
}

static int
sorry_inhibit_parse(struct kw_in *in, void *member)
{
	if (!has_sorry_server(in))
		return -EINVAL;
	*(bool *)member = true;
	return 0;
}

const struct kw_ops sorry_inhibit_ops = {.parse = sorry_inhibit_parse,
					 .equal = flag_equal};

static int
sorry_method_parse(struct kw_in *in, void *member)
{
	return has_sorry_server(in) ? lvs_method_parse(in, member) : -EINVAL;
}

const struct kw_ops sorry_method_ops = {.parse = sorry_method_parse,
					.equal = lvs_method_equal};

/* ---- shares ---- */

/* "N%" or "N" */
static int
percent_parse(struct kw_in *in, void *member)
{
	const char *s = in->word[1].s;
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || v < 1 || v > 99 ||
	    (*end != '\0' && strcmp(end, "%") != 0)) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "1% to 99%",
				     "%s '%s' is not a share", in->word[0].s,
				     s);
		return -EINVAL;
	}
	*(uint32_t *)member = (uint32_t)v;
	return 1;
}

/* ---- persistence ---- */

#define PERSISTENCE_DEFAULT 360

static bool
u32_equal(const void *a, const void *b)
{
	return *(const uint32_t *)a == *(const uint32_t *)b;
}

/* [SECONDS]; bare is 360, 0 is off. */
static int
persistence_timeout_parse(struct kw_in *in, void *member)
{
	int64_t v = PERSISTENCE_DEFAULT;
	if (in->n > 1 && strcmp(in->word[1].s, "0") == 0) {
		conf_report(in->ctx, DIAG_NOTE,
			    "persistence_timeout 0 means no persistence");
		v = 0;
	} else if (in->n > 1 && kw_parse_int(in, 1, 1, 2678400, &v) < 0) {
		return -EINVAL;
	}
	*(uint32_t *)member = (uint32_t)v;
	return in->n > 1 ? 1 : 0;
}

const struct kw_ops percent_ops = {.parse = percent_parse, .equal = u32_equal};

const struct kw_ops persistence_timeout_ops = {
	.parse = persistence_timeout_parse,
	.equal = u32_equal,
};

/* A netmask (IPv4; a bare number is 0.0.0.N as inet_aton() has it) or a
 * prefix length (IPv6). */
static int
granularity_parse(struct kw_in *in, void *member)
{
	struct virtual_server_conf *vs = in->obj;
	const char *w = in->word[1].s;
	int64_t v;
	struct addr a;
	bool is_v4 = vs->family == AF_INET ||
		     (vs->family == 0 && strchr(w, '.') != NULL);
	if (!is_v4) {
		if (kw_parse_int(in, 1, 1, 128, &v) < 0)
			return -EINVAL;
		*(uint32_t *)member = (uint32_t)v;
	} else if (addr_parse(w, &a) == 0 && a.family == AF_INET) {
		memcpy(member, a.bytes, sizeof(uint32_t));
	} else if (strspn(w, "0123456789") == strlen(w) &&
		   kw_parse_int(in, 1, 0, UINT32_MAX, &v) == 0) {
		*(uint32_t *)member = htonl((uint32_t)v);
	} else {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "a netmask such as 255.255.255.0",
				     "Invalid IPv4 persistence_granularity "
				     "specified - %s",
				     w);
		return -EINVAL;
	}
	if (vs->family == 0)
		vs->family = is_v4 ? AF_INET : AF_INET6;
	if (vs->persistence_timeout == 0)
		vs->persistence_timeout = PERSISTENCE_DEFAULT;
	return 1;
}

const struct kw_ops granularity_ops = {.parse = granularity_parse,
				       .equal = u32_equal};

/* ---- addresses ---- */

/* ADDR [PORT] */
static int
sorry_server_parse(struct kw_in *in, void *member)
{
	const struct virtual_server_conf *vs = in->obj;
	struct addr_port *ap = member;
	struct addr a;
	int64_t port = vs->addr.port;
	if (in->n < 2 || addr_parse(in->word[1].s, &a) < 0) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Invalid sorry server IP address %s - skipping",
			    in->n < 2 ? "" : in->word[1].s);
		return -EINVAL;
	}
	if (in->n > 2 && kw_parse_int(in, 2, 0, UINT16_MAX, &port) < 0)
		return -EINVAL;
	*ap = (struct addr_port){.addr = a, .port = (uint16_t)port};
	return in->n > 2 ? 2 : 1;
}

static bool
addr_port_equal(const void *a, const void *b)
{
	const struct addr_port *x = a, *y = b;
	return addr_is_equal(&x->addr, &y->addr) && x->port == y->port;
}

const struct kw_ops sorry_server_ops = {.parse = sorry_server_parse,
					.equal = addr_port_equal};

/* connect_ip and bindto, which must be of one family. */
static int
check_addr_parse(struct kw_in *in, void *member)
{
	struct checker_conf *c = in->obj;
	bool is_bind = strcmp(in->kw->name, "bindto") == 0;
	const struct addr *other = is_bind ? &c->connect.addr : &c->bind.addr;
	struct addr a;
	if (addr_parse(in->word[1].s, &a) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "an IP address",
				     "Invalid %s address %s - ignoring",
				     in->kw->name, in->word[1].s);
		return -EINVAL;
	}
	if (addr_is_set(other) && other->family != a.family) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s address %s does not match address family of %s"
			    " - skipping",
			    in->kw->name, in->word[1].s,
			    is_bind ? "connect_ip" : "bindto");
		return -EINVAL;
	}
	*(struct addr *)member = a;
	return 1;
}

static bool
addr_member_equal(const void *a, const void *b)
{
	return addr_is_equal(a, b);
}

const struct kw_ops check_addr_ops = {.parse = check_addr_parse,
				      .equal = addr_member_equal};
