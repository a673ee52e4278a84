/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * lib/proc: a toy engine in a child process is driven through the whole
 * transaction; lib/priv: what is left after priv_drop().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/util.h"

/* ---- the toy: its configuration is one number ---- */

struct conf {
	int value;
};

struct toy {
	struct proc *p;
	struct conf *now, *next;
};

static struct conf *
toy_parse(enum proc_id id, const char *text, size_t len, const struct conf *old,
	  char *reason)
{
	struct conf *c;
	char word[16] = "";

	assert_int_equal(id, PROC_VRRP);
	(void)old; /* toys are read anew */
	if (len >= sizeof(word) || len == 0) {
		snprintf(reason, MSG_TEXT_LEN, "no number");
		return NULL;
	}
	memcpy(word, text, len);
	c = xcalloc(1, sizeof(*c));
	c->value = atoi(word);
	return c;
}

static void
toy_free(struct conf *c)
{
	free(c);
}

static int
toy_init(struct proc *p, void **self)
{
	struct toy *t = xcalloc(1, sizeof(*t));

	t->p = p;
	*self = t;
	return 0;
}

static int
toy_prepare(void *self, struct conf *next, struct msg_done *done, char *reason)
{
	struct toy *t = self;

	if (next->value == 13) {
		snprintf(reason, MSG_TEXT_LEN, "13 brings bad luck");
		return -EINVAL;
	}
	t->next = next;
	done->added = next->value;
	return 0;
}

static void
toy_commit(void *self, struct msg_done *done)
{
	struct toy *t = self;

	free(t->now);
	t->now = TAKE_PTR(t->next);
	done->added = t->now->value;
}

static void
toy_abort(void *self)
{
	struct toy *t = self;

	free(TAKE_PTR(t->next));
}

static void
toy_on_msg(void *self, enum proc_id from, enum msg_type type, const void *data,
	   int fd)
{
	struct toy *t = self;

	if (from == PROC_SUPER && type == MSG_HINT_VRRP)
		imsg_send(t->p->super, MSG_VRRP_STATE, data, -1);
	if (fd >= 0)
		close(fd);
}

static void
toy_on_peer(void *self, enum proc_id id, bool is_open)
{
	struct toy *t = self;
	struct msg_vrrp_state m = {.kind = id, .state = is_open};

	imsg_send(t->p->super, MSG_VRRP_STATE, &m, -1);
}

static void
toy_dump(void *self, enum msg_dump_kind kind, int fd)
{
	struct toy *t = self;

	dprintf(fd, "kind %d value %d", kind, t->now->value);
}

static void
toy_stop(void *self, uint32_t flags)
{
	struct toy *t = self;
	struct msg_vrrp_state m = {.state = VRRP_WORD_STOP, .priority = flags};

	imsg_send(t->p->super, MSG_VRRP_STATE, &m, -1);
	proc_stopped(t->p);
}

static void
toy_fini(void *self)
{
	struct toy *t = self;

	free(t->now);
	free(t->next);
	free(t);
}

static const struct engine_ops toy_ops = {
	.id = PROC_VRRP,
	.init = toy_init,
	.prepare = toy_prepare,
	.commit = toy_commit,
	.abort = toy_abort,
	.on_msg = toy_on_msg,
	.on_peer = toy_on_peer,
	.dump = toy_dump,
	.stop = toy_stop,
	.fini = toy_fini,
};

/* ---- the test's side: a supervisor ---- */

struct super {
	struct ev_loop *loop;
	struct imsg *im;
	struct ev_timer deadline;
	pid_t pid;
	enum msg_type last;
	union {
		struct msg_done done;
		struct msg_nack nack;
		struct msg_vrrp_state state;
	} data;
	int n_broken;
	bool is_closed;
};

static void
on_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct super *s = arg;
	size_t size = msg_row_find(type)->size;

	assert_int_equal(fd, -1);
	assert_true(size <= sizeof(s->data));
	s->last = type;
	s->n_broken += type == MSG_PEER_BROKEN;
	memcpy(&s->data, data, size);
	ev_loop_stop(s->loop);
}

static void
on_close(void *arg, const char *reason)
{
	struct super *s = arg;

	assert_string_equal(reason, "it is gone");
	s->is_closed = true;
	ev_loop_stop(s->loop);
}

static const struct imsg_ops super_ops = {on_msg, on_close};

static void
on_deadline(void *arg, monotime_t now)
{
	(void)arg;
	(void)now;
	fail_msg("the engine did not answer");
}

static int
setup(void **state)
{
	struct super *s = xcalloc(1, sizeof(*s));
	int fd[2], log[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, log),
			 0);
	s->pid = fork();
	if (s->pid == 0) {
		struct proc_env env = {
			.super_fd = fd[1],
			.log_fd = log[1],
			.ident = "toy",
			.parent = getppid(),
			.stop_flags = 7,
			.priv = {.caps = UINT64_MAX, .has_files = true},
			.conf_parse = toy_parse,
			.conf_free = toy_free,
		};

		close(fd[0]);
		close(log[0]);
		free(s);
		_exit(engine_run(&toy_ops, &env));
	}
	close(fd[1]);
	close(log[0]);
	close(log[1]);
	s->loop = ev_loop_new();
	s->im = imsg_new(s->loop, fd[0], PROC_SUPER, PROC_VRRP, &super_ops, s);
	ev_timer_init(&s->deadline, s->loop, on_deadline, NULL);
	ev_timer_at(&s->deadline, monotime_add(monotime_now(), SEC(20)));
	*state = s;
	return 0;
}

/* Runs until the next message (or the end) and expects this type. */
static void
expect(struct super *s, enum msg_type type)
{
	s->last = MSG_COUNT;
	ev_loop_run(s->loop);
	assert_int_equal(s->last, type);
}

/* The end may come in one read with the last message. */
static void
expect_closed(struct super *s)
{
	if (!s->is_closed)
		ev_loop_run(s->loop);
	assert_true(s->is_closed);
}

static int
teardown(void **state)
{
	struct super *s = *state;
	int status = 0;

	if (s->im != NULL && !s->is_closed) {
		imsg_send(s->im, MSG_STOP, &(struct msg_stop){3}, -1);
		expect(s, MSG_VRRP_STATE);
		assert_int_equal(s->data.state.priority, 3);
		expect_closed(s);
	}
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	imsg_free(s->im);
	ev_timer_fini(&s->deadline);
	ev_loop_free(s->loop);
	free(s);
	return 0;
}

static void
prepare(struct super *s, uint32_t generation, const char *text)
{
	struct msg_conf m = {.generation = generation};
	CLEANUP_FD int fd = memfd_create("conf", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	imsg_send(s->im, MSG_CONF_PREPARE, &m, fd);
}

/* Asks for a dump and compares it. */
static void
expect_dump(struct super *s, const char *text)
{
	struct msg_dump m = {.kind = MSG_DUMP_STATS};
	CLEANUP_FD int fd = memfd_create("dump", MFD_CLOEXEC);
	char got[64] = "";

	imsg_send(s->im, MSG_DUMP, &m, fd);
	imsg_send(s->im, MSG_PING, &(struct msg_empty){0}, -1);
	expect(s, MSG_PONG);
	assert_true(pread(fd, got, sizeof(got) - 1, 0) >= 0);
	assert_string_equal(got, text);
}

static void
commit(struct super *s, uint32_t generation, const char *text)
{
	prepare(s, generation, text);
	expect(s, MSG_CONF_READY);
	imsg_send(s->im, MSG_CONF_COMMIT, &(struct msg_conf){generation, 0},
		  -1);
	expect(s, MSG_CONF_DONE);
}

static void
test_commit(void **state)
{
	struct super *s = *state;

	prepare(s, 1, "42");
	expect(s, MSG_CONF_READY);
	assert_int_equal(s->data.done.generation, 1);
	assert_int_equal(s->data.done.added, 42);
	imsg_send(s->im, MSG_CONF_COMMIT, &(struct msg_conf){1, 0}, -1);
	expect(s, MSG_CONF_DONE);
	assert_int_equal(s->data.done.generation, 1);
	expect_dump(s, "kind 1 value 42");
}

static void
test_refused(void **state)
{
	struct super *s = *state;

	commit(s, 1, "42");
	prepare(s, 2, "");
	expect(s, MSG_CONF_NACK);
	assert_int_equal(s->data.nack.generation, 2);
	assert_string_equal(s->data.nack.reason, "no number");
	prepare(s, 3, "13");
	expect(s, MSG_CONF_NACK);
	assert_string_equal(s->data.nack.reason, "13 brings bad luck");
	expect_dump(s, "kind 1 value 42");
}

static void
test_abort(void **state)
{
	struct super *s = *state;

	commit(s, 1, "42");
	prepare(s, 2, "43");
	expect(s, MSG_CONF_READY);
	imsg_send(s->im, MSG_CONF_ABORT, &(struct msg_conf){2, 0}, -1);
	expect_dump(s, "kind 1 value 42");
	/* A second PREPARE supersedes the first. */
	prepare(s, 3, "44");
	expect(s, MSG_CONF_READY);
	commit(s, 4, "45");
	expect_dump(s, "kind 1 value 45");
}

/* Messages that the framework does not know reach the engine. */
static void
test_engine_message(void **state)
{
	struct super *s = *state;
	struct msg_vrrp_state hint = {.priority = 150, .name = "VI_1"};

	imsg_send(s->im, MSG_HINT_VRRP, &hint, -1);
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(s->data.state.priority, 150);
	assert_string_equal(s->data.state.name, "VI_1");
}

static void
test_peer(void **state)
{
	struct super *s = *state;
	struct msg_peer m = {.proc = PROC_CHECK};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
	imsg_send(s->im, MSG_PEER, &m, fd[1]);
	close(fd[1]);
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(s->data.state.kind, PROC_CHECK);
	assert_int_equal(s->data.state.state, true);
	imsg_send(s->im, MSG_PEER_GONE, &m, -1);
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(s->data.state.state, false);
	close(fd[0]);
}

/* A sibling that speaks nonsense is reported to the supervisor. */
static void
test_peer_broken(void **state)
{
	struct super *s = *state;
	struct msg_peer m = {.proc = PROC_CHECK};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
	imsg_send(s->im, MSG_PEER, &m, fd[1]);
	close(fd[1]);
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(write(fd[0], "nonsense", 8), 8);
	/* Both come in one read; the last one is what we still have. */
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(s->data.state.state, false);
	assert_int_equal(s->n_broken, 1);
	close(fd[0]);
}

/* SIGTERM and the supervisor's end stop the engine in order. */
static void
test_sigterm(void **state)
{
	struct super *s = *state;

	imsg_send(s->im, MSG_PING, &(struct msg_empty){0}, -1);
	expect(s, MSG_PONG);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	expect(s, MSG_VRRP_STATE);
	assert_int_equal(s->data.state.priority, 7);
	expect_closed(s);
}

static void
test_supervisor_dies(void **state)
{
	struct super *s = *state;

	imsg_send(s->im, MSG_PING, &(struct msg_empty){0}, -1);
	expect(s, MSG_PONG);
	imsg_free(TAKE_PTR(s->im)); /* teardown waits for its exit */
}

/* ---- privileges ---- */

/* A line of /proc/self/status, without its tag. */
static void
status_line(const char *tag, char *out, size_t size)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	out[0] = '\0';
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, tag, strlen(tag)) == 0)
			snprintf(out, size, "%s", line + strlen(tag) + 1);
	if (f != NULL)
		fclose(f);
}

static bool
status_is(const char *tag, const char *want)
{
	char got[256];

	status_line(tag, got, sizeof(got));
	return strncmp(got, want, strlen(want)) == 0;
}

/* Runs fn in a child after priv_drop(); its exit status, 100 + signal. */
static int
run_dropped(const struct priv_profile *p, int (*fn)(void))
{
	pid_t parent = getpid(), pid = fork();
	const char *what = "";
	int status = 0;

	if (pid == 0) {
		int r = priv_drop(p, SIGTERM, parent, &what);

		_exit(r < 0 ? 99 : fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int
check_net_admin(void)
{
	if (!status_is("Uid:", "65534\t65534\t65534\t65534"))
		return 1;
	if (!status_is("CapEff:", "0000000000003000") ||
	    !status_is("CapPrm:", "0000000000003000") ||
	    !status_is("CapInh:", "0000000000000000") ||
	    !status_is("CapBnd:", "0000000000000000") ||
	    !status_is("CapAmb:", "0000000000000000"))
		return 2;
	if (!status_is("NoNewPrivs:", "1") || getgroups(0, NULL) != 0)
		return 3;
	return 0;
}

static int
check_no_files(void)
{
	if (access("/etc/passwd", F_OK) == 0 || access("/proc", F_OK) == 0)
		return 1;
	if (open("/x", O_CREAT | O_WRONLY, 0600) >= 0)
		return 2;
	if (setuid(0) == 0)
		return 3;
	if (socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ||
	    socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		return 4;
	if (socket(AF_INET, SOCK_STREAM, 0) < 0)
		return 5;
	return 0;
}

static int
try_exec(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static void
test_priv_identity(void **state)
{
	struct priv_profile p = {
		.uid = 65534,
		.gid = 65534,
		.caps = PRIV_CAP(CAP_NET_ADMIN) | PRIV_CAP(CAP_NET_RAW),
		.has_files = true,
	};

	(void)state;
	if (getuid() == 0)
		assert_int_equal(run_dropped(&p, check_net_admin), 0);
	else
		assert_int_equal(run_dropped(&p, check_net_admin), 99);
}

static void
test_priv_confined(void **state)
{
	struct priv_profile p = {
		.uid = 65534, .gid = 65534, .calls = PRIV_CALLS_CHECK};

	(void)state;
	assert_int_equal(run_dropped(&p, check_no_files),
			 getuid() == 0 ? 0 : 99);
	if (getuid() == 0 && !WITH_SANITIZERS)
		assert_int_equal(run_dropped(&p, try_exec), 100 + SIGSYS);
}

int
main(void)
{
#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_commit),
		ENGINE_TEST(test_refused),
		ENGINE_TEST(test_abort),
		ENGINE_TEST(test_engine_message),
		ENGINE_TEST(test_peer),
		ENGINE_TEST(test_peer_broken),
		ENGINE_TEST(test_sigterm),
		ENGINE_TEST(test_supervisor_dies),
		cmocka_unit_test(test_priv_identity),
		cmocka_unit_test(test_priv_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
