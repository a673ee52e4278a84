/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The check engine as its process frame drives it: a configuration as text,
 * messages over real channels, real sockets on the loopback.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/conf.h"
#include "check/engine.h"
#include "lib/imsg.h"
#include "lib/proc.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

/* The engine, and the other ends of its channels. */
struct rig {
	struct proc proc;
	void *engine;
	const struct conf *conf; /* the engine's, in force */
	struct imsg *super, *ipvs;
	struct ev_timer deadline;
	uint32_t n[MSG_COUNT];
	/* Stop when this many of this type have come. */
	enum msg_type until;
	uint32_t until_n;
	bool is_late;
	struct msg_svc svc;
	struct msg_dest dest;
	struct msg_rs_state rs;
	struct msg_vs_state vs;
	struct msg_sock_want want;
};

static void
on_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct rig *r = arg;

	assert_int_equal(fd, -1);
	r->n[type]++;
	if (type == MSG_SVC_SET)
		r->svc = *(const struct msg_svc *)data;
	else if (type == MSG_DEST_SET)
		r->dest = *(const struct msg_dest *)data;
	else if (type == MSG_RS_STATE)
		r->rs = *(const struct msg_rs_state *)data;
	else if (type == MSG_VS_STATE)
		r->vs = *(const struct msg_vs_state *)data;
	else if (type == MSG_SOCK_WANT)
		r->want = *(const struct msg_sock_want *)data;
	if (r->n[r->until] >= r->until_n)
		ev_loop_stop(r->proc.loop);
}

static void
engine_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct rig *r = arg;

	check_engine_ops.on_msg(r->engine, PROC_SUPER, type, data, fd);
}

static void
on_close(void *arg, const char *reason)
{
	(void)arg;
	fail_msg("channel closed: %s", reason);
}

static const struct imsg_ops outside = {on_msg, on_close};
static const struct imsg_ops inside = {engine_msg, on_close};

static void
on_deadline(void *arg, monotime_t now)
{
	struct rig *r = arg;

	(void)now;
	r->is_late = true;
	ev_loop_stop(r->proc.loop);
}

void
proc_stopped(struct proc *p)
{
	ev_loop_stop(p->loop);
}

static void
channel(struct rig *r, enum proc_id peer, struct imsg **in, struct imsg **out)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	*in = imsg_new(r->proc.loop, fd[0], PROC_CHECK, peer, &inside, r);
	*out = imsg_new(r->proc.loop, fd[1], peer, PROC_CHECK, &outside, r);
}

static struct rig *
rig_new(void)
{
	struct rig *r = xcalloc(1, sizeof(*r));

	r->proc.id = PROC_CHECK;
	r->proc.loop = ev_loop_new();
	r->until = MSG_PONG;
	r->until_n = 1;
	channel(r, PROC_SUPER, &r->proc.super, &r->super);
	channel(r, PROC_IPVS, &r->proc.peer[PROC_IPVS], &r->ipvs);
	ev_timer_init(&r->deadline, r->proc.loop, on_deadline, r);
	assert_int_equal(check_engine_ops.init(&r->proc, &r->engine), 0);
	check_engine_ops.on_peer(r->engine, PROC_IPVS, true);
	return r;
}

static void
rig_free(struct rig *r)
{
	check_engine_ops.stop(r->engine, 0);
	imsg_free(TAKE_PTR(r->proc.peer[PROC_IPVS]));
	imsg_free(r->ipvs);
	check_engine_ops.fini(r->engine);
	imsg_free(r->proc.super);
	imsg_free(r->super);
	ev_timer_fini(&r->deadline);
	ev_loop_free(r->proc.loop);
	free(r);
}

/* Runs until so many messages of a type have come in all. */
static void
rig_until(struct rig *r, enum msg_type type, uint32_t n)
{
	r->until = type;
	r->until_n = n;
	if (r->n[type] >= n)
		return;
	ev_timer_at(&r->deadline, monotime_add(monotime_now(), SEC(20)));
	ev_loop_run(r->proc.loop);
	ev_timer_stop(&r->deadline);
	assert_false(r->is_late);
}

/* As the process frame reads it: what is as it was stays. */
static struct conf *
parse(const struct rig *r, const char *text)
{
	static const struct conf_module *const modules[] = {
		&common_conf_module, &check_conf_module, NULL};
	const struct conf_opts opts = {.modules = modules,
				       .mask = CONF_MASK(CONF_COMMON) |
					       CONF_MASK(CONF_CHECK),
				       .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result res = conf_read_again("test", text, strlen(text),
						 &opts, sink, r->conf);

	assert_non_null(res.conf);
	diag_sink_free(sink);
	return res.conf;
}

static struct msg_done
configure(struct rig *r, const char *text)
{
	char reason[MSG_TEXT_LEN] = "";
	struct msg_done done = {0};
	struct conf *next = parse(r, text);

	assert_int_equal(
		check_engine_ops.prepare(r->engine, next, &done, reason), 0);
	check_engine_ops.commit(r->engine, &done);
	r->conf = next;
	return done;
}

static int
listener(uint16_t *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(*port)};
	socklen_t len = sizeof(sin);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

#define TEXT_LEN 1024

/* One service of one server, with more words for its check. */
static const char *
text_of(char buf[static TEXT_LEN], uint16_t port, uint32_t weight,
	const char *words)
{
	(void)snprintf(buf, TEXT_LEN,
		       "virtual_server 192.168.3.110 80 {\n"
		       "    delay_loop 0.05\n"
		       "    lvs_sched rr\n"
		       "    lvs_method NAT\n"
		       "    protocol TCP\n"
		       "    real_server 127.0.0.1 %u {\n"
		       "        weight %u\n"
		       "        TCP_CHECK {\n"
		       "            connect_timeout 2\n"
		       "            retry 2\n"
		       "            delay_before_retry 0.01\n"
		       "%s"
		       "        }\n"
		       "    }\n"
		       "}\n",
		       port, weight, words);
	return buf;
}

static void
follows_a_server(void **state)
{
	uint16_t port = 0;
	int fd = listener(&port);
	struct rig *r = rig_new();
	char text[TEXT_LEN];
	struct msg_done done;

	(void)state;
	done = configure(r, text_of(text, port, 3, ""));
	assert_int_equal(done.added, 1);
	rig_until(r, MSG_SYNC_END, 1);
	assert_int_equal(r->n[MSG_SVC_SET], 1);
	assert_string_equal(r->svc.sched, "rr");
	assert_int_equal(r->svc.key.port, 80);
	assert_int_equal(r->n[MSG_DEST_SET], 1);
	assert_int_equal(r->dest.weight, 3);
	assert_int_equal(r->dest.key.port, port);
	rig_until(r, MSG_VS_STATE, 1);
	assert_string_equal(r->vs.vs, "[192.168.3.110]:tcp:80");
	util_close_p(&fd);
	rig_until(r, MSG_DEST_DEL, 1);
	rig_until(r, MSG_VS_STATE, 2);
	assert_int_equal(r->rs.is_alive, 0);
	assert_int_equal(r->vs.has_quorum, 0);
	fd = listener(&port);
	rig_until(r, MSG_DEST_SET, 2);
	rig_until(r, MSG_RS_STATE, 3);
	assert_int_equal(r->rs.is_alive, 1);
	util_close_p(&fd);
	rig_free(r);
}

static void
reloads_without_a_word(void **state)
{
	uint16_t port = 0;
	CLEANUP_FD int fd = listener(&port);
	struct rig *r = rig_new();
	char text[TEXT_LEN];
	struct msg_done done;

	(void)state;
	(void)configure(r, text_of(text, port, 1, ""));
	rig_until(r, MSG_VS_STATE, 1);
	done = configure(r, text_of(text, port, 1, ""));
	assert_int_equal(done.same, 1);
	assert_int_equal(done.changed + done.added + done.deleted, 0);
	done = configure(r, text_of(text, port, 9, ""));
	assert_int_equal(done.changed, 1);
	/* The second message about the server is its new weight. */
	rig_until(r, MSG_DEST_SET, 2);
	assert_int_equal(r->dest.weight, 9);
	assert_int_equal(r->n[MSG_SVC_SET], 1);
	done = configure(r, "");
	assert_int_equal(done.deleted, 1);
	rig_until(r, MSG_SVC_DEL, 1);
	assert_int_equal(r->n[MSG_SYNC_BEGIN], 1);
	rig_free(r);
}

/* A service whose neighbours change, come and go stays as it is, and is
 * followed on. */
static void
keeps_what_did_not_change(void **state)
{
	static const char other[] = "virtual_server 192.168.3.111 80 {\n"
				    "    lvs_sched rr\n"
				    "    lvs_method NAT\n"
				    "    protocol TCP\n"
				    "    real_server 127.0.0.1 9 {\n"
				    "        weight %u\n"
				    "    }\n"
				    "}\n";
	uint16_t port = 0;
	int fd = listener(&port);
	struct rig *r = rig_new();
	char one[TEXT_LEN], two[2 * TEXT_LEN];
	struct msg_done done;

	(void)state;
	(void)text_of(one, port, 3, "");
	(void)configure(r, one);
	rig_until(r, MSG_VS_STATE, 1);
	for (uint32_t i = 0; i < 5; i++) {
		size_t len = strlen(one);

		memcpy(two, one, len + 1);
		(void)snprintf(two + len, sizeof(two) - len, other, 1 + i);
		done = configure(r, two);
		assert_int_equal(done.same, 1);
		rig_until(r, MSG_DEST_SET, 2 + i);
		assert_int_equal(r->dest.weight, 1 + i);
	}
	done = configure(r, one);
	assert_int_equal(done.deleted, 1);
	assert_int_equal(done.same, 1);
	util_close_p(&fd);
	rig_until(r, MSG_SVC_DEL, 1);
	while (r->rs.is_alive != 0 || r->rs.port != port)
		rig_until(r, MSG_RS_STATE, r->n[MSG_RS_STATE] + 1);
	done = configure(r, text_of(one, port, 4, ""));
	assert_int_equal(done.changed, 1);
	rig_free(r);
}

static void
aborts_leave_no_trace(void **state)
{
	struct rig *r = rig_new();
	char text[TEXT_LEN], reason[MSG_TEXT_LEN];
	struct msg_done done = {0};

	(void)state;
	(void)configure(r, text_of(text, 1, 1, ""));
	assert_int_equal(check_engine_ops.prepare(r->engine, parse(r, ""),
						  &done, reason),
			 0);
	check_engine_ops.abort(r->engine);
	rig_until(r, MSG_DEST_SET, 1);
	assert_int_equal(r->n[MSG_SVC_DEL], 0);
	rig_free(r);
}

/* A mark needs the supervisor; its socket is used, its refusal is no
 * verdict. */
static void
asks_for_marked_sockets(void **state)
{
	uint16_t port = 0;
	CLEANUP_FD int fd = listener(&port);
	struct rig *r = rig_new();
	char text[TEXT_LEN];
	struct msg_sock_have have;
	struct msg_sock_fail no;
	int sock;

	(void)state;
	(void)configure(r, text_of(text, port, 1,
				   "            fwmark 7\n"
				   "            alpha\n"));
	rig_until(r, MSG_SOCK_WANT, 1);
	assert_int_equal(r->want.mark, 7);
	assert_int_equal(r->want.type, SOCK_STREAM);
	assert_int_equal(r->want.bind.addr.family, AF_INET);
	no = (struct msg_sock_fail){.id = r->want.id, .error = 1};
	imsg_send(r->super, MSG_SOCK_FAIL, &no, -1);
	rig_until(r, MSG_SOCK_WANT, 2);
	assert_int_equal(r->n[MSG_DEST_SET], 0);
	have = (struct msg_sock_have){.id = r->want.id};
	sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	imsg_send(r->super, MSG_SOCK_HAVE, &have, sock);
	util_close_p(&sock);
	rig_until(r, MSG_DEST_SET, 1);
	assert_int_equal(r->n[MSG_DEST_DEL], 0);
	rig_free(r);
}

static void
hints_come_before_the_table(void **state)
{
	struct rig *r = rig_new();
	uint16_t port = 0;
	int fd = listener(&port);
	struct msg_rs_state hint = {.vs = "[192.168.3.110]:tcp:80",
				    .addr = {AF_INET, {127, 0, 0, 1}},
				    .failed = 1};
	char text[TEXT_LEN];

	(void)state;
	util_close_p(&fd);
	hint.port = port;
	check_engine_ops.on_msg(r->engine, PROC_SUPER, MSG_HINT_RS, &hint, -1);
	(void)configure(r, text_of(text, port, 1, ""));
	rig_until(r, MSG_SYNC_END, 1);
	assert_int_equal(r->n[MSG_SVC_SET], 1);
	assert_int_equal(r->n[MSG_DEST_SET], 0);
	fd = listener(&port);
	rig_until(r, MSG_DEST_SET, 1);
	util_close_p(&fd);
	rig_free(r);
}

static void
dumps_its_state(void **state)
{
	struct rig *r = rig_new();
	char text[TEXT_LEN], buf[4096];
	int p[2];
	ssize_t n;

	(void)state;
	(void)configure(r, text_of(text, 1, 1, ""));
	assert_int_equal(pipe(p), 0);
	check_engine_ops.dump(r->engine, MSG_DUMP_DATA, p[1]);
	n = read(p[0], buf, sizeof(buf) - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_non_null(
		strstr(buf, "Virtual server [192.168.3.110]:tcp:80: UP"));
	util_close_p(&p[0]);
	util_close_p(&p[1]);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_a_server),
		cmocka_unit_test(reloads_without_a_word),
		cmocka_unit_test(keeps_what_did_not_change),
		cmocka_unit_test(aborts_leave_no_trace),
		cmocka_unit_test(asks_for_marked_sockets),
		cmocka_unit_test(hints_come_before_the_table),
		cmocka_unit_test(dumps_its_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
