/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* TCP_CHECK over real sockets on the loopback, and without a network. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/checkers.h"
#include "lib/util.h"

/* One probe on a real loop. */
struct rig {
	struct ev_loop *loop;
	struct pollset *poll;
	struct probes probes;
	struct probe_user user;
	struct checker_conf conf;
	struct ev_timer timer, deadline;
	struct check_out out;
	uint64_t want; /* stop after this many attempts */
	bool is_late;
};

static void
no_message(void *arg, enum proc_id to, enum msg_type type, const void *data)
{
	(void)arg;
	(void)data;
	fail_msg("message %d to %d", (int)type, (int)to);
}

static uint64_t
attempts(const struct rig *r)
{
	const struct health *h = &r->user.probe->health;

	return h->n_ok + h->n_failed + h->n_unknown;
}

static void
on_timer(void *arg, monotime_t now)
{
	struct rig *r = arg;

	if (attempts(r) < r->want)
		probes_run(&r->probes, now);
	if (attempts(r) >= r->want)
		ev_loop_stop(r->loop);
	else
		ev_timer_at(&r->timer, probes_next(&r->probes));
}

static void
on_deadline(void *arg, monotime_t now)
{
	struct rig *r = arg;

	(void)now;
	r->is_late = true;
	ev_loop_stop(r->loop);
}

static void
on_verdict(void *arg, struct probe_user *u, monotime_t now)
{
	(void)arg;
	(void)u;
	(void)now;
}

static const struct probes_ops callbacks = {.on_verdict = on_verdict};

static struct rig *
rig_new(uint16_t port)
{
	struct rig *r = xcalloc(1, sizeof(*r));

	r->loop = ev_loop_new();
	r->poll = pollset_new(r->loop, on_timer, r);
	r->out.send = no_message;
	probes_init(&r->probes, r->poll, 10, &r->out, &callbacks, r);
	ev_timer_init(&r->timer, r->loop, on_timer, r);
	ev_timer_init(&r->deadline, r->loop, on_deadline, r);
	r->conf = (struct checker_conf){
		.type = CHECKER_TCP,
		.connect = {.addr = {.family = AF_INET,
				     .bytes = {127, 0, 0, 1}},
			    .port = port},
		.connect_timeout = SEC(10),
		.delay_loop = MSEC(1),
		.delay_before_retry = MSEC(1)};
	return r;
}

/* Runs this many attempts; the reason of the last one. */
static enum check_reason
rig_run(struct rig *r, uint64_t n)
{
	monotime_t now = monotime_now();

	if (r->user.probe == NULL)
		probes_join(&r->probes, &r->user, &tcp_checker_ops, &r->conf,
			    now);
	r->want = attempts(r) + n;
	ev_timer_at(&r->deadline, monotime_add(now, SEC(20)));
	ev_timer_at(&r->timer, probes_next(&r->probes));
	ev_loop_run(r->loop);
	assert_false(r->is_late);
	return r->user.probe->health.last;
}

static void
rig_free(struct rig *r)
{
	probes_leave(&r->user);
	probes_fini(&r->probes);
	ev_timer_fini(&r->timer);
	ev_timer_fini(&r->deadline);
	pollset_free(r->poll);
	ev_loop_free(r->loop);
	free(r);
}

static int
listener(int backlog, uint16_t *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
accepting_server_is_up(void **state)
{
	uint16_t port;
	CLEANUP_FD int fd = listener(128, &port);
	struct rig *r = rig_new(port);

	(void)state;
	assert_int_equal(rig_run(r, 20), REASON_NONE);
	assert_int_equal(r->user.probe->health.state, HEALTH_UP);
	assert_int_equal(r->user.probe->health.n_ok, 20);
	assert_int_equal(r->probes.running, 0);
	rig_free(r);
}

static void
refusing_server_is_down(void **state)
{
	uint16_t port;
	CLEANUP_FD int fd = listener(-1, &port); /* bound, not listening */
	struct rig *r = rig_new(port);

	(void)state;
	assert_int_equal(rig_run(r, 1), REASON_REFUSED);
	assert_int_equal(r->user.probe->health.state, HEALTH_DOWN);
	assert_int_equal(rig_run(r, 3), REASON_REFUSED);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(rig_run(r, 1), REASON_NONE);
	assert_int_equal(r->user.probe->health.state, HEALTH_UP);
	rig_free(r);
}

/* The queue of a server that never accepts is full: SYNs are dropped. */
static void
silent_server_times_out(void **state)
{
	uint16_t port;
	CLEANUP_FD int fd = listener(0, &port);
	struct rig *r = rig_new(port);
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(port)};
	int held[4];
	monotime_t t0 = monotime_now();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		held[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(held[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	r->conf.connect_timeout = MSEC(50);
	assert_int_equal(rig_run(r, 1), REASON_TIMEOUT);
	assert_true(monotime_sub(monotime_now(), t0) >= MSEC(50));
	assert_int_equal(r->user.probe->health.state, HEALTH_DOWN);
	assert_int_equal(r->user.probe->fd, -1);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		util_close_p(&held[i]);
	rig_free(r);
}

/* Reset before we looked: the loop sees an error, but the server accepted. */
static void
resetting_server_did_accept(void **state)
{
	uint16_t port;
	CLEANUP_FD int fd = listener(16, &port);
	struct rig *r = rig_new(port);
	struct linger l = {.l_onoff = 1};
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int peer;

	(void)state;
	probes_join(&r->probes, &r->user, &tcp_checker_ops, &r->conf,
		    monotime_now());
	probes_run(&r->probes, monotime_now());
	assert_int_equal(r->user.probe->phase, PROBE_RUNNING);
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &l, sizeof(l)),
			 0);
	util_close_p(&peer);
	pfd = (struct pollfd){.fd = r->user.probe->fd, .events = POLLOUT};
	for (int i = 0; i < 1000 && (pfd.revents & POLLERR) == 0; i++)
		assert_true(poll(&pfd, 1, 10) >= 0);
	assert_int_equal(rig_run(r, 1), REASON_NONE);
	rig_free(r);
}

static void
local_trouble_is_unknown(void **state)
{
	uint16_t port;
	CLEANUP_FD int fd = listener(16, &port);
	struct rig *r;
	struct rlimit old, none;

	(void)state;
	r = rig_new(port);
	r->conf.bind.addr = (struct addr){AF_INET, {192, 0, 2, 1}};
	assert_int_equal(rig_run(r, 1), REASON_LOCAL_ADDRESS);
	assert_int_equal(r->user.probe->health.state, HEALTH_UNCHECKED);
	rig_free(r);
	r = rig_new(port);
	r->conf.bind_if = "no-such-if0";
	assert_int_equal(rig_run(r, 1), REASON_LOCAL_INTERFACE);
	rig_free(r);
	r = rig_new(port);
	assert_int_equal(rig_run(r, 1), REASON_NONE);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(rig_run(r, 1), REASON_LOCAL_FDS);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r->user.probe->health.state, HEALTH_UP);
	assert_int_equal(rig_run(r, 1), REASON_NONE);
	rig_free(r);
}

/* The same four numbers again and again: nothing is left in TIME_WAIT. */
static void
a_fixed_source_port_works_again(void **state)
{
	uint16_t port, own;
	CLEANUP_FD int fd = listener(128, &port);
	int probe_fd = listener(-1, &own);
	struct rig *r = rig_new(port);

	(void)state;
	util_close_p(&probe_fd);
	r->conf.bind.port = own;
	r->conf.bind.addr = r->conf.connect.addr;
	assert_int_equal(rig_run(r, 10), REASON_NONE);
	assert_int_equal(r->user.probe->health.n_ok, 10);
	rig_free(r);
}

/* In a namespace of its own, where nothing is up: exit status. */
static int
without_network(void)
{
	struct rig *r;
	enum check_reason plain, bound;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return 100 + errno % 100;
	r = rig_new(80);
	r->conf.connect.addr = (struct addr){AF_INET, {192, 0, 2, 1}};
	plain = rig_run(r, 1);
	rig_free(r);
	r = rig_new(80);
	r->conf.connect.addr = (struct addr){AF_INET, {192, 0, 2, 1}};
	r->conf.bind_if = "lo";
	bound = rig_run(r, 1);
	rig_free(r);
	if (plain != REASON_NET_UNREACHABLE)
		return 1;
	return check_reason_class(bound) == CHECK_UNKNOWN ? 0 : 2;
}

static void
no_route_is_down_unless_bound(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(without_network());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepting_server_is_up),
		cmocka_unit_test(refusing_server_is_down),
		cmocka_unit_test(silent_server_times_out),
		cmocka_unit_test(resetting_server_did_accept),
		cmocka_unit_test(local_trouble_is_unknown),
		cmocka_unit_test(a_fixed_source_port_works_again),
		cmocka_unit_test(no_route_is_down_unless_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
