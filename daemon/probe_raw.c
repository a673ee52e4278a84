/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Raw sockets for checks; see probe_raw.h.
 *
 * A raw socket hears the packets of the whole machine, so each gets a filter
 * for its own number before it is handed over, and the filter is locked.
 */
#include "daemon/probe_raw.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "check/conf.h"
#include "lib/msg.h"
#include "lib/util.h"

/* Answers to thousands of requests at once, and requests that wait for as many
 * neighbours. */
#define RECEIVE_BYTES (4 << 20)
#define SEND_BYTES    (32 << 20)

/* ---- what the configuration asks for ---- */

static bool
is_for(const struct checker_conf *c, const struct msg_sock_want *m)
{
	const char *ifname = c->bind_if != NULL ? c->bind_if : "";
	char name[MSG_IFNAME_LEN];

	str_fill(name, sizeof(name), ifname);
	return c->type == (m->kind == MSG_SOCK_ECHO ? CHECKER_PING
						    : CHECKER_VIA) &&
	       c->connect.addr.family == m->bind.addr.family &&
	       memcmp(c->bind.addr.bytes, m->bind.addr.bytes,
		      sizeof(m->bind.addr.bytes)) == 0 &&
	       memcmp(name, m->ifname, sizeof(name)) == 0 &&
	       c->fwmark == m->mark;
}

bool
probe_raw_is_wanted(const struct conf *conf, const struct msg_sock_want *m)
{
	const struct check_conf *root = check_conf_get(conf);

	if (m->kind != MSG_SOCK_ECHO && m->kind != MSG_SOCK_FORWARD &&
	    m->kind != MSG_SOCK_ANSWERS)
		return false;
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &root->virtual_server)
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			CONF_FOREACH (const struct checker_conf, c,
				      &rs->checker)
				if (is_for(c, m))
					return true;
	return false;
}

/* ---- filters ---- */

static int
set_filter(int fd, const struct sock_filter *code, size_t n)
{
	struct sock_fprog prog = {.len = (unsigned short)n};
	struct sock_filter copy[64];
	int on = 1;

	if (n > ARRAY_LEN(copy))
		return -EINVAL;
	memcpy(copy, code, n * sizeof(*code));
	prog.filter = copy;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) <
		    0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

#define LD(size, mode, k)  BPF_STMT(BPF_LD | BPF_##size | BPF_##mode, k)
#define JEQ(k, then, else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, then, else)

/* Replies of our number, and errors that quote a packet of our number. */
static int
filter_echo4(int fd, uint16_t number)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: IP header */
		LD(B, IND, 0),				/* the type */
		JEQ(ICMP_ECHOREPLY, 10, 0),
		JEQ(ICMP_DEST_UNREACH, 2, 0),
		JEQ(ICMP_TIME_EXCEEDED, 1, 0),
		JEQ(ICMP_PARAMETERPROB, 0, 10),
		LD(B, IND, 8), /* X: and the quoted IP header */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		LD(H, IND, 8 + 4),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		LD(H, IND, 4),
		JEQ(number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return set_filter(fd, code, ARRAY_LEN(code));
}

static int
filter_echo6(int fd, uint16_t number)
{
	const struct sock_filter code[] = {
		LD(B, ABS, 0),
		JEQ(ICMP6_ECHO_REPLY, 5, 0),
		JEQ(ICMP6_DST_UNREACH, 2, 0),
		JEQ(ICMP6_TIME_EXCEEDED, 1, 0),
		JEQ(ICMP6_PARAM_PROB, 0, 5),
		LD(H, ABS, 8 + 40 + 4), /* behind the quoted IPv6 header */
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		LD(H, ABS, 4),
		JEQ(number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return set_filter(fd, code, ARRAY_LEN(code));
}

/* Answers to SYNs, whole, to our 256 ports. */
static int
filter_answers(int fd, uint16_t number)
{
	const struct sock_filter code[] = {
		LD(B, ABS, 9), /* the protocol */
		JEQ(IPPROTO_TCP, 0, 11),
		LD(H, ABS, 6), /* a part of a packet */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 9, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		LD(H, IND, 2), /* the destination port */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
		JEQ(msg_sock_answers_port(number), 0, 5),
		LD(B, IND, 13), /* SYN and ACK, or RST and ACK */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_RST | TH_ACK),
		JEQ(TH_SYN | TH_ACK, 1, 0),
		JEQ(TH_RST | TH_ACK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return set_filter(fd, code, ARRAY_LEN(code));
}

static int
filter_all(int fd)
{
	const struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

	return set_filter(fd, code, ARRAY_LEN(code));
}

/* ---- sockets ---- */

static int
set_number(int fd, int option, int value)
{
	return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)) < 0
		       ? -errno
		       : 0;
}

static int
set_up(int fd, const struct msg_sock_want *m)
{
	static const uint8_t any[16];
	struct addr_port source = {.addr = m->bind.addr};
	struct sockaddr_storage ss;
	size_t len = strnlen(m->ifname, sizeof(m->ifname));
	socklen_t ss_len = addr_port_to_sockaddr(&source, &ss);

	/* Larger buffers are welcome, not needed. */
	(void)set_number(fd, SO_RCVBUFFORCE, RECEIVE_BYTES);
	(void)set_number(fd, SO_SNDBUFFORCE, SEND_BYTES);
	if (m->mark != 0 && set_number(fd, SO_MARK, (int)m->mark) < 0)
		return -errno;
	if (len > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, m->ifname,
				  (socklen_t)len) < 0)
		return -errno;
	if (memcmp(source.addr.bytes, any, sizeof(any)) != 0 &&
	    bind(fd, (struct sockaddr *)&ss, ss_len) < 0)
		return -errno;
	return 0;
}

static int
make_echo(const struct msg_sock_want *m)
{
	int family = m->bind.addr.family;
	CLEANUP_FD int fd =
		socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	int r;

	if (fd < 0)
		return -errno;
	r = family == AF_INET ? filter_echo4(fd, m->bind.port)
			      : filter_echo6(fd, m->bind.port);
	if (r == 0)
		r = set_up(fd, m);
	return r < 0 ? r : TAKE_FD(fd);
}

static int
make_forward(const struct msg_sock_want *m)
{
	struct msg_sock_want any = *m;
	CLEANUP_FD int fd = socket(
		AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
	int on = 1, r;

	if (fd < 0)
		return -errno;
	/* IPVS takes it for a sign to keep its hands off: our packet is for
	 * this server, not for whom the service would choose. */
	if (setsockopt(fd, IPPROTO_IP, IP_NODEFRAG, &on, sizeof(on)) < 0)
		return -errno;
	r = filter_all(fd);
	memset(any.bind.addr.bytes, 0, sizeof(any.bind.addr.bytes));
	if (r == 0)
		r = set_up(fd, &any); /* the header has the source */
	return r < 0 ? r : TAKE_FD(fd);
}

static int
make_answers(const struct msg_sock_want *m)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_IP)};
	/* Hears nothing before it is bound. */
	CLEANUP_FD int fd =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	r = filter_answers(fd, m->bind.port);
	if (r < 0)
		return r;
	(void)set_number(fd, SO_RCVBUFFORCE, RECEIVE_BYTES);
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int
probe_raw_make(const struct msg_sock_want *m)
{
	if (m->kind == MSG_SOCK_ECHO)
		return make_echo(m);
	if (m->bind.addr.family != AF_INET)
		return -EAFNOSUPPORT;
	return m->kind == MSG_SOCK_FORWARD ? make_forward(m) : make_answers(m);
}
