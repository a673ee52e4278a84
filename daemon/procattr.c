/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Names and scheduling of engine processes; see procattr.h.  A new engine
 * does it for itself while it is still root; after a reload the supervisor
 * does it to the running one.
 */
#include "daemon/procattr.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "check/conf.h"
#include "daemon/conf_global.h"
#include "daemon/engines.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"
#include "vrrp/conf.h"

/* With process_names, as keepalived calls them. */
#define NAME_VRRP  "keepalived_vrrp"
#define NAME_CHECK "keepalived_lvs"

const char *
procattr_name(const struct engine_row *row, const struct conf *c)
{
	const struct daemon_conf *d = c != NULL ? daemon_conf_get(c) : NULL;

	if (d == NULL)
		return row->ident;
	if (row->id == PROC_VRRP && d->vrrp_process_name != NULL)
		return d->vrrp_process_name;
	if (row->id == PROC_CHECK && d->checker_process_name != NULL)
		return d->checker_process_name;
	if (row->id == PROC_VRRP && d->process_names)
		return NAME_VRRP;
	if (row->id == PROC_CHECK && d->process_names)
		return NAME_CHECK;
	return row->ident;
}

/* What is configured for this engine; nothing for one without keywords. */
static const struct conf_sched *
find_sched(const struct engine_row *row, const struct conf *c)
{
	static const struct conf_sched nothing;

	if (c == NULL)
		return &nothing;
	if (row->id == PROC_VRRP)
		return &vrrp_conf_get(c)->global.vrrp_sched;
	if (row->id == PROC_CHECK)
		return &check_conf_get(c)->global.checker_sched;
	return &nothing;
}

static bool
has_cpus(const struct conf_sched *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->cpu_affinity); i++)
		if (s->cpu_affinity[i] != 0)
			return true;
	return false;
}

static void
complain(const struct engine_row *row, const char *what)
{
	log_warn("%s process: %s: %s", row->label, what, strerror(errno));
}

static void
set_nice(pid_t pid, const struct engine_row *row, const struct conf_sched *was,
	 const struct conf_sched *s)
{
	if (!s->has_priority && !was->has_priority)
		return;
	if (setpriority(PRIO_PROCESS, (id_t)pid,
			s->has_priority ? s->priority : 0) < 0)
		complain(row, "priority");
}

static void
set_realtime(pid_t pid, const struct engine_row *row,
	     const struct conf_sched *was, const struct conf_sched *s)
{
	struct sched_param sp = {.sched_priority = s->rt_priority};
	struct rlimit rl = {s->rlimit_rttime, s->rlimit_rttime};

	if (s->rt_priority == 0 && was->rt_priority == 0)
		return;
	if (s->rt_priority == 0 || s->rlimit_rttime == 0)
		rl = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	if (prlimit(pid, RLIMIT_RTTIME, &rl, NULL) < 0)
		complain(row, "limit of real time");
	if (sched_setscheduler(pid,
			       s->rt_priority > 0
				       ? SCHED_RR | SCHED_RESET_ON_FORK
				       : SCHED_OTHER,
			       &sp) < 0)
		complain(row, "real time priority");
}

static void
set_cpus(pid_t pid, const struct engine_row *row, const struct conf_sched *was,
	 const struct conf_sched *s)
{
	bool is_some = has_cpus(s);
	cpu_set_t set;

	if (!is_some && !has_cpus(was))
		return;
	CPU_ZERO(&set);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (!is_some || (i / 64 < ARRAY_LEN(s->cpu_affinity) &&
				 (s->cpu_affinity[i / 64] >> (i % 64) & 1)))
			CPU_SET(i, &set);
	if (sched_setaffinity(pid, sizeof(set), &set) < 0)
		complain(row, "CPU affinity");
}

static void
set_swap(pid_t pid, const struct engine_row *row, const struct conf_sched *was,
	 const struct conf_sched *s)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	int flags = MCL_CURRENT;

	if (s->no_swap == was->no_swap)
		return;
	if (pid != 0) {
		log_info("%s process: no_swap holds from its next start",
			 row->label);
		return;
	}
	/* Without a higher limit it could not allocate any more once it has
	 * given up privilege: then only what is there now is locked. */
	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		flags |= MCL_FUTURE;
	if (mlockall(flags) < 0)
		complain(row, "no swap");
}

void
procattr_apply(pid_t pid, const struct engine_row *row, const struct conf *old,
	       const struct conf *now)
{
	const struct conf_sched *was = find_sched(row, old);
	const struct conf_sched *s = find_sched(row, now);

	set_nice(pid, row, was, s);
	set_cpus(pid, row, was, s);
	set_swap(pid, row, was, s);
	set_realtime(pid, row, was, s);
}

void
procattr_raise(pid_t pid, const struct engine_row *row, const struct conf *c,
	       int64_t late, int *priority)
{
	struct conf_sched s = *find_sched(row, c);
	int max = daemon_conf_get(c)->max_auto_priority;
	int have = *priority;

	if (have < (int)s.rt_priority)
		have = (int)s.rt_priority;
	if (have >= max)
		return;
	*priority = have + 1;
	s.rt_priority = (uint32_t)*priority;
	log_info("%s process: a timer fired %.3f ms late, real time priority "
		 "is %d now",
		 row->label, (double)late / MSEC(1), *priority);
	set_realtime(pid, row, &s, &s);
}
