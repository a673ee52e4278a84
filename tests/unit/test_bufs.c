/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sizes of receive buffers: what is said for each instance adds up. */
#include "vrrp/bufs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/conf.h"
#include "vrrp/iface.h"

#define OTHER 1000000

struct world {
	struct vrrp_conf conf;
	struct vrrp_instance_conf in[3]; /* two IPv4, one IPv6 */
	struct vip_conf vip[2];
	struct iface_table ifaces;
};

static void
world_init(struct world *w)
{
	struct iface_link_fact jumbo = {
		.ifindex = 2, .name = "eth0", .mtu = 9000};

	memset(w, 0, sizeof(*w));
	iface_table_init(&w->ifaces);
	iface_link_set(&w->ifaces, &jumbo);
	STAILQ_INIT(&w->conf.vrrp_instance);
	w->conf.global.vrrp_rx_bufs_multiplier = 3;
	for (int i = 0; i < 3; i++) {
		struct vrrp_instance_conf *c = &w->in[i];

		c->family = i == 2 ? AF_INET6 : AF_INET;
		c->version = i == 0 ? 2 : 3;
		c->interface = i == 1 ? "absent" : "eth0";
		STAILQ_INIT(&c->virtual_ipaddress);
		STAILQ_INSERT_TAIL(&w->conf.vrrp_instance, &c->obj, link);
	}
	for (int i = 0; i < 2; i++)
		STAILQ_INSERT_TAIL(&w->in[0].virtual_ipaddress, &w->vip[i].obj,
				   link);
}

static void
is_wanted(const struct world *w, size_t v4, size_t v6)
{
	assert_int_equal(vrrp_bufs_wanted(&w->conf, &w->ifaces, AF_INET, OTHER),
			 v4);
	assert_int_equal(
		vrrp_bufs_wanted(&w->conf, &w->ifaces, AF_INET6, OTHER), v6);
}

static void
each_word_counts(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	is_wanted(&w, 0, 0);
	w.in[0].kernel_rx_buf_size = 5000; /* and one that says nothing */
	is_wanted(&w, 5000 + OTHER, 0);
	w.in[1].kernel_rx_buf_size = 700;
	is_wanted(&w, 5700, 0);
	w.conf.global.vrrp_rx_bufs_policy = RX_BUFS_SIZE;
	w.conf.global.vrrp_rx_bufs_size = 123;
	is_wanted(&w, 5700, 123);
	w.in[0].kernel_rx_buf_size = 0;
	is_wanted(&w, 823, 123);
	w.in[1].kernel_rx_buf_size = 0; /* once for all, not for each */
	is_wanted(&w, 123, 123);
	iface_table_fini(&w.ifaces);
}

static void
policies_are_per_instance(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.conf.global.vrrp_rx_bufs_policy = RX_BUFS_MTU;
	is_wanted(&w, 3 * (9000 + 1500), 3 * 9000);
	w.conf.global.vrrp_rx_bufs_policy = RX_BUFS_ADVERT;
	/* IP header, header, two addresses, authentication; bare; IPv6 */
	is_wanted(&w, 3 * (20 + 8 + 8 + 8 + 20 + 8), 3 * 8);
	w.in[0].auth_type = VRRP_AUTH_AH;
	w.in[2].auth_hmac.on = true;
	is_wanted(&w, 3 * (44 + 24 + 28), 3 * (8 + 28));
	w.in[1].kernel_rx_buf_size = 7;
	is_wanted(&w, 3 * (44 + 24) + 7, 3 * 36);
	iface_table_fini(&w.ifaces);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_counts),
		cmocka_unit_test(policies_are_per_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
