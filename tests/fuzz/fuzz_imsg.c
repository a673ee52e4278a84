/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes on a channel.  The first byte picks who listens to
 * whom and how the rest is cut into pieces; a descriptor comes along with
 * some of them.  The reader must end in on_close, leak nothing and hand on
 * only messages that the table permits.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/imsg.h"
#include "lib/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reader {
	struct ev_loop *loop;
	enum proc_id me, peer;
};

static void
on_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct reader *r = arg;
	const struct msg_row *row = msg_row_find(type);
	uint8_t sum = 0;

	if (row == NULL || !msg_is_permitted(row, r->peer, r->me) ||
	    row->has_fd != (fd >= 0))
		abort();
	for (size_t i = 0; i < row->size; i++)
		sum |= ((const uint8_t *)data)[i];
	if (sum == 0 && row->size == 0) /* the bytes were read: no ASan fault */
		abort();
	if (fd >= 0)
		(void)close(fd);
}

static void
on_close(void *arg, const char *reason)
{
	struct reader *r = arg;

	if (reason == NULL)
		abort();
	ev_loop_stop(r->loop);
}

static const struct imsg_ops ops = {on_msg, on_close};

/* Sends one piece, with descriptor 0 if asked. */
static void
send_piece(int sock, const uint8_t *p, size_t len, bool with_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (with_fd) {
		mh.msg_control = control.bytes;
		mh.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &(int){STDERR_FILENO}, sizeof(int));
	}
	(void)!sendmsg(sock, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;
	struct imsg *im;
	size_t piece;
	int fd[2];

	if (size < 1 || size > 8192 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return 0;
	r.me = data[0] % PROC_COUNT;
	r.peer = data[0] / PROC_COUNT % PROC_COUNT;
	r.loop = ev_loop_new();
	piece = data[0] & 0x80 ? size : 1 + (size_t)(data[0] % 61);
	im = imsg_new(r.loop, fd[0], r.me, r.peer, &ops, &r);
	for (size_t off = 1; off < size; off += piece)
		send_piece(fd[1], data + off,
			   size - off < piece ? size - off : piece,
			   (data[0] & 0x40) && off == 1);
	(void)close(fd[1]);
	ev_loop_run(r.loop);
	imsg_free(im);
	ev_loop_free(r.loop);
	return 0;
}
