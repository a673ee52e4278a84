/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The check engine may be taken over by what a server answers: it gets only
 * sockets that some check of the configuration is written to use.
 */
#include "daemon/probe_want.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "check/conf.h"
#include "lib/msg.h"
#include "lib/util.h"

struct tree {
	struct check_conf root;
	struct virtual_server_conf vs;
	struct real_server_conf rs;
	struct checker_conf checker;
};

static struct msg_sock_want
plant(struct tree *t)
{
	struct msg_sock_want m;

	*t = (struct tree){
		.checker = {.type = CHECKER_TCP,
			    .connect = {.addr = {.family = AF_INET,
						 .bytes = {10, 0, 0, 1}},
					.port = 80},
			    .bind = {.addr = {.family = AF_INET,
					      .bytes = {10, 0, 0, 9}},
				     .port = 700},
			    .bind_if = "eth0",
			    .fwmark = 7}};
	STAILQ_INIT(&t->root.virtual_server);
	STAILQ_INIT(&t->vs.real_server);
	STAILQ_INIT(&t->rs.checker);
	STAILQ_INSERT_TAIL(&t->root.virtual_server, &t->vs.obj, link);
	STAILQ_INSERT_TAIL(&t->vs.real_server, &t->rs.obj, link);
	STAILQ_INSERT_TAIL(&t->rs.checker, &t->checker.obj, link);
	memset(&m, 0, sizeof(m));
	m.type = SOCK_STREAM;
	m.mark = 7;
	m.bind = t->checker.bind;
	str_fill(m.ifname, sizeof(m.ifname), "eth0");
	return m;
}

static void
what_a_check_is_written_to_use(void **state)
{
	struct tree t;
	struct msg_sock_want m = plant(&t);

	(void)state;
	assert_true(probe_conn_is_wanted(&t.root, &m));
	t.checker.type = CHECKER_DNS;
	assert_false(probe_conn_is_wanted(&t.root, &m));
	m.type = SOCK_DGRAM;
	assert_true(probe_conn_is_wanted(&t.root, &m));
}

static void
nothing_else(void **state)
{
	struct tree t;
	struct msg_sock_want m;

	(void)state;
	for (int i = 0; i < 9; i++) {
		m = plant(&t);
		if (i == 0)
			m.mark = 8;
		else if (i == 1)
			m.mark = 0;
		else if (i == 2)
			m.bind.port = 22;
		else if (i == 3)
			m.bind.addr.bytes[3] = 10;
		else if (i == 4)
			m.bind.addr.family = AF_INET6;
		else if (i == 5)
			m.ifname[3] = '1';
		else if (i == 6)
			memset(m.ifname, 'e', sizeof(m.ifname));
		else if (i == 7)
			m.type = SOCK_RAW;
		else
			t.checker.type = CHECKER_MISC;
		assert_false(probe_conn_is_wanted(&t.root, &m));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_check_is_written_to_use),
		cmocka_unit_test(nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
