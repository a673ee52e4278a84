/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The IPVS codec: what is encoded is decoded, a torn message never is, and
 * bytes of a real kernel mean what its ipvsadm says.
 */
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

#include "ipvs/codec.h"
#include "ipvs/codec_view.h"
#include "ipvs/syncd.h"
#include "ipvs/table.h"

enum { FAMILY = 33, MSG_SIZE = 1024 };

static struct addr
address(const char *s)
{
	struct addr a;

	assert_int_equal(addr_parse(s, &a), 0);
	return a;
}

static struct msg_svc
service(const char *ip, uint16_t protocol, uint16_t port)
{
	struct msg_svc s = {.key = {.addr = address(ip),
				    .port = port,
				    .protocol = protocol},
			    .sched = "rr"};

	assert_int_equal(ipvs_svc_clean(&s, &s), 0);
	return s;
}

static struct msg_dest
destination(const struct msg_svc *s, const char *ip, uint32_t fwd)
{
	struct msg_dest d = {
		.key = {.svc = s->key, .addr = address(ip), .port = 8080},
		.weight = 3,
		.fwd_method = fwd};

	return d;
}

static struct nlmsghdr *
begin(void *buf, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = FAMILY;
	ipvs_encode_cmd(nlh, cmd);
	return nlh;
}

static void
check_svc(const struct msg_svc *s)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf, IPVS_CMD_NEW_SERVICE);
	struct msg_svc out;

	ipvs_encode_svc(nlh, s);
	memset(&out, 0x5a, sizeof(out));
	assert_int_equal(ipvs_decode_svc(nlh, &out), 0);
	assert_memory_equal(&out, s, sizeof(out));
}

static void
check_dest(const struct msg_dest *d)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf, IPVS_CMD_NEW_DEST);
	struct msg_dest clean, out;

	assert_int_equal(ipvs_dest_clean(d, &clean), 0);
	ipvs_encode_dest(nlh, &clean);
	memset(&out, 0x5a, sizeof(out));
	assert_int_equal(ipvs_decode_dest(nlh, &d->key.svc, &out), 0);
	assert_memory_equal(&out, &clean, sizeof(out));
}

static uint8_t
lacks(uint32_t fwd, bool has_type, bool has_flags)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf, IPVS_CMD_NEW_DEST);
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DEST);

	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_FWD_METHOD, fwd | 0x20);
	if (has_type)
		mnl_attr_put_u8(nlh, IPVS_DEST_ATTR_TUN_TYPE, 0);
	if (has_flags)
		mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_TUN_FLAGS, 0);
	mnl_attr_nest_end(nlh, nest);
	return ipvs_decode_lacks(nlh);
}

/* Kernels before 5.2 and 5.3 do not tell of what they do not know. */
static void
test_old_kernels(void **state)
{
	(void)state;
	assert_int_equal(lacks(IP_VS_CONN_F_TUNNEL, true, true), 0);
	assert_int_equal(lacks(IP_VS_CONN_F_TUNNEL, true, false),
			 IPVS_LACKS_CSUM);
	assert_int_equal(lacks(IP_VS_CONN_F_TUNNEL, false, false),
			 IPVS_LACKS_TYPES | IPVS_LACKS_CSUM);
	assert_int_equal(lacks(IP_VS_CONN_F_DROUTE, false, false), 0);
}

static void
test_svc_round_trip(void **state)
{
	struct msg_svc s = service("192.168.3.110", IPPROTO_TCP, 80);

	(void)state;
	check_svc(&s);
	s = service("fd00::110", IPPROTO_UDP, 53);
	check_svc(&s);
	s = service("10.0.0.1", IPPROTO_SCTP, 0);
	s.timeout = 300;
	s.netmask = 0x00ffffff;
	s.flags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED1 |
		  IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_ONEPACKET;
	strcpy(s.pe, "sip");
	strcpy(s.sched, "fifteen-letters");
	check_svc(&s);
	s = (struct msg_svc){
		.key = {.addr = {.family = AF_INET6}, .fwmark = 0xfffffffe},
		.sched = "mh"};
	assert_int_equal(ipvs_svc_clean(&s, &s), 0);
	assert_int_equal(s.netmask, 128);
	check_svc(&s);
}

static void
test_dest_round_trip(void **state)
{
	struct msg_svc s = service("192.168.3.110", IPPROTO_TCP, 80);
	struct msg_dest d =
		destination(&s, "192.168.3.128", IP_VS_CONN_F_DROUTE);

	(void)state;
	check_dest(&d);
	d.u_threshold = 1000;
	d.l_threshold = 900;
	d.weight = 0;
	check_dest(&d);
	d = destination(&s, "fd00::128", IP_VS_CONN_F_TUNNEL);
	check_dest(&d);
	d.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
	d.tun_port = 6080;
	d.tun_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM;
	check_dest(&d);
	d.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GRE;
	d.tun_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM;
	check_dest(&d);
	d.key.port = 65535;
	d.fwd_method = IP_VS_CONN_F_MASQ; /* the tunnel's details go */
	check_dest(&d);
	d.fwd_method = IP_VS_CONN_F_LOCALNODE;
	d.weight = INT32_MAX;
	check_dest(&d);
}

/* The first len bytes alone, at the end of an allocation of their size. */
static int
decode_torn(const struct nlmsghdr *nlh, size_t len, int is_dest)
{
	struct msg_svc_key key = {.addr = {.family = AF_INET}};
	struct nlmsghdr *torn = malloc(len);
	struct msg_svc s;
	struct msg_dest d;
	int err;

	assert_non_null(torn);
	memcpy(torn, nlh, len);
	torn->nlmsg_len = (uint32_t)len;
	err = is_dest ? ipvs_decode_dest(torn, &key, &d)
		      : ipvs_decode_svc(torn, &s);
	free(torn);
	return err;
}

static void
test_truncation(void **state)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct msg_svc s = service("fd00::1", IPPROTO_TCP, 80);
	struct msg_dest d = destination(&s, "fd00::2", IP_VS_CONN_F_TUNNEL);
	struct nlmsghdr *nlh = begin(buf, IPVS_CMD_NEW_SERVICE);

	(void)state;
	strcpy(s.pe, "sip");
	ipvs_encode_svc(nlh, &s);
	assert_int_equal(decode_torn(nlh, nlh->nlmsg_len, 0), 0);
	for (size_t len = MNL_NLMSG_HDRLEN; len < nlh->nlmsg_len; len++)
		assert_int_equal(decode_torn(nlh, len, 0), -EBADMSG);
	nlh = begin(buf, IPVS_CMD_NEW_DEST);
	ipvs_encode_dest(nlh, &d);
	assert_int_equal(decode_torn(nlh, nlh->nlmsg_len, 1), 0);
	for (size_t len = MNL_NLMSG_HDRLEN; len < nlh->nlmsg_len; len++)
		assert_int_equal(decode_torn(nlh, len, 1), -EBADMSG);
}

/* Each single attribute cut, missing or strange. */
static void
test_bad_attributes(void **state)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct msg_svc s = service("10.0.0.1", IPPROTO_TCP, 80), out;
	struct nlmsghdr *nlh;
	struct nlattr *nest, *a;

	(void)state;
	/* Shorten every attribute inside the nest by one in turn. */
	for (int skip = 0;; skip++) {
		int i = 0;

		nlh = begin(buf, IPVS_CMD_NEW_SERVICE);
		ipvs_encode_svc(nlh, &s);
		nest = mnl_nlmsg_get_payload_offset(nlh,
						    sizeof(struct genlmsghdr));
		mnl_attr_for_each_nested(a, nest)
		{
			if (i++ == skip)
				break;
		}
		if (i <= skip)
			break;
		if (mnl_attr_get_type(a) == IPVS_SVC_ATTR_SCHED_NAME)
			continue; /* a name without NUL is fine */
		a->nla_len--;
		assert_int_equal(ipvs_decode_svc(nlh, &out), -EBADMSG);
	}
	nlh = begin(buf, IPVS_CMD_NEW_SERVICE);
	strcpy(s.sched, "rr");
	s.key.addr.family = AF_UNIX;
	ipvs_encode_svc(nlh, &s);
	assert_int_equal(ipvs_decode_svc(nlh, &out), -EAFNOSUPPORT);
	nlh = begin(buf, IPVS_CMD_NEW_SERVICE);
	nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_SERVICE);
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_AF, AF_INET);
	mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_FWMARK, 1);
	mnl_attr_put_strz(nlh, IPVS_SVC_ATTR_SCHED_NAME,
			  "a-name-that-is-too-long");
	mnl_attr_put_u64(nlh, IPVS_SVC_ATTR_FLAGS, 0);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(ipvs_decode_svc(nlh, &out), -EBADMSG);
}

static void
test_family(void **state)
{
	_Alignas(4) char buf[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf, CTRL_CMD_NEWFAMILY);
	uint16_t id = 0;

	(void)state;
	assert_int_equal(ipvs_decode_family(nlh, &id), -EBADMSG);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "IPVS");
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 0x1f);
	assert_int_equal(ipvs_decode_family(nlh, &id), 0);
	assert_int_equal(id, 0x1f);
	/* The last two bytes are padding. */
	for (size_t len = MNL_NLMSG_HDRLEN; len < nlh->nlmsg_len - 2; len++) {
		struct nlmsghdr *torn = malloc(len);

		assert_non_null(torn);
		memcpy(torn, nlh, len);
		torn->nlmsg_len = (uint32_t)len;
		assert_int_equal(ipvs_decode_family(torn, &id), -EBADMSG);
		free(torn);
	}
}

/* ---- normal form ---- */

static void
test_clean_svc(void **state)
{
	struct msg_svc s = service("10.0.0.1", IPPROTO_TCP, 80), out;

	(void)state;
	s.flags = UINT32_MAX;
	s.netmask = 0x00ffffff;
	assert_int_equal(ipvs_svc_clean(&s, &out), 0);
	/* Not persistent: no such flag, the netmask has no effect. */
	assert_false(out.flags & IP_VS_SVC_F_PERSISTENT);
	assert_false(out.flags & IP_VS_SVC_F_HASHED);
	assert_int_equal(out.netmask, UINT32_MAX);
	s.timeout = 50;
	assert_int_equal(ipvs_svc_clean(&s, &out), 0);
	assert_true(out.flags & IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(out.netmask, 0x00ffffff);

	s.timeout = 31 * 86400 + 1;
	assert_int_equal(ipvs_svc_clean(&s, &out), -ERANGE);
	s.timeout = 0;
	s.key.protocol = IPPROTO_ICMP;
	assert_int_equal(ipvs_svc_clean(&s, &out), -EPROTONOSUPPORT);
	s.key.fwmark = 5; /* then protocol, port and address do not matter */
	assert_int_equal(ipvs_svc_clean(&s, &out), 0);
	assert_int_equal(out.key.port, 0);
	assert_int_equal(out.key.addr.bytes[0], 0);
	s.key.addr.family = AF_UNSPEC;
	assert_int_equal(ipvs_svc_clean(&s, &out), -EAFNOSUPPORT);
	s = service("10.0.0.1", IPPROTO_TCP, 80);
	memset(s.sched, 'x', sizeof(s.sched));
	assert_int_equal(ipvs_svc_clean(&s, &out), -EINVAL);
	strcpy(s.sched, "../rr");
	assert_int_equal(ipvs_svc_clean(&s, &out), -EINVAL);
	s.sched[0] = '\0';
	assert_int_equal(ipvs_svc_clean(&s, &out), -EINVAL);
	s = service("fd00::1", IPPROTO_TCP, 80);
	s.netmask = 129;
	assert_int_equal(ipvs_svc_clean(&s, &out), -ERANGE);
}

static void
test_clean_dest(void **state)
{
	struct msg_svc s = service("10.0.0.1", IPPROTO_TCP, 80);
	struct msg_dest d = destination(&s, "10.0.0.2", IP_VS_CONN_F_MASQ);
	struct msg_dest out;

	(void)state;
	d.key.addr.bytes[9] = 7; /* beyond an IPv4 address */
	d.key.pad[0] = 7;
	assert_int_equal(ipvs_dest_clean(&d, &out), 0);
	assert_int_equal(out.key.addr.bytes[9], 0);
	assert_int_equal(out.key.pad[0], 0);
	d.weight = 0x80000000;
	assert_int_equal(ipvs_dest_clean(&d, &out), -ERANGE);
	d.weight = 1;
	d.l_threshold = 1;
	assert_int_equal(ipvs_dest_clean(&d, &out), -ERANGE);
	d.l_threshold = 0;
	d.fwd_method = IP_VS_CONN_F_BYPASS;
	assert_int_equal(ipvs_dest_clean(&d, &out), -EINVAL);
	d.fwd_method = IP_VS_CONN_F_TUNNEL;
	d.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_MAX;
	assert_int_equal(ipvs_dest_clean(&d, &out), -EINVAL);
	d.key.addr.family = AF_UNSPEC;
	assert_int_equal(ipvs_dest_clean(&d, &out), -EAFNOSUPPORT);
}

static void
test_names(void **state)
{
	struct msg_svc s = service("192.168.3.110", IPPROTO_TCP, 80);
	struct msg_dest d = destination(&s, "fd00::1", IP_VS_CONN_F_TUNNEL);
	char name[IPVS_NAME_LEN];

	(void)state;
	assert_string_equal(ipvs_svc_name(&s.key, name),
			    "[192.168.3.110]:tcp:80");
	assert_string_equal(ipvs_dest_name(&d.key, name), "[fd00::1]:tcp:8080");
	s.key.fwmark = 5;
	assert_string_equal(ipvs_svc_name(&s.key, name), "FWM 5");
	s.key.addr.family = AF_INET6;
	assert_string_equal(ipvs_svc_name(&s.key, name), "FWM 5 (IPv6)");
}

static void
test_daemon_round_trip(void **state)
{
	static const char *const groups[] = {"224.0.0.82", "ff02::82"};
	uint8_t buf[MSG_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ipvs_daemon got,
			d = {
				.state = IP_VS_STATE_BACKUP,
				.d = {.ifname = "eth0",
				      .group = address(groups[i]),
				      .maxlen = 1400,
				      .port = 8849,
				      .id = 200,
				      .ttl = 3},
			};
		struct nlmsghdr *nlh = begin(buf, IPVS_CMD_NEW_DAEMON);

		ipvs_encode_daemon(nlh, &d);
		assert_int_equal(ipvs_decode_daemon(nlh, &got), 0);
		/* by field: between them is padding */
		assert_int_equal(got.state, d.state);
		assert_string_equal(got.d.ifname, d.d.ifname);
		assert_true(addr_is_equal(&got.d.group, &d.d.group));
		assert_int_equal(got.d.maxlen, d.d.maxlen);
		assert_int_equal(got.d.port, d.d.port);
		assert_int_equal(got.d.id, d.d.id);
		assert_int_equal(got.d.ttl, d.d.ttl);
		nlh = begin(buf, IPVS_CMD_DEL_DAEMON);
		ipvs_encode_daemon_key(nlh, d.state);
		assert_int_equal(ipvs_decode_daemon(nlh, &got), -EBADMSG);
	}
}

static void
test_timeouts_round_trip(void **state)
{
	const struct ipvs_timeouts t = {.tcp = 900, .tcpfin = -1, .udp = 30};
	struct ipvs_timeouts got;
	uint8_t buf[MSG_SIZE];
	struct nlmsghdr *nlh = begin(buf, IPVS_CMD_SET_CONFIG);

	(void)state;
	ipvs_encode_timeouts(nlh, &t);
	assert_int_equal(ipvs_decode_timeouts(nlh, &got), 0);
	assert_int_equal(got.tcp, 900);
	assert_int_equal(got.tcpfin, 0); /* not told */
	assert_int_equal(got.udp, 30);
	nlh->nlmsg_len = NLMSG_HDRLEN;
	assert_int_equal(ipvs_decode_timeouts(nlh, &got), -EBADMSG);
}

static void
test_daemons_alike(void **state)
{
	struct msg_sync_daemon want = {.ifname = "eth0", .id = 5};
	struct msg_sync_daemon have = {
		.ifname = "eth0",
		.id = 5,
		.maxlen = 1472,
		.port = 8848,
		.ttl = 1,
		.group = address("224.0.0.81"),
	};

	(void)state;
	assert_true(syncd_is_alike(&want, &have)); /* the kernel's defaults */
	want.port = 8848;
	want.group = have.group;
	assert_true(syncd_is_alike(&want, &have));
	want.ttl = 2;
	assert_false(syncd_is_alike(&want, &have));
	want.ttl = 0;
	want.id = 6;
	assert_false(syncd_is_alike(&want, &have));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_kernels),
		cmocka_unit_test(test_svc_round_trip),
		cmocka_unit_test(test_dest_round_trip),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_bad_attributes),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_clean_svc),
		cmocka_unit_test(test_clean_dest),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_daemon_round_trip),
		cmocka_unit_test(test_timeouts_round_trip),
		cmocka_unit_test(test_daemons_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
