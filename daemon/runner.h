/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Scripts, one after the other for each object, side by side for different
 * ones.
 *
 * A batch is what one state of one object asks for.  While a batch runs, the
 * next one of the same object waits; a newer one takes the place of the one
 * that waits.
 */
#ifndef DUUMVIR_DAEMON_RUNNER_H
#define DUUMVIR_DAEMON_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/event.h"

struct conf;
struct conf_script;
struct exec_rules;
struct runner;

/* Scripts that may run at the same time. */
#define RUNNER_MAX 128
/* A script may take so long, and once a newer state waits for it so long. */
#define RUNNER_LIMIT	     SEC(300)
#define RUNNER_LIMIT_WAITING SEC(30)
/* Between SIGTERM and SIGKILL for a script whose time is up. */
#define RUNNER_GRACE SEC(1)

/* One script of a batch with the arguments added to its own. */
struct runner_cmd {
	const struct conf_script *script;
	const char *const *extra;
	size_t n_extra;
};

/* on_idle is called when the last script has ended. */
struct runner *runner_new(struct ev_loop *loop, void (*on_idle)(void *arg),
			  void *arg);
void runner_free(struct runner *r);
/* Other limits than RUNNER_LIMIT and RUNNER_LIMIT_WAITING. */
void runner_set_limits(struct runner *r, nsec_t limit, nsec_t waiting);
/* Takes script_user and the like from a configuration (copies them). */
void runner_set_conf(struct runner *r, const struct conf *c);
/* The rules that scripts run by. */
const struct exec_rules *runner_rules(const struct runner *r);
/* What a batch tells of: a state, which takes the place of the one that waits,
 * or something that happens within one and waits behind it. */
enum runner_kind {
	RUNNER_STATE,
	RUNNER_REMARK,
};
/* Queues a batch for the object (copies everything). */
void runner_submit(struct runner *r, const char *object, enum runner_kind kind,
		   const struct runner_cmd *cmd, size_t n);
/* Runs a script and waits for it, at most this long, then kills it.  0 if it
 * exited with 0 or there is none. */
int runner_run_now(struct runner *r, const struct conf_script *script,
		   nsec_t limit);
/* The same, told how it ended: a wait status, or -errno (then logged). */
int runner_ask_now(struct runner *r, const struct conf_script *script,
		   nsec_t limit);
/* A child is gone: was it a script? */
bool runner_reap(struct runner *r, pid_t pid, int status);
bool runner_is_idle(const struct runner *r);
/* Kills what runs and forgets what waits. */
void runner_kill_all(struct runner *r);

#endif
