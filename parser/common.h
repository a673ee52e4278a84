/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What several modules of the configuration share: the common module
 * (track_file, script users, mail switches, name tables) and the structs of
 * words that stand in more than one table.
 */
#ifndef DUUMVIR_COMMON_H
#define DUUMVIR_COMMON_H

#include "parser/tree.h"

struct conf_module;

/* Scheduling of one process: X_priority, X_no_swap, X_rt_priority,
 * X_cpu_affinity and X_rlimit_rttime. */
struct conf_sched {
	int32_t priority; /* nice value */
	bool has_priority;
	bool no_swap;
	uint8_t rt_priority;	   /* 0: not realtime */
	uint64_t cpu_affinity[16]; /* bit set of CPUs; none set: all */
	uint32_t rlimit_rttime;	   /* microseconds */
};

/* track_file and vrrp_track_file. */
struct track_file_conf {
	struct conf_obj obj;
	const char *file;
	int32_t weight;
	bool reverse;
	bool has_init_file, overwrite;
	int64_t init_file;
};

/* global_defs keywords that more than one process needs. */
struct common_conf {
	struct conf_obj obj;
	struct conf_obj global_defs;  /* which of its rows were given */
	struct conf_user script_user; /* NULL user: the default one */
	bool is_script_user_bad;      /* given, but there is no such user */
	bool enable_script_security, use_symlink_paths,
		set_supplementary_groups;
	enum conf_tri smtp_alert, smtp_alert_vrrp, smtp_alert_checker;
	const char *iproute_usr_dir, *iproute_etc_dir;
	struct conf_list track_file; /* struct track_file_conf */
};

extern const struct conf_module common_conf_module;
const struct common_conf *common_conf_get(const struct conf *c);

/* ---- rules and rows that several tables use ---- */

struct conf_ctx;
struct kw_ops;

/* X_cpu_affinity: CPU numbers into conf_sched.cpu_affinity. */
extern const struct kw_ops common_cpu_affinity_ops;
/* USER [[:]GROUP] into a struct conf_user; it must exist. */
extern const struct kw_ops common_user_ops;

/* Does this network interface exist?  Always yes in an engine. */
bool common_has_interface(struct conf_ctx *ctx, const char *name);

/*
 * Can scripts without a user of their own run?  If not, what is missing was
 * said, at the line being parsed or (pos) at an object.  Always yes in an
 * engine.
 */
bool common_has_script_user(struct conf_ctx *ctx, const struct conf_pos *pos);

/* Does this user (and group, if not NULL) exist?  Always yes in an engine. */
bool common_has_user(struct conf_ctx *ctx, const char *user, const char *group);

/* What is to be done with a script. */
enum script_verdict {
	SCRIPT_USE,	/* it runs */
	SCRIPT_MISSING, /* its command is not found; it may come later */
	SCRIPT_DROP,	/* no user to run it as, or not safe: said why */
};

/*
 * The rules for one script: its user exists, its command is found and, with
 * enable_script_security, only root can change it.  In an engine always
 * SCRIPT_USE.
 */
enum script_verdict common_script_check(struct conf_ctx *ctx,
					const struct conf_script *s,
					const struct conf_pos *pos);
/* Does s run a command at all ("</path" only opens a file)? */
bool common_script_is_command(const struct conf_script *s);
/* Drops a script that cannot run; whether it does. */
bool common_script_resolve(struct conf_ctx *ctx, struct conf_script *s,
			   const struct conf_pos *pos);
/* Complains (exit code 6) when scripts run without
 * enable_script_security; kind: "", "check " or "start/shutdown ". */
void common_script_security(struct conf_ctx *ctx, const char *kind);

/* smtp_alert: what an object that says nothing gets. */
bool common_smtp_alert(const struct conf *c, enum conf_tri special,
		       bool fallback);

#endif
