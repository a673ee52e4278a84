/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's command line: what each line asks, as the rule that -S would
 * print for it, and what is refused with which words. */
#include <errno.h>
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ipvsadm_args.h"
#include "cli/ipvsadm_called.h"
#include "cli/ipvsadm_print.h"
#include "cli/ipvsadm_restore.h"
#include "lib/buf.h"

enum { WORDS = 32, LINE = 256 };

static int
find_host(const char *name, int family, struct addr *out)
{
	if (strcmp(name, "vip.example") != 0 || family != AF_INET)
		return -ENOENT;
	return addr_parse("10.0.0.9", out);
}

static int
find_port(const char *name, const char *proto, uint16_t *out)
{
	if (strcmp(name, "domain") == 0 && strcmp(proto, "udp") == 0)
		*out = 53;
	else if (strcmp(name, "http") == 0 && strcmp(proto, "tcp") == 0)
		*out = 80;
	else
		return -ENOENT;
	return 0;
}

static const struct ipvsadm_names names = {find_host, find_port};

static enum ipvsadm_verdict
parse(const char *line, struct ipvsadm_order *o, char *why)
{
	const char *word[WORDS];
	char copy[LINE];
	int n;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	n = restore_split(copy, word, WORDS);
	assert_true(n >= 0);
	return ipvsadm_parse(word, (size_t)n, &names, o, why);
}

/* The line as -S has it. */
static void
check_rule(const char *line, const char *want)
{
	const struct print_how how = {.view = PRINT_RULES};
	struct ipvsadm_order o;
	char why[IPVSADM_WHY_MAX] = "";
	struct buf b = BUF_INIT;

	if (parse(line, &o, why) != IPA_OK)
		fail_msg("%s: %s", line, why);
	if (o.cmd == IPA_ADD || o.cmd == IPA_EDIT)
		print_svc(&b, &how, &(struct ipvs_svc_view){.svc = o.svc});
	else
		print_dest(&b, &how, &(struct ipvs_dest_view){.dest = o.dest});
	assert_string_equal(buf_str(&b), want);
	buf_fini(&b);
}

static void
test_rules(void **state)
{
	static const char *const rows[][2] = {
		{"-A -t 10.0.0.1:80", "-A -t 10.0.0.1:80 -s wlc\n"},
		{"-At10.0.0.1:80 -srr -p", "-A -t 10.0.0.1:80 -s rr -p 360\n"},
		{"ipvsadm -A -t 10.3:http -p=60 -M 255.255.255.0 # why",
		 "-A -t 10.0.0.3:80 -s wlc -p 60 -M 255.255.255.0\n"},
		{"--add-service --udp-service=vip.example:domain -o -b flag-1",
		 "-A -u 10.0.0.9:53 -s wlc -o -b flag-1\n"},
		{"-E --sctp-service [fd00::1]:9 -p -M 64 -s sh -b sh-port",
		 "-A --sctp-service [fd00::1]:9 -s sh -p 360 -M 64 "
		 "-b sh-port\n"},
		{"-A -f 010 -6 --pe sip", "-A -f 10 -6 -s wlc --pe sip\n"},
		{"-A -t fd00::2 -p 5", "-A -t [fd00::2]:0 -s wlc -p 5\n"},
		{"-a -t 10.0.0.1:80 -r 10.1.1.1",
		 "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -g -w 1\n"},
		/* Only masquerading changes ports. */
		{"-a -t 10.0.0.1:80 -r 10.1.1.1:81 -i",
		 "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -i -w 1 --tun-type ipip\n"},
		{"-a -r 10.1.1.1:81 -mw 3 -t 10.0.0.1:80",
		 "-a -t 10.0.0.1:80 -r 10.1.1.1:81 -m -w 3\n"},
		{"-a -f 5 -r 10.1.1.1:81 -g",
		 "-a -f 5 -r 10.1.1.1:81 -g -w 1\n"},
		{"-d -t 10.0.0.1:80 -r 10.1.1.1:81",
		 "-a -t 10.0.0.1:80 -r 10.1.1.1:81 -g -w 1\n"},
		{"-a -t 10.0.0.1:80 -r [fd00::9] -i --tun-type gue --tun-port "
		 "6080 --tun-remcsum",
		 "-a -t 10.0.0.1:80 -r [fd00::9]:80 -i -w 1 --tun-type gue "
		 "--tun-port 6080 --tun-remcsum\n"},
		{"-a -t 10.0.0.1:80 -r 10.1.1.1 -i --tun-type gre",
		 "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -i -w 1 --tun-type gre "
		 "--tun-nocsum\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_rule(rows[i][0], rows[i][1]);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *line;
		enum ipvsadm_verdict verdict;
		const char *why;
	} rows[] = {
		{"foo", IPA_TRY, NULL},
		{"-n -L", IPA_TRY, NULL},
		{"--", IPA_TRY, NULL},
		{"-A -t", IPA_SKIP, "-t: missing argument"},
		{"-A -t 10.0.0.1:80 --bogus", IPA_SKIP,
		 "--bogus: unknown option"},
		{"-Sn=3", IPA_SKIP, "-Sn=3: option does not take an argument"},
		{"-A -t 10.0.0.1:80 -s averyverylongschedulername", IPA_SKIP,
		 "Scheduler or persistence engine not found"},
		{"-A", IPA_WRONG,
		 "You need to supply the 'service-address' option for the "
		 "'add-service' command"},
		{"-D -t 10.0.0.1:80 -s rr", IPA_WRONG,
		 "Illegal 'scheduler' option with the 'delete-service' "
		 "command"},
		{"-A -E -t 10.0.0.1:80", IPA_WRONG, "invalid option `-E'"},
		{"-A -t 10.0.0.1:80 -u 10.0.0.1:80", IPA_WRONG,
		 "multiple 'service-address' options specified"},
		{"-A -t 10.0.0.1:80 -b sh-port -s rr", IPA_WRONG,
		 "incompatible scheduler flag `sh-port'"},
		{"-A -t 10.0.0.1:80 -b ,", IPA_WRONG,
		 "invalid scheduler flag `'"},
		{"-A -t 10.0.0.1:65536", IPA_WRONG,
		 "illegal virtual server address[:port] specified"},
		{"-A -t 10.0.0.1", IPA_WRONG,
		 "Zero port specified for non-persistent service"},
		{"-A -6 -f 1", IPA_WRONG, "-6 used before -f"},
		{"-A -f 4294967296", IPA_WRONG,
		 "invalid fwmark value `4294967296' specified"},
		{"-A -t 10.0.0.1:80 -p 2678401", IPA_WRONG,
		 "invalid timeout value `2678401' specified"},
		{"-a -t 10.0.0.1:80 -r 10.1.1.1 -w 99999999999999999999999",
		 IPA_WRONG, "illegal weight specified"},
		{"-a -t 10.0.0.1:80 -r fd00::1", IPA_WRONG,
		 "Different address family is allowed only for tunneling "
		 "servers"},
		{"-a -t 10.0.0.1:80 -r 10.1.1.1 -i --tun-type gue", IPA_WRONG,
		 "You need to supply the 'tun-port' option for the 'gue' "
		 "tunnel type"},
		{"-L --stats -c", IPA_WRONG,
		 "options conflicts in the list command"},
		{"-Lc --timeout", IPA_WRONG,
		 "The option 'timeout' conflicts with the 'connection' option "
		 "in the 'list' command"},
		{"--set 1 2", IPA_WRONG,
		 "--set option requires 3 timeout values"},
		{"--set 1 2 3 4", IPA_WRONG, "unexpected argument 4"},
		{"--start-daemon both", IPA_WRONG,
		 "illegal start-daemon parameter specified"},
		{"--start-daemon backup --mcast-group 10.0.0.1", IPA_WRONG,
		 "invalid IPv4 mcast-group `10.0.0.1'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ipvsadm_order o;
		char why[IPVSADM_WHY_MAX] = "";

		assert_int_equal(parse(rows[i].line, &o, why), rows[i].verdict);
		if (rows[i].why != NULL)
			assert_string_equal(why, rows[i].why);
	}
}

static void
test_others(void **state)
{
	struct ipvsadm_order o;
	char why[IPVSADM_WHY_MAX];

	(void)state;
	assert_int_equal(ipvsadm_parse(NULL, 0, &names, &o, why), IPA_OK);
	assert_int_equal(o.cmd, IPA_LIST);
	assert_int_equal(parse("-Lnc", &o, why), IPA_OK);
	assert_int_equal(o.given,
			 IPA_BIT(IPA_NUMERIC) | IPA_BIT(IPA_CONNECTION));
	assert_int_equal(parse("--lis --stat --exa", &o, why), IPA_OK);
	assert_int_equal(o.given, IPA_BIT(IPA_STATS) | IPA_BIT(IPA_EXACT));
	assert_int_equal(parse("-h whatever --bogus", &o, why), IPA_OK);
	assert_int_equal(o.cmd, IPA_HELP);
	assert_int_equal(parse("--set 900 0 30", &o, why), IPA_OK);
	assert_int_equal(o.timeouts.tcp, 900);
	assert_int_equal(o.timeouts.udp, 30);
	assert_int_equal(parse("--start-daemon=master --syncid 7 --mcast-ttl 3",
			       &o, why),
			 IPA_OK);
	assert_int_equal(o.daemon.state, IP_VS_STATE_MASTER);
	assert_int_equal(o.daemon.d.id, 7);
	assert_string_equal(o.daemon.d.ifname, "eth0");
}

static void
assert_called(const char *name, const char *words, const char *expected)
{
	char text[128], got[128] = "";
	const char *word[8];
	const char *const *w;
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "%s", words);
	for (char *s = strtok(text, " "); s != NULL; s = strtok(NULL, " "))
		word[n++] = s;
	w = ipvsadm_called(name, word, &n);
	if (expected == NULL) {
		assert_null(w);
		return;
	}
	assert_non_null(w);
	for (size_t i = 0; i < n; i++) {
		strcat(got, i > 0 ? " " : "");
		strcat(got, w[i]);
	}
	assert_string_equal(got, expected);
}

static void
test_called_by_other_names(void **state)
{
	(void)state;
	assert_called("/usr/sbin/duumvir-ipvsadm", "-L -n", "-L -n");
	assert_called("duumvir-ipvsadm", "", "");
	assert_called("/usr/sbin/duumvir-ipvsadm-save", "", "-S");
	assert_called("duumvir-ipvsadm-save", "-n", "-S -n");
	assert_called("duumvir-ipvsadm-save", "word", "-S");
	assert_called("duumvir-ipvsadm-save", "-n -x", NULL);
	assert_called("duumvir-ipvsadm-save", "-h", NULL);
	assert_called("./duumvir-ipvsadm-restore", "-n word", "-R");
	assert_called("ipvsadm-restore", "", "-R");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_called_by_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
