/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Our tables in nf_tables; see fw_nft.h.  Here are the sockets: the
 * transaction around what fw_nft_table.c writes, and the listening.
 */
#include "vrrp/fw_nft.h"

#include <errno.h>
#include <netinet/in.h>

/* After netinet/in.h, which they replace in part. */
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/util.h"
#include "vrrp/fw_nft_table.h"
#include "vrrp/fw_want.h"

enum {
	RECV_SIZE = 65536,    /* one datagram */
	SEND_SLACK = 65536,   /* what the kernel charges beyond the bytes */
	LISTEN_BUF = 1 << 20, /* more is lost, and known to be */
	READS_MAX = 4096,     /* datagrams in one turn */
};

struct fw_nft {
	struct mnl_socket *cmd, *listen;
	uint32_t seq;
	uint8_t *in; /* RECV_SIZE */
};

/* ---- life ---- */

static int
socket_open(uint32_t group, struct mnl_socket **out)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER,
						SOCK_CLOEXEC | SOCK_NONBLOCK);
	int size = LISTEN_BUF, r = 0;

	if (s == NULL)
		return -errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    (group != 0 && mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP,
						 &group, sizeof(group)) < 0)) {
		r = -errno;
		(void)mnl_socket_close(s); /* the first error is told */
		return r;
	}
	/* Without it (in a container, say) a flood is lost sooner. */
	(void)setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE,
			 &size, sizeof(size));
	*out = s;
	return 0;
}

int
fw_nft_open(struct fw_nft **out)
{
	struct fw_nft *f = xcalloc(1, sizeof(*f));
	int r = socket_open(0, &f->cmd);

	if (r == 0)
		r = socket_open(NFNLGRP_NFTABLES, &f->listen);
	if (r < 0) {
		fw_nft_close(f);
		return r;
	}
	f->in = xcalloc(1, RECV_SIZE);
	*out = f;
	return 0;
}

void
fw_nft_close(struct fw_nft *f)
{
	if (f == NULL)
		return;
	if (f->cmd != NULL)
		(void)mnl_socket_close(f->cmd); /* nothing is lost */
	if (f->listen != NULL)
		(void)mnl_socket_close(f->listen);
	free(f->in);
	free(f);
}

int
fw_nft_fd(const struct fw_nft *f)
{
	return mnl_socket_get_fd(f->listen);
}

/* ---- the transaction ---- */

/* The kernel has answered when sendto() returns: an error is the first
 * message with one, and no message at all is success. */
static int
read_verdict(struct fw_nft *f)
{
	int first = 0;
	ssize_t n;

	while ((n = mnl_socket_recvfrom(f->cmd, f->in, RECV_SIZE)) > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)f->in;
		int left = (int)n;

		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			int32_t err;

			if (nlh->nlmsg_type != NLMSG_ERROR ||
			    mnl_nlmsg_get_payload_len(nlh) < sizeof(err))
				continue;
			memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
			if (first == 0)
				first = err;
		}
	}
	if (n < 0 && errno != EAGAIN && first == 0)
		return -errno;
	return first;
}

static int
run_batch(struct fw_nft *f, struct fw_nft_batch *b, bool with_six)
{
	int fd = mnl_socket_get_fd(f->cmd);
	int size;

	b->seq = f->seq;
	fw_nft_batch_write(b, with_six);
	f->seq = b->seq;
	/* The whole goes out in one call. */
	size = (int)b->len + SEND_SLACK;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size)); /* sendto() tells */
	if (mnl_socket_sendto(f->cmd, b->buf, b->len) < 0)
		return -errno;
	return read_verdict(f);
}

int
fw_nft_set(struct fw_nft *f, const char *table, const struct fw_want *w)
{
	struct fw_nft_batch b = {.w = w, .table = table};
	int r = run_batch(f, &b, true);

	/* A kernel without IPv6 has no such tables. */
	if ((r == -EOPNOTSUPP || r == -EAFNOSUPPORT) &&
	    !(w->by == FW_BY_NFT && fw_want_has_family(w, AF_INET6)))
		r = run_batch(f, &b, false);
	free(b.buf); /* the next one is far away */
	return r;
}

/* ---- listening ---- */

/* Is it about a table of ours, and not from us?  In all of these messages
 * the first attribute is the table's name. */
static bool
is_foreign(const struct fw_nft *f, const struct nlmsghdr *nlh,
	   const char *table)
{
	const struct nlattr *a =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	uint16_t type = nlh->nlmsg_type & 0xff;

	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
	    nlh->nlmsg_pid == mnl_socket_get_portid(f->cmd) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg) ||
	    (nfg->nfgen_family != NFPROTO_IPV4 &&
	     nfg->nfgen_family != NFPROTO_IPV6))
		return false;
	if (type == NFT_MSG_NEWGEN || type == NFT_MSG_TRACE)
		return false;
	mnl_attr_for_each(a, nlh, sizeof(*nfg)) if (
		mnl_attr_get_type(a) ==
		NFTA_TABLE_NAME) return mnl_attr_get_payload_len(a) > 0 &&
		strncmp(mnl_attr_get_str(a), table,
			mnl_attr_get_payload_len(a)) == 0;
	return false;
}

bool
fw_nft_read(struct fw_nft *f, const char *table)
{
	bool found = false;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = mnl_socket_recvfrom(f->listen, f->in, RECV_SIZE);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)f->in;
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS)
			found = true;
		else if (n < 0)
			break;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			found = found || is_foreign(f, nlh, table);
	}
	return found;
}

/* ---- what an earlier run has left ---- */

static int
on_table(const struct nlmsghdr *nlh, void *arg)
{
	struct nftnl_table *t = nftnl_table_alloc();
	const void *data = NULL;
	uint32_t len = 0;
	bool *is_ours = arg;

	if (nftnl_table_nlmsg_parse(nlh, t) == 0)
		data = nftnl_table_get_data(t, NFTNL_TABLE_USERDATA, &len);
	if (fw_nft_is_mark(data, len))
		*is_ours = true;
	nftnl_table_free(t);
	return MNL_CB_OK;
}

static bool
is_marked(struct mnl_socket *s, uint16_t family, const char *table)
{
	uint8_t buf[8192];
	struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(
		(char *)buf, NFT_MSG_GETTABLE, family, 0, 1);
	struct nftnl_table *t = nftnl_table_alloc();
	bool is_ours = false;
	ssize_t n = -1;

	nftnl_table_set_str(t, NFTNL_TABLE_NAME, table);
	nftnl_table_nlmsg_build_payload(nlh, t);
	nftnl_table_free(t);
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) >= 0)
		n = mnl_socket_recvfrom(s, buf, sizeof(buf));
	if (n > 0)
		(void)mnl_cb_run(buf, (size_t)n, 0, 0, on_table, &is_ours);
	return is_ours;
}

bool
fw_nft_is_left(const char *table)
{
	struct mnl_socket *s;
	bool found;

	if (socket_open(0, &s) < 0)
		return false;
	found = is_marked(s, NFPROTO_IPV4, table) ||
		is_marked(s, NFPROTO_IPV6, table);
	(void)mnl_socket_close(s); /* only read */
	return found;
}
