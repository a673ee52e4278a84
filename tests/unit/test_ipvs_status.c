/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The status: connections of each server as the kernel counts them (here: the
 * last number of its address, ten times that, and half), and the sync daemon. */
#include "ipvs/status.h"

#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipvs/model.h"
#include "lib/buf.h"
#include "tests/unit/ipvs_door.h"

struct world {
	struct model *model;
	struct mirror *mirror;
	struct ipvs_count count[8];
	struct buf out;
};

/* Service 1 with servers 2, 3 and 4, service 2 with none. */
static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct msg_svc one = kernel_make_svc(1, 0), two = kernel_make_svc(2, 1);

	w->model = model_new();
	assert_int_equal(mirror_open(w->model, &w->mirror), 0);
	(void)model_svc_set(w->model, &one);
	(void)model_svc_set(w->model, &two);
	for (uint32_t id = 4; id > 1; id--) {
		struct msg_dest d = kernel_make_dest(&one, id, 1);

		(void)model_dest_set(w->model, &d);
	}
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	buf_fini(&w->out);
	mirror_close(w->mirror);
	model_free(w->model);
	free(w);
	return 0;
}

static struct ipvs_status
status(struct world *w, bool has_counts)
{
	struct ipvs_status s = {.stats = mirror_stats_get(w->mirror),
				.model = w->model,
				.now = monotime_add((monotime_t){0}, SEC(9))};

	if (has_counts && mirror_count(w->mirror, w->count))
		s.count = w->count;
	return s;
}

static void
has(const struct world *w, const char *text)
{
	if (strstr(buf_str(&w->out), text) == NULL)
		fail_msg("no '%s' in:\n%s", text, buf_str(&w->out));
}

static void
test_connections(void **state)
{
	struct world *w = *state;
	struct ipvs_status s;

	assert_int_equal(mirror_pass(w->mirror, MIRROR_SYNC, monotime_now()),
			 0);
	s = status(w, true);
	ipvs_status_print(&s, true, &w->out);
	has(w, " Connections = 9 active, 90 inactive, 4 persistent\n");
	has(w, " [10.0.1.0]:tcp:80 rr, connections 9 active, 90 inactive, "
	       "4 persistent\n");
	has(w, "   -> [192.0.0.3]:tcp:8080 tunnel weight 1, connections "
	       "3 active, 30 inactive, 1 persistent\n");
	has(w, " [10.0.2.0]:tcp:80 wrr\n");
}

/* A server that somebody deleted, and one that nobody wants. */
static void
test_not_all_are_known(void **state)
{
	struct world *w = *state;
	struct msg_svc one = kernel_make_svc(1, 0);
	struct ipvs_op del = {.kind = IPVS_OP_DEST_DEL,
			      .dest = kernel_make_dest(&one, 3, 1)};
	struct ipvs_op add = {.kind = IPVS_OP_DEST_ADD,
			      .dest = kernel_make_dest(&one, 77, 1)};
	struct ipvs_status s;

	(void)mirror_pass(w->mirror, MIRROR_SYNC, monotime_now());
	(void)kernel_do(&door->kernel, &del);
	(void)kernel_do(&door->kernel, &add);
	s = status(w, true);
	ipvs_status_print(&s, true, &w->out);
	has(w, " Connections = 6 active, 60 inactive, 3 persistent, 1 servers "
	       "not counted\n");
	has(w, "   -> [192.0.0.3]:tcp:8080 tunnel weight 1\n");
}

/* Before the kernel's table can be used, and when only figures are wanted. */
static void
test_without_counts(void **state)
{
	struct world *w = *state;
	struct ipvs_status s = status(w, true);

	assert_null(s.count);
	ipvs_status_print(&s, true, &w->out);
	has(w, " Kernel table = not available\n");
	assert_null(strstr(w->out.data, "onnections"));
	buf_reset(&w->out);
	ipvs_status_print_json(&s, &w->out);
	assert_null(strstr(w->out.data, "active\":"));
}

static void
test_sync_daemon(void **state)
{
	struct world *w = *state;
	struct ipvs_status s = status(w, false);

	s.sync = (struct syncd_status){
		.n = 2,
		.role = {{.name = "master",
			  .d = {.ifname = "eth1", .id = 51},
			  .is_ours = true,
			  .since = monotime_add((monotime_t){0}, MSEC(6500))},
			 {.name = "backup", .d = {.ifname = "eth\"", .id = 7}}},
		.started = 3};
	ipvs_status_print(&s, false, &w->out);
	has(w, " Sync daemon = master on eth1, id 51, for 2.500 s\n"
	       " Sync daemon = backup on eth\", id 7, not ours\n"
	       " Sync daemon started = 3 times\n");
	buf_reset(&w->out);
	ipvs_status_print_json(&s, &w->out);
	has(w, "\"sync_daemon\":[{\"role\":\"master\",\"interface\":\"eth1\","
	       "\"id\":51,\"runs\":true,\"ours\":true,\"seconds\":2.500},"
	       "{\"role\":\"backup\",\"interface\":\"eth\\\"\",\"id\":7,"
	       "\"runs\":true,\"ours\":false}]");
}

static void
test_missing_sync_daemon(void **state)
{
	struct world *w = *state;
	struct ipvs_status s = status(w, false);

	s.sync = (struct syncd_status){.want = {.ifname = "eth1", .id = 5},
				       .missing = MSG_SYNC_BACKUP,
				       .error = -19};
	ipvs_status_print(&s, false, &w->out);
	has(w, " Sync daemon = backup on eth1, id 5, does not run: No such "
	       "device\n");
	buf_reset(&w->out);
	ipvs_status_print_json(&s, &w->out);
	has(w, "\"sync_daemon\":[{\"role\":\"backup\",\"interface\":\"eth1\","
	       "\"id\":5,\"runs\":false}]");
}

static void
test_json(void **state)
{
	struct world *w = *state;
	struct ipvs_status s;

	(void)mirror_pass(w->mirror, MIRROR_SYNC, monotime_now());
	s = status(w, true);
	ipvs_status_print_json(&s, &w->out);
	has(w, "\"available\":true,\"virtual_services\":2,\"real_servers\":3,");
	has(w,
	    ",\"active\":9,\"inactive\":90,\"persistent\":4,\"uncounted\":0");
	has(w, "{\"name\":\"[192.0.0.4]:tcp:8080\",\"forward\":\"tunnel\","
	       "\"weight\":1,\"active\":4,\"inactive\":40,\"persistent\":2,"
	       "\"uncounted\":0}]},{\"name\":\"[10.0.2.0]:tcp:80\",");
	has(w, ",\"servers\":[]}]}}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_connections, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_not_all_are_known, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_without_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_sync_daemon, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_missing_sync_daemon, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
