/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a reader of the virtual server table sees beside the entries
 * themselves: counters, connections, the kernel's figures.  PURE; errors as
 * in codec.h.
 */
#ifndef DUUMVIR_IPVS_CODEC_VIEW_H
#define DUUMVIR_IPVS_CODEC_VIEW_H

#include "ipvs/codec.h"

enum ipvs_counter {
	IPVS_CONNS,
	IPVS_IN_PACKETS,
	IPVS_OUT_PACKETS,
	IPVS_IN_BYTES,
	IPVS_OUT_BYTES,
	IPVS_COUNTERS
};

/* Since the last zero, and each second.  64 bits each where the kernel has
 * them (4.1), else 32 of connections and packets. */
struct ipvs_counters {
	uint64_t total[IPVS_COUNTERS], rate[IPVS_COUNTERS];
};

struct ipvs_svc_view {
	struct msg_svc svc;
	struct ipvs_counters counters;
};

struct ipvs_dest_view {
	struct msg_dest dest;
	uint32_t active, inactive, persistent; /* connections */
	struct ipvs_counters counters;
};

int ipvs_decode_svc_view(const struct nlmsghdr *nlh, struct ipvs_svc_view *out);
int ipvs_decode_dest_view(const struct nlmsghdr *nlh,
			  const struct msg_svc_key *svc,
			  struct ipvs_dest_view *out);

/* The answer to IPVS_CMD_GET_INFO: version as 0x010201, connection table. */
struct ipvs_info {
	uint32_t version, conn_size;
};
int ipvs_decode_info(const struct nlmsghdr *nlh, struct ipvs_info *out);
/* The answer to IPVS_CMD_GET_CONFIG. */
int ipvs_decode_timeouts(const struct nlmsghdr *nlh, struct ipvs_timeouts *out);

#endif
