/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * IPVS generic netlink: attributes ↔ services and destinations.  PURE.
 *
 * Encoders append to a message that nlsock_batch_next() or
 * mnl_nlmsg_put_header() began.  Decoders take a message whose length the
 * transport has checked (mnl_nlmsg_ok) and believe nothing else in it.
 */
#ifndef DUUMVIR_IPVS_CODEC_H
#define DUUMVIR_IPVS_CODEC_H

#include "lib/msg.h"

struct nlmsghdr;

/* Generic netlink header; cmd is IPVS_CMD_*. */
void ipvs_encode_cmd(struct nlmsghdr *nlh, uint8_t cmd);
/* Which service: enough to find or delete it. */
void ipvs_encode_svc_key(struct nlmsghdr *nlh, const struct msg_svc_key *k);
/* The whole service, to add or change it. */
void ipvs_encode_svc(struct nlmsghdr *nlh, const struct msg_svc *s);
/* The destination (beside the service's key). */
void ipvs_encode_dest_key(struct nlmsghdr *nlh, const struct msg_dest_key *k);
void ipvs_encode_dest(struct nlmsghdr *nlh, const struct msg_dest *d);

/* lvs_timeouts: seconds; one that is negative is left as it is. */
struct ipvs_timeouts {
	int64_t tcp, tcpfin, udp;
};
void ipvs_encode_timeouts(struct nlmsghdr *nlh, const struct ipvs_timeouts *t);

/* One role of the connection sync daemon, to start it. */
struct ipvs_daemon {
	uint32_t state; /* IP_VS_STATE_MASTER or _BACKUP */
	struct msg_sync_daemon d;
};
void ipvs_encode_daemon(struct nlmsghdr *nlh, const struct ipvs_daemon *d);
/* Which one, to stop it. */
void ipvs_encode_daemon_key(struct nlmsghdr *nlh, uint32_t state);
/* One answer to a dump of the daemons; d.roles stays 0.  0 or -EBADMSG. */
int ipvs_decode_daemon(const struct nlmsghdr *nlh, struct ipvs_daemon *out);

/*
 * One answer of a service or destination dump, in normal form (table.h).
 * Settings that this program cannot express are kept out of it: the kernel's
 * own flags, a tunnel's details without a tunnel.  A destination is told
 * without its service, so the caller gives the service's key.
 * 0, -EBADMSG for bytes that are no such entry, -EAFNOSUPPORT for a family
 * unknown here; *out is then untouched.
 */
int ipvs_decode_svc(const struct nlmsghdr *nlh, struct msg_svc *out);
/* What the kernel that told of a destination does not know of tunnels
 * (table.h): 0 if it is no tunnel. */
uint8_t ipvs_decode_lacks(const struct nlmsghdr *nlh);
int ipvs_decode_dest(const struct nlmsghdr *nlh, const struct msg_svc_key *svc,
		     struct msg_dest *out);

/* The answer to a look-up of a generic netlink family (CTRL_CMD_NEWFAMILY):
 * its number.  0 or -EBADMSG. */
int ipvs_decode_family(const struct nlmsghdr *nlh, uint16_t *id);

#endif
