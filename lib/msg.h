/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The message table: every word that one process says to another.
 *
 * A row is MSG(name, sender, receiver, payload struct, carries a descriptor).
 * The enum, names, size and permit checks and the list of socketpairs come
 * from it.  Payloads are fixed-width and pointer-free; strings are NUL
 * padded.  A message is a fact or a request, never a remote procedure.
 */
#ifndef DUUMVIR_MSG_H
#define DUUMVIR_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

enum proc_id {
	PROC_SUPER, /* supervisor: root, no network input */
	PROC_VRRP,
	PROC_CHECK,
	PROC_IPVS,
	PROC_COUNT,
	PROC_ENGINE, /* in the table only: any process but the supervisor */
};

#define MSG_NAME_LEN   64  /* names of instances and groups, with NUL */
#define MSG_TEXT_LEN   256 /* reasons, with NUL */
#define MSG_IFNAME_LEN 16

struct msg_empty {
	uint32_t unused;
};

/* Configuration transaction; generation grows with each attempt. */
struct msg_conf {
	uint32_t generation;
	uint32_t is_reload; /* 0 at start and respawn */
};

struct msg_nack {
	uint32_t generation;
	char reason[MSG_TEXT_LEN];
};

/* Outcome of a commit, for the supervisor's log and sd_notify. */
struct msg_done {
	uint32_t generation;
	uint32_t added, deleted, changed, same;
};

enum msg_stop_flag {
	MSG_STOP_KEEP_VIPS = 1, /* -V */
	MSG_STOP_KEEP_IPVS = 2, /* -I */
};

struct msg_stop {
	uint32_t flags; /* enum msg_stop_flag */
};

/* A fresh channel to a sibling comes with this message. */
struct msg_peer {
	uint32_t proc; /* enum proc_id */
};

enum msg_dump_kind {
	MSG_DUMP_DATA,	/* SIGUSR1 */
	MSG_DUMP_STATS, /* SIGUSR2 */
	MSG_DUMP_STATS_CLEAR,
	MSG_DUMP_JSON,
	MSG_DUMP_JSON_2, /* json_version 2 */
};

struct msg_dump {
	uint32_t kind;
};

/* LATE_LIMIT: how late a timer may fire before it is told; 0 never.  LATE: how
 * late one did.  Nanoseconds. */
struct msg_late {
	int64_t late;
};

/* ---- vrrp ---- */

enum msg_vrrp_kind {
	MSG_VRRP_INSTANCE,
	MSG_VRRP_GROUP,
};

/* States in the words of notify scripts and FIFOs. */
enum vrrp_state_word {
	VRRP_WORD_INIT,
	VRRP_WORD_BACKUP,
	VRRP_WORD_MASTER,
	VRRP_WORD_FAULT,
	VRRP_WORD_STOP,
	VRRP_WORD_DELETED,
	VRRP_WORD_MASTER_RX_LOWER_PRI,
	VRRP_WORD_MASTER_PRIORITY, /* another effective priority, ... */
	VRRP_WORD_BACKUP_PRIORITY, /* ... the same in any other state */
};

/* An instance or group changed state (or, as a hint after a respawn, was in
 * this state when its engine died). */
struct msg_vrrp_state {
	uint32_t kind;	   /* enum msg_vrrp_kind */
	uint32_t state;	   /* enum vrrp_state_word */
	uint32_t priority; /* effective; 0 for a group */
	uint32_t initial;  /* 1: first report after start or reload */
	uint32_t silent;   /* hint: ms since its engine was last alive */
	char name[MSG_NAME_LEN];
};

#define MSG_TRACK_NAME_LEN 128 /* with NUL; longer names are cut */

/* What a tracked object is told in words of the supervisor. */
enum msg_track_kind {
	MSG_TRACK_SCRIPT,
	MSG_TRACK_FILE,
	MSG_TRACK_PROCESS,
};

enum msg_track_level {
	MSG_TRACK_UNKNOWN,
	MSG_TRACK_UP,
	MSG_TRACK_DOWN,
};

/* How the last run of a script ended. */
enum msg_track_end {
	MSG_TRACK_EXITED,  /* detail: its status */
	MSG_TRACK_KILLED,  /* detail: the signal */
	MSG_TRACK_TIMEOUT, /* it was killed when its time was up */
	MSG_TRACK_FAILED,  /* it could not be started; detail: errno */
};

/* State of a script, file or process as the supervisor sees it: sent when it
 * changes, and to a new vrrp engine.  FILE_VALUE: of a file that some
 * FILE_CHECK names, to the check engine. */
struct msg_track {
	uint32_t kind;	/* enum msg_track_kind */
	uint32_t level; /* enum msg_track_level; a file has a value only */
	uint32_t end;	/* of a script: enum msg_track_end */
	int32_t detail;
	int64_t value;	  /* of a file; of processes: how many match */
	uint32_t is_hint; /* 1: nothing has changed */
	uint32_t pad;
	char name[MSG_TRACK_NAME_LEN];
};

/* An interface of its own that an instance wants on another one, told again
 * after a respawn; or that nobody wants any more (then without instance). */
struct msg_vrrp_vmac {
	char instance[MSG_NAME_LEN];
	char ifname[MSG_IFNAME_LEN];
	char base[MSG_IFNAME_LEN];
	uint32_t family;  /* of the addresses that live there; 0: both */
	uint32_t has_mac; /* it has a virtual MAC: no ipvlan */
	uint32_t is_gone;
};

/* Asks to be told of a link's carrier as polling finds it. */
struct msg_link_poll {
	char ifname[MSG_IFNAME_LEN]; /* "" with is_first: nothing to poll */
	uint32_t method;	     /* enum linkbeat_method: tried first */
	uint32_t is_first;	     /* 1: forget what was asked before */
};

struct msg_link_beat {
	char ifname[MSG_IFNAME_LEN];
	uint32_t has_link;
};

/* ---- check and ipvs: keys ---- */

enum msg_svc_kind {
	MSG_SVC_ADDR,
	MSG_SVC_FWMARK,
};

/* Identity of a virtual service in the kernel.  Unused fields are zero. */
struct msg_svc_key {
	struct addr addr;  /* of the service; family also for a fwmark */
	uint16_t port;	   /* host order */
	uint16_t protocol; /* IPPROTO_TCP, _UDP, _SCTP; 0 for a fwmark */
	uint16_t pad;
	uint32_t fwmark;
};

/* Identity of a destination within a service. */
struct msg_dest_key {
	struct msg_svc_key svc;
	struct addr addr;
	uint16_t port;
	uint16_t pad[2];
};

#define MSG_SCHED_LEN 16 /* IP_VS_SCHEDNAME_MAXLEN */
#define MSG_PE_LEN    16 /* IP_VS_PENAME_MAXLEN */

/* Wanted state of a service. */
struct msg_svc {
	struct msg_svc_key key;
	char sched[MSG_SCHED_LEN];
	char pe[MSG_PE_LEN]; /* persistence engine or "" */
	uint32_t flags;	     /* IP_VS_SVC_F_* of linux/ip_vs.h */
	uint32_t timeout;    /* persistence, seconds; 0 off */
	uint32_t netmask;    /* IPv4: network order; IPv6: prefix length */
};

/* Wanted state of a destination. */
struct msg_dest {
	struct msg_dest_key key;
	uint32_t weight;
	uint32_t
		fwd_method; /* IP_VS_CONN_F_MASQ, _DROUTE, _TUNNEL, _LOCALNODE */
	uint32_t u_threshold, l_threshold;
	uint8_t tun_type; /* IP_VS_CONN_F_TUNNEL_TYPE_* */
	uint8_t pad;
	uint16_t tun_port; /* host order */
	uint16_t tun_flags;
	uint16_t pad2;
};

struct msg_sync {
	uint32_t generation;
	uint32_t count; /* END: number of SVC_SET and DEST_SET in between */
};

/* State of a real server, reported when it changes and given back as a hint
 * after a respawn.  svc names the virtual server as configured. */
#define MSG_VS_NAME_LEN 96
struct msg_rs_state {
	char vs[MSG_VS_NAME_LEN]; /* "[192.168.3.110]:tcp:80", "FWM 5", "[GRP]:0" */
	struct addr addr;
	uint16_t port;
	uint16_t is_alive;
	uint32_t weight; /* effective */
	/* 1: not for scripts and FIFOs: as assumed at start, or only weight or
	 * failed changed. */
	uint32_t initial;
	/* Per checker, up to 64 of them, bit i: the i-th checker has failed. */
	uint64_t failed;
	uint64_t timed_out; /* and those of them that did not answer in time */
	int64_t since;	    /* of is_alive: CLOCK_MONOTONIC, ns */
	uint32_t was_up;    /* checks have seen it up */
	uint32_t pad;
};

/* An entry that stays in the table with weight 0 (on_down drain), reported
 * when it begins and when it is over, given back as a hint. */
struct msg_rs_drain {
	char vs[MSG_VS_NAME_LEN];
	struct addr addr;
	uint16_t port;
	uint16_t is_over;
	uint32_t protocol; /* of the service */
	uint32_t fwd_method;
	uint32_t u_threshold, l_threshold;
	uint32_t tun_type;
	uint16_t tun_port, tun_flags;
	uint32_t pad;
	int64_t left; /* CLOCK_MONOTONIC, ns */
};

struct msg_vs_state {
	char vs[MSG_VS_NAME_LEN];
	uint32_t has_quorum;
	uint32_t initial;      /* 1: not for scripts and FIFOs */
	uint64_t alive_weight; /* that decided */
};

/* An address of this machine came or went.  Told while a virtual server asks
 * for it (ha_suspend): first all that are here, before CONF_COMMIT. */
struct msg_local_addr {
	struct addr addr;
	uint16_t is_here;
};

enum msg_sock_kind {
	MSG_SOCK_CONN, /* a probe's own connection */
	MSG_SOCK_ECHO, /* raw, hears answers to echo requests of one number */
	MSG_SOCK_FORWARD, /* sends packets with headers of its own, IPv4 */
	MSG_SOCK_ANSWERS, /* hears what answers the SYNs of one number, IPv4 */
};

/* 256 ports, this one the first, from which the SYNs of a number come. */
static inline uint16_t
msg_sock_answers_port(uint16_t number)
{
	return (uint16_t)((number | 0xc000) & 0xff00);
}

/* A probe socket that needs privilege (SO_MARK, a low source port, raw
 * packets).  The supervisor makes, marks, binds and filters it. */
struct msg_sock_want {
	uint64_t id;   /* the asker's token, returned unchanged */
	uint32_t kind; /* enum msg_sock_kind */
	uint32_t pad;
	uint32_t type; /* of a connection: SOCK_STREAM, SOCK_DGRAM */
	uint32_t protocol;
	uint32_t mark;
	/* Family must be set; address may be any.  The port is the number that
	 * a raw socket hears. */
	struct addr_port bind;
	char ifname[MSG_IFNAME_LEN];
};

struct msg_sock_have {
	uint64_t id;
};

struct msg_sock_fail {
	uint64_t id;
	int32_t error; /* errno */
	uint32_t pad;
};

/* A file that the configuration names for TLS: opened for reading by the
 * supervisor, which is never asked; or why it is not there.  Before each
 * COMMIT and with each reload. */
struct msg_tls_file {
	uint64_t id;   /* tls_file_id() of its path */
	int32_t error; /* errno, of TLS_NO_FILE */
	uint32_t pad;
};

/* A script of a MISC_CHECK shall run, or end: by the name that both sides
 * derive from the configuration (check/misc_id.h). */
struct msg_misc_run {
	uint64_t id; /* of the run: the asker's token, returned unchanged */
	uint64_t script;
};

/* How it ended. */
struct msg_misc_done {
	uint64_t id;
	uint32_t end; /* enum msg_track_end */
	int32_t detail;
	uint32_t ms; /* it took */
	uint32_t pad;
};

/* The roles of the kernel's connection sync daemon (ipvsadm(8),
 * --start-daemon) that shall run here now, and what they use. */
enum msg_sync_role {
	MSG_SYNC_MASTER = 1, /* sends its connections */
	MSG_SYNC_BACKUP = 2, /* takes over those of the other */
};

struct msg_sync_daemon {
	uint32_t roles; /* set of enum msg_sync_role; 0: none */
	char ifname[MSG_IFNAME_LEN];
	struct addr group;     /* unset: the kernel's */
	uint16_t maxlen, port; /* 0: the kernel's */
	uint8_t id, ttl;       /* ttl 0: the kernel's */
	uint8_t pad[2];
};

/* Since when (CLOCK_MONOTONIC, ns) the backup role runs; 0: it does not. */
struct msg_sync_state {
	int64_t backup_since;
};

/* ipvs to supervisor and check: whether the kernel table can be written. */
struct msg_ipvs_status {
	uint32_t is_available;
	uint32_t services, dests;
	uint32_t repairs; /* drift put back since start */
};

/* clang-format off */
#define MSG_TABLE(MSG) \
/*  name            sender       receiver     payload               fd */ \
MSG(CONF_PREPARE,   PROC_SUPER,  PROC_ENGINE, struct msg_conf,       1) \
MSG(CONF_COMMIT,    PROC_SUPER,  PROC_ENGINE, struct msg_conf,       0) \
MSG(CONF_ABORT,     PROC_SUPER,  PROC_ENGINE, struct msg_conf,       0) \
MSG(CONF_READY,     PROC_ENGINE, PROC_SUPER,  struct msg_done,       0) \
MSG(CONF_NACK,      PROC_ENGINE, PROC_SUPER,  struct msg_nack,       0) \
MSG(CONF_DONE,      PROC_ENGINE, PROC_SUPER,  struct msg_done,       0) \
MSG(STOP,           PROC_SUPER,  PROC_ENGINE, struct msg_stop,       0) \
MSG(SYNC_DAEMON,    PROC_SUPER,  PROC_IPVS,   struct msg_sync_daemon, 0) \
MSG(SYNC_STATE,     PROC_IPVS,   PROC_SUPER,  struct msg_sync_state, 0) \
MSG(SYNC_FACT,      PROC_SUPER,  PROC_VRRP,   struct msg_sync_state, 0) \
MSG(PEER,           PROC_SUPER,  PROC_ENGINE, struct msg_peer,       1) \
MSG(PEER_GONE,      PROC_SUPER,  PROC_ENGINE, struct msg_peer,       0) \
MSG(PEER_BROKEN,    PROC_ENGINE, PROC_SUPER,  struct msg_peer,       0) \
MSG(DUMP,           PROC_SUPER,  PROC_ENGINE, struct msg_dump,       1) \
MSG(PING,           PROC_SUPER,  PROC_ENGINE, struct msg_empty,      0) \
MSG(PONG,           PROC_ENGINE, PROC_SUPER,  struct msg_empty,      0) \
MSG(LATE_LIMIT,     PROC_SUPER,  PROC_ENGINE, struct msg_late,       0) \
MSG(LATE,           PROC_ENGINE, PROC_SUPER,  struct msg_late,       0) \
MSG(HINT_VRRP,      PROC_SUPER,  PROC_VRRP,   struct msg_vrrp_state, 0) \
MSG(VRRP_STATE,     PROC_VRRP,   PROC_SUPER,  struct msg_vrrp_state, 0) \
MSG(TRACK,          PROC_SUPER,  PROC_VRRP,   struct msg_track,      0) \
MSG(VRRP_VMAC,      PROC_VRRP,   PROC_SUPER,  struct msg_vrrp_vmac,  0) \
MSG(LINK_POLL,      PROC_VRRP,   PROC_SUPER,  struct msg_link_poll,  0) \
MSG(LINK_BEAT,      PROC_SUPER,  PROC_VRRP,   struct msg_link_beat,  0) \
MSG(JOURNAL,        PROC_SUPER,  PROC_CHECK,  struct msg_empty,      1) \
MSG(OWNED,          PROC_SUPER,  PROC_IPVS,   struct msg_empty,      1) \
MSG(LOCAL_ADDR,    PROC_SUPER,  PROC_CHECK,  struct msg_local_addr, 0) \
MSG(HINT_RS,        PROC_SUPER,  PROC_CHECK,  struct msg_rs_state,   0) \
MSG(HINT_VS,        PROC_SUPER,  PROC_CHECK,  struct msg_vs_state,   0) \
MSG(HINT_DRAIN,     PROC_SUPER,  PROC_CHECK,  struct msg_rs_drain,   0) \
MSG(RS_DRAIN,       PROC_CHECK,  PROC_SUPER,  struct msg_rs_drain,   0) \
MSG(RS_STATE,       PROC_CHECK,  PROC_SUPER,  struct msg_rs_state,   0) \
MSG(RS_GONE,        PROC_CHECK,  PROC_SUPER,  struct msg_rs_state,   0) \
MSG(VS_STATE,       PROC_CHECK,  PROC_SUPER,  struct msg_vs_state,   0) \
MSG(SOCK_WANT,      PROC_CHECK,  PROC_SUPER,  struct msg_sock_want,  0) \
MSG(SOCK_HAVE,      PROC_SUPER,  PROC_CHECK,  struct msg_sock_have,  1) \
MSG(SOCK_FAIL,      PROC_SUPER,  PROC_CHECK,  struct msg_sock_fail,  0) \
MSG(TLS_FILE,       PROC_SUPER,  PROC_CHECK,  struct msg_tls_file,   1) \
MSG(TLS_NO_FILE,    PROC_SUPER,  PROC_CHECK,  struct msg_tls_file,   0) \
MSG(MISC_RUN,       PROC_CHECK,  PROC_SUPER,  struct msg_misc_run,   0) \
MSG(MISC_STOP,      PROC_CHECK,  PROC_SUPER,  struct msg_misc_run,   0) \
MSG(MISC_DONE,      PROC_SUPER,  PROC_CHECK,  struct msg_misc_done,  0) \
MSG(FILE_VALUE,     PROC_SUPER,  PROC_CHECK,  struct msg_track,      0) \
MSG(SYNC_BEGIN,     PROC_CHECK,  PROC_IPVS,   struct msg_sync,       0) \
MSG(SVC_SET,        PROC_CHECK,  PROC_IPVS,   struct msg_svc,        0) \
MSG(SVC_DEL,        PROC_CHECK,  PROC_IPVS,   struct msg_svc_key,    0) \
MSG(DEST_SET,       PROC_CHECK,  PROC_IPVS,   struct msg_dest,       0) \
MSG(DEST_DEL,       PROC_CHECK,  PROC_IPVS,   struct msg_dest_key,   0) \
MSG(SYNC_END,       PROC_CHECK,  PROC_IPVS,   struct msg_sync,       0) \
MSG(IPVS_STATUS,    PROC_IPVS,   PROC_CHECK,  struct msg_ipvs_status, 0)
/* clang-format on */

enum msg_type {
#define MSG(name, from, to, payload, fd) MSG_##name,
	MSG_TABLE(MSG)
#undef MSG
		MSG_COUNT
};

struct msg_row {
	const char *name;
	enum proc_id from, to;
	size_t size;
	bool has_fd;
};

/* The row of a type, or NULL if there is no such type. */
const struct msg_row *msg_row_find(uint32_t type);
/* May from say this to to? */
bool msg_is_permitted(const struct msg_row *row, enum proc_id from,
		      enum proc_id to);
/* Do any two processes talk, i.e. do they need a socketpair? */
bool msg_has_channel(enum proc_id a, enum proc_id b);
const char *proc_name(enum proc_id id);

#endif
