/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The ipvs engine between the check engine's messages and a model kernel,
 * with its real loop, channel and configuration.
 */
#include <errno.h>
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/conf_global.h"
#include "ipvs/conf.h"
#include "ipvs/engine.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "tests/unit/ipvs_door.h"

enum { STRANGER = 90 };

struct rig {
	struct proc p;
	void *self;
	struct imsg *check; /* the check engine's end */
	struct msg_ipvs_status status;
	unsigned n_status;
	uint32_t count; /* messages since the beginning of a description */
	struct ev_timer turn;
};

static void
on_status(void *arg, enum msg_type type, const void *data, int fd)
{
	struct rig *r = arg;

	assert_int_equal(type, MSG_IPVS_STATUS);
	assert_int_equal(fd, -1);
	memcpy(&r->status, data, sizeof(r->status));
	r->n_status++;
}

static void
on_close(void *arg, const char *reason)
{
	(void)arg;
	fail_msg("the channel broke: %s", reason);
}

static void
on_turn(void *arg, monotime_t now)
{
	struct rig *r = arg;

	(void)now;
	ev_loop_stop(r->p.loop);
}

/* Lets everything that is due happen. */
static void
turn(struct rig *r)
{
	for (int i = 0; i < 3; i++) {
		ev_timer_at(&r->turn, monotime_add(monotime_now(), MSEC(1)));
		ev_loop_run(r->p.loop);
	}
}

static const struct imsg_ops check_ops = {on_status, on_close};

static void
rig_init(struct rig *r)
{
	struct msg_svc s = kernel_make_svc(STRANGER, 0);
	int fd[2];

	*r = (struct rig){.p = {.id = PROC_IPVS}};
	r->p.loop = ev_loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	r->check = imsg_new(r->p.loop, fd[0], PROC_CHECK, PROC_IPVS, &check_ops,
			    r);
	assert_int_equal(ipvs_engine_ops.init(&r->p, &r->self), 0);
	r->p.peer[PROC_CHECK] = imsg_new(r->p.loop, fd[1], PROC_IPVS,
					 PROC_CHECK, &check_ops, r);
	ipvs_engine_ops.on_peer(r->self, PROC_CHECK, true);
	ev_timer_init(&r->turn, r->p.loop, on_turn, r);
	ipvs_table_add_svc(&door->kernel.t, &s);
}

static void
rig_fini(struct rig *r)
{
	ev_timer_fini(&r->turn);
	ipvs_engine_ops.fini(r->self);
	imsg_free(r->p.peer[PROC_CHECK]);
	imsg_free(r->check);
	ev_loop_free(r->p.loop);
}

static void
say(struct rig *r, enum msg_type type, const void *data)
{
	r->count += type == MSG_SVC_SET || type == MSG_DEST_SET;
	ipvs_engine_ops.on_msg(r->self, PROC_CHECK, type, data, -1);
}

static void
say_svc(struct rig *r, uint32_t id, uint32_t variant)
{
	struct msg_svc s = kernel_make_svc(id, variant);

	say(r, MSG_SVC_SET, &s);
}

static void
say_dest(struct rig *r, uint32_t svc, uint32_t id, uint32_t variant)
{
	struct msg_svc s = kernel_make_svc(svc, 0);
	struct msg_dest d = kernel_make_dest(&s, id, variant);

	say(r, MSG_DEST_SET, &d);
}

static void
begin(struct rig *r)
{
	r->count = 0;
	say(r, MSG_SYNC_BEGIN, &(struct msg_sync){.generation = 1});
}

static void
end(struct rig *r)
{
	struct msg_sync m = {.generation = 1, .count = r->count};

	say(r, MSG_SYNC_END, &m);
	turn(r);
}

/* Services 1..svcs with 3 servers each. */
static void
describe(struct rig *r, uint32_t svcs)
{
	begin(r);
	for (uint32_t id = 1; id <= svcs; id++) {
		say_svc(r, id, 1);
		for (uint32_t k = 0; k < 3; k++)
			say_dest(r, id, k, 1);
	}
	end(r);
}

static void
configure(struct rig *r, const char *text)
{
	static const struct conf_module *const modules[] = {
		&daemon_conf_module, &ipvs_conf_module, NULL};
	const struct conf_opts opts = {.modules = modules,
				       .mask = CONF_MASK(CONF_IPVS),
				       .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result res =
		conf_read_text("test", text, strlen(text), &opts, sink);
	struct msg_done done = {0};
	char reason[MSG_TEXT_LEN];

	assert_int_equal(diag_worst(sink), DIAG_NOTE);
	diag_sink_free(sink);
	assert_int_equal(
		ipvs_engine_ops.prepare(r->self, res.conf, &done, reason), 0);
	ipvs_engine_ops.commit(r->self, &done);
}

static void
test_description(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	turn(&r);
	assert_int_equal(r.n_status, 1); /* told when the channel opened */
	assert_false(r.status.is_available);
	describe(&r, 4);
	assert_int_equal(door->kernel.t.svcs, 5);
	assert_int_equal(door->kernel.t.dests, 12);
	assert_int_equal(door->requests, 16);
	assert_true(r.status.is_available);
	assert_int_equal(r.status.services, 4);
	assert_int_equal(r.status.dests, 12);
	assert_int_equal(r.status.repairs, 0);
	describe(&r, 4); /* the same: no request */
	assert_int_equal(door->requests, 16);
	describe(&r, 3);
	assert_int_equal(door->requests, 17);
	assert_int_equal(door->kernel.t.dests, 9);
	rig_fini(&r);
}

/* Neighbours of one turn share a batch; what changes nothing is not sent. */
static void
test_single(void **state)
{
	struct rig r;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct msg_dest d = kernel_make_dest(&s, 2, 1);

	(void)state;
	rig_init(&r);
	describe(&r, 4);
	door->applies = 0;
	for (uint32_t id = 1; id <= 4; id++)
		say_dest(&r, id, 0, 2);
	say_dest(&r, 1, 1, 1); /* as it was */
	say(&r, MSG_DEST_DEL, &d.key);
	say(&r, MSG_DEST_DEL, &d.key);
	turn(&r);
	assert_int_equal(door->requests, 16 + 5);
	assert_int_equal(door->applies, 1);
	say(&r, MSG_SVC_DEL, &s.key);
	turn(&r);
	assert_int_equal(door->requests, 16 + 6);
	assert_null(kernel_find_svc(&door->kernel.t, &s.key));
	assert_int_equal(r.status.services, 3);
	assert_int_equal(door->dumps, 1); /* only the description's */
	rig_fini(&r);
}

/* Somebody deleted what is then changed: one pass mends it. */
static void
test_race(void **state)
{
	struct rig r;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct ipvs_op del = {.kind = IPVS_OP_SVC_DEL, .svc = s};

	(void)state;
	rig_init(&r);
	describe(&r, 2);
	assert_int_equal(kernel_do(&door->kernel, &del), 0);
	say_dest(&r, 1, 0, 2);
	turn(&r);
	assert_int_equal(door->kernel.t.dests, 6);
	assert_int_equal(r.status.repairs, 4);
	rig_fini(&r);
}

static void
test_broken_descriptions(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	describe(&r, 4);
	/* The check engine dies in the middle. */
	begin(&r);
	say_svc(&r, 1, 2);
	ipvs_engine_ops.on_peer(r.self, PROC_CHECK, false);
	turn(&r);
	assert_int_equal(door->kernel.t.svcs, 5);
	/* An end without a beginning. */
	end(&r);
	assert_int_equal(door->kernel.t.svcs, 5);
	/* A message is missing: nothing is swept. */
	begin(&r);
	say_svc(&r, 1, 2);
	r.count = 7;
	end(&r);
	assert_int_equal(door->kernel.t.svcs, 5);
	assert_int_equal(door->kernel.t.dests, 12);
	/* A whole one does all. */
	describe(&r, 1);
	assert_int_equal(door->kernel.t.svcs, 2);
	rig_fini(&r);
}

static void
test_impossible_values(void **state)
{
	struct rig r;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct msg_dest d = kernel_make_dest(&s, 1, 1);

	(void)state;
	rig_init(&r);
	describe(&r, 1);
	s.key.addr.family = 99;
	say(&r, MSG_SVC_SET, &s);
	say(&r, MSG_SVC_DEL, &s.key);
	memset(&d.fwd_method, 0xff, sizeof(d.fwd_method));
	say(&r, MSG_DEST_SET, &d);
	d.key.addr.family = 0;
	say(&r, MSG_DEST_DEL, &d.key);
	say_dest(&r, 50, 1, 1); /* of a service that nobody named */
	turn(&r);
	assert_int_equal(door->requests, 4);
	assert_int_equal(door->kernel.t.svcs, 2);
	rig_fini(&r);
}

static void
test_flush(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	configure(&r, "global_defs {\n lvs_flush\n}\n");
	describe(&r, 1);
	assert_int_equal(door->flushes, 1);
	assert_int_equal(door->kernel.t.svcs, 1); /* the stranger's went */
	/* A reload is no start. */
	configure(&r, "global_defs {\n lvs_flush\n lvs_timeouts tcp 9\n}\n");
	describe(&r, 2);
	assert_int_equal(door->flushes, 1);
	assert_int_equal(door->timeouts.tcp, 9);
	rig_fini(&r);
	/* Neither is a respawn. */
	rig_init(&r);
	r.p.is_respawn = true;
	configure(&r, "global_defs {\n lvs_flush\n}\n");
	describe(&r, 1);
	assert_int_equal(door->flushes, 0);
	rig_fini(&r);
}

/* Services left in the kernel after a stop with these flags. */
static size_t
left_after_stop(const char *conf, uint32_t flags)
{
	struct rig r;
	size_t left;

	rig_init(&r);
	configure(&r, conf);
	describe(&r, 3);
	ipvs_engine_ops.stop(r.self, flags);
	left = door->kernel.t.svcs;
	/* Stopping: what comes now is too late. */
	describe(&r, 2);
	assert_int_equal(door->kernel.t.svcs, left);
	rig_fini(&r);
	return left;
}

static void
test_stop(void **state)
{
	(void)state;
	assert_int_equal(left_after_stop("", 0), 1);
	assert_int_equal(left_after_stop("", MSG_STOP_KEEP_IPVS), 4);
	assert_int_equal(
		left_after_stop("global_defs {\n lvs_flush_on_stop\n}\n", 0),
		0);
	assert_int_equal(
		left_after_stop("global_defs {\n lvs_flush_on_stop VS\n}\n", 0),
		1);
	assert_int_equal(
		left_after_stop("global_defs {\n lvs_flush_on_stop\n}\n",
				MSG_STOP_KEEP_IPVS),
		4);
}

/* No IPVS, or nothing wanted: the kernel is left alone, nothing is lost. */
static void
test_absent(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	describe(&r, 0);
	assert_int_equal(door->dumps, 0);
	door->is_absent = true;
	describe(&r, 2);
	say_dest(&r, 1, 0, 2);
	turn(&r);
	assert_false(r.status.is_available);
	assert_int_equal(door->requests, 0);
	door->is_absent = false;
	describe(&r, 2);
	assert_true(r.status.is_available);
	assert_int_equal(door->kernel.t.svcs, 3);
	assert_int_equal(r.status.repairs, 0);
	rig_fini(&r);
}

/* The figures of SIGUSR2 and the table of SIGUSR1, as text. */
static void
test_dump(void **state)
{
	struct rig r;
	char text[8192] = "";
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	rig_init(&r);
	describe(&r, 2);
	ipvs_engine_ops.dump(r.self, MSG_DUMP_DATA, fileno(f));
	rewind(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	assert_non_null(strstr(text, " Virtual services = 2\n"));
	assert_non_null(strstr(text, " Real servers = 6\n"));
	assert_non_null(strstr(text, " Changes sent = 8\n"));
	assert_non_null(strstr(text, " [10.0.1.0]:tcp:80 wrr, connections "
				     "3 active, 30 inactive"));
	assert_non_null(strstr(text, "   -> [192.0.0.1]:tcp:8080 tunnel "
				     "weight 1, connections 1 active"));
	(void)fclose(f);
	rig_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_broken_descriptions),
		cmocka_unit_test(test_impossible_values),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
