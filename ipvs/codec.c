/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * IPVS generic netlink attributes; see codec.h.  The constants are the
 * kernel's (linux/ip_vs.h).  It never decides what should be in the kernel.
 */
#include "ipvs/codec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "ipvs/attr.h"
#include "ipvs/table.h"

enum { ADDR_BYTES = 16 }; /* union nf_inet_addr, whatever the family */

/* ---- encoding ---- */

void
ipvs_encode_cmd(struct nlmsghdr *nlh, uint8_t cmd)
{
	struct genlmsghdr *genl =
		mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = cmd;
	genl->version = IPVS_GENL_VERSION;
}

static void
put_svc_key(struct nlmsghdr *nlh, const struct msg_svc_key *k)
{
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_AF, k->addr.family);
	if (k->fwmark != 0) {
		mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_FWMARK, k->fwmark);
		return;
	}
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_PROTOCOL, k->protocol);
	mnl_attr_put(nlh, IPVS_SVC_ATTR_ADDR, ADDR_BYTES, k->addr.bytes);
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_PORT, htons(k->port));
}

void
ipvs_encode_svc_key(struct nlmsghdr *nlh, const struct msg_svc_key *k)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_SERVICE);

	put_svc_key(nlh, k);
	mnl_attr_nest_end(nlh, nest);
}

void
ipvs_encode_svc(struct nlmsghdr *nlh, const struct msg_svc *s)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_SERVICE);
	struct ip_vs_flags flags = {.flags = s->flags, .mask = UINT32_MAX};

	put_svc_key(nlh, &s->key);
	mnl_attr_put_strz(nlh, IPVS_SVC_ATTR_SCHED_NAME, s->sched);
	if (s->pe[0] != '\0')
		mnl_attr_put_strz(nlh, IPVS_SVC_ATTR_PE_NAME, s->pe);
	mnl_attr_put(nlh, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags);
	mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_TIMEOUT, s->timeout);
	mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_NETMASK, s->netmask);
	mnl_attr_nest_end(nlh, nest);
}

static void
put_dest_key(struct nlmsghdr *nlh, const struct msg_dest_key *k)
{
	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_ADDR_FAMILY, k->addr.family);
	mnl_attr_put(nlh, IPVS_DEST_ATTR_ADDR, ADDR_BYTES, k->addr.bytes);
	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_PORT, htons(k->port));
}

void
ipvs_encode_dest_key(struct nlmsghdr *nlh, const struct msg_dest_key *k)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DEST);

	put_dest_key(nlh, k);
	mnl_attr_nest_end(nlh, nest);
}

void
ipvs_encode_dest(struct nlmsghdr *nlh, const struct msg_dest *d)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DEST);

	put_dest_key(nlh, &d->key);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_FWD_METHOD, d->fwd_method);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_WEIGHT, d->weight);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_U_THRESH, d->u_threshold);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_L_THRESH, d->l_threshold);
	mnl_attr_put_u8(nlh, IPVS_DEST_ATTR_TUN_TYPE, d->tun_type);
	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_TUN_PORT, htons(d->tun_port));
	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_TUN_FLAGS, d->tun_flags);
	mnl_attr_nest_end(nlh, nest);
}

static void
put_timeout(struct nlmsghdr *nlh, uint16_t type, int64_t seconds)
{
	/* 0 means "unchanged" to the kernel as well. */
	if (seconds > 0)
		mnl_attr_put_u32(nlh, type, (uint32_t)seconds);
}

void
ipvs_encode_timeouts(struct nlmsghdr *nlh, const struct ipvs_timeouts *t)
{
	put_timeout(nlh, IPVS_CMD_ATTR_TIMEOUT_TCP, t->tcp);
	put_timeout(nlh, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, t->tcpfin);
	put_timeout(nlh, IPVS_CMD_ATTR_TIMEOUT_UDP, t->udp);
}

void
ipvs_encode_daemon(struct nlmsghdr *nlh, const struct ipvs_daemon *d)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DAEMON);

	mnl_attr_put_u32(nlh, IPVS_DAEMON_ATTR_STATE, d->state);
	mnl_attr_put_strz(nlh, IPVS_DAEMON_ATTR_MCAST_IFN, d->d.ifname);
	mnl_attr_put_u32(nlh, IPVS_DAEMON_ATTR_SYNC_ID, d->d.id);
	if (d->d.maxlen > 0)
		mnl_attr_put_u16(nlh, IPVS_DAEMON_ATTR_SYNC_MAXLEN,
				 d->d.maxlen);
	if (d->d.group.family == AF_INET)
		mnl_attr_put(nlh, IPVS_DAEMON_ATTR_MCAST_GROUP, 4,
			     d->d.group.bytes);
	else if (d->d.group.family == AF_INET6)
		mnl_attr_put(nlh, IPVS_DAEMON_ATTR_MCAST_GROUP6, 16,
			     d->d.group.bytes);
	if (d->d.port > 0)
		mnl_attr_put_u16(nlh, IPVS_DAEMON_ATTR_MCAST_PORT, d->d.port);
	if (d->d.ttl > 0)
		mnl_attr_put_u8(nlh, IPVS_DAEMON_ATTR_MCAST_TTL, d->d.ttl);
	mnl_attr_nest_end(nlh, nest);
}

void
ipvs_encode_daemon_key(struct nlmsghdr *nlh, uint32_t state)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DAEMON);

	mnl_attr_put_u32(nlh, IPVS_DAEMON_ATTR_STATE, state);
	mnl_attr_nest_end(nlh, nest);
}

/* ---- decoding ---- */

/* Shortest payload of each attribute that is read; 0: not read. */
static const uint8_t svc_need[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_AF] = sizeof(uint16_t),
	[IPVS_SVC_ATTR_PROTOCOL] = sizeof(uint16_t),
	[IPVS_SVC_ATTR_ADDR] = ADDR_BYTES,
	[IPVS_SVC_ATTR_PORT] = sizeof(uint16_t),
	[IPVS_SVC_ATTR_FWMARK] = sizeof(uint32_t),
	[IPVS_SVC_ATTR_SCHED_NAME] = 1,
	[IPVS_SVC_ATTR_FLAGS] = sizeof(struct ip_vs_flags),
	[IPVS_SVC_ATTR_TIMEOUT] = sizeof(uint32_t),
	[IPVS_SVC_ATTR_NETMASK] = sizeof(uint32_t),
	[IPVS_SVC_ATTR_PE_NAME] = 1,
};

static const uint8_t dest_need[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ADDR] = ADDR_BYTES,
	[IPVS_DEST_ATTR_PORT] = sizeof(uint16_t),
	[IPVS_DEST_ATTR_FWD_METHOD] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_WEIGHT] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_U_THRESH] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_L_THRESH] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_ADDR_FAMILY] = sizeof(uint16_t),
	[IPVS_DEST_ATTR_TUN_TYPE] = sizeof(uint8_t),
	[IPVS_DEST_ATTR_TUN_PORT] = sizeof(uint16_t),
	[IPVS_DEST_ATTR_TUN_FLAGS] = sizeof(uint16_t),
};

static const uint8_t ctrl_need[CTRL_ATTR_FAMILY_ID + 1] = {
	[CTRL_ATTR_FAMILY_ID] = sizeof(uint16_t),
};

static int
get_addr(const struct nlattr *a, uint16_t family, struct addr *out)
{
	struct addr probe = {.family = family};
	size_t len = addr_len(&probe);

	if (len == 0)
		return -EAFNOSUPPORT;
	return addr_from_bytes(family, mnl_attr_get_payload(a), len, out) < 0
		       ? -EBADMSG
		       : 0;
}

static int
get_svc_key(const struct nlattr **tb, struct msg_svc_key *k)
{
	uint16_t family;
	int err;

	if (tb[IPVS_SVC_ATTR_AF] == NULL)
		return -EBADMSG;
	family = mnl_attr_get_u16(tb[IPVS_SVC_ATTR_AF]);
	if (tb[IPVS_SVC_ATTR_FWMARK] != NULL) {
		k->addr.family = family;
		k->fwmark = mnl_attr_get_u32(tb[IPVS_SVC_ATTR_FWMARK]);
		if (k->fwmark == 0)
			return -EBADMSG;
		return family == AF_INET || family == AF_INET6 ? 0
							       : -EAFNOSUPPORT;
	}
	if (tb[IPVS_SVC_ATTR_PROTOCOL] == NULL ||
	    tb[IPVS_SVC_ATTR_ADDR] == NULL || tb[IPVS_SVC_ATTR_PORT] == NULL)
		return -EBADMSG;
	err = get_addr(tb[IPVS_SVC_ATTR_ADDR], family, &k->addr);
	if (err < 0)
		return err;
	k->protocol = mnl_attr_get_u16(tb[IPVS_SVC_ATTR_PROTOCOL]);
	k->port = attr_port_or_0(tb[IPVS_SVC_ATTR_PORT]);
	return 0;
}

int
ipvs_decode_svc(const struct nlmsghdr *nlh, struct msg_svc *out)
{
	const struct nlattr *tb[IPVS_SVC_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct msg_svc s = {0};
	struct ip_vs_flags flags = {0};
	int err;

	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_SERVICE, &nest) < 0 ||
	    attr_parse_nest(nest, svc_need, IPVS_SVC_ATTR_MAX, tb) < 0 ||
	    tb[IPVS_SVC_ATTR_SCHED_NAME] == NULL ||
	    tb[IPVS_SVC_ATTR_FLAGS] == NULL)
		return -EBADMSG;
	err = get_svc_key(tb, &s.key);
	if (err < 0)
		return err;
	if (attr_word(tb[IPVS_SVC_ATTR_SCHED_NAME], s.sched, sizeof(s.sched)) <
	    0)
		return -EBADMSG;
	if (tb[IPVS_SVC_ATTR_PE_NAME] != NULL &&
	    attr_word(tb[IPVS_SVC_ATTR_PE_NAME], s.pe, sizeof(s.pe)) < 0)
		return -EBADMSG;
	memcpy(&flags, mnl_attr_get_payload(tb[IPVS_SVC_ATTR_FLAGS]),
	       sizeof(flags));
	s.flags = flags.flags & ~(uint32_t)IP_VS_SVC_F_HASHED;
	s.timeout = attr_u32_or(tb[IPVS_SVC_ATTR_TIMEOUT], 0);
	s.netmask = attr_u32_or(tb[IPVS_SVC_ATTR_NETMASK], 0);
	*out = s;
	return 0;
}

uint8_t
ipvs_decode_lacks(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];
	const struct nlattr *nest, *fwd;

	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_DEST, &nest) < 0 ||
	    attr_parse_nest(nest, dest_need, IPVS_DEST_ATTR_MAX, tb) < 0)
		return 0;
	fwd = tb[IPVS_DEST_ATTR_FWD_METHOD];
	if (fwd == NULL || (mnl_attr_get_u32(fwd) & IP_VS_CONN_F_FWD_MASK) !=
				   IP_VS_CONN_F_TUNNEL)
		return 0;
	if (tb[IPVS_DEST_ATTR_TUN_TYPE] == NULL)
		return IPVS_LACKS_TYPES | IPVS_LACKS_CSUM;
	return tb[IPVS_DEST_ATTR_TUN_FLAGS] == NULL ? IPVS_LACKS_CSUM : 0;
}

int
ipvs_decode_dest(const struct nlmsghdr *nlh, const struct msg_svc_key *svc,
		 struct msg_dest *out)
{
	const struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct msg_dest d = {.key.svc = *svc};
	uint16_t family = svc->addr.family;
	int err;

	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_DEST, &nest) < 0 ||
	    attr_parse_nest(nest, dest_need, IPVS_DEST_ATTR_MAX, tb) < 0 ||
	    tb[IPVS_DEST_ATTR_ADDR] == NULL ||
	    tb[IPVS_DEST_ATTR_PORT] == NULL ||
	    tb[IPVS_DEST_ATTR_FWD_METHOD] == NULL ||
	    tb[IPVS_DEST_ATTR_WEIGHT] == NULL)
		return -EBADMSG;
	/* Kernels before 3.18 do not tell it. */
	if (tb[IPVS_DEST_ATTR_ADDR_FAMILY] != NULL)
		family = mnl_attr_get_u16(tb[IPVS_DEST_ATTR_ADDR_FAMILY]);
	err = get_addr(tb[IPVS_DEST_ATTR_ADDR], family, &d.key.addr);
	if (err < 0)
		return err;
	d.key.port = attr_port_or_0(tb[IPVS_DEST_ATTR_PORT]);
	d.fwd_method = mnl_attr_get_u32(tb[IPVS_DEST_ATTR_FWD_METHOD]) &
		       IP_VS_CONN_F_FWD_MASK;
	d.weight = mnl_attr_get_u32(tb[IPVS_DEST_ATTR_WEIGHT]);
	d.u_threshold = attr_u32_or(tb[IPVS_DEST_ATTR_U_THRESH], 0);
	d.l_threshold = attr_u32_or(tb[IPVS_DEST_ATTR_L_THRESH], 0);
	if (d.fwd_method == IP_VS_CONN_F_TUNNEL) {
		if (tb[IPVS_DEST_ATTR_TUN_TYPE] != NULL)
			d.tun_type =
				mnl_attr_get_u8(tb[IPVS_DEST_ATTR_TUN_TYPE]);
		d.tun_port = attr_port_or_0(tb[IPVS_DEST_ATTR_TUN_PORT]);
		if (tb[IPVS_DEST_ATTR_TUN_FLAGS] != NULL)
			d.tun_flags =
				mnl_attr_get_u16(tb[IPVS_DEST_ATTR_TUN_FLAGS]);
	}
	*out = d;
	return 0;
}

int
ipvs_decode_family(const struct nlmsghdr *nlh, uint16_t *id)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr))
		return -EBADMSG;
	if (attr_parse(mnl_nlmsg_get_payload_offset(nlh,
						    sizeof(struct genlmsghdr)),
		       len - sizeof(struct genlmsghdr), ctrl_need,
		       CTRL_ATTR_FAMILY_ID, tb) < 0 ||
	    tb[CTRL_ATTR_FAMILY_ID] == NULL)
		return -EBADMSG;
	*id = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

static const uint8_t daemon_need[IPVS_DAEMON_ATTR_MAX + 1] = {
	[IPVS_DAEMON_ATTR_STATE] = sizeof(uint32_t),
	[IPVS_DAEMON_ATTR_MCAST_IFN] = 1,
	[IPVS_DAEMON_ATTR_SYNC_ID] = sizeof(uint32_t),
	[IPVS_DAEMON_ATTR_SYNC_MAXLEN] = sizeof(uint16_t),
	[IPVS_DAEMON_ATTR_MCAST_GROUP] = 4,
	[IPVS_DAEMON_ATTR_MCAST_GROUP6] = 16,
	[IPVS_DAEMON_ATTR_MCAST_PORT] = sizeof(uint16_t),
	[IPVS_DAEMON_ATTR_MCAST_TTL] = sizeof(uint8_t),
};

static void
get_group(const struct nlattr **tb, struct addr *out)
{
	const struct nlattr *a4 = tb[IPVS_DAEMON_ATTR_MCAST_GROUP];
	const struct nlattr *a6 = tb[IPVS_DAEMON_ATTR_MCAST_GROUP6];

	if (a6 != NULL)
		(void)addr_from_bytes(AF_INET6, mnl_attr_get_payload(a6), 16,
				      out); /* length was checked */
	else if (a4 != NULL)
		(void)addr_from_bytes(AF_INET, mnl_attr_get_payload(a4), 4,
				      out);
}

int
ipvs_decode_daemon(const struct nlmsghdr *nlh, struct ipvs_daemon *out)
{
	const struct nlattr *tb[IPVS_DAEMON_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct ipvs_daemon d = {0};

	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_DAEMON, &nest) < 0 ||
	    attr_parse_nest(nest, daemon_need, IPVS_DAEMON_ATTR_MAX, tb) < 0 ||
	    tb[IPVS_DAEMON_ATTR_STATE] == NULL ||
	    tb[IPVS_DAEMON_ATTR_MCAST_IFN] == NULL ||
	    attr_word(tb[IPVS_DAEMON_ATTR_MCAST_IFN], d.d.ifname,
		      sizeof(d.d.ifname)) < 0)
		return -EBADMSG;
	d.state = mnl_attr_get_u32(tb[IPVS_DAEMON_ATTR_STATE]);
	d.d.id = (uint8_t)attr_u32_or(tb[IPVS_DAEMON_ATTR_SYNC_ID], 0);
	if (tb[IPVS_DAEMON_ATTR_SYNC_MAXLEN] != NULL)
		d.d.maxlen = mnl_attr_get_u16(tb[IPVS_DAEMON_ATTR_SYNC_MAXLEN]);
	if (tb[IPVS_DAEMON_ATTR_MCAST_PORT] != NULL)
		d.d.port = mnl_attr_get_u16(tb[IPVS_DAEMON_ATTR_MCAST_PORT]);
	if (tb[IPVS_DAEMON_ATTR_MCAST_TTL] != NULL)
		d.d.ttl = mnl_attr_get_u8(tb[IPVS_DAEMON_ATTR_MCAST_TTL]);
	get_group(tb, &d.d.group);
	*out = d;
	return 0;
}
