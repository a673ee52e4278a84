/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Framing, queueing and checking of messages; see imsg.h.
 *
 * On the socket a message is a header (type, payload size), then the payload.
 * A descriptor travels with the first byte of its message: the kernel never
 * delivers two bundles of descriptors in one read, and never a bundle after
 * the bytes that it was sent with, so descriptors and the messages that want
 * one pair up in order.
 *
 * Messages are written when the loop comes round, so that a burst takes few
 * system calls.  Nothing here blocks but imsg_flush().
 */
#include "lib/imsg.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/util.h"

#define READ_BYTES     16384
#define READS_PER_WAKE 64
#define FDS_PER_READ   4 /* one is honest; more must be seen to be refused */
#define FDS_WAITING    2 /* of the message begun and of the one behind it */
#define COMPACT_BYTES  65536

struct imsg_hdr {
	uint32_t type;
	uint32_t size; /* of the payload */
};

union payload {
	alignas(max_align_t) char bytes[1];
#define MSG(name, from, to, payload, fd) payload name;
	MSG_TABLE(MSG)
#undef MSG
};

/* A descriptor to send with the byte at this position of the stream. */
struct out_fd {
	uint64_t pos;
	int fd;
};

struct imsg {
	struct ev_io io;
	enum proc_id me, peer;
	const struct imsg_ops *ops;
	void *arg;
	int depth;	    /* callbacks under way */
	bool is_freed;	    /* imsg_free() came from a callback */
	bool is_gone;	    /* the peer closed its end */
	const char *broken; /* why nothing more can be sent or received */

	/* to send: out[out_start .. out_end); pos is of out[out_start] */
	uint8_t *out;
	size_t out_start, out_end, out_size;
	uint64_t pos;
	struct out_fd *out_fds;
	size_t out_fd_start, out_fd_end, out_fd_size;

	/* received, not yet handed on */
	size_t in_len;
	int in_fds[FDS_WAITING];
	size_t in_fd_count;
	uint8_t in[READ_BYTES];
};

static_assert(sizeof(union payload) + sizeof(struct imsg_hdr) <= READ_BYTES,
	      "a message must fit the receive buffer");

static void on_io(void *arg, int what);

struct imsg *
imsg_new(struct ev_loop *loop, int sock, enum proc_id me, enum proc_id peer,
	 const struct imsg_ops *ops, void *arg)
{
	struct imsg *im = xcalloc(1, sizeof(*im));
	int flags = fcntl(sock, F_GETFL);

	if (flags < 0 || fcntl(sock, F_SETFL, flags | O_NONBLOCK) < 0)
		fatal("channel to %s: %s", proc_name(peer), strerror(errno));
	im->me = me;
	im->peer = peer;
	im->ops = ops;
	im->arg = arg;
	ev_io_init(&im->io, loop, sock, EVENT_READ, on_io, im);
	return im;
}

void
imsg_free(struct imsg *im)
{
	if (im == NULL)
		return;
	if (im->depth > 0) {
		im->is_freed = true;
		ev_io_set(&im->io, 0);
		return;
	}
	ev_io_fini(&im->io);
	(void)close(im->io.fd); /* a socket: nothing to lose */
	for (size_t i = im->out_fd_start; i < im->out_fd_end; i++)
		(void)close(im->out_fds[i].fd);
	for (size_t i = 0; i < im->in_fd_count; i++)
		(void)close(im->in_fds[i]);
	free(im->out_fds);
	free(im->out);
	free(im);
}

bool
imsg_is_gone(const struct imsg *im)
{
	return im->is_gone;
}

size_t
imsg_queued(const struct imsg *im)
{
	return im->out_end - im->out_start;
}

/* ---- sending ---- */

/* Nothing more goes in or out; the loop tells the owner. */
static void
set_broken(struct imsg *im, const char *reason)
{
	if (im->broken == NULL)
		im->broken = reason;
	/* Also wakes the loop; a peer that is gone already is as good. */
	(void)shutdown(im->io.fd, SHUT_RDWR);
}

static void
out_append(struct imsg *im, const void *data, size_t len)
{
	size_t want;

	if (im->out_start == im->out_end)
		im->out_start = im->out_end = 0;
	if (im->out_start > COMPACT_BYTES &&
	    im->out_start > im->out_end - im->out_start) {
		memmove(im->out, im->out + im->out_start,
			im->out_end - im->out_start);
		im->out_end -= im->out_start;
		im->out_start = 0;
	}
	want = im->out_end + len;
	if (want > im->out_size) {
		im->out_size = want < 4096 ? 4096 : want * 2;
		im->out = xrealloc(im->out, im->out_size);
	}
	memcpy(im->out + im->out_end, data, len);
	im->out_end += len;
}

static void
out_append_fd(struct imsg *im, uint64_t pos, int fd)
{
	if (im->out_fd_start == im->out_fd_end)
		im->out_fd_start = im->out_fd_end = 0;
	if (im->out_fd_end == im->out_fd_size) {
		im->out_fd_size = im->out_fd_size * 2 + 4;
		im->out_fds = xrealloc(
			im->out_fds, im->out_fd_size * sizeof(im->out_fds[0]));
	}
	im->out_fds[im->out_fd_end++] = (struct out_fd){pos, fd};
}

void
imsg_send(struct imsg *im, enum msg_type type, const void *data, int fd)
{
	const struct msg_row *row = msg_row_find(type);
	struct imsg_hdr hdr;

	assert(row != NULL && msg_is_permitted(row, im->me, im->peer));
	assert(row->has_fd == (fd >= 0));
	if (im->broken != NULL || im->is_freed)
		return;
	if (imsg_queued(im) > IMSG_QUEUE_MAX) {
		set_broken(im, "it does not read its messages");
		return;
	}
	if (row->has_fd) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0) {
			set_broken(im, "no descriptor left");
			return;
		}
		out_append_fd(im, im->pos + imsg_queued(im), fd);
	}
	hdr = (struct imsg_hdr){.type = type, .size = (uint32_t)row->size};
	out_append(im, &hdr, sizeof(hdr));
	out_append(im, data, row->size);
	ev_io_set(&im->io, EVENT_READ | EVENT_WRITE);
}

/* One sendmsg(): up to the next descriptor, or that descriptor with the bytes
 * up to the one after it. */
static ssize_t
write_some(struct imsg *im)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {im->out + im->out_start, imsg_queued(im)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t left = im->out_fd_end - im->out_fd_start;
	const struct out_fd *next =
		left > 0 ? im->out_fds + im->out_fd_start : NULL;
	bool has_fd = left > 0 && next->pos == im->pos;
	struct cmsghdr *c;
	ssize_t n;

	if (has_fd) {
		memset(control, 0, sizeof(control));
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &next->fd, sizeof(int));
		next++;
		left--;
	}
	if (left > 0 && next->pos - im->pos < iov.iov_len)
		iov.iov_len = next->pos - im->pos;
	n = sendmsg(im->io.fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	if (has_fd)
		(void)close(im->out_fds[im->out_fd_start++].fd);
	im->out_start += (size_t)n;
	im->pos += (uint64_t)n;
	return n;
}

/* Writes what the socket takes: 0, -EAGAIN if bytes are left, or -errno. */
static int
write_all(struct imsg *im)
{
	while (imsg_queued(im) > 0) {
		ssize_t n = write_some(im);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN || n == -EWOULDBLOCK || n == -ENOBUFS ||
		    n == -ETOOMANYREFS)
			return -EAGAIN;
		if (n < 0)
			return (int)n;
	}
	if (im->out_size > COMPACT_BYTES) {
		free(im->out);
		im->out = NULL;
		im->out_size = im->out_start = im->out_end = 0;
	}
	return 0;
}

int
imsg_flush(struct imsg *im, nsec_t timeout)
{
	monotime_t end = monotime_add(monotime_now(), timeout);

	for (;;) {
		struct pollfd p = {.fd = im->io.fd, .events = POLLOUT};
		int r = write_all(im);
		nsec_t left = monotime_sub(end, monotime_now());

		if (r != -EAGAIN)
			return r;
		if (left <= 0)
			return -ETIMEDOUT;
		/* An interrupted or early poll only comes round again. */
		(void)poll(&p, 1, (int)(left / MSEC(1)) + 1);
	}
}

/* ---- receiving ---- */

/* Takes the descriptors out of a received header.  NULL or the reason to
 * close. */
static const char *
take_fds(struct imsg *im, struct msghdr *mh)
{
	const char *reason = NULL;

	if (mh->msg_flags & MSG_CTRUNC)
		reason = "it sent too many descriptors";
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL;
	     c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (reason == NULL && im->in_fd_count < FDS_WAITING) {
				im->in_fds[im->in_fd_count++] = fd;
				continue;
			}
			(void)close(fd); /* not wanted */
			reason = "it sent too many descriptors";
		}
	}
	return reason;
}

/* Is this header one that the peer may send us?  NULL or the reason. */
static const char *
check_header(const struct imsg *im, const struct imsg_hdr *hdr)
{
	const struct msg_row *row = msg_row_find(hdr->type);

	if (row == NULL)
		return "it sent a message of unknown type";
	if (!msg_is_permitted(row, im->peer, im->me))
		return "it sent a message that is not its to send";
	if (hdr->size != row->size)
		return "it sent a message of wrong size";
	return NULL;
}

/* Takes the descriptor of the message that is complete, if it has one. */
static const char *
next_fd(struct imsg *im, bool has_fd, int *fd)
{
	*fd = -1;
	if (!has_fd)
		return NULL;
	if (im->in_fd_count == 0)
		return "it sent a message without its descriptor";
	*fd = im->in_fds[0];
	im->in_fds[0] = im->in_fds[1];
	im->in_fd_count--;
	return NULL;
}

/* Hands on all whole messages in the buffer.  NULL or the reason to close. */
static const char *
deliver(struct imsg *im)
{
	const char *reason = NULL;
	size_t off = 0;

	while (im->in_len - off >= sizeof(struct imsg_hdr)) {
		struct imsg_hdr hdr;
		union payload data;
		int fd;

		memcpy(&hdr, im->in + off, sizeof(hdr));
		reason = check_header(im, &hdr);
		if (reason != NULL || im->in_len - off < sizeof(hdr) + hdr.size)
			break;
		memcpy(&data, im->in + off + sizeof(hdr), hdr.size);
		off += sizeof(hdr) + hdr.size;
		reason = next_fd(im, msg_row_find(hdr.type)->has_fd, &fd);
		if (reason != NULL)
			break;
		im->ops->on_msg(im->arg, (enum msg_type)hdr.type, &data, fd);
		if (im->is_freed)
			return NULL;
	}
	if (off > 0)
		memmove(im->in, im->in + off, im->in_len - off);
	im->in_len -= off;
	if (reason == NULL && im->in_len == 0 && im->in_fd_count > 0)
		reason = "it sent a descriptor that no message has";
	return reason;
}

/* One read and what came of it.  1: ask again, 0: nothing there; *reason is
 * set if the channel must close. */
static int
read_some(struct imsg *im, const char **reason)
{
	alignas(struct cmsghdr) char
		control[CMSG_SPACE(FDS_PER_READ * sizeof(int))];
	struct iovec iov = {im->in + im->in_len, sizeof(im->in) - im->in_len};
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(im->io.fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n < 0) {
		if (errno == EINTR)
			return 1;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			im->is_gone = true;
			*reason = "it is gone";
		}
		return 0;
	}
	*reason = take_fds(im, &mh);
	if (n == 0 && *reason == NULL) {
		im->is_gone = true;
		*reason = im->in_len > 0 ? "it went in the middle of a message"
					 : "it is gone";
	}
	if (*reason != NULL)
		return 0;
	im->in_len += (size_t)n;
	*reason = deliver(im);
	return *reason == NULL && !im->is_freed;
}

/* Reads at most so many times, then tells of an end. */
static void
receive(struct imsg *im, int reads)
{
	const char *reason = im->broken;
	int more = 1;

	im->depth++;
	for (int i = 0; reason == NULL && more && i < reads; i++)
		more = read_some(im, &reason);
	if (reason == NULL)
		reason = im->broken;
	if (reason != NULL && !im->is_freed) {
		im->broken = reason;
		ev_io_set(&im->io, 0);
		im->ops->on_close(im->arg, reason);
	}
	im->depth--;
	if (im->is_freed && im->depth == 0)
		imsg_free(im);
}

void
imsg_receive(struct imsg *im)
{
	receive(im, INT_MAX); /* ends when nothing is left */
}

static void
on_io(void *arg, int what)
{
	struct imsg *im = arg;

	/* If writing fails, what the peer said before it went is still
	 * read. */
	if ((what & EVENT_WRITE) && im->broken == NULL &&
	    write_all(im) != -EAGAIN)
		ev_io_set(&im->io, EVENT_READ);
	if ((what & EVENT_READ) || im->broken != NULL)
		receive(im, READS_PER_WAKE);
}
