/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The connection sync daemon is kept in the wanted roles, no request more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/ip_vs.h>

#include <cmocka.h>

#include "ipvs/syncd.h"
#include "tests/unit/ipvs_door.h"

static const struct msg_sync_daemon eth0 = {.ifname = "eth0", .id = 51};

static struct msg_sync_daemon
roles(uint32_t set)
{
	struct msg_sync_daemon m = eth0;

	m.roles = set;
	return m;
}

static void
want(struct syncd *s, uint32_t set)
{
	struct msg_sync_daemon m = roles(set);

	syncd_want(s, &m);
}

static bool
runs(uint32_t state)
{
	for (size_t i = 0; i < door->daemons; i++)
		if (door->daemon[i].state == state)
			return true;
	return false;
}

static void
test_roles_change(void **state)
{
	struct syncd *s;

	(void)state;
	assert_int_equal(syncd_open(&s), 0);
	assert_false(syncd_has_work(s));
	want(s, MSG_SYNC_BACKUP);
	assert_true(runs(IP_VS_STATE_BACKUP));
	assert_false(runs(IP_VS_STATE_MASTER));
	assert_int_equal(door->requests, 1);
	want(s, MSG_SYNC_MASTER);
	assert_true(runs(IP_VS_STATE_MASTER));
	assert_false(runs(IP_VS_STATE_BACKUP));
	assert_int_equal(door->requests, 3);
	want(s, MSG_SYNC_MASTER); /* as it is */
	syncd_pass(s);
	assert_int_equal(door->requests, 3);
	door->daemons = 0; /* somebody stopped it */
	syncd_pass(s);
	assert_true(runs(IP_VS_STATE_MASTER));
	syncd_leave(s);
	assert_int_equal(door->daemons, 0);
	assert_false(syncd_has_work(s));
	syncd_close(s);
}

static void
test_what_the_status_shows(void **state)
{
	struct syncd_status x;
	struct syncd *s;

	(void)state;
	assert_int_equal(syncd_open(&s), 0);
	door->daemon[door->daemons++] = (struct ipvs_daemon){
		.state = IP_VS_STATE_BACKUP, .d = {.ifname = "eth9", .id = 7}};
	syncd_status_get(s, &x);
	assert_int_equal(x.n, 1);
	assert_false(x.role[0].is_ours);
	assert_string_equal(x.role[0].name, "backup");
	want(s, MSG_SYNC_MASTER);
	syncd_status_get(s, &x);
	assert_int_equal(x.n, 2); /* the stranger's, too */
	assert_string_equal(x.role[1].name, "master");
	assert_true(x.role[1].is_ours);
	assert_int_equal(x.missing, 0);
	assert_int_equal(x.started, 1);
	door->daemons = 0; /* somebody stopped them */
	syncd_status_get(s, &x);
	assert_int_equal(x.n, 0);
	assert_int_equal(x.missing, MSG_SYNC_MASTER);
	syncd_close(s);
}

static void
test_other_settings_start_anew(void **state)
{
	struct msg_sync_daemon m = roles(MSG_SYNC_MASTER | MSG_SYNC_BACKUP);
	struct syncd *s;

	(void)state;
	assert_int_equal(syncd_open(&s), 0);
	syncd_want(s, &m);
	assert_int_equal(door->daemons, 2);
	m.id = 9;
	syncd_want(s, &m);
	assert_int_equal(door->daemons, 2);
	assert_int_equal(door->daemon[0].d.id, 9);
	assert_int_equal(door->daemon[1].d.id, 9);
	syncd_close(s);
}

static void
test_adopts_and_lets_be(void **state)
{
	struct ipvs_daemon theirs = {.state = IP_VS_STATE_BACKUP, .d = eth0};
	struct syncd *s;

	(void)state;
	assert_int_equal(syncd_open(&s), 0);
	door->daemon[0] = theirs;
	door->daemons = 1;
	want(s, MSG_SYNC_MASTER);
	syncd_leave(s);
	/* Nobody asked for a backup: the other one's goes on. */
	assert_int_equal(door->daemons, 1);
	want(s, MSG_SYNC_BACKUP); /* left by a crash: taken over as it is */
	assert_int_equal(door->requests, 2);
	want(s, 0);
	assert_int_equal(door->daemons, 0);
	syncd_close(s);
}

static void
test_kernel_without_ipvs(void **state)
{
	struct syncd *s;

	(void)state;
	assert_int_equal(syncd_open(&s), 0);
	door->is_absent = true;
	want(s, MSG_SYNC_MASTER);
	assert_true(syncd_has_work(s));
	door->is_absent = false;
	syncd_pass(s);
	assert_true(runs(IP_VS_STATE_MASTER));
	syncd_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles_change),
		cmocka_unit_test(test_what_the_status_shows),
		cmocka_unit_test(test_other_settings_start_anew),
		cmocka_unit_test(test_adopts_and_lets_be),
		cmocka_unit_test(test_kernel_without_ipvs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
