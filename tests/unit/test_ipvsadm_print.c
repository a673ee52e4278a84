/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's output, column by column, as ipvsadm 1.31 printed it. */
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ipvsadm_print.h"
#include "lib/buf.h"

static const struct ipvs_svc_view svc = {
	.svc = {.key = {.addr = {.family = AF_INET, .bytes = {10, 9, 0, 1}},
			.port = 80,
			.protocol = IPPROTO_TCP},
		.sched = "sh",
		.pe = "sip",
		.flags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2 |
			 IP_VS_SVC_F_ONEPACKET,
		.timeout = 60,
		.netmask = 0x00ffffff},
	.counters = {.total = {99999999, 100000000, 1000000000, 211587959876,
			       108215406550347}}};

static const struct ipvs_dest_view dest = {
	.dest = {.key = {.addr = {.family = AF_INET, .bytes = {10, 9, 1, 5}},
			 .port = 80,
			 .svc = {.protocol = IPPROTO_TCP}},
		 .weight = 3,
		 .fwd_method = IP_VS_CONN_F_TUNNEL,
		 .tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE,
		 .tun_port = 6080,
		 .tun_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM,
		 .u_threshold = 100,
		 .l_threshold = 50},
	.active = 2,
	.inactive = 1,
	.persistent = 4};

static const struct {
	enum print_view view;
	bool is_exact;
	const char *text;
} views[] = {
	{PRINT_TABLE, false,
	 "TCP  10.9.0.1:80 sh (sh-port) persistent 60 mask 255.255.255.0 pe "
	 "sip ops\n"
	 "  -> 10.9.1.5:80                  Tunnel  3      2          1       "
	 "  \n"},
	{PRINT_STATS, false,
	 "TCP  10.9.0.1:80                  99999999  100000K    1000M     "
	 "211G "
	 "    108T\n"
	 "  -> 10.9.1.5:80                         0        0        0        "
	 "0 "
	 "       0\n"},
	{PRINT_STATS, true,
	 "TCP  10.9.0.1:80                  99999999 100000000 1000000000 "
	 "211587959876 108215406550347\n"
	 "  -> 10.9.1.5:80                         0        0        0        "
	 "0 "
	 "       0\n"},
	{PRINT_THRESHOLDS, false,
	 "TCP  10.9.0.1:80 sh (sh-port) persistent 60 mask 255.255.255.0 pe "
	 "sip ops\n"
	 "  -> 10.9.1.5:80                  100        50         2          1 "
	 "        \n"},
	{PRINT_PERSISTENT, false,
	 "TCP  10.9.0.1:80 sh (sh-port) persistent 60 mask 255.255.255.0 pe "
	 "sip ops\n"
	 "  -> 10.9.1.5:80                  3         4           2          1 "
	 "        \n"},
	{PRINT_TUNNELS, false,
	 "TCP  10.9.0.1:80 sh (sh-port) persistent 60 mask 255.255.255.0 pe "
	 "sip ops\n"
	 "  -> 10.9.1.5:80                  Tunnel  gue:6080:r+c  3      2     "
	 "     1         \n"},
};

static void
test_views(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		const struct print_how how = {.view = views[i].view,
					      .is_exact = views[i].is_exact};
		struct buf b = BUF_INIT;

		print_svc(&b, &how, &svc);
		print_dest(&b, &how, &dest);
		assert_string_equal(buf_str(&b), views[i].text);
		buf_fini(&b);
	}
}

static void
check_conn(const char *line, bool has_pe, const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(print_conn(&b, NULL, has_pe, line), want != NULL);
	assert_string_equal(buf_str(&b), want != NULL ? want : "");
	buf_fini(&b);
}

static void
test_connections(void **state)
{
	(void)state;
	check_conn("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       "
		   "Expires PEName PEData\n",
		   false, NULL);
	check_conn("TCP 0A080002 C8AC 0A090001 0051 0A090102 1F91 ESTABLISHED  "
		   "   891\n",
		   true,
		   "TCP 14:51  ESTABLISHED 10.8.0.2:51372     10.9.0.1:81      "
		   "  10.9.1.2:8081\n");
	check_conn("UDP 0A080002 0000 0A090001 13C4 0A090102 13C4 NONE         "
		   "   351 sip abc@10.0.0.1\n",
		   true,
		   "UDP 05:51  NONE        10.8.0.2:0         10.9.0.1:5060    "
		   "  10.9.1.2:5060    sip                abc@10.0.0.1\n");
	check_conn("TCP fd08:0000:0000:0000:0000:0000:0000:0002 0000 "
		   "fd07:0000:0000:0000:0000:0000:0000:0001 0050 "
		   "fd09:0000:0000:0000:0000:0000:0000:0002 0050 ASSURED 351\n",
		   false,
		   "TCP 05:51  ASSURED     [fd08::2]:0        [fd07::1]:80     "
		   "  [fd09::2]:80\n");
	check_conn("TCP 0A080002 C8AC 0A090001 0051 0A0901 1F91 X 1\n", false,
		   NULL);
	check_conn("TCP 0A080002 1C8AC 0A090001 0051 0A090102 1F91 X 1\n",
		   false, NULL);
	check_conn("", false, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
