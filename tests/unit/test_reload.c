/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * daemon/reload and daemon/spawn with toy engines in real processes: what
 * happens to a configuration when an engine agrees, refuses, dies or hangs.
 * The toys do as the names of their instances say.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/conf.h"
#include "daemon/check_script.h"
#include "daemon/dump.h"
#include "daemon/fifos.h"
#include "daemon/hints.h"
#include "daemon/notify.h"
#include "daemon/postman.h"
#include "daemon/reload.h"
#include "daemon/runner.h"
#include "daemon/spawn.h"
#include "daemon/super.h"
#include "daemon/tracker.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "tests/unit/reload_toys.h"
#include "vrrp/conf.h"

/* ---- the world: a supervisor without its main function ---- */

struct world {
	struct super s;
	struct options o;
	struct engine_row row[PROC_COUNT];
	struct ev_timer tick, deadline;
	bool (*until)(const struct super *s);
	char path[64];
	int port; /* of the server: a file that was written anew differs */
};

static bool
vrrp_is_configured(const struct conf *c)
{
	return !STAILQ_EMPTY(&vrrp_conf_get(c)->vrrp_instance);
}

static bool
check_is_configured(const struct conf *c)
{
	return !STAILQ_EMPTY(&check_conf_get(c)->virtual_server);
}

static void
make_row(struct world *w, enum proc_id id, const struct engine_ops *ops,
	 bool (*is_configured)(const struct conf *c))
{
	w->row[id] = (struct engine_row){
		.id = id,
		.ops = ops,
		.ident = proc_name(id),
		.label = proc_name(id),
		.modules = engines_find(id)->modules,
		.caps = UINT64_MAX,
		.has_files = true,
		.is_configured = is_configured,
	};
	w->s.engine[id].row = &w->row[id];
}

static void
on_child(void *arg, int signo)
{
	struct world *w = arg;
	int status;
	pid_t pid;

	(void)signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		(void)spawn_reap(&w->s, pid, status);
}

static void
on_tick(void *arg, monotime_t now)
{
	struct world *w = arg;

	if (w->until(&w->s))
		ev_loop_stop(w->s.loop);
	ev_timer_at(&w->tick, monotime_add(now, MSEC(5)));
}

static void
on_deadline(void *arg, monotime_t now)
{
	(void)arg;
	(void)now;
	fail_msg("what was awaited did not happen");
}

static void
run_until(struct world *w, bool (*until)(const struct super *s))
{
	w->until = until;
	ev_timer_at(&w->tick, monotime_now());
	ev_timer_at(&w->deadline, monotime_add(monotime_now(), SEC(20)));
	ev_loop_run(w->s.loop);
	ev_timer_stop(&w->tick);
}

static void
ignore_track(void *arg, const struct msg_track *m, unsigned who)
{
	(void)arg;
	(void)m;
	(void)who;
}

static void
ignore_script(void *arg, const struct msg_misc_done *m)
{
	(void)arg;
	(void)m;
}

static void
ignore_ready(void *arg)
{
	(void)arg;
}

static void
write_conf(struct world *w, const char *instances, bool has_server)
{
	FILE *f = fopen(w->path, "w");
	int vrid = 1;

	assert_non_null(f);
	for (const char *p = instances; *p != '\0'; vrid++) {
		int len = (int)strcspn(p, " ");

		fprintf(f,
			"vrrp_instance %.*s {\n interface lo%d\n"
			" virtual_router_id %d\n virtual_ipaddress {\n"
			" 10.0.0.%d\n }\n}\n",
			len, p, vrid, vrid, vrid);
		p += len + (p[len] == ' ');
	}
	if (has_server)
		fprintf(f,
			"virtual_server 10.0.0.1 80 {\n protocol TCP\n"
			" lvs_sched rr\n lvs_method NAT\n"
			" real_server 10.0.0.2 %d {\n }\n}\n",
			++w->port);
	fclose(f);
}

static bool
is_settled(const struct super *s)
{
	return !s->txn.is_active && !s->is_reload_queued;
}

static bool
is_over(const struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++)
		if (spawn_is_running(&s->engine[i]))
			return false;
	return true;
}

static void
start(struct world *w, const char *instances, bool has_server)
{
	struct conf_opts opts = {.modules = engines_modules,
				 .mask = CONF_MASK_ALL,
				 .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct conf *c;

	write_conf(w, instances, has_server);
	c = conf_read_file(w->path, &opts, sink).conf;
	assert_non_null(c);
	diag_sink_free(sink);
	w->s.conf_errors = 100; /* missing interfaces are not the subject */
	reload_start(&w->s, c);
	run_until(w, is_settled);
}

static void
reload(struct world *w, const char *instances, bool has_server)
{
	write_conf(w, instances, has_server);
	w->s.conf_errors = 100;
	reload_request(&w->s);
	run_until(w, is_settled);
}

/* Does the configuration in force have this instance? */
static bool
has_instance(const struct world *w, const char *name)
{
	CONF_FOREACH (struct vrrp_instance_conf, i,
		      &vrrp_conf_get(w->s.conf)->vrrp_instance) {
		if (strcmp(i->obj.name, name) == 0)
			return true;
	}
	return false;
}

static int
setup(void **state)
{
	static const struct log_opts quiet = {.ident = "test"};
	struct world *w = xcalloc(1, sizeof(*w));
	int fd;

	log_open(&quiet);
	ledger =
		mmap(NULL, sizeof(*ledger) * PROC_COUNT, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(ledger, MAP_FAILED);
	snprintf(w->path, sizeof(w->path), "/tmp/dvreload.XXXXXX");
	fd = mkstemp(w->path);
	assert_true(fd >= 0);
	close(fd);
	w->s.opt = &w->o;
	w->s.conf_file = xstrdup(w->path);
	w->s.sd.fd = -1;
	w->s.ready = ignore_ready;
	w->s.loop = ev_loop_new();
	w->s.pidfile = PIDFILE_INIT;
	ev_signal_init(&w->s.signal[0], w->s.loop, SIGCHLD, on_child, w);
	w->s.n_signals = 1;
	ev_timer_init(&w->s.stop_timer, w->s.loop, on_deadline, w);
	ev_timer_init(&w->tick, w->s.loop, on_tick, w);
	ev_timer_init(&w->deadline, w->s.loop, on_deadline, w);
	w->s.hints = hints_new();
	w->s.dumps = dumps_new();
	w->s.runner = runner_new(w->s.loop, ignore_ready, w);
	w->s.tracker = tracker_new(w->s.loop,
				   &(struct track_out){.say = ignore_track});
	w->s.check_scripts = check_scripts_new(w->s.loop, ignore_script, w);
	w->s.fifos = fifos_new(w->s.loop, w->s.runner);
	w->s.postman = postman_new(w->s.loop, ignore_ready, w);
	w->s.notify = notify_new(w->s.runner, w->s.fifos, w->s.postman);
	reload_init(&w->s);
	spawn_init(&w->s);
	make_row(w, PROC_VRRP, &toy_vrrp, vrrp_is_configured);
	make_row(w, PROC_CHECK, &toy_check, check_is_configured);
	w->s.engine[PROC_IPVS].row = NULL;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	w->s.is_stopping = true;
	for (int i = 0; i < PROC_COUNT; i++)
		spawn_stop(&w->s.engine[i], 0, SEC(5));
	run_until(w, is_over);
	ev_timer_fini(&w->s.stop_timer);
	ev_timer_fini(&w->tick);
	ev_timer_fini(&w->deadline);
	spawn_fini(&w->s);
	reload_fini(&w->s);
	tracker_free(w->s.tracker);
	check_scripts_free(w->s.check_scripts);
	notify_free(w->s.notify);
	postman_free(w->s.postman);
	fifos_free(w->s.fifos);
	runner_free(w->s.runner);
	dumps_free(w->s.dumps);
	hints_free(w->s.hints);
	ev_signal_fini(&w->s.signal[0]);
	ev_loop_free(w->s.loop);
	conf_free(w->s.conf);
	unlink(w->path);
	free(w->s.conf_file);
	munmap(ledger, sizeof(*ledger) * PROC_COUNT);
	log_close();
	free(w);
	return 0;
}

/* ---- tests ---- */

static void
test_start_and_reload(void **state)
{
	struct world *w = *state;

	start(w, "A", true);
	assert_int_equal(ledger[PROC_VRRP].committed, 1);
	assert_int_equal(ledger[PROC_CHECK].committed, 1);
	reload(w, "A B", true);
	assert_true(has_instance(w, "B"));
	assert_int_equal(ledger[PROC_VRRP].committed, 2);
	assert_int_equal(ledger[PROC_CHECK].committed, 2);
	assert_int_equal(ledger[PROC_VRRP].aborted, 0);
	assert_int_equal(ledger[PROC_VRRP].stopped, 0);
}

/* One refuses: the other, who was ready, forgets it, too. */
static void
test_refusal(void **state)
{
	struct world *w = *state;

	start(w, "A", true);
	reload(w, "A vrrp_refuses", true);
	assert_false(has_instance(w, "vrrp_refuses"));
	assert_true(has_instance(w, "A"));
	assert_int_equal(ledger[PROC_VRRP].committed, 1);
	assert_int_equal(ledger[PROC_CHECK].prepared, 2);
	assert_int_equal(ledger[PROC_CHECK].committed, 1);
	reload(w, "A B", true);
	assert_true(has_instance(w, "B"));
	assert_int_equal(ledger[PROC_CHECK].aborted, 1);
	assert_int_equal(ledger[PROC_CHECK].committed, 2);
}

/* An engine that was started for a refused configuration ends again. */
static bool
is_check_gone(const struct super *s)
{
	return !spawn_is_running(&s->engine[PROC_CHECK]);
}

static void
test_refusal_ends_what_was_begun(void **state)
{
	struct world *w = *state;

	start(w, "A", false);
	assert_true(is_check_gone(&w->s));
	reload(w, "A vrrp_refuses", true);
	run_until(w, is_check_gone);
	assert_int_equal(ledger[PROC_CHECK].committed, 0);
	assert_false(w->s.engine[PROC_CHECK].is_wanted);
}

static bool
is_vrrp_back(const struct super *s)
{
	return spawn_is_running(&s->engine[PROC_VRRP]) &&
	       s->engine[PROC_VRRP].conf == ENGINE_CONF_DONE;
}

static bool
is_vrrp_gone(const struct super *s)
{
	return !spawn_is_running(&s->engine[PROC_VRRP]);
}

/* It runs, or has run, by the configuration in force. */
static bool
is_vrrp_settled(const struct super *s)
{
	const struct engine *e = &s->engine[PROC_VRRP];

	return e->conf == ENGINE_CONF_DONE && !e->is_settling;
}

static bool
is_check_back(const struct super *s)
{
	return spawn_is_running(&s->engine[PROC_CHECK]) &&
	       s->engine[PROC_CHECK].conf == ENGINE_CONF_DONE;
}

static void
test_death_refuses(void **state)
{
	struct world *w = *state;
	pid_t pid;

	start(w, "A", true);
	pid = w->s.engine[PROC_VRRP].pid;
	reload(w, "A vrrp_dies", true);
	assert_false(has_instance(w, "vrrp_dies"));
	assert_int_equal(ledger[PROC_CHECK].committed, 1);
	run_until(w, is_vrrp_back);
	assert_int_not_equal(w->s.engine[PROC_VRRP].pid, pid);
	/* start, the fatal one, the old one again */
	assert_int_equal(ledger[PROC_VRRP].prepared, 3);
	assert_int_equal(ledger[PROC_VRRP].committed, 2);
}

static bool
is_one_ready(const struct super *s)
{
	return s->engine[PROC_CHECK].conf == ENGINE_CONF_READY;
}

/* Who breaks the protocol is killed and started again as it was. */
static void
test_broken_channel(void **state)
{
	struct world *w = *state;
	pid_t pid;

	start(w, "A", true);
	pid = w->s.engine[PROC_VRRP].pid;
	reload(w, "A vrrp_babbles", true);
	assert_false(has_instance(w, "vrrp_babbles"));
	run_until(w, is_vrrp_back);
	assert_int_not_equal(w->s.engine[PROC_VRRP].pid, pid);
	assert_int_equal(ledger[PROC_CHECK].committed, 1);
	assert_int_equal(ledger[PROC_CHECK].stopped, 0);
}

/* No sign of life for too long is a death as well. */
static void
test_silent_engine(void **state)
{
	struct world *w = *state;
	struct engine *e = &w->s.engine[PROC_VRRP];
	monotime_t now;
	pid_t pid;

	start(w, "A", true);
	pid = e->pid;
	now = e->ponged;
	spawn_check_alive(e, monotime_add(now, SEC(60)), SEC(60));
	assert_int_equal(e->pings, 1);
	spawn_check_alive(e, monotime_add(now, SEC(61)), SEC(60));
	e->conf = ENGINE_CONF_NONE;
	run_until(w, is_vrrp_back);
	assert_int_not_equal(e->pid, pid);
}

/* While one thinks, nothing is in force; a second SIGHUP waits its turn. */
static void
test_hang_and_queue(void **state)
{
	struct world *w = *state;

	start(w, "A", true);
	write_conf(w, "A vrrp_hangs", true);
	w->s.conf_errors = 100;
	reload_request(&w->s);
	run_until(w, is_one_ready);
	assert_true(w->s.txn.is_active);
	assert_false(w->s.txn.is_committed);
	write_conf(w, "A C", true);
	w->s.conf_errors = 100;
	reload_request(&w->s);
	assert_true(w->s.is_reload_queued);
	assert_false(has_instance(w, "C"));
	assert_int_equal(kill(w->s.engine[PROC_VRRP].pid, SIGKILL), 0);
	run_until(w, is_settled);
	run_until(w, is_vrrp_back);
	assert_true(has_instance(w, "C"));
	assert_false(has_instance(w, "vrrp_hangs"));
}

/* An engine whose text is the same to the letter is not asked. */
static void
test_same_text_is_spared(void **state)
{
	struct world *w = *state;

	start(w, "A", true);
	w->port--;
	reload(w, "A B", true);
	assert_true(has_instance(w, "B"));
	assert_int_equal(ledger[PROC_VRRP].committed, 2);
	assert_int_equal(ledger[PROC_CHECK].prepared, 1);
	assert_int_equal(w->s.engine[PROC_CHECK].done.same, 1);
	/* A refusal of the other is not told to the one who was not asked. */
	w->port--;
	reload(w, "A vrrp_refuses", true);
	assert_int_equal(ledger[PROC_CHECK].aborted, 0);
	/* Neither is it spared when it runs by something else. */
	reload(w, "A", true);
	assert_int_equal(ledger[PROC_CHECK].committed, 2);
	w->port--;
	assert_int_equal(kill(w->s.engine[PROC_CHECK].pid, SIGKILL), 0);
	w->s.engine[PROC_CHECK].conf = ENGINE_CONF_NONE;
	run_until(w, is_check_back);
	assert_int_equal(ledger[PROC_CHECK].committed, 3);
	reload(w, "A B", true);
	assert_int_equal(ledger[PROC_CHECK].committed, 3);
}

static void
test_sections_come_and_go(void **state)
{
	struct world *w = *state;

	start(w, "A", false);
	assert_true(is_check_gone(&w->s));
	reload(w, "A", true);
	assert_false(is_check_gone(&w->s));
	assert_int_equal(ledger[PROC_CHECK].committed, 1);
	reload(w, "A", false);
	run_until(w, is_check_gone);
	assert_int_equal(ledger[PROC_CHECK].stopped, 1);
	assert_int_equal(ledger[PROC_CHECK].committed, 2);
}

/* A new process is told what the old one had reported, before anything. */
static void
test_respawn_has_hints(void **state)
{
	struct world *w = *state;
	struct msg_vrrp_state m = {.state = VRRP_WORD_MASTER, .name = "A"};
	pid_t pid;

	start(w, "A", false);
	super_on_state(&w->s, MSG_VRRP_STATE, &m);
	pid = w->s.engine[PROC_VRRP].pid;
	assert_int_equal(kill(pid, SIGKILL), 0);
	w->s.engine[PROC_VRRP].conf = ENGINE_CONF_NONE;
	run_until(w, is_vrrp_back);
	assert_int_not_equal(w->s.engine[PROC_VRRP].pid, pid);
	assert_int_equal(ledger[PROC_VRRP].hints, 1);
	assert_int_equal(ledger[PROC_VRRP].committed, 2);
}

/* Kills vrrp; the respawn will come only a while after. */
static void
kill_vrrp(struct world *w)
{
	struct engine *e = &w->s.engine[PROC_VRRP];

	e->failures = 2;
	e->started = monotime_now();
	assert_int_equal(kill(e->pid, SIGKILL), 0);
	run_until(w, is_vrrp_gone);
	e->conf = ENGINE_CONF_NONE;
}

/* The configuration became another while it was dead: the new process begins
 * where the old one ended. */
static void
test_respawn_begins_with_the_old(void **state)
{
	struct world *w = *state;
	struct msg_vrrp_state m = {.state = VRRP_WORD_MASTER, .name = "A"};
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A B C", true);
	super_on_state(&w->s, MSG_VRRP_STATE, &m);
	kill_vrrp(w);
	reload(w, "A", true);
	assert_true(is_vrrp_gone(&w->s));
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->hints, 1);
	assert_int_equal(l->committed, 3);
	assert_int_equal(l->count[1], 3);
	assert_int_equal(l->count[2], 1);
	/* What it runs by now is what it is compared with from here on. */
	reload(w, "A", true);
	assert_int_equal(l->committed, 3);
	kill_vrrp(w);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->committed, 4);
	assert_int_equal(l->count[3], 1);
}

/* Several reloads and deaths: the text that was confirmed last counts. */
static void
test_respawn_after_several_reloads(void **state)
{
	struct world *w = *state;
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A B C", true);
	kill_vrrp(w);
	reload(w, "A", true);
	reload(w, "A B", true);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->committed, 3);
	assert_int_equal(l->count[1], 3);
	assert_int_equal(l->count[2], 2);
	/* Changed and changed back: nothing to begin with. */
	kill_vrrp(w);
	reload(w, "A", true);
	reload(w, "A B", true);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->committed, 4);
}

/* Nobody wants it any more: it comes to clear away and goes. */
static void
test_respawn_to_clear_away(void **state)
{
	struct world *w = *state;
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A B", true);
	kill_vrrp(w);
	reload(w, "", true);
	run_until(w, is_vrrp_settled);
	run_until(w, is_vrrp_gone);
	assert_int_equal(l->committed, 3);
	assert_int_equal(l->count[1], 2);
	assert_int_equal(l->count[2], 0);
	assert_int_equal(l->stopped, 1);
	assert_false(reload_has_left(&w->s.engine[PROC_VRRP]));
	/* Nothing is left of it: the next start is a first one. */
	reload(w, "A", true);
	assert_int_equal(l->committed, 4);
	assert_int_equal(l->count[3], 1);
}

/* Wanted again before it came to clear away. */
static void
test_respawn_wanted_again(void **state)
{
	struct world *w = *state;
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A B", true);
	kill_vrrp(w);
	reload(w, "", true);
	reload(w, "A", true);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->committed, 3);
	assert_int_equal(l->count[1], 2);
	assert_int_equal(l->count[2], 1);
	assert_int_equal(l->stopped, 0);
}

/* The old text is refused: the one in force comes without it. */
static void
test_respawn_refuses_the_old(void **state)
{
	struct world *w = *state;
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A vrrp_fickle", true);
	kill_vrrp(w);
	reload(w, "A", true);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->committed, 2);
	assert_int_equal(l->count[1], 1);
}

/* The old text kills it: after three the one in force comes without it.  A
 * reload waits for who is taking over, not for who is dead. */
static void
test_respawn_dies_of_the_old(void **state)
{
	struct world *w = *state;
	struct engine *e = &w->s.engine[PROC_VRRP];
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A vrrp_mortal", true);
	kill_vrrp(w);
	e->failures = 0;
	reload(w, "A", true);
	run_until(w, is_vrrp_settled);
	assert_int_equal(l->prepared, 5);
	assert_int_equal(l->committed, 2);
	assert_int_equal(l->count[1], 1);
}

static bool
is_vrrp_settling(const struct super *s)
{
	return s->engine[PROC_VRRP].is_settling;
}

/* A reload in the middle waits until the new process has all. */
static void
test_reload_waits_for_a_respawn(void **state)
{
	struct world *w = *state;
	const struct ledger *l = &ledger[PROC_VRRP];

	start(w, "A B vrrp_slow", true);
	kill_vrrp(w);
	reload(w, "A", true);
	run_until(w, is_vrrp_settling);
	write_conf(w, "A B", true);
	w->s.conf_errors = 100;
	reload_request(&w->s);
	assert_true(w->s.is_reload_queued);
	assert_false(w->s.txn.is_active);
	run_until(w, is_settled);
	assert_true(has_instance(w, "B"));
	assert_int_equal(l->committed, 4);
	assert_int_equal(l->count[1], 3);
	assert_int_equal(l->count[2], 1);
	assert_int_equal(l->count[3], 2);
}

/* Up to a minute, whatever the number of deaths. */
static void
test_delay_grows(void **state)
{
	(void)state;
	assert_int_equal(spawn_delay(PROC_CHECK, 0), 0);
	assert_int_equal(spawn_delay(PROC_CHECK, 1), MSEC(250));
	assert_int_equal(spawn_delay(PROC_CHECK, 4), SEC(2));
	for (uint32_t i = 1; i < 100; i++)
		assert_true(spawn_delay(PROC_CHECK, i) >=
				    spawn_delay(PROC_CHECK, i - 1) &&
			    spawn_delay(PROC_CHECK, i) <= SEC(60));
	assert_int_equal(spawn_delay(PROC_CHECK, UINT32_MAX), SEC(60));
	assert_int_equal(spawn_delay(PROC_VRRP, 0), 0);
	assert_int_equal(spawn_delay(PROC_VRRP, 2), MSEC(500));
	assert_int_equal(spawn_delay(PROC_VRRP, 4), SEC(1));
	assert_int_equal(spawn_delay(PROC_VRRP, UINT32_MAX), SEC(1));
}

static void
test_dump_names(void **state)
{
	static const struct {
		const char *given, *part, *suffix, *path;
	} name[] = {
		{NULL, "", "", "/tmp/keepalived.data"},
		{NULL, "_check", "", "/tmp/keepalived_check.data"},
		{NULL, "_parent", ".n_i", "/tmp/keepalived_parent.n_i.data"},
		{"/var/x/", "", "", "/var/x/keepalived.data"},
		{"/var/x.y/state", "_check", "", "/var/x.y/state_check"},
		{"rel.txt", "_check", ".i", "/tmp/rel_check.i.txt"},
	};

	(void)state;
	assert_int_equal(unsetenv("TMPDIR"), 0);
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		CLEANUP_FREE char *path =
			dump_name(name[i].given, "keepalived.data",
				  name[i].part, name[i].suffix);

		assert_string_equal(path, name[i].path);
	}
}

int
main(void)
{
#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_start_and_reload),
		WORLD_TEST(test_refusal),
		WORLD_TEST(test_refusal_ends_what_was_begun),
		WORLD_TEST(test_death_refuses),
		WORLD_TEST(test_broken_channel),
		WORLD_TEST(test_silent_engine),
		WORLD_TEST(test_hang_and_queue),
		WORLD_TEST(test_same_text_is_spared),
		WORLD_TEST(test_sections_come_and_go),
		WORLD_TEST(test_respawn_has_hints),
		WORLD_TEST(test_respawn_begins_with_the_old),
		WORLD_TEST(test_respawn_after_several_reloads),
		WORLD_TEST(test_respawn_to_clear_away),
		WORLD_TEST(test_respawn_wanted_again),
		WORLD_TEST(test_respawn_refuses_the_old),
		WORLD_TEST(test_respawn_dies_of_the_old),
		WORLD_TEST(test_reload_waits_for_a_respawn),
		cmocka_unit_test(test_delay_grows),
		cmocka_unit_test(test_dump_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
