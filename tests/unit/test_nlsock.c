/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * nlsock against the real kernel: what works without privilege on the links
 * of the caller's namespace (read only), the rest in a namespace of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/nlsock.h"
#include "lib/util.h"

enum { LO = 1, NO_LINK = 0x7ffffff0, MANY = 3000 };

struct acks {
	size_t n;
	size_t ok, failed;
	int error; /* of the last failed one */
	uint64_t last_token;
	int is_in_order;
};

static void
on_ack(void *arg, uint64_t token, int error)
{
	struct acks *a = arg;

	if (a->n == 0)
		a->is_in_order = 1;
	else if (token != a->last_token + 1)
		a->is_in_order = 0;
	a->last_token = token;
	a->n++;
	if (error == 0)
		a->ok++;
	else
		a->failed++;
	if (error != 0)
		a->error = error;
}

static struct nlsock *
open_route(uint32_t groups)
{
	struct nlsock *s = NULL;

	assert_int_equal(nlsock_open(NETLINK_ROUTE, groups, &s), 0);
	assert_true(nlsock_fd(s) >= 0);
	return s;
}

static void
put_getlink(struct nlsock_batch *b, int ifindex, uint64_t token)
{
	struct nlmsghdr *nlh = nlsock_batch_next(b, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	nlsock_batch_commit(b, token);
}

/* Each request gets its own answer, in order, over many parts. */
static void
test_batch_order(void **state)
{
	struct nlsock *s = open_route(0);
	struct nlsock_batch *b = nlsock_batch_new(s);
	struct acks a = {0};

	(void)state;
	for (int i = 0; i < MANY; i++)
		put_getlink(b, NO_LINK, (uint64_t)i);
	assert_int_equal(nlsock_batch_count(b), MANY);
	assert_int_equal(nlsock_batch_run(b, on_ack, &a), 0);
	assert_int_equal(a.n, MANY);
	assert_int_equal(a.failed, MANY);
	assert_int_equal(a.error, -ENODEV);
	assert_true(a.is_in_order);
	assert_int_equal(nlsock_batch_count(b), 0);

	/* Empty, then used again. */
	a = (struct acks){0};
	assert_int_equal(nlsock_batch_run(b, on_ack, &a), 0);
	assert_int_equal(a.n, 0);
	put_getlink(b, NO_LINK, 7);
	assert_int_equal(nlsock_batch_run(b, on_ack, &a), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.last_token, 7);
	nlsock_batch_free(b);
	nlsock_close(s);
}

/* A message that was not committed is not sent. */
static void
test_batch_uncommitted(void **state)
{
	struct nlsock *s = open_route(0);
	struct nlsock_batch *b = nlsock_batch_new(s);
	struct acks a = {0};

	(void)state;
	put_getlink(b, NO_LINK, 0);
	(void)nlsock_batch_next(b, RTM_GETLINK, 0);
	put_getlink(b, NO_LINK, 1);
	assert_int_equal(nlsock_batch_run(b, on_ack, &a), 0);
	assert_int_equal(a.n, 2);
	assert_true(a.is_in_order);
	nlsock_batch_free(b);
	nlsock_close(s);
}

static int
count_msg(void *arg, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_NEWADDR)
		return -EBADMSG;
	(*(int *)arg)++;
	return 0;
}

static int
refuse_msg(void *arg, const struct nlmsghdr *nlh)
{
	(void)nlh;
	(*(int *)arg)++;
	return -ECANCELED;
}

static struct nlmsghdr *
link_request(void *buf, int ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	return nlh;
}

static void
test_dump_and_ask(void **state)
{
	char buf[256];
	struct nlsock *s = open_route(0);
	int n = 0;

	(void)state;
	assert_int_equal(nlsock_dump(s, link_request(buf, 0), count_msg, &n),
			 0);
	assert_true(n >= 1); /* lo is always there */

	/* A refused dump is read to its end: the next one is whole. */
	n = 0;
	assert_int_equal(nlsock_dump(s, link_request(buf, 0), refuse_msg, &n),
			 -ECANCELED);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(nlsock_ask(s, link_request(buf, LO), count_msg, &n),
			 0);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(
		nlsock_ask(s, link_request(buf, NO_LINK), count_msg, &n),
		-ENODEV);
	assert_int_equal(n, 0);
	nlsock_close(s);
}

static void
test_open_errors(void **state)
{
	struct nlsock *s = NULL;

	(void)state;
	assert_int_equal(nlsock_open(MAX_LINKS - 1, 0, &s), -EPROTONOSUPPORT);
	assert_null(s);
	nlsock_close(NULL);
	nlsock_batch_free(NULL);
}

/* ---- in a namespace of its own ---- */

static void
put_addr(struct nlsock_batch *b, uint16_t type, uint16_t flags, uint32_t i)
{
	struct nlmsghdr *nlh = nlsock_batch_next(b, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	uint32_t ip = htonl(0x0a000001 + i);

	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 32;
	ifa->ifa_index = LO;
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(ip), &ip);
	nlsock_batch_commit(b, i);
}

static int
run_addrs(struct nlsock_batch *b, uint16_t type, uint16_t flags, struct acks *a)
{
	*a = (struct acks){0};
	for (uint32_t i = 0; i < MANY; i++)
		put_addr(b, type, flags, i);
	return nlsock_batch_run(b, on_ack, a);
}

static void
count_note(void *arg, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == RTM_NEWADDR || nlh->nlmsg_type == RTM_DELADDR)
		(*(int *)arg)++;
}

static int
dump_addrs(struct nlsock *s, int *n)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	nlh->nlmsg_type = RTM_GETADDR;
	ifa->ifa_family = AF_INET;
	*n = 0;
	return nlsock_dump(s, nlh, count_msg, n);
}

/* Adds, repeats and deletes many addresses; one listener has room for all
 * notifications, another for few.  Returns the line that failed or 0. */
static int
in_namespace(void)
{
	struct nlsock *s, *roomy, *tight;
	struct nlsock_batch *b;
	struct acks a;
	int n;

	if (nlsock_open(NETLINK_ROUTE, 0, &s) < 0 ||
	    nlsock_open(NETLINK_ROUTE, 0, &roomy) < 0 ||
	    nlsock_join(roomy, RTNLGRP_IPV4_IFADDR) < 0 ||
	    nlsock_open(NETLINK_ROUTE, RTMGRP_IPV4_IFADDR, &tight) < 0)
		return __LINE__;
	/* Below what MANY notifications need, whoever we are. */
	if (nlsock_set_rcvbuf(tight, 16384, 0) < 0)
		return __LINE__;
	b = nlsock_batch_new(s);
	for (uint32_t i = 0; i < 50; i++)
		put_addr(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, MANY + i);
	a = (struct acks){0};
	if (nlsock_batch_run(b, on_ack, &a) < 0 || a.ok != 50)
		return __LINE__;
	n = 0;
	if (nlsock_recv(roomy, count_note, &n) != 0 || n != 50)
		return __LINE__;
	if (run_addrs(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &a) < 0 ||
	    a.ok != MANY || !a.is_in_order)
		return __LINE__;
	if (run_addrs(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &a) < 0 ||
	    a.failed != MANY || a.error != -EEXIST)
		return __LINE__;
	if (dump_addrs(s, &n) < 0 || n < MANY + 50)
		return __LINE__;
	n = 0;
	if (nlsock_recv(tight, count_note, &n) != -ENOBUFS || n >= MANY)
		return __LINE__;
	/* After the loss it listens on. */
	put_addr(b, RTM_DELADDR, 0, MANY);
	if (nlsock_batch_run(b, on_ack, &a) < 0)
		return __LINE__;
	n = 0;
	if (nlsock_recv(tight, count_note, &n) != 0 || n != 1)
		return __LINE__;
	if (run_addrs(b, RTM_DELADDR, 0, &a) < 0 || a.ok != MANY)
		return __LINE__;
	nlsock_batch_free(b);
	nlsock_close(tight);
	nlsock_close(roomy);
	nlsock_close(s);
	return 0;
}

static void
test_namespace(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		int line;

		if (unshare(CLONE_NEWNET) < 0 &&
		    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
			_exit(2);
		line = in_namespace();
		if (line != 0)
			print_error("failed at line %d\n", line);
		_exit(line != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch_order),
		cmocka_unit_test(test_batch_uncommitted),
		cmocka_unit_test(test_dump_and_ask),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
