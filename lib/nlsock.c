/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Netlink transport over libmnl; see nlsock.h.
 *
 * Kernel families do a request while sendmsg() runs and have queued its answer
 * when it returns.  So a batch goes out in parts whose answers fit into the
 * receive buffer, and one pass over the socket collects them: two system
 * calls for some hundred requests.  An error is answered whether asked for or
 * not, in the order of the requests; so only the last of a part asks, and
 * what has no answer before its was done.  It never knows what a message
 * means and never sends one twice: a repeated request need not be the same
 * request.
 */
#include "lib/nlsock.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/util.h"

enum {
	RECV_SIZE = 65536,    /* a dump part is at most 32 KiB */
	PART_BYTES = 32768,   /* of one sendmsg(), below SO_SNDBUF */
	PART_MIN = 16,	      /* requests in one sendmsg(), whatever ... */
	PART_MAX = 512,	      /* ... the receive buffer is */
	ACK_TRUESIZE = 2048,  /* charged to the receive buffer, generously */
	ACK_SIZE = 1024,      /* header of the request or its first bytes */
	ACKS_AT_ONCE = 64,    /* one recvmmsg() */
	ANSWER_MS = 5000,     /* the kernel answers at once or never */
	NOTES_AT_ONCE = 4096, /* datagrams per nlsock_recv() */
	DUMP_PARTS_MAX = 1 << 22, /* datagrams in one dump */
};

struct nlsock {
	struct mnl_socket *mnl;
	uint32_t seq; /* of the last request */
	int has_groups;
	uint32_t dump_seq; /* of the dump that runs in slices */
	uint8_t *buf;	   /* RECV_SIZE */
};

struct request {
	uint64_t token;
	size_t len;
	int error;
	int is_answered;
};

struct nlsock_batch {
	struct nlsock *s;
	uint8_t *data; /* aligned messages, one after the other */
	size_t len, size;
	struct request *req;
	size_t count, room;
	uint8_t *acks; /* ACKS_AT_ONCE × ACK_SIZE */
};

int
nlsock_open(int bus, uint32_t groups, struct nlsock **out)
{
	struct mnl_socket *mnl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	struct nlsock *s;
	int on = 1;

	if (mnl == NULL)
		return -errno;
	if (mnl_socket_bind(mnl, groups, MNL_SOCKET_AUTOPID) < 0) {
		int err = -errno;

		(void)mnl_socket_close(mnl); /* the bind error is told */
		return err;
	}
	/* Answers without a copy of the request; an old kernel's are longer,
	 * which ACK_SIZE and the part sizes allow for. */
	(void)mnl_socket_setsockopt(mnl, NETLINK_CAP_ACK, &on, sizeof(on));
	s = xcalloc(1, sizeof(*s));
	s->mnl = mnl;
	s->has_groups = groups != 0;
	s->buf = xcalloc(1, RECV_SIZE);
	*out = s;
	return 0;
}

int
nlsock_join(struct nlsock *s, uint32_t group)
{
	if (mnl_socket_setsockopt(s->mnl, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return -errno;
	s->has_groups = 1;
	return 0;
}

void
nlsock_close(struct nlsock *s)
{
	if (s == NULL)
		return;
	(void)mnl_socket_close(s->mnl); /* nothing is lost */
	free(s->buf);
	free(s);
}

int
nlsock_fd(const struct nlsock *s)
{
	return mnl_socket_get_fd(s->mnl);
}

int
nlsock_set_rcvbuf(struct nlsock *s, size_t bytes, int force)
{
	int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	if (setsockopt(nlsock_fd(s), SOL_SOCKET,
		       force ? SO_RCVBUFFORCE : SO_RCVBUF, &size,
		       sizeof(size)) < 0)
		return -errno;
	return 0;
}

int
nlsock_set_filter(struct nlsock *s, const struct sock_fprog *prog)
{
	return setsockopt(nlsock_fd(s), SOL_SOCKET, SO_ATTACH_FILTER, prog,
			  sizeof(*prog)) < 0
		       ? -errno
		       : 0;
}

int
nlsock_set_strict(struct nlsock *s)
{
	int on = 1;

	return mnl_socket_setsockopt(s->mnl, NETLINK_GET_STRICT_CHK, &on,
				     sizeof(on)) < 0
		       ? -errno
		       : 0;
}

/* 0 never goes out: notifications carry it. */
static uint32_t
next_seq(struct nlsock *s)
{
	if (++s->seq == 0)
		s->seq = 1;
	return s->seq;
}

static int
send_all(struct nlsock *s, const void *data, size_t len)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do {
		n = sendto(nlsock_fd(s), data, len, 0,
			   (const struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Waits for something to read; -ETIMEDOUT, so that no answer is no hang. */
static int
wait_readable(struct nlsock *s)
{
	struct pollfd p = {.fd = nlsock_fd(s), .events = POLLIN};
	int n;

	do {
		n = poll(&p, 1, ANSWER_MS);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/*
 * One datagram into s->buf.  Returns its length; 0 if it came from a process
 * (only the kernel is believed); -EAGAIN if none waits; -ENOBUFS if some were
 * lost or this one was cut off.
 */
static ssize_t
recv_one(struct nlsock *s)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = s->buf, .iov_len = RECV_SIZE};
	struct msghdr mh = {.msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1};
	ssize_t n;

	do {
		n = recvmsg(nlsock_fd(s), &mh, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (mh.msg_flags & MSG_TRUNC)
		return -ENOBUFS;
	return from.nl_pid == 0 ? n : 0;
}

/* The error of an NLMSG_ERROR or NLMSG_DONE message: 0 or -errno. */
static int
end_error(const struct nlmsghdr *nlh)
{
	int32_t err = 0;

	/* A DONE without a value is a success of old kernels. */
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(err))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	return err > 0 ? -EBADMSG : err;
}

/* ---- one question, many answers ---- */

struct answers {
	uint32_t seq;
	int (*on_msg)(void *arg, const struct nlmsghdr *nlh);
	void *arg;
	int error; /* the first one, kept while the rest is read */
	int is_done;
};

static void
take_answer(struct answers *a, const struct nlmsghdr *nlh)
{
	int err = 0;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		err = -EINTR;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		a->is_done = 1;
		if (err == 0)
			err = end_error(nlh);
	} else if (err == 0 && a->error == 0 && a->on_msg != NULL &&
		   nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
		err = a->on_msg(a->arg, nlh);
	}
	if (a->error == 0)
		a->error = err;
}

static void
take_datagram(struct answers *a, const uint8_t *buf, ssize_t n)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int left = (int)n;

	while (!a->is_done && mnl_nlmsg_ok(nlh, left)) {
		if (nlh->nlmsg_seq == a->seq)
			take_answer(a, nlh);
		nlh = mnl_nlmsg_next(nlh, &left);
	}
}

static int
ask(struct nlsock *s, struct nlmsghdr *req, struct answers *a)
{
	int err;

	assert(!s->has_groups);
	req->nlmsg_seq = a->seq = next_seq(s);
	req->nlmsg_pid = 0;
	err = send_all(s, req, req->nlmsg_len);
	if (err < 0)
		return err;
	for (int i = 0; i < DUMP_PARTS_MAX && !a->is_done; i++) {
		ssize_t n = recv_one(s);

		if (n == -EAGAIN)
			n = wait_readable(s);
		else if (n > 0)
			take_datagram(a, s->buf, n);
		if (n == -ENOBUFS && a->error == 0)
			a->error = -EINTR; /* a part is missing: ask again */
		else if (n < 0 && n != -ENOBUFS)
			return (int)n;
	}
	return a->is_done ? a->error : -EMSGSIZE;
}

int
nlsock_dump(struct nlsock *s, struct nlmsghdr *req,
	    int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	struct answers a = {.on_msg = on_msg, .arg = arg};

	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	return ask(s, req, &a);
}

int
nlsock_ask(struct nlsock *s, struct nlmsghdr *req,
	   int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	struct answers a = {.on_msg = on_msg, .arg = arg};

	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	return ask(s, req, &a);
}

int
nlsock_dump_begin(struct nlsock *s, struct nlmsghdr *req)
{
	assert(!s->has_groups);
	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	req->nlmsg_seq = s->dump_seq = next_seq(s);
	req->nlmsg_pid = 0;
	return send_all(s, req, req->nlmsg_len);
}

int
nlsock_dump_more(struct nlsock *s, size_t parts,
		 int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		 void *arg)
{
	struct answers a = {.seq = s->dump_seq, .on_msg = on_msg, .arg = arg};

	for (size_t i = 0; i < parts && !a.is_done; i++) {
		ssize_t n = recv_one(s);

		if (n == -EAGAIN)
			break;
		if (n < 0)
			return n == -ENOBUFS ? -EINTR : (int)n;
		take_datagram(&a, s->buf, n);
	}
	if (a.error != 0)
		return a.error;
	return !a.is_done;
}

/* ---- batches ---- */

struct nlsock_batch *
nlsock_batch_new(struct nlsock *s)
{
	struct nlsock_batch *b = xcalloc(1, sizeof(*b));

	b->s = s;
	b->acks = xcalloc(ACKS_AT_ONCE, ACK_SIZE);
	return b;
}

void
nlsock_batch_free(struct nlsock_batch *b)
{
	if (b == NULL)
		return;
	free(b->data);
	free(b->req);
	free(b->acks);
	free(b);
}

struct nlmsghdr *
nlsock_batch_next(struct nlsock_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	if (b->size - b->len < NLSOCK_MSG_MAX) {
		b->size = b->size * 2 + 2 * NLSOCK_MSG_MAX;
		b->data = xrealloc(b->data, b->size);
	}
	if (b->count == b->room) {
		b->room = b->room * 2 + 16;
		b->req = xrealloc(b->req, b->room * sizeof(*b->req));
	}
	nlh = mnl_nlmsg_put_header(b->data + b->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags | NLM_F_REQUEST;
	return nlh;
}

void
nlsock_batch_commit(struct nlsock_batch *b, uint64_t token)
{
	const struct nlmsghdr *nlh =
		(const struct nlmsghdr *)(b->data + b->len);
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	assert(len <= NLSOCK_MSG_MAX);
	b->req[b->count++] = (struct request){.token = token, .len = len};
	b->len += len;
}

size_t
nlsock_batch_count(const struct nlsock_batch *b)
{
	return b->count;
}

/* Requests whose answers surely fit the receive buffer. */
static size_t
part_limit(const struct nlsock *s)
{
	int size = 0;
	socklen_t len = sizeof(size);
	size_t n;

	if (getsockopt(nlsock_fd(s), SOL_SOCKET, SO_RCVBUF, &size, &len) < 0 ||
	    size < 0)
		return PART_MIN;
	n = (size_t)size / ACK_TRUESIZE;
	if (n < PART_MIN)
		return PART_MIN;
	return n > PART_MAX ? PART_MAX : n;
}

/* Notes the answer to one of the n requests from r on; first is the sequence
 * number of the first. */
static void
take_ack(struct request *r, size_t n, uint32_t first,
	 const struct nlmsghdr *nlh)
{
	size_t i = nlh->nlmsg_seq - first;

	if (nlh->nlmsg_type != NLMSG_ERROR || i >= n || r[i].is_answered)
		return;
	r[i].error = end_error(nlh);
	r[i].is_answered = 1;
}

/* One recvmmsg(): 0 or -errno. */
static int
recv_acks(struct nlsock_batch *b, struct request *r, size_t n, uint32_t first)
{
	struct mmsghdr mh[ACKS_AT_ONCE];
	struct iovec iov[ACKS_AT_ONCE];
	struct sockaddr_nl from[ACKS_AT_ONCE];
	int k;

	for (size_t i = 0; i < ACKS_AT_ONCE; i++) {
		iov[i] = (struct iovec){b->acks + i * ACK_SIZE, ACK_SIZE};
		mh[i] = (struct mmsghdr){
			.msg_hdr = {.msg_name = &from[i],
				    .msg_namelen = sizeof(from[i]),
				    .msg_iov = &iov[i],
				    .msg_iovlen = 1}};
	}
	do {
		k = recvmmsg(nlsock_fd(b->s), mh, ACKS_AT_ONCE, MSG_DONTWAIT,
			     NULL);
	} while (k < 0 && errno == EINTR);
	if (k < 0)
		return -errno;
	for (int i = 0; i < k; i++) {
		const struct nlmsghdr *nlh = iov[i].iov_base;
		/* A cut off answer still has its header and error. */
		int len = (int)mh[i].msg_len;

		if (from[i].nl_pid != 0 ||
		    len < (int)(sizeof(*nlh) + sizeof(int32_t)))
			continue;
		take_ack(r, n, first, nlh);
	}
	return 0;
}

/* Collects the answers to n requests, up to the last one's. */
static int
collect(struct nlsock_batch *b, struct request *r, size_t n, uint32_t first)
{
	for (size_t tries = 0; !r[n - 1].is_answered && tries < 2 * n + 64;
	     tries++) {
		int err = recv_acks(b, r, n, first);

		if (err == -EAGAIN)
			err = wait_readable(b->s);
		if (err < 0)
			return err;
	}
	return r[n - 1].is_answered ? 0 : -ENOBUFS;
}

/* After lost answers: what is still queued belongs to requests given up, and
 * must not wait in front of the next part's answers. */
static void
collect_rest(struct nlsock_batch *b, struct request *r, size_t n,
	     uint32_t first)
{
	for (size_t tries = 0; tries < 2 * n + 64; tries++)
		if (recv_acks(b, r, n, first) < 0)
			return;
}

/* Numbers as many requests as fit one part; returns how many. */
static size_t
number_part(struct nlsock_batch *b, size_t at, uint8_t *data, size_t limit,
	    uint32_t *first, size_t *len)
{
	struct nlmsghdr *nlh = NULL;
	size_t n = 0;

	/* Numbers of one part are consecutive. */
	if (b->s->seq > UINT32_MAX - PART_MAX)
		b->s->seq = 0;
	*first = b->s->seq + 1;
	*len = 0;
	while (at + n < b->count && n < limit &&
	       (n == 0 || *len + b->req[at + n].len <= PART_BYTES)) {
		nlh = (struct nlmsghdr *)(data + *len);
		nlh->nlmsg_seq = next_seq(b->s);
		*len += b->req[at + n].len;
		n++;
	}
	if (nlh != NULL)
		nlh->nlmsg_flags |= NLM_F_ACK;
	return n;
}

int
nlsock_batch_run(struct nlsock_batch *b,
		 void (*on_ack)(void *arg, uint64_t token, int error),
		 void *arg)
{
	size_t limit = part_limit(b->s);
	uint8_t *data = b->data;
	int err = 0;

	assert(!b->s->has_groups);
	for (size_t at = 0, n; at < b->count; at += n) {
		struct request *r = b->req + at;
		uint32_t first;
		size_t len;
		int lost = 0;

		n = number_part(b, at, data, limit, &first, &len);
		if (err == 0)
			err = send_all(b->s, data, len);
		if (err == 0)
			lost = collect(b, r, n, first);
		if (lost < 0)
			collect_rest(b, r, n, first);
		if (lost < 0 && lost != -ENOBUFS)
			err = lost;
		for (size_t i = 0; i < n; i++)
			on_ack(arg, r[i].token,
			       r[i].is_answered ? r[i].error
			       : err < 0	? err
						: lost);
		data += len;
	}
	b->count = 0;
	b->len = 0;
	return err;
}

/* ---- notifications ---- */

int
nlsock_recv(struct nlsock *s,
	    void (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	int err = 0;

	for (int i = 0; i < NOTES_AT_ONCE; i++) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)s->buf;
		ssize_t n = recv_one(s);
		int left = (int)n;

		if (n == -EAGAIN)
			break;
		if (n == -ENOBUFS) {
			err = -ENOBUFS;
			continue;
		}
		if (n < 0)
			return (int)n;
		while (mnl_nlmsg_ok(nlh, left)) {
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
				on_msg(arg, nlh);
			nlh = mnl_nlmsg_next(nlh, &left);
		}
	}
	return err;
}
