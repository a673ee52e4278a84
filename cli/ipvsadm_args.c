/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's command line; see ipvsadm_args.h. */
#include "cli/ipvsadm_args.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "cli/ipvsadm_rules.h"
#include "cli/ipvsadm_values.h"
#include "cli/ipvsadm_words.h"
#include "lib/util.h"

enum {
	PERSIST_DEFAULT = 360,
	PERSIST_MAX = 31 * 24 * 60 * 60,
	MAXLEN_MAX = 65535 - 20 - 8, /* an IPv4 datagram's payload */
	TIMEOUTS = 3,
};

/* What the rows below are: commands, then options. */
enum {
	ID_TCP = IPA_CMDS,
	ID_UDP,
	ID_SCTP,
	ID_FWMARK,
	ID_IPV6,
	ID_ROUTE,
	ID_TUNNEL,
	ID_MASQ,
	ID_SORT,
	ID_OPT, /* + enum ipvsadm_opt: no more to it than its name says */
};

static const struct words_row rows[] = {
	{"add-service", 'A', WORDS_NONE, IPA_ADD},
	{"edit-service", 'E', WORDS_NONE, IPA_EDIT},
	{"delete-service", 'D', WORDS_NONE, IPA_DELETE},
	{"clear", 'C', WORDS_NONE, IPA_CLEAR},
	{"list", 'L', WORDS_NONE, IPA_LIST},
	{"list", 'l', WORDS_NONE, IPA_LIST},
	{"zero", 'Z', WORDS_NONE, IPA_ZERO},
	{"add-server", 'a', WORDS_NONE, IPA_ADD_SERVER},
	{"edit-server", 'e', WORDS_NONE, IPA_EDIT_SERVER},
	{"delete-server", 'd', WORDS_NONE, IPA_DELETE_SERVER},
	{"set", 0, WORDS_NONE, IPA_SET},
	{"help", 'h', WORDS_NONE, IPA_HELP},
	{"restore", 'R', WORDS_NONE, IPA_RESTORE},
	{"save", 'S', WORDS_NONE, IPA_SAVE},
	{"start-daemon", 0, WORDS_ONE, IPA_START_DAEMON},
	{"stop-daemon", 0, WORDS_ONE, IPA_STOP_DAEMON},

	{"tcp-service", 't', WORDS_ONE, ID_TCP},
	{"udp-service", 'u', WORDS_ONE, ID_UDP},
	{"sctp-service", 0, WORDS_ONE, ID_SCTP},
	{"fwmark-service", 'f', WORDS_ONE, ID_FWMARK},
	{"ipv6", '6', WORDS_NONE, ID_IPV6},
	{"scheduler", 's', WORDS_ONE, ID_OPT + IPA_SCHEDULER},
	{"persistent", 'p', WORDS_MAYBE, ID_OPT + IPA_PERSISTENT},
	{"netmask", 'M', WORDS_ONE, ID_OPT + IPA_NETMASK},
	{"real-server", 'r', WORDS_ONE, ID_OPT + IPA_SERVER},
	{"gatewaying", 'g', WORDS_NONE, ID_ROUTE},
	{"ipip", 'i', WORDS_NONE, ID_TUNNEL},
	{"masquerading", 'm', WORDS_NONE, ID_MASQ},
	{"weight", 'w', WORDS_ONE, ID_OPT + IPA_WEIGHT},
	{"u-threshold", 'x', WORDS_ONE, ID_OPT + IPA_UTHRESHOLD},
	{"l-threshold", 'y', WORDS_ONE, ID_OPT + IPA_LTHRESHOLD},
	{"numeric", 'n', WORDS_NONE, ID_OPT + IPA_NUMERIC},
	{"connection", 'c', WORDS_NONE, ID_OPT + IPA_CONNECTION},
	{"timeout", 0, WORDS_NONE, ID_OPT + IPA_TIMEOUT},
	{"daemon", 0, WORDS_NONE, ID_OPT + IPA_DAEMON},
	{"stats", 0, WORDS_NONE, ID_OPT + IPA_STATS},
	{"rate", 0, WORDS_NONE, ID_OPT + IPA_RATE},
	{"thresholds", 0, WORDS_NONE, ID_OPT + IPA_THRESHOLDS},
	{"persistent-conn", 0, WORDS_NONE, ID_OPT + IPA_PERSISTENT_CONN},
	{"nosort", 0, WORDS_NONE, ID_OPT + IPA_NOSORT},
	{"sort", 0, WORDS_NONE, ID_SORT},
	{"exact", 0, WORDS_NONE, ID_OPT + IPA_EXACT},
	{"ops", 'o', WORDS_NONE, ID_OPT + IPA_OPS},
	{"pe", 0, WORDS_ONE, ID_OPT + IPA_PE},
	{"sched-flags", 'b', WORDS_ONE, ID_OPT + IPA_SCHED_FLAGS},
	{"syncid", 0, WORDS_ONE, ID_OPT + IPA_SYNCID},
	{"mcast-interface", 0, WORDS_ONE, ID_OPT + IPA_MCAST},
	{"sync-maxlen", 0, WORDS_ONE, ID_OPT + IPA_SYNC_MAXLEN},
	{"mcast-group", 0, WORDS_ONE, ID_OPT + IPA_MCAST_GROUP},
	{"mcast-port", 0, WORDS_ONE, ID_OPT + IPA_MCAST_PORT},
	{"mcast-ttl", 0, WORDS_ONE, ID_OPT + IPA_MCAST_TTL},
	{"tun-info", 0, WORDS_NONE, ID_OPT + IPA_TUN_INFO},
	{"tun-type", 0, WORDS_ONE, ID_OPT + IPA_TUN_TYPE},
	{"tun-port", 0, WORDS_ONE, ID_OPT + IPA_TUN_PORT},
	{"tun-nocsum", 0, WORDS_NONE, ID_OPT + IPA_TUN_NOCSUM},
	{"tun-csum", 0, WORDS_NONE, ID_OPT + IPA_TUN_CSUM},
	{"tun-remcsum", 0, WORDS_NONE, ID_OPT + IPA_TUN_REMCSUM},
	{0},
};

/* A command line while it is read. */
struct reading {
	const struct ipvsadm_names *names;
	struct ipvsadm_order o;
	/* Known only when all is read. */
	const char *server, *netmask, *flags;
	const char *timeout[TIMEOUTS];
	size_t timeouts;
	char *why; /* IPVSADM_WHY_MAX */
};

#define SAY(r, verdict, ...)                                                   \
	((void)snprintf((r)->why, IPVSADM_WHY_MAX, __VA_ARGS__), verdict)

static enum ipvsadm_verdict
number(struct reading *r, const char *s, uint64_t min, uint64_t max,
       const char *what, uint64_t *out)
{
	if (values_number(s, min, max, out) < 0)
		return SAY(r, IPA_WRONG, "illegal %s specified", what);
	return IPA_OK;
}

static enum ipvsadm_verdict
give(struct reading *r, enum ipvsadm_opt opt)
{
	if (ipvsadm_has(&r->o, opt))
		return SAY(r, IPA_WRONG, "multiple '%s' options specified",
			   rules_opt_name(opt));
	r->o.given |= IPA_BIT(opt);
	return IPA_OK;
}

/* ---- services ---- */

static enum ipvsadm_verdict
on_service(struct reading *r, int id, const char *value)
{
	struct msg_svc_key *k = &r->o.svc.key;
	enum ipvsadm_verdict v = give(r, IPA_SERVICE);
	struct values_endpoint e;
	uint64_t mark;

	if (v != IPA_OK)
		return v;
	if (id == ID_FWMARK) {
		if (values_number(value, 1, UINT32_MAX, &mark) < 0)
			return SAY(r, IPA_WRONG,
				   "invalid fwmark value `%.80s' specified",
				   value);
		k->fwmark = (uint32_t)mark;
		k->addr.family = AF_INET;
		return IPA_OK;
	}
	k->protocol = id == ID_TCP   ? IPPROTO_TCP
		      : id == ID_UDP ? IPPROTO_UDP
				     : IPPROTO_SCTP;
	if (values_endpoint(value, k->protocol, r->names, &e) < 0)
		return SAY(r, IPA_WRONG,
			   "illegal virtual server address[:port] specified");
	k->addr = e.addr;
	k->port = e.port;
	return IPA_OK;
}

/* A name too long for any scheduler or engine is none that the kernel has. */
static enum ipvsadm_verdict
on_module(struct reading *r, char *field, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return SAY(r, IPA_SKIP,
			   "Scheduler or persistence engine not found");
	str_fill(field, size, value);
	return IPA_OK;
}

static enum ipvsadm_verdict
on_persistent(struct reading *r, const char *value)
{
	uint64_t n = PERSIST_DEFAULT;

	if (value != NULL && values_number(value, 1, PERSIST_MAX, &n) < 0)
		return SAY(r, IPA_WRONG,
			   "invalid timeout value `%.80s' specified", value);
	r->o.svc.timeout = (uint32_t)n;
	r->o.svc.flags |= IP_VS_SVC_F_PERSISTENT;
	return IPA_OK;
}

static enum ipvsadm_verdict
finish_service(struct reading *r)
{
	struct msg_svc *s = &r->o.svc;
	bool is_v6 = s->key.addr.family == AF_INET6;
	char bad[80];
	uint32_t flags = 0;
	int err;

	if (s->sched[0] == '\0')
		str_fill(s->sched, sizeof(s->sched), "wlc");
	s->netmask = is_v6 ? 128 : UINT32_MAX;
	if (r->netmask != NULL &&
	    values_netmask(r->netmask, s->key.addr.family, &s->netmask) < 0)
		return SAY(r, IPA_WRONG, "%s",
			   is_v6 ? "illegal ipv6 netmask specified"
				 : "illegal virtual server persistent mask "
				   "specified");
	if (r->flags == NULL)
		return IPA_OK;
	err = values_sched_flags(r->flags, s->sched, &flags, bad, sizeof(bad));
	if (err < 0)
		return SAY(r, IPA_WRONG, "%s scheduler flag `%s'",
			   err == -EINVAL ? "invalid" : "incompatible", bad);
	s->flags |= flags;
	return IPA_OK;
}

/* ---- servers ---- */

static enum ipvsadm_verdict
on_forward(struct reading *r, uint32_t method)
{
	r->o.dest.fwd_method = method;
	return give(r, IPA_FORWARD);
}

static enum ipvsadm_verdict
on_server_value(struct reading *r, enum ipvsadm_opt opt, const char *value)
{
	struct msg_dest *d = &r->o.dest;
	enum ipvsadm_verdict v = IPA_OK;
	uint64_t n = 0;

	if (opt == IPA_WEIGHT) {
		v = number(r, value, 0, INT32_MAX, "weight", &n);
		d->weight = (uint32_t)n;
	} else if (opt == IPA_UTHRESHOLD) {
		v = number(r, value, 0, INT32_MAX, "u_threshold", &n);
		d->u_threshold = (uint32_t)n;
	} else if (opt == IPA_LTHRESHOLD) {
		v = number(r, value, 0, INT32_MAX, "l_threshold", &n);
		d->l_threshold = (uint32_t)n;
	} else if (opt == IPA_TUN_PORT) {
		v = number(r, value, 1, UINT16_MAX, "tunnel port", &n);
		d->tun_port = (uint16_t)n;
	} else if (opt == IPA_TUN_TYPE) {
		if (values_tun_type(value, &d->tun_type) < 0)
			return SAY(r, IPA_WRONG,
				   "illegal tunnel type specified");
	}
	return v;
}

/* Routed and tunnelled packets keep their port. */
static enum ipvsadm_verdict
finish_server(struct reading *r)
{
	struct msg_dest *d = &r->o.dest;
	const struct msg_svc_key *k = &r->o.svc.key;
	struct values_endpoint e;

	if (r->server == NULL)
		return IPA_OK;
	if (values_endpoint(r->server, k->protocol, r->names, &e) < 0)
		return SAY(r, IPA_WRONG,
			   "illegal real server address[:port] specified");
	d->key.svc = *k;
	d->key.addr = e.addr;
	d->key.port = e.has_port ? e.port : k->port;
	if (k->fwmark == 0 && r->o.cmd != IPA_DELETE_SERVER &&
	    d->fwd_method != IP_VS_CONN_F_MASQ)
		d->key.port = k->port;
	return IPA_OK;
}

/* ---- timeouts and daemons ---- */

static enum ipvsadm_verdict
finish_timeouts(struct reading *r)
{
	int64_t *to[TIMEOUTS] = {&r->o.timeouts.tcp, &r->o.timeouts.tcpfin,
				 &r->o.timeouts.udp};

	if (r->timeouts < TIMEOUTS)
		return SAY(r, IPA_WRONG,
			   "--set option requires 3 timeout values");
	for (size_t i = 0; i < TIMEOUTS; i++) {
		uint64_t n;

		if (values_number(r->timeout[i], 0, INT32_MAX, &n) < 0)
			return SAY(r, IPA_WRONG,
				   "invalid timeout value `%.80s' specified",
				   r->timeout[i]);
		*to[i] = (int64_t)n;
	}
	return IPA_OK;
}

static enum ipvsadm_verdict
on_state(struct reading *r, const char *value)
{
	if (strcmp(value, "master") == 0)
		r->o.daemon.state = IP_VS_STATE_MASTER;
	else if (strcmp(value, "backup") == 0)
		r->o.daemon.state = IP_VS_STATE_BACKUP;
	else
		return SAY(r, IPA_WRONG, "illegal %s parameter specified",
			   ipvsadm_cmd_name(r->o.cmd));
	return IPA_OK;
}

static enum ipvsadm_verdict
on_group(struct reading *r, const char *value)
{
	struct addr a = {0};

	if (addr_parse(value, &a) < 0 || !addr_is_multicast(&a))
		return SAY(r, IPA_WRONG, "invalid %s mcast-group `%.80s'",
			   strchr(value, ':') != NULL ? "IPv6" : "IPv4", value);
	r->o.daemon.d.group = a;
	return IPA_OK;
}

static enum ipvsadm_verdict
on_daemon_value(struct reading *r, enum ipvsadm_opt opt, const char *value)
{
	struct msg_sync_daemon *d = &r->o.daemon.d;
	enum ipvsadm_verdict v = IPA_OK;
	uint64_t n = 0;

	if (opt == IPA_SYNCID) {
		v = number(r, value, 0, UINT8_MAX, "syncid", &n);
		d->id = (uint8_t)n;
	} else if (opt == IPA_SYNC_MAXLEN) {
		v = number(r, value, 1, MAXLEN_MAX, "sync-maxlen", &n);
		d->maxlen = (uint16_t)n;
	} else if (opt == IPA_MCAST_PORT) {
		v = number(r, value, 1, UINT16_MAX, "mcast-port", &n);
		d->port = (uint16_t)n;
	} else if (opt == IPA_MCAST_TTL) {
		v = number(r, value, 1, UINT8_MAX, "mcast-ttl", &n);
		d->ttl = (uint8_t)n;
	} else if (opt == IPA_MCAST_GROUP) {
		return on_group(r, value);
	} else if (opt == IPA_MCAST) {
		if (strlen(value) >= sizeof(d->ifname))
			return SAY(r, IPA_SKIP, "No such device");
		str_fill(d->ifname, sizeof(d->ifname), value);
	}
	return v;
}

/* ---- the whole ---- */

static enum ipvsadm_verdict
on_value(struct reading *r, enum ipvsadm_opt opt, const char *value)
{
	enum ipvsadm_verdict v = give(r, opt);

	if (v != IPA_OK)
		return v;
	switch ((int)opt) {
	case IPA_SCHEDULER:
		return on_module(r, r->o.svc.sched, sizeof(r->o.svc.sched),
				 value);
	case IPA_PE:
		return on_module(r, r->o.svc.pe, sizeof(r->o.svc.pe), value);
	case IPA_PERSISTENT:
		return on_persistent(r, value);
	case IPA_NETMASK:
		r->netmask = value;
		return IPA_OK;
	case IPA_SCHED_FLAGS:
		r->flags = value;
		return IPA_OK;
	case IPA_SERVER:
		r->server = value;
		return IPA_OK;
	case IPA_OPS:
		r->o.svc.flags |= IP_VS_SVC_F_ONEPACKET;
		return IPA_OK;
	case IPA_TUN_CSUM:
		r->o.dest.tun_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM;
		return IPA_OK;
	case IPA_TUN_REMCSUM:
		r->o.dest.tun_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM;
		return IPA_OK;
	default: /* the others have a number, or nothing */
		v = on_server_value(r, opt, value);
		return v == IPA_OK ? on_daemon_value(r, opt, value) : v;
	}
}

static enum ipvsadm_verdict
on_option(struct reading *r, int id, const char *value)
{
	switch (id) {
	case ID_TCP:
	case ID_UDP:
	case ID_SCTP:
	case ID_FWMARK:
		return on_service(r, id, value);
	case ID_IPV6:
		if (r->o.svc.key.fwmark == 0)
			return SAY(r, IPA_WRONG, "-6 used before -f");
		r->o.svc.key.addr.family = AF_INET6;
		return IPA_OK;
	case ID_ROUTE:
		return on_forward(r, IP_VS_CONN_F_DROUTE);
	case ID_TUNNEL:
		return on_forward(r, IP_VS_CONN_F_TUNNEL);
	case ID_MASQ:
		return on_forward(r, IP_VS_CONN_F_MASQ);
	case ID_SORT: /* as it is anyway */
		return IPA_OK;
	default:
		return on_value(r, (enum ipvsadm_opt)(id - ID_OPT), value);
	}
}

static enum ipvsadm_verdict
on_argument(struct reading *r, const char *value)
{
	if (r->o.cmd != IPA_SET || r->timeouts == TIMEOUTS)
		return SAY(r, IPA_WRONG, "unexpected argument %.80s", value);
	r->timeout[r->timeouts++] = value;
	return IPA_OK;
}

static enum ipvsadm_verdict
read_options(struct reading *r, struct words *w)
{
	enum ipvsadm_verdict v = IPA_OK;

	while (v == IPA_OK) {
		const struct words_row *row;
		const char *value = NULL;

		switch (words_next(w, rows, &row, &value)) {
		case WORDS_END:
			return IPA_OK;
		case WORDS_OPTION:
			if (row->id < IPA_CMDS)
				v = SAY(r, IPA_WRONG, "invalid option `%.80s'",
					w->raw);
			else
				v = on_option(r, row->id, value);
			break;
		case WORDS_ARGUMENT:
			v = on_argument(r, value);
			break;
		case WORDS_UNKNOWN:
			v = SAY(r, IPA_SKIP, "%.80s: unknown option", w->raw);
			break;
		case WORDS_MISSING:
			v = SAY(r, IPA_SKIP, "%.80s: missing argument", w->raw);
			break;
		case WORDS_EXCESS:
			v = SAY(r, IPA_SKIP,
				"%.80s: option does not take an argument",
				w->raw);
			break;
		}
	}
	return v;
}

static enum ipvsadm_verdict
finish(struct reading *r)
{
	enum ipvsadm_verdict v = finish_service(r);

	if (v == IPA_OK && r->o.cmd == IPA_SET)
		v = finish_timeouts(r);
	if (v == IPA_OK)
		v = finish_server(r);
	if (v == IPA_OK)
		v = rules_check(&r->o, r->why);
	return v;
}

enum ipvsadm_verdict
ipvsadm_parse(const char *const *word, size_t n,
	      const struct ipvsadm_names *names, struct ipvsadm_order *out,
	      char why[static IPVSADM_WHY_MAX])
{
	struct reading r = {
		.names = names,
		.why = why,
		.o.dest = {.weight = 1, .fwd_method = IP_VS_CONN_F_DROUTE}};
	struct words w = {.word = word, .n = n};
	const struct words_row *row;
	const char *value = NULL;
	enum ipvsadm_verdict v;

	str_fill(r.o.daemon.d.ifname, sizeof(r.o.daemon.d.ifname), "eth0");
	r.o.svc.key.addr.family = AF_INET;
	r.o.cmd = IPA_LIST;
	if (n > 0) {
		if (words_next(&w, rows, &row, &value) != WORDS_OPTION ||
		    row->id >= IPA_CMDS)
			return SAY(&r, IPA_TRY,
				   "Try `duumvir-ipvsadm -h' for more "
				   "information.");
		r.o.cmd = (enum ipvsadm_cmd)row->id;
	}
	if (r.o.cmd == IPA_START_DAEMON || r.o.cmd == IPA_STOP_DAEMON) {
		v = on_state(&r, value);
		if (v != IPA_OK)
			return v;
	}
	v = r.o.cmd == IPA_HELP ? IPA_OK : read_options(&r, &w);
	if (v == IPA_OK && r.o.cmd != IPA_HELP)
		v = finish(&r);
	if (v == IPA_OK)
		*out = r.o;
	return v;
}

int
ipvsadm_status(enum ipvsadm_verdict v)
{
	switch (v) {
	case IPA_OK:
		return 0;
	case IPA_SKIP:
	case IPA_TRY:
		return 255;
	case IPA_WRONG:
		return 2;
	}
	return 2;
}
