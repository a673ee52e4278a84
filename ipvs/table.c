/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Virtual server tables and their normal form; see table.h.  It never talks
 * to a kernel; what a kernel means by a value is in codec.c.
 */
#include "ipvs/table.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "lib/put.h"
#include "lib/util.h"

/* Keys are compared and hashed as bytes: no padding may hide in them. */
_Static_assert(sizeof(struct msg_svc_key) == sizeof(struct addr) +
						     3 * sizeof(uint16_t) +
						     sizeof(uint32_t),
	       "padding in msg_svc_key");
_Static_assert(sizeof(struct msg_dest_key) == sizeof(struct msg_svc_key) +
						      sizeof(struct addr) +
						      3 * sizeof(uint16_t),
	       "padding in msg_dest_key");
_Static_assert(sizeof(struct msg_svc) == sizeof(struct msg_svc_key) +
						 MSG_SCHED_LEN + MSG_PE_LEN +
						 3 * sizeof(uint32_t),
	       "padding in msg_svc");
_Static_assert(sizeof(struct msg_dest) ==
		       sizeof(struct msg_dest_key) + 6 * sizeof(uint32_t),
	       "padding in msg_dest");

/* Flags that a user chooses; HASHED is the kernel's own. */
#define SVC_FLAGS                                                              \
	(IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_ONEPACKET | IP_VS_SVC_F_SCHED1 | \
	 IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_SCHED3)
#define TIMEOUT_MAX (31u * 86400) /* ipvsadm's own limit */

void
ipvs_table_fini(struct ipvs_table *t)
{
	free(t->svc);
	free(t->dest);
	free(t->unread);
	*t = IPVS_TABLE_INIT;
}

void
ipvs_table_reset(struct ipvs_table *t)
{
	t->svcs = 0;
	t->dests = 0;
	t->lacks = 0;
	t->has_tunnel = false;
	free(TAKE_PTR(t->unread));
}

void
ipvs_table_add_svc(struct ipvs_table *t, const struct msg_svc *svc)
{
	if (t->svcs == t->svc_room) {
		t->svc_room = t->svc_room * 2 + 16;
		t->svc = xrealloc(t->svc, t->svc_room * sizeof(*t->svc));
	}
	t->svc[t->svcs++] = *svc;
}

void
ipvs_table_add_dest(struct ipvs_table *t, const struct msg_dest *dest)
{
	if (t->dests == t->dest_room) {
		t->dest_room = t->dest_room * 2 + 16;
		t->dest = xrealloc(t->dest, t->dest_room * sizeof(*t->dest));
	}
	t->dest[t->dests++] = *dest;
}

int
ipvs_svc_key_compare(const struct msg_svc_key *a, const struct msg_svc_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

int
ipvs_dest_key_compare(const struct msg_dest_key *a,
		      const struct msg_dest_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

static int
svc_order(const void *a, const void *b)
{
	const struct msg_svc *x = a, *y = b;

	return ipvs_svc_key_compare(&x->key, &y->key);
}

static int
dest_order(const void *a, const void *b)
{
	const struct msg_dest *x = a, *y = b;

	return ipvs_dest_key_compare(&x->key, &y->key);
}

/* Most tables come in order, and a look is less than sorting. */
static bool
is_sorted(const void *data, size_t n, size_t size,
	  int (*order)(const void *a, const void *b))
{
	const char *p = data;

	for (size_t i = 1; i < n; i++)
		if (order(p + (i - 1) * size, p + i * size) > 0)
			return false;
	return true;
}

void
ipvs_table_sort(struct ipvs_table *t)
{
	if (!is_sorted(t->svc, t->svcs, sizeof(*t->svc), svc_order))
		qsort(t->svc, t->svcs, sizeof(*t->svc), svc_order);
	if (!is_sorted(t->dest, t->dests, sizeof(*t->dest), dest_order))
		qsort(t->dest, t->dests, sizeof(*t->dest), dest_order);
}

void
ipvs_table_set_unread(struct ipvs_table *t, size_t i)
{
	if (t->unread == NULL)
		t->unread = xcalloc(t->svcs, sizeof(*t->unread));
	t->unread[i] = true;
}

bool
ipvs_table_has_twice(const struct ipvs_table *t)
{
	for (size_t i = 1; i < t->svcs; i++)
		if (ipvs_svc_key_compare(&t->svc[i - 1].key, &t->svc[i].key) ==
		    0)
			return true;
	for (size_t i = 1; i < t->dests; i++)
		if (ipvs_dest_key_compare(&t->dest[i - 1].key,
					  &t->dest[i].key) == 0)
			return true;
	return false;
}

bool
ipvs_dest_is_lacked(const struct msg_dest *d, uint8_t lacks)
{
	if (d->fwd_method != IP_VS_CONN_F_TUNNEL)
		return false;
	return ((lacks & IPVS_LACKS_TYPES) != 0 &&
		d->tun_type != IP_VS_CONN_F_TUNNEL_TYPE_IPIP) ||
	       ((lacks & IPVS_LACKS_CSUM) != 0 &&
		(d->tun_flags != 0 ||
		 d->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GRE));
}

/* ---- normal form ---- */

static int
addr_clean(const struct addr *in, struct addr *out)
{
	struct addr a = {.family = in->family};
	size_t len = addr_len(in);

	if (len == 0)
		return -EAFNOSUPPORT;
	memcpy(a.bytes, in->bytes, len);
	*out = a;
	return 0;
}

int
ipvs_svc_key_clean(const struct msg_svc_key *in, struct msg_svc_key *out)
{
	struct msg_svc_key k = {.fwmark = in->fwmark};
	int err = addr_clean(&in->addr, &k.addr);

	if (err < 0)
		return err;
	if (k.fwmark != 0) {
		memset(k.addr.bytes, 0, sizeof(k.addr.bytes));
		*out = k;
		return 0;
	}
	if (in->protocol != IPPROTO_TCP && in->protocol != IPPROTO_UDP &&
	    in->protocol != IPPROTO_SCTP)
		return -EPROTONOSUPPORT;
	k.port = in->port;
	k.protocol = in->protocol;
	*out = k;
	return 0;
}

/*
 * A scheduler's or persistence engine's name becomes part of a kernel
 * module's name: letters, digits, '_' and '-' only.
 */
static int
word_clean(const char *in, char *out, size_t size)
{
	size_t len = strnlen(in, size);

	if (len >= size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = in[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return -EINVAL;
	}
	memset(out, 0, size);
	memcpy(out, in, len);
	return 0;
}

static int
netmask_clean(const struct msg_svc *in, uint32_t *out)
{
	bool is_v6 = in->key.addr.family == AF_INET6;
	uint32_t whole = is_v6 ? 128 : UINT32_MAX;

	if (is_v6 && in->netmask > 128)
		return -ERANGE;
	*out = in->netmask == 0 || in->timeout == 0 ? whole : in->netmask;
	return 0;
}

int
ipvs_svc_clean(const struct msg_svc *in, struct msg_svc *out)
{
	struct msg_svc s = {.flags = in->flags & SVC_FLAGS,
			    .timeout = in->timeout};
	int err = ipvs_svc_key_clean(&in->key, &s.key);

	if (err == 0)
		err = word_clean(in->sched, s.sched, sizeof(s.sched));
	if (err == 0)
		err = word_clean(in->pe, s.pe, sizeof(s.pe));
	if (err == 0 && (s.sched[0] == '\0' || s.timeout > TIMEOUT_MAX))
		err = s.sched[0] == '\0' ? -EINVAL : -ERANGE;
	if (err == 0)
		err = netmask_clean(in, &s.netmask);
	if (err < 0)
		return err;
	s.flags &= ~(uint32_t)IP_VS_SVC_F_PERSISTENT;
	if (s.timeout > 0)
		s.flags |= IP_VS_SVC_F_PERSISTENT;
	*out = s;
	return 0;
}

int
ipvs_dest_key_clean(const struct msg_dest_key *in, struct msg_dest_key *out)
{
	struct msg_dest_key k = {.port = in->port};
	int err = ipvs_svc_key_clean(&in->svc, &k.svc);

	if (err == 0)
		err = addr_clean(&in->addr, &k.addr);
	if (err == 0)
		*out = k;
	return err;
}

static int
tunnel_clean(const struct msg_dest *in, struct msg_dest *d)
{
	if (in->tun_type >= IP_VS_CONN_F_TUNNEL_TYPE_MAX)
		return -EINVAL;
	d->tun_type = in->tun_type;
	if (in->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
		d->tun_port = in->tun_port;
	if (in->tun_type != IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
		d->tun_flags = in->tun_flags;
	return 0;
}

int
ipvs_dest_clean(const struct msg_dest *in, struct msg_dest *out)
{
	struct msg_dest d = {.weight = in->weight,
			     .fwd_method = in->fwd_method,
			     .u_threshold = in->u_threshold,
			     .l_threshold = in->l_threshold};
	int err = ipvs_dest_key_clean(&in->key, &d.key);

	if (err < 0)
		return err;
	if (d.weight > INT32_MAX || d.l_threshold > d.u_threshold)
		return -ERANGE;
	if (d.fwd_method != IP_VS_CONN_F_MASQ &&
	    d.fwd_method != IP_VS_CONN_F_LOCALNODE &&
	    d.fwd_method != IP_VS_CONN_F_TUNNEL &&
	    d.fwd_method != IP_VS_CONN_F_DROUTE)
		return -EINVAL;
	if (d.fwd_method == IP_VS_CONN_F_TUNNEL)
		err = tunnel_clean(in, &d);
	if (err < 0)
		return err;
	*out = d;
	return 0;
}

/* ---- names ---- */

_Static_assert(IPVS_NAME_LEN >= PUT_ENDPOINT_LEN, "names are cut nowhere");

const char *
ipvs_svc_name(const struct msg_svc_key *k, char *buf)
{
	if (k->fwmark != 0)
		(void)snprintf(buf, IPVS_NAME_LEN, "FWM %u%s", k->fwmark,
			       k->addr.family == AF_INET6 ? " (IPv6)" : "");
	else
		(void)put_endpoint(buf, &k->addr, k->protocol, k->port);
	return buf;
}

const char *
ipvs_dest_name(const struct msg_dest_key *k, char *buf)
{
	/* Under a fwmark a server has no protocol: keepalived says tcp. */
	uint16_t protocol = k->svc.fwmark != 0 ? IPPROTO_TCP : k->svc.protocol;

	(void)put_endpoint(buf, &k->addr, protocol, k->port);
	return buf;
}

const char *
ipvs_fwd_name(uint32_t fwd_method)
{
	switch (fwd_method) {
	case IP_VS_CONN_F_MASQ:
		return "masquerade";
	case IP_VS_CONN_F_LOCALNODE:
		return "local";
	case IP_VS_CONN_F_TUNNEL:
		return "tunnel";
	case IP_VS_CONN_F_DROUTE:
		return "route";
	}
	return "bypass";
}
