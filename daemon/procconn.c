/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The process event connector; see procconn.h.  A message is a netlink header,
 * a connector header and the event, whose 64-bit members are not aligned:
 * everything is copied out.
 */
#include "daemon/procconn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

/* Events of one wake-up; the rest comes with the next. */
#define BATCH 512

/* Event numbers; the header has them as an enum that lost its name. */
#define EV_NONE 0x00000000u
#define EV_FORK 0x00000001u
#define EV_EXEC 0x00000002u
#define EV_COMM 0x00000200u
#define EV_EXIT 0x80000000u

#define EVENT_AT (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define FIELD(m) (EVENT_AT + offsetof(struct proc_event, event_data.m))

struct procconn {
	int fd;
	struct ev_io io;
	void (*on_event)(void *arg, enum procconn_event ev, pid_t pid,
			 pid_t parent);
	void *arg;
};

/* Lets through: answers, exec, new names; fork and exit of whole processes,
 * where thread and process have one number. */
static int
set_filter(int fd)
{
	/* jumps: 14 accepts, 15 refuses */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EV_NONE), 12, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EV_EXEC), 11, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EV_COMM), 10, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EV_FORK), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EV_EXIT), 4, 9),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(fork.child_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(fork.child_tgid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 4, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(exit.process_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(exit.process_tgid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {.len = ARRAY_LEN(code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) < 0
		       ? -errno
		       : 0;
}

/* Asks for events, or for no more of them. */
static int
subscribe(int fd, enum proc_cn_mcast_op op)
{
	struct {
		struct nlmsghdr nl;
		uint8_t cn[sizeof(struct cn_msg) + sizeof(op)];
	} m = {.nl = {.nlmsg_len = sizeof(struct nlmsghdr) + sizeof(m.cn),
		      .nlmsg_type = NLMSG_DONE,
		      .nlmsg_pid = (uint32_t)getpid()}};
	struct cn_msg cn = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
			    .seq = 1,
			    .len = sizeof(op)};

	memcpy(m.cn, &cn, sizeof(cn));
	memcpy(m.cn + sizeof(cn), &op, sizeof(op));
	return send(fd, &m, m.nl.nlmsg_len, 0) < 0 ? -errno : 0;
}

static void
on_message(struct procconn *c, const uint8_t *msg, size_t len)
{
	struct proc_event ev;

	if (len < EVENT_AT + offsetof(struct proc_event, event_data))
		return;
	memset(&ev, 0, sizeof(ev));
	len -= EVENT_AT;
	memcpy(&ev, msg + EVENT_AT, len < sizeof(ev) ? len : sizeof(ev));
	switch ((uint32_t)ev.what) {
	case EV_NONE:
		c->on_event(c->arg, PROCCONN_READY,
			    (pid_t)ev.event_data.ack.err, 0);
		return;
	case EV_FORK:
		c->on_event(c->arg, PROCCONN_FORK,
			    ev.event_data.fork.child_tgid,
			    ev.event_data.fork.parent_tgid);
		return;
	case EV_EXEC:
		c->on_event(c->arg, PROCCONN_NAME,
			    ev.event_data.exec.process_tgid, 0);
		return;
	case EV_COMM:
		/* The name of a process is that of its first thread. */
		if (ev.event_data.comm.process_pid ==
		    ev.event_data.comm.process_tgid)
			c->on_event(c->arg, PROCCONN_NAME,
				    ev.event_data.comm.process_tgid, 0);
		return;
	case EV_EXIT:
		c->on_event(c->arg, PROCCONN_EXIT,
			    ev.event_data.exit.process_tgid, 0);
		return;
	default: /* filtered out by the kernel, where it can */
		return;
	}
}

static void
on_readable(void *arg, int what)
{
	struct procconn *c = arg;

	(void)what;
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_nl from = {0};
		socklen_t from_len = sizeof(from);
		uint8_t buf[512];
		ssize_t n = recvfrom(c->fd, buf, sizeof(buf), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0 && errno == ENOBUFS)
			c->on_event(c->arg, PROCCONN_LOST, 0, 0);
		else if (n <= 0)
			break;
		else if (from.nl_pid == 0) /* the kernel */
			on_message(c, buf, (size_t)n);
	}
	c->on_event(c->arg, PROCCONN_DRAINED, 0, 0);
}

int
procconn_open(struct ev_loop *loop, uint32_t rcvbuf, bool is_forced,
	      void (*on_event)(void *arg, enum procconn_event ev, pid_t pid,
			       pid_t parent),
	      void *arg, struct procconn **out)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK,
				 .nl_groups = CN_IDX_PROC};
	CLEANUP_FD int fd =
		socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       NETLINK_CONNECTOR);
	struct procconn *c;
	int r;

	if (fd < 0)
		return -errno;
	/* Without it events are lost earlier, and looked for anew. */
	if (rcvbuf > 0)
		(void)setsockopt(fd, SOL_SOCKET,
				 is_forced ? SO_RCVBUFFORCE : SO_RCVBUF,
				 &rcvbuf, sizeof(rcvbuf));
	r = set_filter(fd);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	r = subscribe(fd, PROC_CN_MCAST_LISTEN);
	if (r < 0)
		return r;
	c = xcalloc(1, sizeof(*c));
	c->on_event = on_event;
	c->arg = arg;
	c->fd = TAKE_FD(fd);
	ev_io_init(&c->io, loop, c->fd, EVENT_READ, on_readable, c);
	*out = c;
	return 0;
}

void
procconn_close(struct procconn *c)
{
	if (c == NULL)
		return;
	(void)subscribe(c->fd, PROC_CN_MCAST_IGNORE); /* it ends anyway */
	ev_io_fini(&c->io);
	(void)close(c->fd); /* nothing was written */
	free(c);
}
