/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * lib/imsg and lib/msg: framing in pieces of any size, descriptors, broken
 * promises, back-pressure.  Both ends live in this process, on one loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/imsg.h"
#include "lib/util.h"

struct hdr {
	uint32_t type, size;
};

/* One end of a channel and what it saw. */
struct end {
	struct ev_loop *loop;
	struct imsg *im;
	size_t count, stop_at;
	enum msg_type last;
	union {
		struct msg_dest dest;
		struct msg_sock_want want;
		struct msg_conf conf;
	} data;
	uint64_t sum;
	bool is_in_order;
	int fd;
	char reason[128];
	bool free_in_callback;
};

static void
on_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct end *e = arg;
	size_t size = msg_row_find(type)->size;

	e->last = type;
	memcpy(&e->data, data, size < sizeof(e->data) ? size : sizeof(e->data));
	if (type == MSG_DEST_SET)
		e->is_in_order &= e->data.dest.weight == e->count;
	if (e->fd >= 0)
		close(e->fd);
	e->fd = fd;
	e->count++;
	if (e->free_in_callback)
		imsg_free(TAKE_PTR(e->im));
	if (e->count == e->stop_at)
		ev_loop_stop(e->loop);
}

static void
on_close(void *arg, const char *reason)
{
	struct end *e = arg;

	str_fill(e->reason, sizeof(e->reason), reason);
	ev_loop_stop(e->loop);
}

static const struct imsg_ops ops = {on_msg, on_close};

static void
on_deadline(void *arg, monotime_t now)
{
	(void)arg;
	(void)now;
	fail_msg("nothing more happened");
}

static void
on_turn(void *arg, monotime_t now)
{
	(void)now;
	ev_loop_stop(arg);
}

/* Runs the loop until a callback stops it, at most 10 s. */
static void
run(struct ev_loop *loop)
{
	struct ev_timer t;

	ev_timer_init(&t, loop, on_deadline, NULL);
	ev_timer_at(&t, monotime_add(monotime_now(), SEC(10)));
	ev_loop_run(loop);
	ev_timer_fini(&t);
}

static void
make_pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
}

static void
end_init(struct end *e, struct ev_loop *loop, int fd, enum proc_id me,
	 enum proc_id peer)
{
	*e = (struct end){.loop = loop, .fd = -1, .is_in_order = true};
	e->im = imsg_new(loop, fd, me, peer, &ops, e);
}

static void
end_fini(struct end *e)
{
	imsg_free(e->im);
	if (e->fd >= 0)
		close(e->fd);
}

static size_t
count_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Every row is found, says what it should and is unknown past the end. */
static void
test_table(void **state)
{
	(void)state;
	assert_string_equal(msg_row_find(MSG_STOP)->name, "STOP");
	assert_int_equal(msg_row_find(MSG_STOP)->size, sizeof(struct msg_stop));
	assert_true(msg_row_find(MSG_CONF_PREPARE)->has_fd);
	assert_null(msg_row_find(MSG_COUNT));
	assert_null(msg_row_find(UINT32_MAX));
}

static void
test_permitted(void **state)
{
	const struct msg_row *stop = msg_row_find(MSG_STOP);
	const struct msg_row *ready = msg_row_find(MSG_CONF_READY);
	const struct msg_row *dest = msg_row_find(MSG_DEST_SET);

	(void)state;
	assert_true(msg_is_permitted(stop, PROC_SUPER, PROC_VRRP));
	assert_true(msg_is_permitted(stop, PROC_SUPER, PROC_IPVS));
	assert_false(msg_is_permitted(stop, PROC_SUPER, PROC_SUPER));
	assert_false(msg_is_permitted(stop, PROC_VRRP, PROC_CHECK));
	assert_false(msg_is_permitted(stop, PROC_VRRP, PROC_SUPER));
	assert_true(msg_is_permitted(ready, PROC_VRRP, PROC_SUPER));
	assert_false(msg_is_permitted(ready, PROC_SUPER, PROC_VRRP));
	assert_false(msg_is_permitted(ready, PROC_VRRP, PROC_CHECK));
	assert_true(msg_is_permitted(dest, PROC_CHECK, PROC_IPVS));
	assert_false(msg_is_permitted(dest, PROC_IPVS, PROC_CHECK));
	assert_false(msg_is_permitted(dest, PROC_COUNT, PROC_ENGINE));
}

static void
test_channels(void **state)
{
	(void)state;
	assert_true(msg_has_channel(PROC_SUPER, PROC_VRRP));
	assert_true(msg_has_channel(PROC_CHECK, PROC_SUPER));
	assert_true(msg_has_channel(PROC_CHECK, PROC_IPVS));
	assert_true(msg_has_channel(PROC_IPVS, PROC_CHECK));
	assert_false(msg_has_channel(PROC_VRRP, PROC_CHECK));
	assert_false(msg_has_channel(PROC_VRRP, PROC_IPVS));
	assert_string_equal(proc_name(PROC_CHECK), "check");
}

/* A message written byte by byte arrives once, whole. */
static void
test_fragments(void **state)
{
	struct msg_dest dest = {.weight = 0, .fwd_method = 77};
	struct hdr hdr = {MSG_DEST_SET, sizeof(dest)};
	uint8_t bytes[sizeof(hdr) + sizeof(dest)];
	struct ev_loop *loop = ev_loop_new();
	struct end e;
	int fd[2];

	(void)state;
	memcpy(bytes, &hdr, sizeof(hdr));
	memcpy(bytes + sizeof(hdr), &dest, sizeof(dest));
	make_pair(fd);
	end_init(&e, loop, fd[0], PROC_IPVS, PROC_CHECK);
	e.stop_at = 1;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(write(fd[1], bytes + i, 1), 1);
		if (i % 16 == 3 &&
		    i + 1 < sizeof(bytes)) { /* let the reader see each piece */
			struct ev_timer t;

			ev_timer_init(&t, loop, on_turn, loop);
			ev_timer_at(&t, monotime_now());
			ev_loop_run(loop);
			ev_timer_fini(&t);
			assert_int_equal(e.count, 0);
		}
	}
	run(loop);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.data.dest.fwd_method, 77);
	close(fd[1]);
	end_fini(&e);
	ev_loop_free(loop);
}

/* Several messages with descriptors in between: each gets its own. */
static void
test_descriptors(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	size_t before = count_fds();
	struct msg_conf conf = {0};
	struct end a, b;
	char byte = 0;
	int fd[2], p[2];

	(void)state;
	make_pair(fd);
	end_init(&a, loop, fd[0], PROC_SUPER, PROC_VRRP);
	end_init(&b, loop, fd[1], PROC_VRRP, PROC_SUPER);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pipe(p), 0);
		assert_int_equal(write(p[1], &(char){'a' + i}, 1), 1);
		conf.generation = i;
		imsg_send(a.im, MSG_CONF_COMMIT, &conf, -1);
		imsg_send(a.im, MSG_CONF_PREPARE, &conf, p[0]);
		close(p[0]);
		close(p[1]);
	}
	for (int i = 0; i < 20; i++) {
		b.stop_at = b.count + 2 - b.count % 2;
		while (b.count < 2 * (size_t)i + 2)
			run(loop);
		if (b.count == 2 * (size_t)i + 2) {
			assert_int_equal(read(b.fd, &byte, 1), 1);
			assert_int_equal(byte,
					 'a' + (int)b.data.conf.generation);
		}
	}
	assert_int_equal(b.count, 40);
	assert_int_equal(byte, 'a' + 19);
	end_fini(&a);
	end_fini(&b);
	assert_int_equal(count_fds(), before);
	ev_loop_free(loop);
}

/* Sends raw bytes (with a descriptor if fd >= 0) and expects the reader to
 * close the channel for this reason. */
static void
expect_broken(const void *bytes, size_t len, int n_fds, const char *reason)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)bytes, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct ev_loop *loop = ev_loop_new();
	size_t before = count_fds();
	struct cmsghdr *c;
	struct end e;
	int fd[2];

	make_pair(fd);
	end_init(&e, loop, fd[0], PROC_VRRP, PROC_SUPER);
	if (n_fds > 0) {
		mh.msg_control = control.bytes;
		mh.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		for (int i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){0},
			       sizeof(int));
	}
	assert_int_equal(sendmsg(fd[1], &mh, 0), (ssize_t)len);
	close(fd[1]);
	run(loop);
	assert_string_equal(e.reason, reason);
	/* Only a stray descriptor shows after its message. */
	assert_int_equal(e.count, e.last == MSG_PEER_GONE);
	end_fini(&e);
	assert_int_equal(count_fds(), before);
	ev_loop_free(loop);
}

static void
test_wrong_size(void **state)
{
	struct {
		struct hdr hdr;
		struct msg_stop stop;
		uint32_t more;
	} m = {{MSG_STOP, sizeof(struct msg_stop) + 4}, {0}, 0};

	(void)state;
	expect_broken(&m, sizeof(m), 0, "it sent a message of wrong size");
	m.hdr.size = UINT32_MAX;
	expect_broken(&m, sizeof(m), 0, "it sent a message of wrong size");
	m.hdr.size = 0;
	expect_broken(&m, sizeof(m.hdr), 0, "it sent a message of wrong size");
}

static void
test_wrong_type(void **state)
{
	struct hdr hdr = {MSG_COUNT, 4};

	(void)state;
	expect_broken(&hdr, sizeof(hdr), 0,
		      "it sent a message of unknown type");
	hdr.type = UINT32_MAX;
	expect_broken(&hdr, sizeof(hdr), 0,
		      "it sent a message of unknown type");
}

static void
test_wrong_sender(void **state)
{
	struct hdr hdr = {MSG_VRRP_STATE, sizeof(struct msg_vrrp_state)};

	(void)state;
	expect_broken(&hdr, sizeof(hdr), 0,
		      "it sent a message that is not its to send");
}

static void
test_missing_descriptor(void **state)
{
	struct {
		struct hdr hdr;
		struct msg_conf conf;
	} m = {{MSG_CONF_PREPARE, sizeof(struct msg_conf)}, {1, 0}};

	(void)state;
	expect_broken(&m, sizeof(m), 0,
		      "it sent a message without its descriptor");
}

static void
test_surplus_descriptors(void **state)
{
	struct {
		struct hdr hdr;
		struct msg_conf conf;
	} m = {{MSG_CONF_PREPARE, sizeof(struct msg_conf)}, {1, 0}};

	(void)state;
	expect_broken(&m, sizeof(m), 3, "it sent too many descriptors");
	expect_broken(&m, sizeof(m), 8, "it sent too many descriptors");
}

/* A descriptor on a message that has none closes the channel too. */
static void
test_stray_descriptor(void **state)
{
	struct {
		struct hdr hdr;
		struct msg_peer peer;
	} m = {{MSG_PEER_GONE, sizeof(struct msg_peer)}, {PROC_CHECK}};

	(void)state;
	expect_broken(&m, sizeof(m), 1,
		      "it sent a descriptor that no message has");
}

static void
test_truncated(void **state)
{
	struct hdr hdr = {MSG_STOP, sizeof(struct msg_stop)};

	(void)state;
	expect_broken(&hdr, sizeof(hdr), 0,
		      "it went in the middle of a message");
}

/* 100,000 messages into a reader that starts late: all, in order. */
static void
test_back_pressure(void **state)
{
	enum { N = 100000 };
	struct ev_loop *loop = ev_loop_new();
	struct msg_dest dest = {0};
	struct end a, b;
	int fd[2];

	(void)state;
	make_pair(fd);
	end_init(&a, loop, fd[0], PROC_CHECK, PROC_IPVS);
	end_init(&b, loop, fd[1], PROC_IPVS, PROC_CHECK);
	for (uint32_t i = 0; i < N; i++) {
		dest.weight = i;
		imsg_send(a.im, MSG_DEST_SET, &dest, -1);
	}
	assert_int_equal(imsg_queued(a.im),
			 N * (sizeof(struct hdr) + sizeof(dest)));
	assert_int_equal(imsg_flush(a.im, MSEC(1)), -ETIMEDOUT);
	assert_true(imsg_queued(a.im) > 0);
	b.stop_at = N;
	run(loop);
	assert_int_equal(b.count, N);
	assert_true(b.is_in_order);
	assert_int_equal(imsg_queued(a.im), 0);
	end_fini(&a);
	end_fini(&b);
	ev_loop_free(loop);
}

/* A peer that never reads breaks the channel once the queue is full. */
static void
test_queue_full(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	struct msg_dest dest = {0};
	struct end a;
	int fd[2];

	(void)state;
	make_pair(fd);
	end_init(&a, loop, fd[0], PROC_CHECK, PROC_IPVS);
	for (size_t n = 0; n <= IMSG_QUEUE_MAX / sizeof(dest) + 1; n++)
		imsg_send(a.im, MSG_DEST_SET, &dest, -1);
	run(loop);
	assert_string_equal(a.reason, "it does not read its messages");
	close(fd[1]);
	end_fini(&a);
	ev_loop_free(loop);
}

/* What was sent before the peer closed is still delivered, then the end. */
static void
test_close_after_messages(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	struct msg_done done = {.generation = 3};
	struct end a, b;
	int fd[2];

	(void)state;
	make_pair(fd);
	end_init(&a, loop, fd[0], PROC_VRRP, PROC_SUPER);
	end_init(&b, loop, fd[1], PROC_SUPER, PROC_VRRP);
	imsg_send(a.im, MSG_CONF_READY, &done, -1);
	imsg_send(a.im, MSG_CONF_DONE, &done, -1);
	assert_int_equal(imsg_flush(a.im, SEC(1)), 0);
	end_fini(&a);
	run(loop);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.last, MSG_CONF_DONE);
	assert_string_equal(b.reason, "it is gone");
	end_fini(&b);
	ev_loop_free(loop);
}

/* The owner may free the channel from inside its callback. */
static void
test_free_in_callback(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	struct msg_done done = {.generation = 3};
	struct end a, b;
	int fd[2];

	(void)state;
	make_pair(fd);
	end_init(&a, loop, fd[0], PROC_VRRP, PROC_SUPER);
	end_init(&b, loop, fd[1], PROC_SUPER, PROC_VRRP);
	b.free_in_callback = true;
	b.stop_at = 1;
	imsg_send(a.im, MSG_CONF_READY, &done, -1);
	imsg_send(a.im, MSG_CONF_DONE, &done, -1);
	run(loop);
	assert_int_equal(b.count, 1);
	assert_null(b.im);
	run(loop);
	assert_string_equal(a.reason, "it is gone");
	end_fini(&a);
	ev_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_permitted),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_wrong_size),
		cmocka_unit_test(test_wrong_type),
		cmocka_unit_test(test_wrong_sender),
		cmocka_unit_test(test_missing_descriptor),
		cmocka_unit_test(test_surplus_descriptors),
		cmocka_unit_test(test_stray_descriptor),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_close_after_messages),
		cmocka_unit_test(test_free_in_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
