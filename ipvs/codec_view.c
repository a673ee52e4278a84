/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Counters and figures of the kernel's table; see codec_view.h. */
#include "ipvs/codec_view.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>

#include "ipvs/attr.h"

static const uint8_t svc_need[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_STATS] = sizeof(struct nlattr),
	[IPVS_SVC_ATTR_STATS64] = sizeof(struct nlattr),
};

static const uint8_t dest_need[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ACTIVE_CONNS] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_INACT_CONNS] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_PERSIST_CONNS] = sizeof(uint32_t),
	[IPVS_DEST_ATTR_STATS] = sizeof(struct nlattr),
	[IPVS_DEST_ATTR_STATS64] = sizeof(struct nlattr),
};

/* 4 or 8 bytes each, as the kernel and the nest's name have it. */
static const uint8_t counter_need[IPVS_STATS_ATTR_MAX + 1] = {
	[IPVS_STATS_ATTR_CONNS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_INPKTS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_OUTPKTS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_INBYTES] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_OUTBYTES] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_CPS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_INPPS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_OUTPPS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_INBPS] = sizeof(uint32_t),
	[IPVS_STATS_ATTR_OUTBPS] = sizeof(uint32_t),
};

static const uint8_t info_need[IPVS_INFO_ATTR_MAX + 1] = {
	[IPVS_INFO_ATTR_VERSION] = sizeof(uint32_t),
	[IPVS_INFO_ATTR_CONN_TAB_SIZE] = sizeof(uint32_t),
};

static const uint8_t config_need[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_TIMEOUT_TCP] = sizeof(uint32_t),
	[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN] = sizeof(uint32_t),
	[IPVS_CMD_ATTR_TIMEOUT_UDP] = sizeof(uint32_t),
};

static uint64_t
get_counter(const struct nlattr *a)
{
	if (a == NULL)
		return 0;
	return mnl_attr_get_payload_len(a) >= sizeof(uint64_t)
		       ? mnl_attr_get_u64(a)
		       : mnl_attr_get_u32(a);
}

/* From the nest with 64 bits if there is one. */
static int
get_counters(const struct nlattr *stats, const struct nlattr *stats64,
	     struct ipvs_counters *out)
{
	const struct nlattr *tb[IPVS_STATS_ATTR_MAX + 1];
	const struct nlattr *nest = stats64 != NULL ? stats64 : stats;

	*out = (struct ipvs_counters){0};
	if (nest == NULL)
		return 0;
	if (attr_parse_nest(nest, counter_need, IPVS_STATS_ATTR_MAX, tb) < 0)
		return -EBADMSG;
	for (int i = 0; i < IPVS_COUNTERS; i++) {
		out->total[i] = get_counter(tb[IPVS_STATS_ATTR_CONNS + i]);
		out->rate[i] = get_counter(tb[IPVS_STATS_ATTR_CPS + i]);
	}
	return 0;
}

int
ipvs_decode_svc_view(const struct nlmsghdr *nlh, struct ipvs_svc_view *out)
{
	const struct nlattr *tb[IPVS_SVC_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct ipvs_svc_view v;
	int err = ipvs_decode_svc(nlh, &v.svc);

	if (err < 0)
		return err;
	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_SERVICE, &nest) < 0 ||
	    attr_parse_nest(nest, svc_need, IPVS_SVC_ATTR_MAX, tb) < 0 ||
	    get_counters(tb[IPVS_SVC_ATTR_STATS], tb[IPVS_SVC_ATTR_STATS64],
			 &v.counters) < 0)
		return -EBADMSG;
	*out = v;
	return 0;
}

int
ipvs_decode_dest_view(const struct nlmsghdr *nlh, const struct msg_svc_key *svc,
		      struct ipvs_dest_view *out)
{
	const struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct ipvs_dest_view v;
	int err = ipvs_decode_dest(nlh, svc, &v.dest);

	if (err < 0)
		return err;
	if (attr_parse_cmd(nlh, IPVS_CMD_ATTR_DEST, &nest) < 0 ||
	    attr_parse_nest(nest, dest_need, IPVS_DEST_ATTR_MAX, tb) < 0 ||
	    get_counters(tb[IPVS_DEST_ATTR_STATS], tb[IPVS_DEST_ATTR_STATS64],
			 &v.counters) < 0)
		return -EBADMSG;
	v.active = attr_u32_or(tb[IPVS_DEST_ATTR_ACTIVE_CONNS], 0);
	v.inactive = attr_u32_or(tb[IPVS_DEST_ATTR_INACT_CONNS], 0);
	v.persistent = attr_u32_or(tb[IPVS_DEST_ATTR_PERSIST_CONNS], 0);
	*out = v;
	return 0;
}

/* The attributes right behind the family's header. */
static int
parse_flat(const struct nlmsghdr *nlh, const uint8_t *need, uint16_t max,
	   const struct nlattr **tb)
{
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr))
		return -EBADMSG;
	return attr_parse(
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr)),
		mnl_nlmsg_get_payload_len(nlh) - sizeof(struct genlmsghdr),
		need, max, tb);
}

int
ipvs_decode_info(const struct nlmsghdr *nlh, struct ipvs_info *out)
{
	const struct nlattr *tb[IPVS_INFO_ATTR_MAX + 1];

	if (parse_flat(nlh, info_need, IPVS_INFO_ATTR_MAX, tb) < 0 ||
	    tb[IPVS_INFO_ATTR_VERSION] == NULL ||
	    tb[IPVS_INFO_ATTR_CONN_TAB_SIZE] == NULL)
		return -EBADMSG;
	out->version = mnl_attr_get_u32(tb[IPVS_INFO_ATTR_VERSION]);
	out->conn_size = mnl_attr_get_u32(tb[IPVS_INFO_ATTR_CONN_TAB_SIZE]);
	return 0;
}

int
ipvs_decode_timeouts(const struct nlmsghdr *nlh, struct ipvs_timeouts *out)
{
	const struct nlattr *tb[IPVS_CMD_ATTR_MAX + 1];

	if (parse_flat(nlh, config_need, IPVS_CMD_ATTR_MAX, tb) < 0)
		return -EBADMSG;
	out->tcp = attr_u32_or(tb[IPVS_CMD_ATTR_TIMEOUT_TCP], 0);
	out->tcpfin = attr_u32_or(tb[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN], 0);
	out->udp = attr_u32_or(tb[IPVS_CMD_ATTR_TIMEOUT_UDP], 0);
	return 0;
}
