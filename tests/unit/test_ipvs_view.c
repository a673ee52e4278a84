/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Counters, connections and figures in the kernel's answers: 64 bits where
 * there are, 32 from an old kernel, nothing from torn bytes. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipvs/codec_view.h"

enum { MSG_SIZE = 2048 };

static const struct msg_svc svc = {
	.key = {.addr = {.family = AF_INET, .bytes = {10, 0, 0, 1}},
		.port = 80,
		.protocol = IPPROTO_TCP},
	.sched = "rr"};

static struct nlmsghdr *
begin(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	ipvs_encode_cmd(nlh, IPVS_CMD_NEW_SERVICE);
	return nlh;
}

static void
put_stats64(struct nlmsghdr *nlh, uint16_t type, uint64_t first)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	for (uint16_t i = IPVS_STATS_ATTR_CONNS; i <= IPVS_STATS_ATTR_OUTBPS;
	     i++)
		mnl_attr_put_u64(nlh, i, first + i);
	mnl_attr_nest_end(nlh, nest);
}

static void
put_stats32(struct nlmsghdr *nlh, uint16_t type, uint32_t first)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	for (uint16_t i = IPVS_STATS_ATTR_CONNS; i <= IPVS_STATS_ATTR_OUTBPS;
	     i++) {
		if (i == IPVS_STATS_ATTR_INBYTES ||
		    i == IPVS_STATS_ATTR_OUTBYTES)
			mnl_attr_put_u64(nlh, i, first + i);
		else
			mnl_attr_put_u32(nlh, i, first + i);
	}
	mnl_attr_nest_end(nlh, nest);
}

/* The encoder's message with more in its nest. */
static void
grow(struct nlmsghdr *nlh, const struct nlattr *added, size_t len)
{
	struct nlattr *nest =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));

	memcpy((char *)nlh + nlh->nlmsg_len, added, len);
	nlh->nlmsg_len += (uint32_t)len;
	nest->nla_len = (uint16_t)(nest->nla_len + len);
}

static void
add_stats(struct nlmsghdr *nlh, bool is_wide, uint16_t type, uint64_t first)
{
	_Alignas(8) char buf[MSG_SIZE];
	struct nlmsghdr *tmp = mnl_nlmsg_put_header(buf);

	if (is_wide)
		put_stats64(tmp, type, first);
	else
		put_stats32(tmp, type, (uint32_t)first);
	grow(nlh, mnl_nlmsg_get_payload(tmp), mnl_nlmsg_get_payload_len(tmp));
}

static void
test_svc(void **state)
{
	_Alignas(8) char buf[MSG_SIZE] = {0};
	struct nlmsghdr *nlh = begin(buf);
	struct ipvs_svc_view v;

	(void)state;
	ipvs_encode_svc(nlh, &svc);
	assert_int_equal(ipvs_decode_svc_view(nlh, &v), 0);
	assert_int_equal(v.counters.total[IPVS_CONNS], 0);
	add_stats(nlh, false, IPVS_SVC_ATTR_STATS, 100);
	assert_int_equal(ipvs_decode_svc_view(nlh, &v), 0);
	assert_string_equal(v.svc.sched, "rr");
	assert_int_equal(v.counters.total[IPVS_CONNS], 101);
	assert_int_equal(v.counters.total[IPVS_OUT_BYTES], 105);
	assert_int_equal(v.counters.rate[IPVS_CONNS], 106);
	assert_int_equal(v.counters.rate[IPVS_OUT_BYTES], 110);
	add_stats(nlh, true, IPVS_SVC_ATTR_STATS64, UINT64_C(1) << 60);
	assert_int_equal(ipvs_decode_svc_view(nlh, &v), 0);
	assert_int_equal(v.counters.total[IPVS_CONNS], (UINT64_C(1) << 60) + 1);
	assert_int_equal(v.counters.rate[IPVS_OUT_BYTES],
			 (UINT64_C(1) << 60) + 10);
}

static void
test_dest(void **state)
{
	_Alignas(8) char buf[MSG_SIZE] = {0};
	_Alignas(8) char more[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf);
	struct nlmsghdr *tmp = mnl_nlmsg_put_header(more);
	struct msg_dest d = {
		.key = {.svc = svc.key,
			.addr = {.family = AF_INET, .bytes = {10, 0, 0, 2}},
			.port = 80},
		.weight = 7};
	struct ipvs_dest_view v;

	(void)state;
	ipvs_encode_dest(nlh, &d);
	mnl_attr_put_u32(tmp, IPVS_DEST_ATTR_ACTIVE_CONNS, 3);
	mnl_attr_put_u32(tmp, IPVS_DEST_ATTR_INACT_CONNS, 4);
	mnl_attr_put_u32(tmp, IPVS_DEST_ATTR_PERSIST_CONNS, 5);
	grow(nlh, mnl_nlmsg_get_payload(tmp), mnl_nlmsg_get_payload_len(tmp));
	add_stats(nlh, true, IPVS_DEST_ATTR_STATS64, 5000000000);
	assert_int_equal(ipvs_decode_dest_view(nlh, &svc.key, &v), 0);
	assert_int_equal(v.active, 3);
	assert_int_equal(v.inactive, 4);
	assert_int_equal(v.persistent, 5);
	assert_int_equal(v.dest.weight, 7);
	assert_int_equal(v.counters.total[IPVS_IN_PACKETS], 5000000002);
}

/* Any cut of the last nest is refused, or tells the entry as it was. */
static void
test_torn(void **state)
{
	_Alignas(8) char buf[MSG_SIZE] = {0};
	struct nlmsghdr *nlh = begin(buf);
	struct nlattr *nest =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
	struct ipvs_svc_view v;
	size_t whole;

	(void)state;
	ipvs_encode_svc(nlh, &svc);
	whole = nest->nla_len;
	add_stats(nlh, true, IPVS_SVC_ATTR_STATS64, 1);
	for (size_t len = whole + 1; len < nest->nla_len; len++) {
		_Alignas(8) char cut[MSG_SIZE];
		struct nlmsghdr *c = (void *)cut;
		struct nlattr *n;

		memcpy(cut, buf, sizeof(cut));
		n = mnl_nlmsg_get_payload_offset(c, sizeof(struct genlmsghdr));
		n->nla_len = (uint16_t)len;
		c->nlmsg_len = (uint32_t)((char *)n + len - cut);
		assert_int_equal(ipvs_decode_svc_view(c, &v), -EBADMSG);
	}
}

static void
test_figures(void **state)
{
	_Alignas(8) char buf[MSG_SIZE] = {0};
	struct nlmsghdr *nlh = begin(buf);
	struct ipvs_timeouts t = {.tcp = 900, .tcpfin = 120, .udp = 300};
	struct ipvs_timeouts back;
	struct ipvs_info info;

	(void)state;
	assert_int_equal(ipvs_decode_info(nlh, &info), -EBADMSG);
	ipvs_encode_timeouts(nlh, &t);
	assert_int_equal(ipvs_decode_timeouts(nlh, &back), 0);
	assert_memory_equal(&back, &t, sizeof(t));
	memset(buf, 0, sizeof(buf));
	nlh = begin(buf);
	mnl_attr_put_u32(nlh, IPVS_INFO_ATTR_VERSION, 0x010201);
	mnl_attr_put_u32(nlh, IPVS_INFO_ATTR_CONN_TAB_SIZE, 4096);
	assert_int_equal(ipvs_decode_info(nlh, &info), 0);
	assert_int_equal(info.version, 0x010201);
	assert_int_equal(info.conn_size, 4096);
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN;
	assert_int_equal(ipvs_decode_info(nlh, &info), -EBADMSG);
	assert_int_equal(ipvs_decode_timeouts(nlh, &back), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_svc),
		cmocka_unit_test(test_dest),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
