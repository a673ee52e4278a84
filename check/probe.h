/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Probes: one for each (checker type, target, parameters), shared by all the
 * servers of all the services that ask for it.
 *
 * The registry counts users, starts what is due within a cap of attempts in
 * flight, turns results into verdicts (check/health) and tells the users of a
 * change.  A probe lives as long as it has a user: what a reload leaves alone
 * keeps its state, counters and next due time because its key is the same.
 * It never knows what a server or a service is.
 */
#ifndef DUUMVIR_CHECK_PROBE_H
#define DUUMVIR_CHECK_PROBE_H

#include <bsd/sys/queue.h>
#include <uthash.h>

#include "check/conf.h"
#include "check/health.h"
#include "check/heap.h"
#include "check/out.h"
#include "check/sched.h"
#include "check/terms.h"
#include "check/weight.h"
#include "lib/log.h"
#include "lib/pollset.h"

struct buf;
struct file_value;
struct journal;
struct misc;
struct probe;
struct probes;
struct shared;
struct tls;

#define CHECK_DETAIL_LEN 128
#define PROBE_NAME_LEN	 512
#define CHECK_PHRASE_LEN 640

/* How an attempt ended. */
struct check_result {
	enum check_reason reason;
	/* The check speaks of weight as well: value means what checker_ops
	 * says.  Kept until an attempt brings another one. */
	bool has_value;
	int32_t value;
	/* What a person would ask next: "status 503".  Printable. */
	char detail[CHECK_DETAIL_LEN];
};

/*
 * A kind of checker.  start, io and timeout end an attempt by calling one of
 * probe_done(), probe_result() and probe_continue() exactly once; after that
 * call the attempt's resources are gone (stop was called) and the probe may be
 * too.  stop gives back what start took, also half-way.
 */
struct checker_ops {
	enum checker_type type;
	const char *name;	 /* of log lines: "TCP_CHECK" */
	const char *label;	 /* and "TCP connection to" */
	uint16_t protocol;	 /* of log lines: IPPROTO_TCP */
	enum weight_kind weighs; /* what values mean, if it brings any */
	/* What it asks is not at the server's address: whoever asks the same
	 * shares it. */
	bool is_untargeted;
	/* Somebody calls probe_run_now() when the answer is another one; start
	 * gives the result at once, and first while users join. */
	bool is_pushed;
	bool is_datagram; /* its socket is one of datagrams */
	bool has_no_port; /* it asks the host, whatever the port */
	/* Appends what makes this checker different beyond the common
	 * parameters and the target; NULL: nothing does. */
	void (*key)(const struct checker_conf *c, struct buf *key);
	/* Takes a copy of the type's own configuration; NULL: none. */
	void *(*data_new)(const struct checker_conf *c);
	void (*data_free)(void *data);
	/* The same for the part that all with the same parameters and key
	 * share: it must not depend on whom they ask (terms.h). */
	void *(*common_new)(const struct checker_conf *c);
	void (*common_free)(void *common);
	void (*start)(struct probe *p, monotime_t now);
	void (*io)(struct probe *p, int what, monotime_t now);
	/* A socket that was asked for has come; owns fd. */
	void (*on_sock)(struct probe *p, int fd, monotime_t now);
	void (*stop)(struct probe *p);
	/* The total time of an attempt; NULL: connect_timeout. */
	nsec_t (*time_limit)(const struct probe *p);
	/* That time is over; NULL: the attempt has failed by it. */
	void (*timeout)(struct probe *p, monotime_t now);
	/* The failure in keepalived's words, where these are not "LABEL SERVER
	 * failed."; NULL: they are. */
	void (*phrase)(const struct probe *p, const char *server,
		       char text[static CHECK_PHRASE_LEN]);
	/* Before a result counts, wherever it came from: adds the detail, says
	 * what it means to this kind.  The attempt is not stopped yet. */
	void (*refine)(const struct probe *p, struct check_result *r);
	/* "success." in the log by other words. */
	const char *success;
	/* What it asks, of log lines; NULL: the server's address. */
	const char *(*target)(const struct probe *p,
			      char buf[static PROBE_NAME_LEN]);
	/* Logs a success or failure in words of its own. */
	void (*say)(const struct probe *p, bool is_changed);
};

/* The checker of this type, or NULL if none acts on it yet. */
const struct checker_ops *checker_ops_find(enum checker_type type);

/* Embedded in whoever wants a verdict. */
struct probe_user {
	TAILQ_ENTRY(probe_user) link;
	struct probe *probe; /* NULL: not subscribed */
	bool logs_all;	     /* log_all_failures */
	bool is_asleep;	     /* it does not ask for attempts now */
};
TAILQ_HEAD(probe_users, probe_user);

enum probe_phase {
	PROBE_IDLE,    /* waits for its due time */
	PROBE_QUEUED,  /* due, waits for room below the cap */
	PROBE_RUNNING, /* an attempt is under way */
};

/* Compared and hashed as bytes. */
struct probe_key {
	struct addr_port connect;
	uint32_t pad;
	struct terms *terms;
};

/* There are thousands: large members first, no holes. */
struct probe {
	UT_hash_handle hh;
	struct probes *probes;
	const struct checker_ops *ops;
	struct probe_key key;
	struct probe_users users;
	struct heap_node timer;	      /* due time, or deadline of the attempt */
	TAILQ_ENTRY(probe) wait_link; /* queue for room, or for a socket */
	struct poll_item poll;
	struct health health;
	monotime_t due, started;
	int fd;
	enum probe_phase phase : 8;
	bool is_fd_shared : 1;	 /* it was made by the supervisor */
	bool is_sock_wanted : 1; /* asked for, not here yet */
	bool had_attempt : 1;
	bool is_joining : 1;	    /* the user asks the probe itself */
	bool is_resting : 1;	    /* it left the timers: all users sleep */
	bool has_value : 1;	    /* value was set by an attempt */
	uint32_t n_users, n_asleep; /* while all are, nothing is tried */
	int32_t value;
	uint32_t journal_slot; /* or JOURNAL_NO_SLOT */
	uint64_t journal_key;  /* hash of all that it is */
	nsec_t late;	       /* of the last attempt's begin */
	char *detail;	       /* of the last failure; NULL: none */
	uint64_t sock_id;
	void *data; /* of the checker */
};
TAILQ_HEAD(probe_list, probe);

struct probes_ops {
	/* The verdict of a probe or its value changed; called for each of its
	 * users. */
	void (*on_verdict)(void *arg, struct probe_user *u, monotime_t now);
	/* The user's name for log lines; NULL: users have none. */
	void (*name_user)(void *arg, const struct probe_user *u, char *buf,
			  size_t size);
};

struct probes_stats {
	struct sched_lateness late;
	uint64_t n_started, n_queued, n_unknown;
	uint32_t queued_max;
	uint32_t running_max;
};

struct probes {
	struct probe *by_key;
	struct terms *terms; /* by key */
	struct heap heap;
	struct probe_list queue;   /* PROBE_QUEUED, the earliest due first */
	struct probe_list wanting; /* is_sock_wanted, in order of asking */
	struct shared *shared;	   /* sockets of many probes, by key */
	struct pollset *poll;
	const struct check_out *out;
	struct tls *tls;	 /* contexts; of the engine */
	struct journal *journal; /* for a successor; NULL: none is kept */
	const struct probes_ops *ops;
	void *arg;
	uint32_t running, queued, limit;
	struct sched_rate rate;
	uint64_t last_sock_id, last_script_id;
	struct misc *scripts;	  /* that run for us, by id (check/misc.c) */
	struct file_value *files; /* by name (check/file.c) */
	struct probes_stats stats;
	struct log_limit unknown_log;
};

/* limit: attempts in flight at once. */
void probes_init(struct probes *ps, struct pollset *poll, uint32_t limit,
		 const struct check_out *out, const struct probes_ops *ops,
		 void *arg);
/* Attempts in flight at once, and begun in a second (0: no limit). */
void probes_set_caps(struct probes *ps, uint32_t limit, uint32_t rate);
/* All users must be gone. */
void probes_fini(struct probes *ps);

/* Subscribes to the probe of this checker, which is made if need be. */
void probes_join(struct probes *ps, struct probe_user *u,
		 const struct checker_ops *ops, const struct checker_conf *c,
		 monotime_t now);
/* Ends the subscription, and with the last one the probe. */
void probes_leave(struct probe_user *u);
/* The user asks for no more attempts, but goes on hearing what comes of those
 * that others ask for.  When all sleep the probe rests and keeps what it
 * knows; when one wakes it begins like a new one, within a second. */
void probes_sleep(struct probe_user *u);
void probes_wake(struct probe_user *u, monotime_t now);

/* Starts what is due, ends what is overdue. */
void probes_run(struct probes *ps, monotime_t now);
/* When to call probes_run() again (maybe past); MONOTIME_NEVER: nothing to
 * do.  Changes with every call of a function here. */
monotime_t probes_next(const struct probes *ps);
/* SOCK_HAVE (owns fd) and SOCK_FAIL (fd -1 and error). */
void probes_on_sock(struct probes *ps, uint64_t id, int fd, int error,
		    monotime_t now);

/* Where it is among others that begin with it. */
static inline uint32_t
probe_spread(const struct probe *p)
{
	return (uint32_t)(p->journal_key ^ p->journal_key >> 32);
}

/* What the parameters say about times and rows. */
struct health_conf probe_timing(const struct probe *p);
/* ---- for checkers ---- */

/* The attempt has ended.  The short form is for results without more. */
void probe_done(struct probe *p, enum check_reason reason, monotime_t now);
void probe_result(struct probe *p, const struct check_result *r,
		  monotime_t now);
/* The attempt passed, but the check has more parts (urls, hosts): no verdict
 * yet, start is called again after this time. */
void probe_continue(struct probe *p, nsec_t after, monotime_t now);
/* Part of an attempt begins: it is overdue after this time, or when the whole
 * attempt is. */
void probe_step(struct probe *p, nsec_t within, monotime_t now);
/* Starts an attempt now, if none is under way. */
void probe_run_now(struct probe *p, monotime_t now);
/* What the probe asks, and for whom ("[server] VS [service] and 3 more"), as
 * in log lines. */
const char *probe_target(const struct probe *p,
			 char buf[static PROBE_NAME_LEN]);
const char *probe_user_name(const struct probe *p, char *buf, size_t size);
/* Asks the supervisor for a socket; ops->on_sock or probe_done() follows. */
void probe_want_sock(struct probe *p, int type, int protocol);

#endif
