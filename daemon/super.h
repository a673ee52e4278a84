/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The supervisor's own state, shared by the files of daemon/ that act on it:
 * supervisor.c (life and signals), spawn.c (engine processes), reload.c
 * (configuration transactions), hints.c, dump.c, probe.c.
 */
#ifndef DUUMVIR_DAEMON_SUPER_H
#define DUUMVIR_DAEMON_SUPER_H

#include <sys/types.h>

#include "daemon/engines.h"
#include "daemon/options.h"
#include "daemon/pidfile.h"
#include "daemon/sdnotify.h"
#include "daemon/setup.h"
#include "lib/imsg.h"

struct check_scripts;
struct conf;
struct dumps;
struct fifos;
struct firewall;
struct fullnat;
struct hints;
struct ipvs_marks;
struct linkbeat;
struct notify;
struct postman;
struct realserver;
struct reload_timer;
struct runner;
struct super;
struct sysctls;
struct tracker;
struct vips;

/* Where an engine stands in a configuration transaction. */
enum engine_conf {
	ENGINE_CONF_NONE,
	ENGINE_CONF_SENT,      /* PREPARE is out */
	ENGINE_CONF_READY,     /* it can; waiting for the others */
	ENGINE_CONF_COMMITTED, /* COMMIT is out */
	ENGINE_CONF_DONE,
};

/* One engine process, running or not. */
struct engine {
	const struct engine_row *row; /* NULL: there is no such engine */
	struct super *s;
	pid_t pid; /* 0: not running */
	struct imsg *im;
	struct ev_io log_io; /* its log lines */
	int log_fd;
	struct pidfile pidfile;
	struct ev_timer timer; /* respawn, or kill when it does not stop */
	monotime_t started;
	monotime_t ponged; /* last sign of life */
	uint32_t failures; /* deaths in quick succession */
	int auto_priority; /* real time priority for being late */
	enum engine_conf conf;
	uint32_t generation; /* of the configuration it was sent last */
	struct msg_done done;
	uint64_t sent_digest; /* of the text it was sent last */
	uint64_t digest;      /* of the text that it runs by, if ... */
	pid_t digest_pid;     /* ... it is still this process */
	int sent_fd;	      /* that text until it is confirmed, or -1 */
	int journal_fd;	      /* what it leaves to its successor, or -1 */
	int kept_fd;	   /* what it, or the one that died, runs by, or -1 */
	uint32_t recalls;  /* new ones in a row that began with kept_fd */
	bool is_recalling; /* told its predecessor's text, sent_fd follows */
	bool is_settling;  /* a new one that was not told all: reloads wait */
	bool is_spared;	   /* its part of this reload is the same text */
	uint64_t pings, pongs;	 /* asked for a sign of life, and answered */
	bool is_wanted;		 /* by the running configuration */
	bool is_stopping;	 /* its exit is expected */
	bool has_run;		 /* a later start is a respawn */
	bool was_mute;		 /* it had to be killed: gave no sign of life */
	monotime_t silent_since; /* the last one's last sign of life */
};

/* A configuration on its way to the engines; see reload.c. */
struct txn {
	bool is_active;
	bool is_start;
	bool is_committed; /* COMMIT is out, waiting for DONE */
	uint32_t generation;
	struct conf *next;
	bool wanted[PROC_COUNT]; /* engines that next asks for */
	struct ev_timer timer;
};

struct super {
	struct ev_loop *loop;
	const struct options *opt;
	struct ev_signal signal[8];
	size_t n_signals;
	struct ev_timer stop_timer, alive_timer;
	monotime_t alive_due; /* when alive_timer should come */
	char *conf_file;      /* absolute */
	struct conf *conf;    /* in force; NULL until the first commit */
	uint32_t conf_errors; /* in its file */
	uint32_t n_saved;     /* by config_save_dir */
	struct engine engine[PROC_COUNT];
	struct txn txn;
	bool is_reload_queued;
	uint32_t generation;
	struct pidfile pidfile;
	struct sdnotify sd;
	struct setup setup;
	struct hints *hints;
	enum vrrp_state_word sync_state; /* of the instance, for syncd.c */
	bool has_told_sync;
	int64_t backup_sync_since; /* as in struct msg_sync_state */
	struct dumps *dumps;
	struct runner *runner;
	struct fifos *fifos;
	struct postman *postman;
	struct notify *notify;
	struct firewall *firewall;
	struct ipvs_marks *ipvs_marks;
	struct linkbeat *linkbeat;
	struct reload_timer *reload_timer;
	struct tracker *tracker;
	struct check_scripts *check_scripts;
	struct vips *vips;
	struct sysctls *sysctls;       /* NULL until the pid file is ours */
	bool is_realserver;	       /* nothing else runs */
	struct realserver *realserver; /* while it runs */
	struct fullnat *fullnat;       /* NULL until the pid file is ours */
	uid_t engine_uid, check_uid, mail_uid;
	gid_t engine_gid, check_gid, mail_gid;
	bool is_stopping;
	int exit_status;
	void (*ready)(void *arg); /* once, when the daemon is up */
	void *ready_arg;
};

/* Asks for the end; the first status given is kept. */
void super_stop(struct super *s, int exit_status);
/* An engine or script is gone: were they the last? */
void super_check_stopped(struct super *s);
/* A configuration is in force (s->conf) in the place of another, which may be
 * NULL. */
void super_on_conf(struct super *s, const struct conf *old);
/* What was reloaded is in force everywhere. */
void super_reloaded(struct super *s);
/* The first configuration is in force everywhere. */
void super_started(struct super *s);
/* An engine process is gone. */
void super_on_engine_gone(struct super *s, enum proc_id id);
/* An engine reported a state. */
void super_on_state(struct super *s, enum msg_type type, const void *data);
/* In a forked engine: gives up the supervisor's signals. */
void super_child(struct super *s);

#endif
