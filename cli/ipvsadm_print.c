/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's tables; see ipvsadm_print.h. */
#include "cli/ipvsadm_print.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "cli/ipvsadm_values.h"
#include "lib/buf.h"

enum { NAME_MAX_LEN = 256, COLUMN = 28 };

/* ---- names ---- */

void
print_endpoint(struct buf *b, const struct print_names *names,
	       const struct addr *a, uint16_t port, const char *proto)
{
	char host[NAME_MAX_LEN], service[NAME_MAX_LEN];

	if (names != NULL && names->host(a, host, sizeof(host)) == 0) {
		buf_adds(b, host);
	} else {
		(void)addr_print(a, host, sizeof(host));
		buf_printf(b, a->family == AF_INET6 ? "[%s]" : "%s", host);
	}
	if (names != NULL && port != 0 &&
	    names->port(port, proto, service, sizeof(service)) == 0)
		buf_printf(b, ":%s", service);
	else
		buf_printf(b, ":%u", port);
}

/* The protocol whose services' names a port is looked up in. */
static const char *
proto_of(const struct msg_svc_key *k)
{
	const char *proto = values_proto(k->protocol);

	return proto != NULL ? proto : "tcp";
}

static const char *
proto_head(const struct msg_svc_key *k)
{
	return k->fwmark != 0		     ? "FWM"
	       : k->protocol == IPPROTO_TCP  ? "TCP"
	       : k->protocol == IPPROTO_UDP  ? "UDP"
	       : k->protocol == IPPROTO_SCTP ? "SCTP"
					     : "???";
}

/* "80,1", without a colon before what follows. */
static void
print_key(struct buf *b, const struct print_names *names,
	  const struct msg_svc_key *k)
{
	if (k->fwmark == 0)
		print_endpoint(b, names, &k->addr, k->port, proto_of(k));
	else
		buf_printf(b, "%" PRIu32 "%s", k->fwmark,
			   k->addr.family == AF_INET6 ? " IPv6" : "");
}

/* ---- heads ---- */

void
print_head(struct buf *b, enum print_view view, const struct ipvs_info *info)
{
	static const char *const heads[] = {
		[PRINT_TABLE] =
			"Prot LocalAddress:Port Scheduler Flags\n"
			"  -> RemoteAddress:Port           Forward Weight "
			"ActiveConn InActConn\n",
		[PRINT_STATS] =
			"Prot LocalAddress:Port               Conns   InPkts  "
			"OutPkts  InBytes OutBytes\n"
			"  -> RemoteAddress:Port\n",
		[PRINT_RATE] =
			"Prot LocalAddress:Port                 CPS    InPPS   "
			"OutPPS    InBPS   OutBPS\n"
			"  -> RemoteAddress:Port\n",
		[PRINT_THRESHOLDS] =
			"Prot LocalAddress:Port            Uthreshold "
			"Lthreshold ActiveConn InActConn \n"
			"  -> RemoteAddress:Port\n",
		[PRINT_PERSISTENT] =
			"Prot LocalAddress:Port            Weight    "
			"PersistConn ActiveConn InActConn \n"
			"  -> RemoteAddress:Port\n",
		[PRINT_TUNNELS] =
			"Prot LocalAddress:Port Scheduler Flags\n"
			"  -> RemoteAddress:Port           Forward TunnelInfo  "
			"  Weight ActiveConn InActConn\n",
		[PRINT_RULES] = "",
	};

	if (info != NULL && view != PRINT_RULES)
		buf_printf(b, "IP Virtual Server version %u.%u.%u (size=%u)\n",
			   info->version >> 16 & 255, info->version >> 8 & 255,
			   info->version & 255, info->conn_size);
	buf_adds(b, heads[view]);
}

/* ---- numbers ---- */

static void
print_number(struct buf *b, uint64_t n, bool is_exact)
{
	static const struct {
		uint64_t below, by;
		char unit;
	} steps[] = {
		{UINT64_C(1000000000), 1000, 'K'},
		{UINT64_C(100000000000), 1000000, 'M'},
		{UINT64_C(100000000000000), 1000000000, 'G'},
		{UINT64_MAX, UINT64_C(1000000000000), 'T'},
	};
	size_t i = 0;

	if (is_exact || n < UINT64_C(100000000)) {
		buf_printf(b, " %8" PRIu64, n);
		return;
	}
	while (n >= steps[i].below && steps[i].below != UINT64_MAX)
		i++;
	buf_printf(b, " %7" PRIu64 "%c", n / steps[i].by, steps[i].unit);
}

static void
print_counters(struct buf *b, const struct print_how *how,
	       const struct ipvs_counters *c, bool is_dest)
{
	const uint64_t *n = how->view == PRINT_STATS ? c->total : c->rate;

	/* ipvsadm has no units for a server's connections and packets a
	 * second. */
	for (int i = 0; i < IPVS_COUNTERS; i++)
		print_number(b, n[i],
			     how->is_exact ||
				     (is_dest && how->view == PRINT_RATE &&
				      i < IPVS_IN_BYTES));
	buf_addc(b, '\n');
}

/* ---- services ---- */

static const uint32_t sched_bits[] = {IP_VS_SVC_F_SCHED1, IP_VS_SVC_F_SCHED2,
				      IP_VS_SVC_F_SCHED3};

static void
print_sched_flags(struct buf *b, const struct msg_svc *s, const char *before,
		  const char *after)
{
	const char *comma = before;

	for (size_t i = 0; i < sizeof(sched_bits) / sizeof(*sched_bits); i++) {
		if ((s->flags & sched_bits[i]) == 0)
			continue;
		buf_printf(b, "%s%s", comma,
			   values_sched_flag_name(sched_bits[i], s->sched));
		comma = ",";
	}
	if (comma != before)
		buf_adds(b, after);
}

static void
print_mask(struct buf *b, const struct msg_svc *s, const char *before)
{
	struct addr mask = {.family = AF_INET};
	char text[ADDR_STR_LEN];

	if (s->key.addr.family == AF_INET6) {
		if (s->netmask != 128)
			buf_printf(b, "%s%u", before, s->netmask);
	} else if (s->netmask != UINT32_MAX) {
		memcpy(mask.bytes, &s->netmask, sizeof(s->netmask));
		buf_printf(b, "%s%s", before,
			   addr_print(&mask, text, sizeof(text)));
	}
}

void
print_svc_key(struct buf *b, const struct print_names *names,
	      const struct msg_svc_key *k)
{
	if (k->fwmark != 0) {
		buf_printf(b, "-f %" PRIu32 "%s", k->fwmark,
			   k->addr.family == AF_INET6 ? " -6" : "");
		return;
	}
	buf_adds(b, k->protocol == IPPROTO_TCP	 ? "-t "
		    : k->protocol == IPPROTO_UDP ? "-u "
						 : "--sctp-service ");
	print_key(b, names, k);
}

static void
print_svc_rule(struct buf *b, const struct print_how *how,
	       const struct msg_svc *s)
{
	buf_adds(b, "-A ");
	print_svc_key(b, how->names, &s->key);
	buf_printf(b, " -s %s", s->sched);
	if (s->flags & IP_VS_SVC_F_PERSISTENT) {
		buf_printf(b, " -p %u", s->timeout);
		print_mask(b, s, " -M ");
	}
	if (s->pe[0] != '\0')
		buf_printf(b, " --pe %s", s->pe);
	if (s->flags & IP_VS_SVC_F_ONEPACKET)
		buf_adds(b, " -o");
	print_sched_flags(b, s, " -b ", "");
	buf_addc(b, '\n');
}

void
print_svc(struct buf *b, const struct print_how *how,
	  const struct ipvs_svc_view *v)
{
	const struct msg_svc *s = &v->svc;
	struct buf name = BUF_INIT;

	if (how->view == PRINT_RULES) {
		print_svc_rule(b, how, s);
		return;
	}
	print_key(&name, how->names, &s->key);
	buf_printf(b, "%-4s ", proto_head(&s->key));
	if (how->view == PRINT_STATS || how->view == PRINT_RATE) {
		buf_printf(b, "%-*s", COLUMN, buf_str(&name));
		buf_fini(&name);
		print_counters(b, how, &v->counters, false);
		return;
	}
	buf_printf(b, "%s %s", buf_str(&name), s->sched);
	buf_fini(&name);
	print_sched_flags(b, s, " (", ")");
	if (s->flags & IP_VS_SVC_F_PERSISTENT) {
		buf_printf(b, " persistent %u", s->timeout);
		print_mask(b, s, " mask ");
		if (s->pe[0] != '\0')
			buf_printf(b, " pe %s", s->pe);
	}
	if (s->flags & IP_VS_SVC_F_ONEPACKET)
		buf_adds(b, " ops");
	buf_addc(b, '\n');
}

/* ---- servers ---- */

static void
print_dest_rule(struct buf *b, const struct print_how *how,
		const struct msg_dest *d)
{
	const struct msg_svc_key *k = &d->key.svc;

	buf_adds(b, "-a ");
	print_svc_key(b, how->names, k);
	buf_adds(b, " -r ");
	print_endpoint(b, how->names, &d->key.addr, d->key.port, proto_of(k));
	buf_printf(b, " %s -w %u",
		   d->fwd_method == IP_VS_CONN_F_MASQ	  ? "-m"
		   : d->fwd_method == IP_VS_CONN_F_TUNNEL ? "-i"
							  : "-g",
		   d->weight);
	if (d->fwd_method == IP_VS_CONN_F_TUNNEL) {
		buf_printf(b, " --tun-type %s", values_tun_name(d->tun_type));
		if (d->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
			buf_printf(b, " --tun-port %u", d->tun_port);
		if (d->tun_type != IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
			buf_printf(
				b, " --tun-%s",
				d->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM
					? "remcsum"
				: d->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM
					? "csum"
					: "nocsum");
	}
	buf_addc(b, '\n');
}

static const char *
forward_name(uint32_t method)
{
	switch (method) {
	case IP_VS_CONN_F_MASQ:
		return "Masq";
	case IP_VS_CONN_F_LOCALNODE:
		return "Local";
	case IP_VS_CONN_F_TUNNEL:
		return "Tunnel";
	case IP_VS_CONN_F_DROUTE:
		return "Route";
	}
	return "Unknown";
}

/* "gue:6080:r+c" */
static const char *
tunnel_info(const struct msg_dest *d, char *buf, size_t size)
{
	const char *sum = d->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM ? "r+c"
			  : d->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM	 ? "+c"
									 : "-c";

	if (d->fwd_method != IP_VS_CONN_F_TUNNEL)
		return "n/a";
	if (d->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
		(void)snprintf(buf, size, "gue:%u:%s", d->tun_port, sum);
	else if (d->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GRE)
		(void)snprintf(buf, size, "gre:%s", sum);
	else
		return values_tun_name(d->tun_type);
	return buf;
}

static void
print_dest_columns(struct buf *b, enum print_view view,
		   const struct ipvs_dest_view *v)
{
	const struct msg_dest *d = &v->dest;
	char info[32];

	if (view == PRINT_THRESHOLDS)
		buf_printf(b, " %-10u %-10u", d->u_threshold, d->l_threshold);
	else if (view == PRINT_PERSISTENT)
		buf_printf(b, " %-9u %-11u", d->weight, v->persistent);
	else if (view == PRINT_TUNNELS)
		buf_printf(b, " %-7s %-13s %-6u", forward_name(d->fwd_method),
			   tunnel_info(d, info, sizeof(info)), d->weight);
	else
		buf_printf(b, " %-7s %-6u", forward_name(d->fwd_method),
			   d->weight);
	buf_printf(b, " %-10u %-10u\n", v->active, v->inactive);
}

void
print_dest(struct buf *b, const struct print_how *how,
	   const struct ipvs_dest_view *v)
{
	const struct msg_dest *d = &v->dest;
	struct buf name = BUF_INIT;

	if (how->view == PRINT_RULES) {
		print_dest_rule(b, how, d);
		return;
	}
	print_endpoint(&name, how->names, &d->key.addr, d->key.port,
		       proto_of(&d->key.svc));
	buf_printf(b, "  -> %-*s", COLUMN, buf_str(&name));
	buf_fini(&name);
	if (how->view == PRINT_STATS || how->view == PRINT_RATE)
		print_counters(b, how, &v->counters, true);
	else
		print_dest_columns(b, how->view, v);
}

/* ---- order ---- */

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

int
print_svc_order(const void *a, const void *b)
{
	const struct msg_svc_key *x =
		&((const struct ipvs_svc_view *)a)->svc.key;
	const struct msg_svc_key *y =
		&((const struct ipvs_svc_view *)b)->svc.key;
	/* Marks as signed numbers: those above 2^31 come first. */
	int order = ORDER((int32_t)x->fwmark, (int32_t)y->fwmark);

	if (order == 0)
		order = ORDER(x->addr.family, y->addr.family);
	if (order == 0)
		order = ORDER(x->protocol, y->protocol);
	if (order == 0)
		order = addr_compare(&x->addr, &y->addr);
	return order != 0 ? order : ORDER(x->port, y->port);
}

int
print_dest_order(const void *a, const void *b)
{
	const struct msg_dest_key *x =
		&((const struct ipvs_dest_view *)a)->dest.key;
	const struct msg_dest_key *y =
		&((const struct ipvs_dest_view *)b)->dest.key;
	int order = ORDER(y->addr.family, x->addr.family);

	if (order == 0)
		order = addr_compare(&x->addr, &y->addr);
	return order != 0 ? order : ORDER(x->port, y->port);
}

/* ---- the rest ---- */

void
print_timeouts(struct buf *b, const struct ipvs_timeouts *t)
{
	buf_printf(b,
		   "Timeout (tcp tcpfin udp): %" PRId64 " %" PRId64 " %" PRId64
		   "\n",
		   t->tcp, t->tcpfin, t->udp);
}

void
print_daemon(struct buf *b, const struct ipvs_daemon *d)
{
	char group[ADDR_STR_LEN];

	buf_printf(b,
		   "%s sync daemon (mcast=%s, syncid=%u, maxlen=%u, group=%s, "
		   "port=%u, ttl=%u)\n",
		   d->state == IP_VS_STATE_MASTER ? "master" : "backup",
		   d->d.ifname, d->d.id, d->d.maxlen,
		   addr_print(&d->d.group, group, sizeof(group)), d->d.port,
		   d->d.ttl);
}
