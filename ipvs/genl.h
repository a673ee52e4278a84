/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The door to the kernel's virtual server table: the generic netlink family
 * "IPVS" over lib/nlsock.
 *
 * It does what it is told and reports what the kernel said; what should be in
 * the table is the engine's.
 */
#ifndef DUUMVIR_IPVS_GENL_H
#define DUUMVIR_IPVS_GENL_H

#include "ipvs/codec.h"
#include "ipvs/reconcile.h"

struct ipvs_genl;

/* Opens the socket; needs no privilege and no IPVS.  0 or -errno. */
int ipvs_genl_open(struct ipvs_genl **out);
/* NULL is allowed. */
void ipvs_genl_close(struct ipvs_genl *g);
/* lvs_netlink_cmd_rcv_bufs; 0 leaves the kernel's default.  0 or -errno. */
int ipvs_genl_set_rcvbuf(struct ipvs_genl *g, size_t bytes, bool is_forced);

/*
 * Looks the family up (the kernel loads ip_vs on that).  0, -ENOENT: a
 * kernel without IPVS, or -errno.  To be repeated after -ENOENT from a dump:
 * an unloaded and reloaded module has another number.
 */
int ipvs_genl_resolve(struct ipvs_genl *g);
/* Looks it up again: is it still the same? */
bool ipvs_genl_is_current(struct ipvs_genl *g);

/* Adds every service in the kernel to the table, unsorted.  0 or -errno;
 * -EINTR: the kernel's table changed meanwhile, ask again. */
int ipvs_genl_dump_svcs(struct ipvs_genl *g, struct ipvs_table *t);
/* Adds the destinations of one service; -ESRCH: there is no such service. */
int ipvs_genl_dump_dests(struct ipvs_genl *g, const struct msg_svc_key *k,
			 struct ipvs_table *t);

/*
 * Does the operations in order, pipelined; on_result gets each one's index
 * and 0 or -errno.  0, or -errno if the transport failed.
 */
int ipvs_genl_apply(struct ipvs_genl *g, const struct ipvs_op *ops, size_t n,
		    void (*on_result)(void *arg, size_t i, int error),
		    void *arg);
/* Clears the whole table, strangers' services too.  0 or -errno. */
int ipvs_genl_flush(struct ipvs_genl *g);

/* lvs_timeouts.  0 or -errno. */
int ipvs_genl_get_timeouts(struct ipvs_genl *g, struct ipvs_timeouts *out);
int ipvs_genl_set_timeouts(struct ipvs_genl *g, const struct ipvs_timeouts *t);

/* The running roles of the connection sync daemon: at most IPVS_DAEMONS.  0 or
 * -errno. */
#define IPVS_DAEMONS 2
int ipvs_genl_dump_daemons(struct ipvs_genl *g, struct ipvs_daemon *out,
			   size_t *n);
int ipvs_genl_start_daemon(struct ipvs_genl *g, const struct ipvs_daemon *d);
int ipvs_genl_stop_daemon(struct ipvs_genl *g, uint32_t state);

/* Any dump or request of the family, about a service or (k NULL) none;
 * on_msg gets the answers (see nlsock_dump(), nlsock_ask()).  0 or -errno. */
int ipvs_genl_dump(struct ipvs_genl *g, uint8_t cmd,
		   const struct msg_svc_key *k,
		   int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		   void *arg);
int ipvs_genl_ask(struct ipvs_genl *g, uint8_t cmd, const struct msg_svc_key *k,
		  int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		  void *arg);

/* Requests that changed, or tried to change, the table since the start. */
uint64_t ipvs_genl_requests(const struct ipvs_genl *g);

#endif
