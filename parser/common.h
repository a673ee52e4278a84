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
	bool enable_script_security, use_symlink_paths,
		set_supplementary_groups;
	/* mail: effective values, smtp_alert_x already merged */
	enum conf_tri smtp_alert, smtp_alert_vrrp, smtp_alert_checker;
	const char *iproute_usr_dir, *iproute_etc_dir;
	struct conf_list track_file; /* struct track_file_conf */
};

extern const struct conf_module common_conf_module;
const struct common_conf *common_conf_get(const struct conf *c);

#endif
