/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * nf_tables: the sockets, the transaction and the listening; see nft.h.
 */
#include "lib/nft.h"

#include <errno.h>
#include <netinet/in.h>

/* After netinet/in.h, which they replace in part. */
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/nft_batch.h"
#include "lib/util.h"

enum {
	RECV_SIZE = 65536,    /* one datagram */
	SEND_SLACK = 65536,   /* what the kernel charges beyond the bytes */
	LISTEN_BUF = 1 << 20, /* more is lost, and known to be */
	READS_MAX = 4096,     /* datagrams in one turn */
};

struct nft {
	struct mnl_socket *cmd, *listen;
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
nft_open(struct nft **out)
{
	struct nft *n = xcalloc(1, sizeof(*n));
	int r = socket_open(0, &n->cmd);

	if (r == 0)
		r = socket_open(NFNLGRP_NFTABLES, &n->listen);
	if (r < 0) {
		nft_close(n);
		return r;
	}
	n->in = xcalloc(1, RECV_SIZE);
	*out = n;
	return 0;
}

void
nft_close(struct nft *n)
{
	if (n == NULL)
		return;
	if (n->cmd != NULL)
		(void)mnl_socket_close(n->cmd); /* nothing is lost */
	if (n->listen != NULL)
		(void)mnl_socket_close(n->listen);
	free(n->in);
	free(n);
}

int
nft_fd(const struct nft *n)
{
	return mnl_socket_get_fd(n->listen);
}

/* ---- the transaction ---- */

/* The kernel has answered when sendto() returns: an error is the first
 * message with one, and no message at all is success. */
static int
read_verdict(struct nft *n)
{
	int first = 0;
	ssize_t got;

	while ((got = mnl_socket_recvfrom(n->cmd, n->in, RECV_SIZE)) > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)n->in;
		int left = (int)got;

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
	if (got < 0 && errno != EAGAIN && first == 0)
		return -errno;
	return first;
}

int
nft_commit(struct nft *n, const struct nft_batch *b)
{
	int fd = mnl_socket_get_fd(n->cmd);
	int size = (int)b->len + SEND_SLACK;

	/* The whole goes out in one call. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size)); /* sendto() tells */
	if (mnl_socket_sendto(n->cmd, b->buf, b->len) < 0)
		return -errno;
	return read_verdict(n);
}

/* ---- listening ---- */

/* Is it about a table of ours, and not from us?  In all of these messages
 * the first attribute is the table's name. */
static bool
is_foreign(const struct nft *n, const struct nlmsghdr *nlh, const char *table)
{
	const struct nlattr *a =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	uint16_t type = nlh->nlmsg_type & 0xff;

	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
	    nlh->nlmsg_pid == mnl_socket_get_portid(n->cmd) ||
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
nft_read(struct nft *n, const char *table)
{
	bool found = false;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t got = mnl_socket_recvfrom(n->listen, n->in, RECV_SIZE);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)n->in;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ENOBUFS)
			found = true;
		else if (got < 0)
			break;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			found = found || is_foreign(n, nlh, table);
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
	if (nft_is_mark(data, len))
		*is_ours = true;
	nftnl_table_free(t);
	return MNL_CB_OK;
}

static bool
is_marked(struct mnl_socket *s, uint16_t family, const char *table)
{
	uint8_t buf[8192] = {0};
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
nft_is_left(const char *table)
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
