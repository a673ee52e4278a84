/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ipvsadm's command line → what it asks for.  PURE: names are looked up by
 * whom the caller names, nothing is printed, nothing is kept between calls.
 *
 * What is accepted, in which order, and what is refused is what Debian's
 * ipvsadm 1.31 does, found by running it (tests/lab/test_ipvsadm.py holds the
 * two together); doc/compatibility.md names where this one is kinder.
 */
#ifndef DUUMVIR_CLI_IPVSADM_ARGS_H
#define DUUMVIR_CLI_IPVSADM_ARGS_H

#include "ipvs/codec.h"

enum ipvsadm_cmd {
	IPA_ADD,
	IPA_EDIT,
	IPA_DELETE,
	IPA_CLEAR,
	IPA_ADD_SERVER,
	IPA_EDIT_SERVER,
	IPA_DELETE_SERVER,
	IPA_RESTORE,
	IPA_SAVE,
	IPA_LIST,
	IPA_ZERO,
	IPA_SET,
	IPA_START_DAEMON,
	IPA_STOP_DAEMON,
	IPA_HELP,
	IPA_CMDS
};

/* What may stand beside a command, in the order in which it is judged. */
enum ipvsadm_opt {
	IPA_NUMERIC,
	IPA_CONNECTION,
	IPA_SERVICE,
	IPA_SCHEDULER,
	IPA_PERSISTENT,
	IPA_NETMASK,
	IPA_SERVER,
	IPA_FORWARD,
	IPA_WEIGHT,
	IPA_UTHRESHOLD,
	IPA_LTHRESHOLD,
	IPA_MCAST,
	IPA_TIMEOUT,
	IPA_DAEMON,
	IPA_STATS,
	IPA_RATE,
	IPA_THRESHOLDS,
	IPA_PERSISTENT_CONN,
	IPA_NOSORT,
	IPA_SYNCID,
	IPA_EXACT,
	IPA_OPS,
	IPA_PE,
	IPA_SCHED_FLAGS,
	IPA_SYNC_MAXLEN,
	IPA_MCAST_GROUP,
	IPA_MCAST_PORT,
	IPA_MCAST_TTL,
	IPA_TUN_INFO,
	IPA_TUN_TYPE,
	IPA_TUN_PORT,
	IPA_TUN_NOCSUM,
	IPA_TUN_CSUM,
	IPA_TUN_REMCSUM,
	IPA_OPTS
};

#define IPA_BIT(opt) (UINT64_C(1) << (opt))

struct ipvsadm_order {
	enum ipvsadm_cmd cmd;
	uint64_t given; /* IPA_BIT() of each option that stood there */
	struct msg_svc svc;
	struct msg_dest dest; /* its service's key is svc's */
	struct ipvs_timeouts timeouts;
	struct ipvs_daemon daemon;
};

static inline bool
ipvsadm_has(const struct ipvsadm_order *o, enum ipvsadm_opt opt)
{
	return (o->given & IPA_BIT(opt)) != 0;
}

/* Who knows names: host of a family, or service of "tcp", "udp", "sctp".
 * 0 or -errno. */
struct ipvsadm_names {
	int (*host)(const char *name, int family, struct addr *out);
	int (*port)(const char *name, const char *proto, uint16_t *out);
};

/* What became of a command line; the caller's exit status is
 * ipvsadm_status().  Of a bad line of -R, IPA_SKIP goes on with the next. */
enum ipvsadm_verdict {
	IPA_OK,
	IPA_SKIP,  /* an option unknown or without its value: 255 */
	IPA_TRY,   /* no command: 255 */
	IPA_WRONG, /* not allowed: 2 */
};

#define IPVSADM_WHY_MAX 256

/*
 * The words after the program's name.  None at all is a list.  *out is whole
 * only if the verdict is IPA_OK; else why is a line without its newline.
 */
enum ipvsadm_verdict ipvsadm_parse(const char *const *word, size_t n,
				   const struct ipvsadm_names *names,
				   struct ipvsadm_order *out,
				   char why[static IPVSADM_WHY_MAX]);
int ipvsadm_status(enum ipvsadm_verdict v);

/* "add-service"; as messages name it. */
const char *ipvsadm_cmd_name(enum ipvsadm_cmd cmd);

#endif
