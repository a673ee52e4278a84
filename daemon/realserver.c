/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The life of a real server's daemon; see realserver.h.  What to do is decided
 * in rs_want.c and rs_plan.c.
 *
 * Links and addresses announce their changes; the numbers below /proc/sys do
 * not, so they are read every two seconds.
 */
#include "daemon/realserver.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/conf.h"
#include "check/conf_forward.h"
#include "daemon/conf_global.h"
#include "daemon/confio.h"
#include "daemon/reread.h"
#include "daemon/rs_kernel.h"
#include "daemon/rs_memory.h"
#include "daemon/rs_plan.h"
#include "daemon/rs_text.h"
#include "daemon/runner.h"
#include "daemon/super.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/priv.h"
#include "lib/util.h"

#define LOOK_INTERVAL  SEC(2)	 /* at numbers */
#define WHOLE_INTERVAL SEC(30)	 /* at everything */
#define REST	       MSEC(100) /* between two looks for a notification */
#define RETRY_MAX      SEC(60)
#define LINES_MAX      16 /* of one kind; more are one line with their number */
#define MODULE_LIMIT   SEC(10)
#define REMARKS_MAX    32

struct realserver {
	struct super *s;
	struct rs_kernel *kernel;
	struct rs_memory memory;
	char *memory_path;
	struct ev_io io;
	struct ev_timer timer; /* slow */
	struct ev_timer soon;  /* something has changed */
	monotime_t looked;     /* at everything */
	struct arena *arena;   /* of the last look */
	struct rs_want want;
	struct rs_sysctl sysctl[RS_SYSCTLS_MAX];
	size_t n_sysctls;
	struct buf faults, remarks; /* said last */
	nsec_t retry;		    /* 0: nothing has failed */
	monotime_t retry_at;
	bool is_stopping;
};

/* ---- what is said ---- */

static void
log_failures(struct realserver *rs, const struct rs_plan *p)
{
	struct buf all = BUF_INIT, line = BUF_INIT;
	size_t shown = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->op[i].error == 0)
			continue;
		buf_reset(&line);
		rs_text_fault(&p->op[i], &line);
		buf_printf(&line, ": %s", strerror(-p->op[i].error));
		if (shown++ < LINES_MAX)
			buf_printf(&all, "%s\n", buf_str(&line));
	}
	if (strcmp(buf_str(&all), buf_str(&rs->faults)) != 0) {
		buf_reset(&rs->faults);
		buf_adds(&rs->faults, buf_str(&all));
		for (char *at = all.data, *end; at != NULL && *at != '\0';
		     at = end + 1) {
			end = strchr(at, '\n');
			*end = '\0';
			log_warn("%s", at);
		}
		if (shown > LINES_MAX)
			log_warn("%zu more of this kind", shown - LINES_MAX);
	}
	buf_fini(&all);
	buf_fini(&line);
}

static void
log_done(const struct rs_plan *p)
{
	size_t count[RS_OP_SYSCTL_BACK + 1] = {0};
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < p->n; i++) {
		const struct rs_op *op = &p->op[i];

		if (op->error != 0 || ++count[op->kind] > LINES_MAX)
			continue;
		buf_reset(&line);
		rs_text_done(op, &line);
		log_info("%s", buf_str(&line));
	}
	for (size_t i = 0; i < ARRAY_LEN(count); i++)
		if (count[i] > LINES_MAX)
			log_info("and %zu more of this kind",
				 count[i] - LINES_MAX);
	buf_fini(&line);
}

/* Once, until they are others. */
static void
log_remarks(struct realserver *rs, const struct rs_seen *seen)
{
	const char *text[REMARKS_MAX];
	struct buf all = BUF_INIT;
	size_t bad, n;

	n = rs_remarks(&rs->want, seen, &rs->memory, rs->arena, text,
		       REMARKS_MAX, &bad);
	for (size_t i = 0; i < n; i++)
		buf_printf(&all, "%s\n", text[i]);
	if (!rs->want.is_named && rs->want.n_vips == 0)
		buf_adds(&all, "no virtual_server names an address of this "
			       "machine as a real server with DR or TUN\n");
	if (strcmp(buf_str(&all), buf_str(&rs->remarks)) != 0) {
		for (size_t i = 0; i < n; i++)
			log_warn("%s", text[i]);
		if (!rs->want.is_named && rs->want.n_vips == 0)
			log_warn("no virtual_server names an address of this "
				 "machine as a real server with DR or TUN");
		buf_reset(&rs->remarks);
		buf_adds(&rs->remarks, buf_str(&all));
	}
	buf_fini(&all);
}

/* ---- looking and mending ---- */

static void
make_want(struct realserver *rs, const struct rs_seen *seen)
{
	struct addr *own;
	size_t n;

	if (rs->is_stopping) {
		rs->want = (struct rs_want){.ifname = ""};
		return;
	}
	n = rs_own_addresses(seen, &rs->memory, rs->arena, &own);
	rs_want_make(rs->s->conf, own, n, rs->arena, &rs->want);
}

static void
save(struct realserver *rs)
{
	int r = rs_memory_save(rs->memory_path, &rs->memory);

	if (r < 0)
		log_warn("%s: %s: what is changed now will not be undone "
			 "after a kill",
			 rs->memory_path, strerror(-r));
}

/* One look and what follows: was anything done? */
static bool
pass(struct realserver *rs, struct rs_seen *seen, struct rs_plan *plan)
{
	bool is_any = false;
	int r;

	arena_free(rs->arena);
	rs->arena = arena_new();
	rs->n_sysctls = 0;
	*plan = (struct rs_plan){.n = 0};
	r = rs_kernel_look(rs->kernel, rs->arena, seen);
	if (r < 0) {
		log_err("cannot read links and addresses: %s", strerror(-r));
		rs->want = (struct rs_want){.ifname = ""};
		return false;
	}
	make_want(rs, seen);
	rs->n_sysctls = rs_sysctls(&rs->want, seen, rs->sysctl);
	rs_kernel_read_sysctls(rs->sysctl, rs->n_sysctls);
	rs_reconcile(&rs->want, seen, rs->sysctl, rs->n_sysctls, &rs->memory,
		     rs->arena, plan);
	if (plan->n == 0)
		return false;
	rs_kernel_remember(plan, &rs->memory);
	save(rs);
	rs_kernel_apply(rs->kernel, plan, &rs->memory);
	save(rs);
	log_done(plan);
	for (size_t i = 0; i < plan->n; i++)
		is_any |= plan->op[i].error == 0;
	return is_any;
}

/* What one pass makes, the next one sees: a device gets its numbers. */
static void
settle(struct realserver *rs)
{
	struct rs_seen seen = {0};
	struct rs_plan plan = {0};

	for (int i = 0; i < RS_PASSES && pass(rs, &seen, &plan); i++)
		continue;
	log_failures(rs, &plan);
	if (!rs->is_stopping)
		log_remarks(rs, &seen);
	rs->looked = monotime_now();
	rs->retry = plan.n == 0 ? 0 : rs->retry == 0 ? SEC(1) : 2 * rs->retry;
	if (rs->retry > RETRY_MAX)
		rs->retry = RETRY_MAX;
	rs->retry_at = monotime_add(rs->looked, rs->retry);
}

/* The numbers alone. */
static bool
are_numbers_good(struct realserver *rs)
{
	struct rs_sysctl now[RS_SYSCTLS_MAX];

	memcpy(now, rs->sysctl, sizeof(now));
	rs_kernel_read_sysctls(now, rs->n_sysctls);
	for (size_t i = 0; i < rs->n_sysctls; i++)
		if (now[i].is_known != rs->sysctl[i].is_known ||
		    now[i].value != rs->sysctl[i].value)
			return false;
	return true;
}

static void
on_timer(void *arg, monotime_t now)
{
	struct realserver *rs = arg;
	nsec_t next = LOOK_INTERVAL, watchdog = rs->s->sd.watchdog / 2;
	bool is_due = rs->retry > 0
			      ? !monotime_before(now, rs->retry_at)
			      : !are_numbers_good(rs) || rs->want.n_fous > 0 ||
					monotime_sub(now, rs->looked) >=
						WHOLE_INTERVAL;

	if (is_due)
		settle(rs);
	if (watchdog > 0)
		sdnotify_watchdog(&rs->s->sd);
	if (watchdog > 0 && watchdog < next)
		next = watchdog;
	if (rs->retry > 0 && rs->retry < next)
		next = rs->retry;
	ev_timer_at(&rs->timer, monotime_add(monotime_now(), next));
}

static void
on_soon(void *arg, monotime_t now)
{
	(void)now;
	settle(arg);
}

/* Links and addresses: at once, but no more often than REST. */
static void
on_told(void *arg, int what)
{
	struct realserver *rs = arg;

	(void)what;
	if (rs_kernel_read(rs->kernel))
		ev_timer_at(&rs->soon, monotime_add(rs->looked, REST));
}

/* ---- configurations ---- */

static void
say_ready(const struct realserver *rs)
{
	char text[96];

	(void)snprintf(text, sizeof(text),
		       "Real server for %zu virtual addresses",
		       rs->want.n_vips);
	log_info("%s", text);
	sdnotify_ready(&rs->s->sd, text);
}

void
realserver_reload(struct realserver *rs)
{
	struct super *s = rs->s;
	const char *objection = NULL;
	struct confio_file f;

	if (rs->is_stopping)
		return;
	log_info("Reloading");
	sdnotify_reloading(&s->sd, monotime_now());
	f = reread(s, &objection);
	if (f.conf == NULL || f.is_missing || f.is_stopped ||
	    objection != NULL) {
		log_err("configuration refused, the old one stays: %s",
			objection != NULL ? objection : f.reason);
		conf_free(f.conf);
	} else {
		/* Old wants point into the old configuration. */
		rs->want = (struct rs_want){.ifname = ""};
		conf_free(s->conf);
		s->conf = f.conf;
		buf_reset(&rs->remarks);
		settle(rs);
	}
	say_ready(rs);
}

static void
on_forward(void *arg, const struct forward *f)
{
	bool *has_gue = arg;

	*has_gue |= f->method == FORWARD_GUE;
}

/* The kernel loads devices by itself, fou it does not. */
static void
load_modules(struct realserver *rs)
{
	static const char *argv[] = {"/sbin/modprobe", "-q", "fou", NULL};
	const struct conf_script script = {
		.argv = argv, .argc = 3, .user = "root"};
	bool has_gue = false;

	forward_each(check_conf_get(rs->s->conf), on_forward, &has_gue);
	/* A kernel without modules may have it; else adding a port fails. */
	if (has_gue)
		(void)runner_ask_now(rs->s->runner, &script, MODULE_LIMIT);
}

/* ---- life ---- */

/* No user of its own: the file to read and the one to write are root's. */
static bool
give_up_privileges(void)
{
	const struct priv_profile p = {
		.caps = PRIV_CAP(CAP_NET_ADMIN),
		.has_files = true,
		.calls = PRIV_CALLS_REALSERVER,
	};
	const char *what = "";
	int r = priv_drop(&p, 0, getppid(), &what);

	if (r < 0)
		log_err("cannot give up privileges (%s): %s", what,
			strerror(-r));
	return r == 0;
}

static bool
start(struct realserver *rs)
{
	int r = rs_kernel_open(&rs->kernel);

	if (r < 0) {
		log_err("cannot open netlink: %s", strerror(-r));
		return false;
	}
	rs->memory_path = rs_memory_path(rs->s->pidfile.path);
	r = rs_memory_load(rs->memory_path, &rs->memory);
	if (r < 0 && r != -ENOENT && r != -ESTALE)
		log_warn("%s: %s", rs->memory_path, strerror(-r));
	load_modules(rs);
	return give_up_privileges();
}

static void
live(struct realserver *rs)
{
	struct super *s = rs->s;

	ev_timer_init(&rs->timer, s->loop, on_timer, rs);
	ev_timer_init(&rs->soon, s->loop, on_soon, rs);
	ev_io_init(&rs->io, s->loop, rs_kernel_fd(rs->kernel), EVENT_READ,
		   on_told, rs);
	settle(rs);
	say_ready(rs);
	s->ready(s->ready_arg);
	on_timer(rs, monotime_now());
	ev_loop_run(s->loop);
	ev_io_fini(&rs->io);
	ev_timer_fini(&rs->soon);
	ev_timer_fini(&rs->timer);
	if (s->opt->keep_vips)
		return;
	rs->is_stopping = true;
	settle(rs);
}

void
realserver_run(struct super *s, struct conf *c)
{
	struct realserver rs = {.s = s};

	s->conf = c;
	s->realserver = &rs;
	if (start(&rs))
		live(&rs);
	else
		s->exit_status = 1;
	s->realserver = NULL;
	rs_kernel_close(rs.kernel);
	rs_memory_fini(&rs.memory);
	arena_free(rs.arena);
	buf_fini(&rs.faults);
	buf_fini(&rs.remarks);
	free(rs.memory_path);
}
