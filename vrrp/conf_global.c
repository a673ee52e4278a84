/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The vrrp module: its words in global_defs and its top level keywords.  Pure
 * reading.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "parser/common.h"
#include "vrrp/conf_tables.h"

const struct vrrp_conf *
vrrp_conf_get(const struct conf *c)
{
	return c->module[CONF_VRRP];
}

/* ---- words of global_defs ---- */

/* clang-format off */
static const struct kw garp_extra_if_rows[] = {
	{.name = "all", .type = KW_DOC,
	 .doc = "Include non VMAC interfaces."},
};
static const struct kw_block garp_extra_if_words = {
	KW_ROWS(garp_extra_if_rows), .ignores_unknown = true,
};
static const struct kw rx_bufs_policy_rows[] = {
	{.name = "MTU", .type = KW_DOC,
	 .doc = "Size by interface MTU."},
	{.name = "ADVERT", .type = KW_DOC,
	 .doc = "Size by advert length."},
};
static const struct kw_block rx_bufs_policy_words = {
	KW_ROWS(rx_bufs_policy_rows), .ignores_unknown = true,
};
/* clang-format on */

/* [all] SECONDS */
static int
garp_extra_if_parse(struct kw_in *in, void *member)
{
	struct vrrp_conf *c = in->obj;
	bool all = in->n > 1 && strcmp(in->word[1].s, "all") == 0;
	uint32_t at = all ? 2 : 1;
	int64_t v;
	if (at >= in->n) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s specified without time - ignoring",
			    in->word[0].s);
		return -EINVAL;
	}
	if (kw_parse_int(in, at, 1, 86400, &v) < 0)
		return -EINVAL;
	*(nsec_t *)member = SEC(v);
	c->global.vrrp_garp_extra_if_all = all;
	return (int)at;
}

static const struct kw_ops garp_extra_if_ops = {.parse = garp_extra_if_parse};

/* MTU, ADVERT or a number; a number beats words, MTU beats ADVERT. */
static int
rx_bufs_policy_parse(struct kw_in *in, void *member)
{
	struct vrrp_conf *c = in->obj;
	enum rx_bufs_policy policy = RX_BUFS_DEFAULT, next;
	int64_t v;
	if (in->n < 2) {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "MTU, ADVERT or a number of bytes",
				     "Invalid vrrp_rx_bufs_policy");
		return -EINVAL;
	}
	for (uint32_t i = 1; i < in->n; i++) {
		if (strcasecmp(in->word[i].s, "MTU") == 0) {
			next = RX_BUFS_MTU;
		} else if (strcasecmp(in->word[i].s, "ADVERT") == 0) {
			next = RX_BUFS_ADVERT;
		} else {
			if (kw_parse_int(in, i, 0, UINT32_MAX, &v) < 0)
				return -EINVAL;
			c->global.vrrp_rx_bufs_size = (uint32_t)v;
			next = RX_BUFS_SIZE;
		}
		if (policy == RX_BUFS_DEFAULT) {
			policy = next;
			continue;
		}
		conf_report(in->ctx, DIAG_GENERAL,
			    "Cannot set more than one vrrp_rx_bufs_policy: a "
			    "number beats MTU, MTU beats ADVERT");
		if (next == RX_BUFS_SIZE || policy == RX_BUFS_ADVERT)
			policy = next;
	}
	*(enum rx_bufs_policy *)member = policy;
	return (int)in->n - 1;
}

static const struct kw_ops rx_bufs_policy_ops = {.parse = rx_bufs_policy_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct vrrp_conf, m)
static const struct kw dynamic_interfaces_rows[] = {
	{.name = "allow_if_changes", .type = KW_FLAG, M(global.allow_if_changes), .reload = KW_LIVE,
	 .doc = "An interface may come back with another type or parent; duplicate VRIDs become a fault of the instance "
		"instead of a start-up error."},
};
static const struct kw_block dynamic_interfaces_words = {KW_ROWS(dynamic_interfaces_rows)};
static const struct kw vrrp_global_rows[] = {
	{.name = "dynamic_interfaces", .type = KW_FLAG, M(global.dynamic_interfaces), .sub = &dynamic_interfaces_words,
	 .reload = KW_LIVE, .args = "[allow_if_changes]", .def_doc = "false",
	 .doc = "Accept interfaces that do not exist when the configuration is read and follow their later creation and "
		"deletion; otherwise a missing interface is fatal to the vrrp process at run time (exit 2); unknown word "
		"reported but the flag is set."},
	{.name = "default_interface", .type = KW_STRING, M(global.default_interface), .def = "eth0", .reload = KW_LIVE,
	 .args = "<IFNAME>",
	 .doc = "Interface for static addresses without dev and for VIPs of instances that have no interface; missing "
		"name reported and ignored."},
	{.name = "disable_local_igmp", .type = KW_FLAG, M(global.disable_local_igmp),
	 .reload = KW_FIXED, .def_doc = "false",
	 .doc = "Clear sysctl net.ipv4.igmp_link_local_mcast_reports; reported and ignored when the kernel file is not "
		"writable; cannot change on reload."},
	{.name = "v3_checksum_as_v2", .type = KW_FLAG, M(global.v3_checksum_as_v2), .reload = KW_LIVE,
	 .def_doc = "false", .since = "2.4",
	 .doc = "Default for the vrrp_instance keyword of the same name; in 2.4.3 any argument, even off, is ignored and "
		"true is stored."},
	{.name = "vrrp_mcast_group4", .type = KW_ADDR, M(global.vrrp_mcast_group4), .family = AF_INET,
	 .def = "224.0.0.18", .flags = KW_NEED | KW_MCAST, .reload = KW_RESTART, .args = "<IPv4 multicast>",
	 .doc = "Destination of IPv4 adverts; not parseable, not IPv4 or not multicast is reported and ignored."},
	{.name = "vrrp_mcast_group6", .type = KW_ADDR, M(global.vrrp_mcast_group6), .family = AF_INET6,
	 .def = "ff02::12", .flags = KW_NEED | KW_MCAST, .reload = KW_RESTART, .args = "<IPv6 multicast>",
	 .doc = "Destination of IPv6 adverts; not parseable, not IPv6 or not multicast is reported and ignored; non "
		"link-local scope is only a warning."},
	{.name = "vrrp_garp_master_delay", .type = KW_SECONDS, M(global.vrrp_garp_master_delay),
	 KW_RANGE(SEC(0), SEC(4294)), .def = "5", .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..4294 seconds>",
	 .doc = "Delay of the second burst of gratuitous ARP/NA after becoming master, 0 for none; invalid reported and "
		"ignored."},
	{.name = "vrrp_garp_master_repeat", .type = KW_UINT, M(global.vrrp_garp_master_repeat),
	 KW_RANGE(1, UINT32_MAX), .def = "5", .flags = KW_NEED | KW_CLAMP, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>",
	 .doc = "Messages per burst after becoming master; 0 reported and set to 1."},
	{.name = "vrrp_garp_master_refresh", .type = KW_SECONDS, M(global.vrrp_garp_master_refresh),
	 KW_RANGE(SEC(0), SEC(4294967295)), .def = "0", .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295 seconds>",
	 .doc = "Period of repeated gratuitous ARP/NA while master, 0 off; invalid reported and set to 0."},
	{.name = "vrrp_garp_master_refresh_repeat", .type = KW_UINT, M(global.vrrp_garp_master_refresh_repeat),
	 KW_RANGE(1, UINT32_MAX), .def = "1", .flags = KW_NEED | KW_CLAMP, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>",
	 .doc = "Messages per refresh; 0 reported and set to 1."},
	{.name = "vrrp_garp_lower_prio_delay", .type = KW_SECONDS, M(global.vrrp_garp_lower_prio_delay),
	 KW_RANGE(SEC(0), SEC(4294)), .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..4294 seconds>",
	 .def_doc = "vrrp_garp_master_delay",
	 .doc = "Delay of the second burst after a lower priority advert is seen while master; invalid reported and "
		"ignored."},
	{.name = "vrrp_garp_lower_prio_repeat", .type = KW_UINT, M(global.vrrp_garp_lower_prio_repeat),
	 KW_RANGE(0, INT32_MAX), .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..2147483647>",
	 .def_doc = "vrrp_garp_master_repeat",
	 .doc = "Messages per burst after a lower priority advert is seen while master; invalid reported and ignored."},
	{.name = "vrrp_down_timer_adverts", .type = KW_UINT, M(global.vrrp_down_timer_adverts), KW_RANGE(1, 100),
	 .def = "3", .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 1..100>",
	 .doc = "Default number of missed advert intervals before taking over; out of range reported and ignored."},
	{.name = "vrrp_garp_interval", .type = KW_SECONDS, M(global.vrrp_garp_interval),
	 KW_RANGE(USEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED | KW_ZERO_NOTE, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.000001..4294.967295 seconds>", .def_doc = "0 (no gap)",
	 .doc = "Gap between gratuitous ARPs per interface; 1 second or more is logged; invalid reported and ignored; a "
		"garp_group on the interface wins."},
	{.name = "vrrp_gna_interval", .type = KW_SECONDS, M(global.vrrp_gna_interval),
	 KW_RANGE(USEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED | KW_ZERO_NOTE,
	 .reload = KW_LIVE, .args = "<DECIMAL 0.000001..4294.967295 seconds>", .def_doc = "0 (no gap)",
	 .doc = "Gap between unsolicited neighbour advertisements per interface; as vrrp_garp_interval."},
	{.name = "vrrp_min_garp", .type = KW_BOOL, M(global.vrrp_min_garp), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "false",
	 .doc = "When true lower still-default values to one message and no second burst (repeat 1, delay 0, refresh 0, "
		"refresh_repeat 0); values already changed earlier in the file are kept, so order matters; false does "
		"nothing."},
	{.name = "vrrp_garp_extra_if", .type = KW_CUSTOM, M(global.vrrp_garp_extra_if), .sub = &garp_extra_if_words,
	 .ops = &garp_extra_if_ops, .reload = KW_LIVE, .args = "[all] <INT 1..86400 seconds>",
	 .def_doc = "off",
	 .doc = "Default of garp_extra_if: periodic gratuitous messages on interfaces of VIPs other than the instance "
		"interface (only VMACs unless all); missing time reported and ignored."},
	{.name = "vrrp_vmac_garp_intvl", .type = KW_CUSTOM, M(global.vrrp_garp_extra_if),
	 .note = "please use 'vrrp_garp_extra_if'", .ops = &garp_extra_if_ops, .flags = KW_DEPRECATED,
	 .reload = KW_LIVE, .args = "[all] <INT 1..86400 seconds>", .def_doc = "off",
	 .doc = "Deprecated alias of vrrp_garp_extra_if; use is reported (config test then exits 5)."},
	{.name = "vrrp_lower_prio_no_advert", .type = KW_BOOL, M(global.vrrp_lower_prio_no_advert),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Default for lower_prio_no_advert."},
	{.name = "vrrp_higher_prio_send_advert", .type = KW_BOOL, M(global.vrrp_higher_prio_send_advert),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Default for higher_prio_send_advert."},
	{.name = "on_address_loss", .type = KW_ENUM, M(global.on_address_loss), .words = address_loss_words, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "restore|backup", .def_doc = "restore",
	 .doc = "Default for on_address_loss.  What a master does when somebody deletes an address, route or rule that it holds: put it back at once, or "
		"resign and become BACKUP, as keepalived does."},
	{.name = "vip_lifetime", .type = KW_SECONDS, M(global.vip_lifetime), KW_RANGE(0, SEC(86400)), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 2..86400 seconds, 0: off>", .def_doc = "0",
	 .doc = "Default for vip_lifetime.  Addresses of a master are given to the kernel for so long only and are renewed three times in that time: a "
		"node whose processes are dead or frozen loses them by itself."},
	{.name = "vrrp_version", .type = KW_UINT, M(global.vrrp_version), KW_RANGE(2, 3), .def = "2", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 2..3>",
	 .doc = "Default VRRP version of IPv4 instances; IPv6 instances use 3 unless told otherwise; anything else "
		"reported and ignored."},
	{.name = "vrrp_iptables", .type = KW_CUSTOM, M(global.vrrp_iptables),
	 .ops = &fw_chains_ops, .flags = KW_FIRST_WINS | KW_BARE, .reload = KW_LIVE, .args = "[<CHAIN_IN> [<CHAIN_OUT>]]",
	 .def_doc = "off; INPUT and OUTPUT when given without names",
	 .doc = "Use iptables for no_accept and VMAC filtering in existing chains (names max 27 chars, in and out must "
		"differ); second use reported and ignored; nftables wins if both; builds without iptables report it and "
		"switch to nftables."},
	{.name = "vrrp_ipsets", .type = KW_CUSTOM, M(global.vrrp_ipsets),
	 .ops = &fw_sets_ops, .flags = KW_FIRST_WINS | KW_BARE,
	 .reload = KW_LIVE, .args = "[<SET> [<SET6> [<SET_IF6> [<IGMP> [<MLD> [<ND>]]]]]]",
	 .def_doc = "keepalived keepalived6 keepalived_if6 keepalived_igmp keepalived_mld keepalived_nd",
	 .doc = "Names of ipsets used with vrrp_iptables (max 30 chars, all different); without names ipsets are not "
		"used; omitted names are derived from earlier ones with 6, _if6, _igmp, _mld, _nd; only present in "
		"builds with iptables and libipset."},
	{.name = "nftables", .type = KW_STRING, M(global.nftables), KW_RANGE(0, 30), .flags = KW_FIRST_WINS | KW_BARE,
	 .reload = KW_FIXED, .args = "[<TABLE>]", .def_doc = "off; table keepalived when bare",
	 .doc = "Use nftables for VRRP filtering with this private table (max 30 chars); selected automatically when "
		"filtering is needed and nothing is configured; second use reported and ignored; name fixed across "
		"reloads."},
	{.name = "nftables_priority", .type = KW_INT, M(global.nftables_priority), .def = "-1",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT -2147483648..2147483647>",
	 .doc = "Priority of the base chains of the VRRP table; invalid reported and ignored; a later nftables line "
		"resets it to -1."},
	{.name = "nftables_ifindex", .type = KW_FLAG, M(global.nftables_ifindex),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Key the link-local sets by interface index instead of interface name."},
	{.name = "nftables_counters", .type = KW_FLAG, M(global.nftables_counters),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Add counters to the generated nftables rules."},
	{.name = "vrrp_check_unicast_src", .type = KW_FLAG, M(global.vrrp_check_unicast_src),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Accept unicast adverts only from configured peers, for all instances."},
	{.name = "vrrp_skip_check_adv_addr", .type = KW_BOOL, M(global.vrrp_skip_check_adv_addr),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Default for skip_check_adv_addr."},
	{.name = "vrrp_strict", .type = KW_BOOL, M(global.vrrp_strict), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Default for strict_mode."},
	{.name = "vrrp_priority", .type = KW_INT, M(global.vrrp_sched.priority), KW_RANGE(-20, 19),
	 .reload = KW_LIVE, .args = "<INT -20..19>", .def_doc = "unchanged",
	 .doc = "Nice value of the VRRP process; missing or out of range reported and treated as 0."},
	{.name = "vrrp_no_swap", .type = KW_FLAG, M(global.vrrp_sched.no_swap), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Lock the VRRP process into memory."},
	{.name = "vrrp_rt_priority", .type = KW_UINT, M(global.vrrp_sched.rt_priority), KW_RANGE(1, 99),
	 .flags = KW_CLAMP, .reload = KW_LIVE, .args = "<INT 1..99>", .def_doc = "0 (not realtime)",
	 .doc = "SCHED_RR priority of the VRRP process; outside the range is reported and clamped; non-number reported "
		"and ignored."},
	{.name = "vrrp_cpu_affinity", .type = KW_CUSTOM, M(global.vrrp_sched.cpu_affinity),
	 .ops = &common_cpu_affinity_ops, .reload = KW_LIVE, .args = "<INT 0..NCPU-1> ...",
	 .def_doc = "all CPUs",
	 .doc = "Bind the VRRP process to these CPUs; one bad number reports an error and clears the whole set."},
	{.name = "vrrp_rlimit_rttime", .type = KW_UINT, M(global.vrrp_sched.rlimit_rttime), KW_RANGE(1, UINT32_MAX),
	 .def = "10000", .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 1..4294967295 microseconds>",
	 .doc = "RLIMIT_RTTIME of the VRRP process while realtime; 1 is raised to 2; invalid reported and stored as 0."},
	{.name = "vrrp_rlimit_rtime", .type = KW_ALIAS, .alias = "vrrp_rlimit_rttime",
	 .args = "<INT 1..4294967295 microseconds>", .def_doc = "10000",
	 .doc = "Obsolete spelling of vrrp_rlimit_rttime (logged)."},
	{.name = "vrrp_notify_priority_changes", .type = KW_BOOL, M(global.vrrp_notify_priority_changes),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Default for notify_priority_changes."},
	{.name = "fifo_write_vrrp_states_on_reload", .type = KW_FLAG, M(global.fifo_write_vrrp_states_on_reload),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Write the state of every instance and group to the FIFOs again after a reload."},
	{.name = "vrrp_netlink_cmd_rcv_bufs", .type = KW_UINT, M(global.vrrp_netlink_cmd_rcv_bufs),
	 .reload = KW_LIVE, .args = "<INT bytes 0..4294967295>", .def_doc = "kernel default",
	 .doc = "Receive buffer of the VRRP netlink command socket; 0 or invalid leaves the default."},
	{.name = "vrrp_netlink_cmd_rcv_bufs_force", .type = KW_BOOL, M(global.vrrp_netlink_cmd_rcv_bufs_force),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Use SO_RCVBUFFORCE for it, so rmem_max may be exceeded."},
	{.name = "vrrp_netlink_monitor_rcv_bufs", .type = KW_UINT, M(global.vrrp_netlink_monitor_rcv_bufs),
	 .reload = KW_LIVE, .args = "<INT bytes 0..4294967295>", .def_doc = "kernel default",
	 .doc = "Receive buffer of the VRRP netlink monitor socket; 0 or invalid leaves the default."},
	{.name = "vrrp_netlink_monitor_rcv_bufs_force", .type = KW_BOOL, M(global.vrrp_netlink_monitor_rcv_bufs_force),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Use SO_RCVBUFFORCE for it."},
	{.name = "process_monitor_rcv_bufs", .type = KW_UINT, M(global.process_monitor_rcv_bufs),
	 .reload = KW_LIVE, .args = "<INT bytes 0..4294967295>", .def_doc = "kernel default",
	 .doc = "Receive buffer of the process event connector socket used by track_process; 0 or invalid leaves the "
		"default."},
	{.name = "process_monitor_rcv_bufs_force", .type = KW_BOOL, M(global.process_monitor_rcv_bufs_force),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Use SO_RCVBUFFORCE for it."},
	{.name = "vrrp_rx_bufs_policy", .type = KW_CUSTOM, M(global.vrrp_rx_bufs_policy), .sub = &rx_bufs_policy_words,
	 .ops = &rx_bufs_policy_ops, .reload = KW_RESTART, .args = "<MTU|ADVERT|INT bytes> ...",
	 .def_doc = "system default",
	 .doc = "Sizing of VRRP receive sockets: sum over instances of MTU or advert size times the multiplier, or a "
		"fixed number; words case-insensitive; a number beats words, MTU beats ADVERT (both conflicts reported); "
		"in 2.4.3 the number is always taken from the first argument."},
	{.name = "vrrp_rx_bufs_multiplier", .type = KW_UINT, M(global.vrrp_rx_bufs_multiplier),
	 KW_RANGE(1, UINT32_MAX), .def = "3", .flags = KW_EXACT, .reload = KW_RESTART, .args = "<INT 1..4294967295>",
	 .doc = "Factor for vrrp_rx_bufs_policy; exactly one argument, otherwise reported and ignored."},
	{.name = "vrrp_startup_delay", .type = KW_SECONDS, M(global.vrrp_startup_delay),
	 KW_RANGE(MSEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.001..4294.967295 seconds>", .def_doc = "0",
	 .doc = "Delay before VRRP instances start after the daemon starts; the larger of this and vrrp_delay_after_boot "
		"wins; 60 or more is logged."},
	{.name = "vrrp_proof_of_receive", .type = KW_CUSTOM, M(global.vrrp_proof_of_receive), .ops = &proof_of_receive_ops,
	 KW_RANGE(MSEC(1), SEC(3600)), .decimals = 3, .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<DECIMAL 0.001..3600 seconds>|off", .def_doc = "40 where the interface has an IPv4 gateway, else off",
	 .doc = "Default for proof_of_receive. When given, the wait does not depend on a gateway."},
	{.name = "vrrp_delay_after_boot", .type = KW_SECONDS, M(global.vrrp_delay_after_boot),
	 KW_RANGE(MSEC(1), USEC(4294967295)), .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<DECIMAL 0.001..4294.967295 seconds>", .def_doc = "0", .since = "2.4",
	 .doc = "Delay VRRP instances until the system uptime reaches this; already passed means no delay."},
	{.name = "log_unknown_vrids", .type = KW_FLAG, M(global.log_unknown_vrids),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Log adverts whose VRID is not configured on the receiving interface."},
	{.name = "vrrp_owner_ignore_adverts", .type = KW_BOOL, M(global.vrrp_owner_ignore_adverts),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false", .since = "2.4",
	 .doc = "Default for owner_ignore_adverts."},
	{.name = "vmac_prefix", .type = KW_STRING, M(global.vmac_prefix), .def = "vrrp",
	 .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_RESTART, .args = "<STRING>",
	 .doc = "Prefix of generated VMAC interface names; a second one is reported and ignored."},
	{.name = "vmac_addr_prefix", .type = KW_STRING, M(global.vmac_addr_prefix),
	 .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_RESTART, .args = "<STRING>",
	 .def_doc = "vmac_prefix",
	 .doc = "Prefix of generated names of VMACs made for single VIPs; a second one is reported and ignored."},
};
#undef M
_Static_assert(ARRAY_LEN(vrrp_global_rows) <= 128, "bits of conf_obj.given");
/* clang-format on */

/* ---- the module ---- */

/* clang-format off */
#define M(m) KW_MEMBER(struct vrrp_conf, m)
static const struct kw vrrp_rows[] = {
	{.name = "linkbeat_use_polling", .type = KW_FLAG, M(linkbeat_use_polling),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Use MII/ethtool/ioctl polling instead of netlink for link state on every interface used as the "
		"interface of a vrrp_instance."},
	{.name = "track_group", .type = KW_BLOCKS, M(track_group), .sub = &track_group_block,
	 .flags = KW_UNIQUE, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "Names a list of vrrp instances that follow the static addresses, routes and rules tagged with this "
		"group; wrong argument count or duplicate name is reported and the block skipped; no members: reported "
		"and removed."},
	{.name = "static_ipaddress", .type = KW_LINES, M(static_ipaddress), .sub = &static_vip_block,
	 .reload = KW_LIVE, .args = "{ <IPADDR>[/<PREFIX>] [option ...] per line }",
	 .doc = "Addresses configured at start and kept in every VRRP state; same line syntax as virtual_ipaddress plus "
		"track_group, minus use_vmac."},
	{.name = "static_routes", .type = KW_LINES, M(static_routes), .sub = &static_route_block,
	 .reload = KW_LIVE, .args = "{ <route> per line }",
	 .doc = "Routes configured at start and kept in every VRRP state; iproute2-like words, one route per line."},
	{.name = "static_rules", .type = KW_LINES, M(static_rules), .sub = &static_rule_block,
	 .reload = KW_LIVE, .args = "{ <rule> per line }",
	 .doc = "Routing policy rules configured at start and kept in every VRRP state; one rule per line."},
	{.name = "vrrp_sync_group", .type = KW_BLOCKS, M(vrrp_sync_group), .sub = &sync_group_block,
	 .flags = KW_UNIQUE, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "Instances that change state together; wrong argument count or duplicate name: reported, block skipped; "
		"no group list: reported and removed; unknown members reported; a single member is reported too (config "
		"test exit 5)."},
	{.name = "garp_group", .type = KW_BLOCKS, M(garp_group), .sub = &garp_group_block,
	 .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "Pacing of gratuitous ARP and NA per interface or interface set; without any interval it is reported and "
		"removed."},
	{.name = "linkbeat_interfaces", .type = KW_LINES, M(linkbeat_interfaces), .sub = &linkbeat_block,
	 .reload = KW_LIVE, .args = "{ <IFNAME> [MII|ETHTOOL|IOCTL] per line }",
	 .doc = "Interfaces whose link state is polled; unknown interface is a fatal class error (exit 4); unknown or "
		"extra word reported."},
	{.name = "vrrp_instance", .type = KW_BLOCKS, M(vrrp_instance), .note = "vrrp instance %s already defined",
	 .sub = &instance_block, .flags = KW_UNIQUE, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "One virtual router; wrong argument count or duplicate name: reported and block skipped; missing "
		"virtual_router_id, or missing interface without unicast, stops the whole VRRP process at run time (exit "
		"2)."},
	{.name = "vrrp_script", .type = KW_BLOCKS, M(vrrp_script), .sub = &script_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "Periodic check script usable in track_script blocks that follow; without script or with an unknown user "
		"it is reported and removed; one that nothing tracks is reported and dropped at run time."},
	{.name = "vrrp_track_process", .type = KW_BLOCKS, M(vrrp_track_process), .sub = &track_process_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "Process presence monitor usable in track_process blocks that follow; without process it is reported and "
		"removed; reported as unsupported without kernel process events."},
	{.name = "interface_up_down_delays", .type = KW_LINES, M(interface_up_down_delays),
	 .sub = &up_down_delay_block, .reload = KW_LIVE,
	 .args = "{ <IFNAME> <DOWN DECIMAL 0..255 s> [<UP DECIMAL 0..255 s>] per line }", .def_doc = "UP 0",
	 .doc = "Debounce of link state per interface; UP omitted stores 0 (the manual says equal to DOWN); unknown "
		"interface is a fatal class error (config test exit 4); a bad time is reported and the line ignored; "
		"must stay below (down_timer_adverts-1)*advert_int or it is reduced."},
};
#undef M
/* clang-format on */

const struct conf_module vrrp_conf_module = {
	.id = CONF_VRRP,
	.name = "vrrp",
	.process = "vrrp",
	.root = {KW_ROWS(vrrp_rows), .size = sizeof(struct vrrp_conf)},
	.global = {KW_ROWS(vrrp_global_rows)},
	.global_offset = offsetof(struct vrrp_conf, global_defs),
	.resolve = vrrp_conf_resolve,
};
