/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of vrrp_instance.  Readers of its own words stand in
 * vrrp/conf_words.c, what needs the whole file in vrrp/conf_resolve.c.  Pure
 * reading.
 */
#include <errno.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_tables.h"

/* ---- unicast_peer ---- */

static int
peer_open(struct kw_in *in, void *obj)
{
	struct unicast_peer_conf *p = obj;
	const struct vrrp_instance_conf *i = in->parent;
	const char *w = in->word[0].s;
	char text[ADDR_STR_LEN];
	if (addr_parse(w, &p->addr) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "an IP address",
				     "Configuration error: VRRP instance[%s] "
				     "malformed unicast peer address[%s]. "
				     "Skipping...",
				     i->obj.name, w);
		return -EINVAL;
	}
	if (i->family != 0 && i->family != p->addr.family) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Configuration error: VRRP instance[%s] and "
			    "unicast peer address[%s] MUST be of the same "
			    "family !!! Skipping...",
			    i->obj.name, w);
		return -EINVAL;
	}
	p->obj.name = arena_strdup(conf_ctx_arena(in->ctx),
				   addr_print(&p->addr, text, sizeof(text)));
	return 1;
}

static bool
peer_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct unicast_peer_conf *p = obj;
	struct vrrp_instance_conf *i = parent;
	if (p->min_ttl > p->max_ttl)
		conf_report(ctx, DIAG_GENERAL,
			    "(%s) min_ttl %u of unicast peer %s is above its "
			    "max_ttl %u",
			    i->obj.name, p->min_ttl, p->obj.name, p->max_ttl);
	if (i->family == 0)
		i->family = p->addr.family;
	if (conf_is_given(&p->obj, "min_ttl") ||
	    conf_is_given(&p->obj, "max_ttl"))
		i->check_unicast_src = true;
	return true;
}

/* clang-format off */
#define M(m) KW_MEMBER(struct unicast_peer_conf, m)
static const struct kw unicast_peer_rows[] = {
	{.name = "min_ttl", .type = KW_UINT, M(min_ttl), KW_RANGE(0, 255), .def = "0", .reload = KW_LIVE,
	 .args = "<INT 0..255>",
	 .doc = "Drop adverts of this peer with a smaller TTL or hop limit; turns on check_unicast_src."},
	{.name = "max_ttl", .type = KW_UINT, M(max_ttl), KW_RANGE(0, 255), .def = "255", .reload = KW_LIVE,
	 .args = "<INT 0..255>",
	 .doc = "Drop adverts of this peer with a larger TTL or hop limit; turns on check_unicast_src; min above max is "
		"reported."},
};
#undef M
static const struct kw_block unicast_peer_block = {
	KW_ROWS(unicast_peer_rows), .size = sizeof(struct unicast_peer_conf), .open = peer_open, .check = peer_check,
};

/* ---- authentication ---- */

static const struct kw_word_value auth_type_words[] = {
	{"PASS", VRRP_AUTH_PASS}, {"AH", VRRP_AUTH_AH}, {NULL, 0},
};
#define M(m) KW_MEMBER(struct vrrp_instance_conf, m)
static const struct kw authentication_rows[] = {
	{.name = "auth_type", .type = KW_ENUM, M(auth_type), .words = auth_type_words, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "PASS|AH", .def_doc = "none",
	 .doc = "PASS clear text, AH IPsec header (IPv4 only, forces initial BACKUP); unknown word reported and ignored."},
	{.name = "auth_pass", .type = KW_STRING, M(auth_pass), .max = 8, .flags = KW_NEED | KW_TRUNCATE | KW_SECRET,
	 .reload = KW_LIVE, .args = "<STRING max 8 chars>",
	 .doc = "Shared secret; longer is reported and cut to 8."},
};
static const struct kw_block authentication_block = {KW_ROWS(authentication_rows), .is_flat = true};

/* ---- vrrp_instance ---- */

static const struct kw instance_rows[] = {
	{.name = "use_vmac", .type = KW_CUSTOM, M(use_vmac), .sub = &use_vmac_words, .ops = &use_vmac_ops,
	 .flags = KW_FIRST_WINS, .reload = KW_RESTART,
	 .args = "[[name] <IFNAME>] [<MAC>] [netlink_notify_msg] [group <NAME|INT>]",
	 .def_doc = "off; name vrrp.VRID (IPv6 second choice vrrp6.VRID, then vrrp1.VRID...), MAC 00:00:5e:00:01:VRID or 00:00:5e:00:02:VRID",
	 .doc = "Run the instance on a macvlan with the virtual MAC; repeated, clashing or over-long names and bad, "
		"multicast or RFC reserved MACs are reported and ignored; needs an interface of Ethernet type."},
	{.name = "use_vmac_addr", .type = KW_FLAG, M(use_vmac_addr), .reload = KW_RESTART,
	 .def_doc = "false",
	 .doc = "Also create VMACs for VIPs on other interfaces or of the other family."},
	{.name = "vmac_xmit_base", .type = KW_FLAG, M(vmac_xmit_base), .reload = KW_RESTART,
	 .def_doc = "false",
	 .doc = "Send and receive adverts on the parent interface; forced on (with a report) for VMAC plus unicast; "
		"reported and cleared without VMAC or in strict mode."},
	{.name = "use_ipvlan", .type = KW_CUSTOM, M(use_ipvlan), .sub = &use_ipvlan_words, .ops = &use_ipvlan_ops,
	 .flags = KW_FIRST_WINS, .reload = KW_RESTART,
	 .args = "[[name] <IFNAME>] [<IPADDR>[/<PREFIX>]] [bridge|private|vepa] [group <NAME|INT>]",
	 .def_doc = "off; bridge",
	 .doc = "Run the instance on an L2 ipvlan; IPv4 instances need the address (otherwise fault); the address also "
		"becomes the advert source; repeats reported and ignored."},
	{.name = "unicast_peer", .type = KW_LINES, M(unicast_peer), .sub = &unicast_peer_block,
	 .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <IPADDR> [min_ttl <INT 0..255>] [max_ttl <INT 0..255>] per line }", .def_doc = "multicast",
	 .doc = "Send adverts to these peers instead of multicast; bad, duplicate or other-family address reported and "
		"skipped; not allowed in strict mode on multicast capable interfaces."},
	{.name = "unicast_fault_no_peer", .type = KW_FLAG, M(unicast_fault_no_peer),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "With no usable peer go to fault instead of falling back to multicast."},
	{.name = "check_unicast_src", .type = KW_FLAG, M(check_unicast_src), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Accept adverts only from configured peers."},
	{.name = "old_unicast_checksum", .type = KW_CUSTOM, M(old_unicast_checksum),
	 .sub = &old_unicast_checksum_words, .ops = &old_unicast_checksum_ops, .reload = KW_LIVE,
	 .args = "[never]", .def_doc = "auto detect",
	 .doc = "Use the pre 1.3.7 VRRPv3 unicast checksum; never disables auto detection; unknown word reported and "
		"ignored."},
	{.name = "native_ipv6", .type = KW_CUSTOM, M(native_ipv6), .ops = &native_ipv6_ops,
	 .reload = KW_RESTART,
	 .doc = "Obsolete: force family IPv6 and version 3; reported and ignored if IPv4 is already established."},
	{.name = "state", .type = KW_CUSTOM, M(is_master_state), .ops = &state_ops, .flags = KW_NEED | KW_MULTI,
	 .reload = KW_LIVE, .args = "MASTER|BACKUP", .def_doc = "MASTER if priority 255, else BACKUP",
	 .doc = "Initial state; unknown word reported and treated as BACKUP; BACKUP after MASTER is reported and "
		"ignored; in strict mode must agree with priority 255."},
	{.name = "interface", .type = KW_CUSTOM, M(interface), .ops = &interface_ops, .flags = KW_NEED,
	 .reload = KW_RESTART, .args = "<IFNAME max 15 chars>",
	 .doc = "Interface of the instance; unknown is reported (fatal at run time without dynamic_interfaces); loopback "
		"refused; may be omitted only with unicast plus unicast_src_ip."},
	{.name = "vrf", .type = KW_CUSTOM, M(vrf), .ops = &vrf_ops, .flags = KW_NEED,
	 .reload = KW_RESTART, .args = "<IFNAME max 15 chars>",
	 .doc = "VRF device for unicast without interface; reported and ignored together with interface, if repeated or "
		"too long, and cleared without unicast."},
	{.name = "dont_track_primary", .type = KW_FLAG, M(dont_track_primary), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Ignore link faults of the instance interface."},
	{.name = "track_interface", .type = KW_LINES, M(track_interface), .sub = &track_interface_block,
	 .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <IFNAME> [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Interfaces whose failure faults the instance(s), or with weight shifts the priority; unknown or "
		"duplicate entry reported and ignored; own interface of an instance reported and ignored. Weighted "
		"entries are dropped for members of a sync group without sync_group_tracking_weight and for priority 255."},
	{.name = "track_script", .type = KW_LINES, M(track_script), .ref = "vrrp_script", .ref_label = "track script",
	 .sub = &track_script_block, .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <VRRP_SCRIPT> [weight <INT -253..253> [reverse|noreverse]] per line }",
	 .doc = "Scripts (defined earlier in the file) whose failure faults or re-weights; unknown name or duplicate "
		"reported and ignored; weight defaults to that of the vrrp_script. Weighted entries are dropped for "
		"members of a sync group without sync_group_tracking_weight and for priority 255."},
	{.name = "track_file", .type = KW_LINES, M(track_file), .ref = "track_file", .ref_label = "track file",
	 .sub = &track_file_ref_block, .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <TRACK_FILE> [weight <INT -254..254> [reverse|noreverse]] per line }",
	 .doc = "Files (track_file blocks defined earlier) whose number times weight is added to the priority; weight 0 "
		"means non-zero content faults; unknown name or duplicate reported and ignored; an unknown name crashes "
		"a 2.4.3 config test that runs both subsystems. Weighted entries are dropped for members of a sync group "
		"without sync_group_tracking_weight and for priority 255."},
	{.name = "track_process", .type = KW_LINES, M(track_process), .ref = "vrrp_track_process",
	 .ref_label = "track process", .sub = &track_process_ref_block, .flags = KW_UNIQUE,
	 .reload = KW_LIVE, .args = "{ <VRRP_TRACK_PROCESS> [weight <INT -254..254> [reverse|noreverse]] per line }",
	 .doc = "Processes (vrrp_track_process defined earlier) whose quorum loss faults or re-weights; unknown name or "
		"duplicate reported and ignored. Weighted entries are dropped for members of a sync group without "
		"sync_group_tracking_weight and for priority 255."},
	{.name = "track_route", .type = KW_LINES, M(track_route), .sub = &track_route_block,
	 .flags = KW_UNIQUE, .since = "duumvir", .reload = KW_LIVE,
	 .args = "{ <PREFIX> [table <INT|NAME>] [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Routes that must be in the kernel's routing table, exactly as written: a missing one faults or "
		"re-weights as a tracked script would."},
	{.name = "track_gateway", .type = KW_LINES, M(track_gateway), .sub = &track_gateway_block,
	 .flags = KW_UNIQUE, .since = "duumvir", .reload = KW_LIVE,
	 .args = "{ <IPADDR> [dev <IFNAME>] [interval <SECONDS>] [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Neighbours that must answer ARP (IPv6: neighbour solicitations); three missed answers are a failure, "
		"which faults or re-weights. dev is by default the interface of the instance."},
	{.name = "track_bfd", .type = KW_LINES, M(track_bfd), .ref = "bfd_instance", .ref_label = "track bfd",
	 .sub = &track_bfd_block, .flags = KW_PENDING | KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <BFD_INSTANCE> [weight <INT -253..253> [reverse|noreverse]] per line }",
	 .doc = "BFD sessions (bfd_instance defined earlier) whose loss faults or re-weights; unknown name or duplicate "
		"reported and ignored. Weighted entries are dropped for members of a sync group without "
		"sync_group_tracking_weight and for priority 255."},
	{.name = "mcast_src_ip", .type = KW_CUSTOM, M(mcast_src_ip), .ops = &src_ip_ops, .flags = KW_NEED,
	 .reload = KW_RESTART, .args = "<IPADDR>", .def_doc = "primary address of the interface",
	 .doc = "Source address of adverts; sets or must match the family; bad value reported and ignored."},
	{.name = "unicast_src_ip", .type = KW_CUSTOM, M(mcast_src_ip), .ops = &src_ip_ops,
	 .flags = KW_NEED, .reload = KW_RESTART, .args = "<IPADDR>",
	 .def_doc = "primary address of the interface",
	 .doc = "Same as mcast_src_ip, additionally marks the instance as using a unicast keyword."},
	{.name = "mcast_dst_ip", .type = KW_ADDR, M(mcast_dst_ip), .flags = KW_NEED | KW_MCAST,
	 .reload = KW_RESTART, .args = "<IPADDR multicast>", .def_doc = "vrrp_mcast_group4 / vrrp_mcast_group6",
	 .doc = "Own multicast group (IPv6 must be link-local scope); bad value reported and ignored; reported and "
		"ignored with unicast."},
	{.name = "track_src_ip", .type = KW_FLAG, M(track_src_ip), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Go to fault while the configured source address is missing; no effect without mcast_src_ip or "
		"unicast_src_ip."},
	{.name = "virtual_router_id", .type = KW_UINT, M(virtual_router_id), KW_RANGE(1, 255),
	 .flags = KW_NEED | KW_STRICT, .reload = KW_RESTART, .args = "<INT 1..255>", .def_doc = "none, required",
	 .doc = "VRID; out of range reported and left unset; same VRID with same family, interface and multicast group "
		"in two instances is fatal."},
	{.name = "unicast_ttl", .type = KW_UINT, M(unicast_ttl), KW_RANGE(0, 255),
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<INT 0..255>",
	 .def_doc = "255 IPv4, kernel default IPv6",
	 .doc = "TTL or hop limit of unicast adverts; out of range reported and ignored; without peers reported and "
		"reset to 0."},
	{.name = "version", .type = KW_CUSTOM, M(version), .ops = &version_ops, .flags = KW_NEED | KW_MULTI, .reload = KW_RESTART,
	 .args = "<INT 2..3>", .def_doc = "vrrp_version, 3 for IPv6",
	 .doc = "VRRP version; conflict with an earlier version or IPv6 with 2 reported and ignored."},
	{.name = "priority", .type = KW_UINT, M(priority), KW_RANGE(1, 255), .def = "100",
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<INT 1..255>",
	 .def_doc = "100, but 255 when only state MASTER is given",
	 .doc = "Base priority, 255 means address owner; out of range reported and 100 used."},
	{.name = "peer_priority", .type = KW_UINT, M(peer_priority), KW_RANGE(1, 255), .flags = KW_NEED,
	 .reload = KW_LIVE, .since = "duumvir", .args = "<INT 1..255>", .def_doc = "not known",
	 .doc = "Priority of the other director: nothing is done with it but to say, when the file is read, which weights "
		"cannot change the winner."},
	{.name = "advert_int", .type = KW_SECONDS, M(advert_int), KW_RANGE(MSEC(10), SEC(255)), .decimals = 6,
	 .def = "1", .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0.01..255 seconds>",
	 .doc = "Advert interval; VRRPv2 rounds to whole seconds and VRRPv3 to 10 ms (max 40.95), both reported; out of "
		"range reported and default kept."},
	{.name = "virtual_ipaddress", .type = KW_LINES, M(virtual_ipaddress),
	 .note = "VIP duplicates a VIP %s - ignoring", .sub = &vip_block, .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <IPADDR>[/<PREFIX>] [option ...] per line }", .def_doc = "/32 or /128",
	 .doc = "Addresses advertised and owned while master; one per line; all of one family, which becomes that of the "
		"instance; duplicates, bad or mixed ones reported and dropped; too many for a packet (or over 255) are "
		"moved to the excluded list; none at all is reported: fatal at run time (exit 2) for version 3 or "
		"strict, a warning for version 2."},
	{.name = "virtual_ipaddress_excluded", .type = KW_LINES, M(virtual_ipaddress_excluded),
	 .note = "VIP duplicates a VIP %s - ignoring", .sub = &vip_excluded_block, .flags = KW_UNIQUE,
	 .reload = KW_LIVE, .args = "{ <IPADDR>[/<PREFIX>] [option ...] per line }", .def_doc = "/32 or /128",
	 .doc = "Addresses owned while master but not put into adverts; families may be mixed; duplicates reported and "
		"dropped."},
	{.name = "no_virtual_ipaddress", .type = KW_FLAG, M(no_virtual_ipaddress), .reload = KW_LIVE,
	 .def_doc = "false", .since = "2.4",
	 .doc = "Allow an instance without VIPs, also in version 3; reported and cleared in strict mode."},
	{.name = "on_address_loss", .type = KW_ENUM, M(on_address_loss), .words = address_loss_words, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "restore|backup", .def_doc = "global on_address_loss",
	 .doc = "What a master does when somebody deletes an address, route or rule that it holds: put it back at once, or "
		"resign and become BACKUP, as keepalived does."},
	{.name = "vip_lifetime", .type = KW_SECONDS, M(vip_lifetime), KW_RANGE(0, SEC(86400)), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 2..86400 seconds, 0: off>", .def_doc = "global vip_lifetime",
	 .doc = "Addresses of a master are given to the kernel for so long only and are renewed three times in that time: a "
		"node whose processes are dead or frozen loses them by itself."},
	{.name = "promote_secondaries", .type = KW_FLAG, M(promote_secondaries),
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Set the promote_secondaries sysctl of the interface; reported and ignored with VMAC or ipvlan."},
	{.name = "linkbeat_use_polling", .type = KW_FLAG, M(linkbeat_use_polling), .flags = KW_DEPRECATED,
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Deprecated (reported): poll link state of the instance interface."},
	{.name = "v3_checksum_as_v2", .type = KW_BOOL, M(v3_checksum_as_v2), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "global v3_checksum_as_v2", .since = "2.4",
	 .doc = "Leave the IPv4 pseudo header out of the VRRPv3 checksum."},
	{.name = "virtual_routes", .type = KW_LINES, M(virtual_routes), .sub = &route_block,
	 .reload = KW_LIVE, .args = "{ <route> per line }",
	 .doc = "Routes present while master; words as static_routes without track_group."},
	{.name = "virtual_rules", .type = KW_LINES, M(virtual_rules), .sub = &rule_block,
	 .reload = KW_LIVE, .args = "{ <rule> per line }",
	 .doc = "Policy rules present while master; words as static_rules without track_group."},
	{.name = "accept", .type = KW_FLAG, M(accept), .reload = KW_LIVE,
	 .def_doc = "true unless strict mode without priority 255",
	 .doc = "Accept packets to the VIPs when not address owner; reported and cleared for version 2 in strict mode."},
	{.name = "no_accept", .type = KW_FLAG, M(accept), .flags = KW_INVERT, .reload = KW_LIVE,
	 .doc = "Drop packets to the VIPs when not address owner (uses the firewall)."},
	{.name = "skip_check_adv_addr", .type = KW_BOOL, M(skip_check_adv_addr),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "global vrrp_skip_check_adv_addr",
	 .doc = "Skip comparing the address list when the sender is the same as before; in 2.4.3 any valid word, even "
		"off, turns it on; an invalid word is reported."},
	{.name = "strict_mode", .type = KW_BOOL, M(strict_mode), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "global vrrp_strict",
	 .doc = "Enforce the RFC: no unicast on multicast interfaces (fatal), no authentication, no preempt_delay, "
		"MASTER only with 255, no repeated GARP for lower priority, at least one VIP, first IPv6 VIP link-local, "
		"enforce-only auth_hmac."},
	{.name = "preempt", .type = KW_FLAG, M(nopreempt), .flags = KW_INVERT, .reload = KW_LIVE, .def_doc = "default",
	 .doc = "Cancel an earlier nopreempt."},
	{.name = "nopreempt", .type = KW_FLAG, M(nopreempt), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Do not take over from a lower priority master; reported and cleared with initial state MASTER or "
		"priority 255."},
	{.name = "preempt_delay", .type = KW_SECONDS, M(preempt_delay), KW_RANGE(SEC(0), SEC(1000)), .decimals = 6,
	 .def = "0", .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..1000 seconds>",
	 .doc = "Extra wait before preempting; out of range reported and 0; reported and cleared with initial state "
		"MASTER, nopreempt or strict mode."},
	{.name = "sync_hold", .type = KW_SECONDS, M(sync_hold), KW_RANGE(SEC(0), SEC(3600)), .decimals = 6,
	 .def = "0", .reload = KW_LIVE, .args = "<DECIMAL 0..3600 seconds>", .since = "duumvir",
	 .doc = "Do not preempt before the backup of lvs_sync_daemon has run beside the present master for this long, so "
		"that the connections are known here; a master that fails is replaced at once all the same. Where no "
		"backup runs, it ends 30 s later. Reported and cleared with nopreempt or strict mode."},
	{.name = "debug", .type = KW_UINT, M(debug), KW_RANGE(0, 4), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..4>", .def_doc = "0",
	 .doc = "Stored, no function; out of range reported and ignored."},
	{.name = "notify_backup", .type = KW_SCRIPT, M(notify_backup), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script on entering BACKUP; argument list is one (quoted) word, then optional user and group; a second "
		"definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_master", .type = KW_SCRIPT, M(notify_master), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script on entering MASTER; argument list is one (quoted) word, then optional user and group; a second "
		"definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_fault", .type = KW_SCRIPT, M(notify_fault), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script on entering FAULT; argument list is one (quoted) word, then optional user and group; a second "
		"definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_stop", .type = KW_SCRIPT, M(notify_stop), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the daemon stops, limited to 1 second; argument list is one (quoted) word, then optional "
		"user and group; a second definition is reported and ignored; a bad user is only logged and the script "
		"dropped."},
	{.name = "notify_deleted", .type = KW_SCRIPT, M(notify_deleted), .flags = KW_FIRST_WINS | KW_BARE,
	 .reload = KW_LIVE, .args = "[<QUOTED-STRING> [<USER> [[:]<GROUP>]]]", .def_doc = "FAULT is reported instead",
	 .doc = "Announce DELETED rather than FAULT when a reload removes the instance, optionally running a script; a "
		"second definition is reported and ignored."},
	{.name = "notify", .type = KW_SCRIPT, M(notify), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script on every transition, after the specific one, with four extra arguments INSTANCE NAME STATE "
		"PRIORITY; argument list is one (quoted) word, then optional user and group; a second definition is "
		"reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_master_rx_lower_pri", .type = KW_SCRIPT, M(notify_master_rx_lower_pri),
	 .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when a master receives a lower priority advert; argument list is one (quoted) word, then "
		"optional user and group; a second definition is reported and ignored; a bad user is only logged and the "
		"script dropped."},
	{.name = "smtp_alert", .type = KW_BOOL, M(smtp_alert), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "global smtp_alert_vrrp, else smtp_alert, else false",
	 .doc = "Mail on transitions."},
	{.name = "notify_priority_changes", .type = KW_BOOL, M(notify_priority_changes), .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "sync group value, else vrrp_notify_priority_changes",
	 .doc = "Write priority change lines to the FIFOs."},
	/* keepalived itself once spelt it so. */
	{.name = "lvs_sync_daemon_inteface", .type = KW_ALIAS, .alias = "lvs_sync_daemon_interface",
	 .flags = KW_EXTRA, .note = "is taken as lvs_sync_daemon_interface"},
	{.name = "lvs_sync_daemon_interface", .type = KW_IFNAME, M(lvs_sync_daemon_interface),
	 .flags = KW_NEED | KW_DEPRECATED, .reload = KW_LIVE, .args = "<IFNAME>",
	 .doc = "Deprecated (two report lines): lvs_sync_daemon tied to this instance; ignored if a sync daemon is "
		"already configured."},
	{.name = "garp_master_delay", .type = KW_SECONDS, M(garp_master_delay), KW_RANGE(SEC(0), SEC(4294)),
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..4294 seconds>", .def_doc = "vrrp_garp_master_delay",
	 .doc = "Delay of the second gratuitous burst, 0 none; invalid reported and ignored."},
	{.name = "garp_master_refresh", .type = KW_SECONDS, M(garp_master_refresh), KW_RANGE(SEC(0), SEC(4294967295)),
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..4294967295 seconds>",
	 .def_doc = "vrrp_garp_master_refresh",
	 .doc = "Refresh period while master, 0 off; invalid reported and set to 0."},
	{.name = "garp_master_repeat", .type = KW_UINT, M(garp_master_repeat), KW_RANGE(1, UINT32_MAX),
	 .flags = KW_NEED | KW_CLAMP, .reload = KW_LIVE, .args = "<INT 0..4294967295>",
	 .def_doc = "vrrp_garp_master_repeat",
	 .doc = "Messages per burst; 0 reported and set to 1."},
	{.name = "garp_master_refresh_repeat", .type = KW_UINT, M(garp_master_refresh_repeat), KW_RANGE(1, UINT32_MAX),
	 .flags = KW_NEED | KW_CLAMP, .reload = KW_LIVE, .args = "<INT 0..4294967295>",
	 .def_doc = "vrrp_garp_master_refresh_repeat",
	 .doc = "Messages per refresh; 0 reported and set to 1."},
	{.name = "garp_lower_prio_delay", .type = KW_SECONDS, M(garp_lower_prio_delay), KW_RANGE(SEC(0), SEC(4294)),
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..4294 seconds>",
	 .def_doc = "vrrp_garp_lower_prio_delay, 0 in strict mode",
	 .doc = "Delay of the second burst after a lower priority advert; non-zero in strict mode reported and cleared."},
	{.name = "garp_lower_prio_repeat", .type = KW_UINT, M(garp_lower_prio_repeat), KW_RANGE(0, INT32_MAX),
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..2147483647>",
	 .def_doc = "vrrp_garp_lower_prio_repeat, 0 in strict mode",
	 .doc = "Messages after a lower priority advert; non-zero in strict mode reported and cleared."},
	{.name = "down_timer_adverts", .type = KW_UINT, M(down_timer_adverts), KW_RANGE(1, 100), .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..100>", .def_doc = "vrrp_down_timer_adverts",
	 .doc = "Missed intervals before takeover; out of range reported and ignored; other than 3 in strict mode "
		"reported and reset."},
	{.name = "timer_expired_backup", .type = KW_CUSTOM, M(timer_expired_backup), .ops = &timer_expired_ops,
	 .reload = KW_LIVE, .args = "[<INT 1..254>]", .def_doc = "off; 254 when bare",
	 .since = "2.4",
	 .doc = "When late by enough that a router of this highest priority may have taken over, step back to BACKUP; "
		"needs nopreempt, otherwise reported and cleared."},
	{.name = "proof_of_receive", .type = KW_CUSTOM, M(proof_of_receive), .ops = &proof_of_receive_ops,
	 KW_RANGE(MSEC(1), SEC(3600)), .decimals = 3, .flags = KW_NEED, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<DECIMAL 0.001..3600 seconds>|off", .def_doc = "vrrp_proof_of_receive",
	 .doc = "Before the first take-over after a start or an interface's return, wait so long at most for a proof that "
		"anything is received: an advert, or a neighbour's ARP or neighbour advertisement; the gateway is asked."},
	{.name = "thread_timer_expired", .type = KW_CUSTOM, M(timer_expired_backup), .ops = &timer_expired_ops,
	 .flags = KW_DEPRECATED, .reload = KW_LIVE, .args = "[<INT 1..254>]", .def_doc = "off",
	 .since = "2.4",
	 .doc = "Alias of timer_expired_backup; use is reported."},
	{.name = "router_advert", .type = KW_SECONDS, M(router_advert), KW_RANGE(SEC(4), SEC(1800)),
	 .flags = KW_NEED, .since = "duumvir", .reload = KW_LIVE, .args = "<INT 4..1800 seconds>", .def_doc = "off",
	 .doc = "Send IPv6 router advertisements for the virtual router while master, so often; from the first virtual "
		"link-local address, without prefixes. Leave it to radvd where that runs."},
	{.name = "router_advert_lifetime", .type = KW_SECONDS, M(router_advert_lifetime), KW_RANGE(SEC(0), SEC(9000)),
	 .flags = KW_NEED, .since = "duumvir", .reload = KW_LIVE, .args = "<INT 0..9000 seconds>",
	 .def_doc = "three times router_advert",
	 .doc = "How long hosts may take the virtual router as default router after one; 0: not as a default router."},
	{.name = "garp_extra_if", .type = KW_CUSTOM, M(garp_extra_if), .sub = &instance_garp_extra_if_words,
	 .ops = &instance_garp_extra_if_ops, .reload = KW_LIVE,
	 .args = "[all] <INT 0..86400 seconds>", .def_doc = "vrrp_garp_extra_if",
	 .doc = "Periodic gratuitous messages on extra interfaces of VIPs, 0 off; missing time reported and ignored."},
	{.name = "vmac_garp_intvl", .type = KW_CUSTOM, M(garp_extra_if), .note = "please use 'garp_extra_if'",
	 .ops = &instance_garp_extra_if_ops, .flags = KW_DEPRECATED, .reload = KW_LIVE,
	 .args = "[all] <INT 0..86400 seconds>",
	 .doc = "Deprecated alias of garp_extra_if, use is reported."},
	{.name = "lower_prio_no_advert", .type = KW_BOOL, M(lower_prio_no_advert),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "vrrp_lower_prio_no_advert, true in strict mode",
	 .doc = "Do not answer a lower priority advert with an advert; false in strict mode reported and overruled."},
	{.name = "higher_prio_send_advert", .type = KW_BOOL, M(higher_prio_send_advert),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "vrrp_higher_prio_send_advert, false in strict mode",
	 .doc = "On a higher priority advert send one last advert before going to BACKUP; true in strict mode reported "
		"and overruled."},
	{.name = "owner_ignore_adverts", .type = KW_BOOL, M(owner_ignore_adverts),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "vrrp_owner_ignore_adverts, true for strict priority 255",
	 .since = "2.4",
	 .doc = "With priority 255 ignore all received adverts; reported and cleared below 255; an explicit false with "
		"255 is reported and turned to true in 2.4.3."},
	{.name = "kernel_rx_buf_size", .type = KW_UINT, M(kernel_rx_buf_size), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<INT bytes 0..4294967295>", .def_doc = "vrrp_rx_bufs_policy",
	 .doc = "Receive buffer size for this instance; missing, extra or invalid value reported and ignored."},
	{.name = "authentication", .type = KW_BLOCK, M(authentication), .sub = &authentication_block,
	 .reload = KW_LIVE, .args = "{...block...}", .def_doc = "none",
	 .doc = "RFC2338 authentication, version 2 only; reported and dropped with version 3, strict mode, missing "
		"password, or auth_hmac."},
	{.name = "auth_hmac", .type = KW_BLOCK, M(auth_hmac), .sub = &auth_hmac_block,
	 .reload = KW_LIVE, .args = "{...block...}", .def_doc = "off", .since = "2.4",
	 .doc = "Keepalived private HMAC-SHA256 trailer on adverts (truncated to 128 bits), any version and family; "
		"excludes authentication; a repeated block continues the first."},
};
#undef M
/* clang-format on */
_Static_assert(ARRAY_LEN(instance_rows) <= 128, "bits of conf_obj.given");

static bool
instance_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct vrrp_instance_conf *i = obj;
	bool has_peers = !STAILQ_EMPTY(&i->unicast_peer);
	(void)parent; /* the root: nothing to look at yet */
	i->has_unicast_ttl = conf_is_given(&i->obj, "unicast_ttl");
	i->has_notify_deleted = conf_is_given(&i->obj, "notify_deleted");
	if (i->has_unicast_ttl && !has_peers) {
		conf_report(ctx, DIAG_GENERAL,
			    "(%s): Cannot use unicast_ttl without unicast "
			    "peers - resetting",
			    i->obj.name);
		i->has_unicast_ttl = false;
	}
	bool has_unicast_word = has_peers ||
				conf_is_given(&i->obj, "unicast_peer") ||
				conf_is_given(&i->obj, "unicast_src_ip");
	if (i->use_vmac.on && has_unicast_word && !i->vmac_xmit_base) {
		conf_report(ctx, DIAG_GENERAL,
			    "(%s) unicast with use_vmac requires "
			    "vmac_xmit_base - setting",
			    i->obj.name);
		i->vmac_xmit_base = true;
	}
	return true;
}

const struct kw_block instance_block = {
	KW_ROWS(instance_rows),	 .size = sizeof(struct vrrp_instance_conf),
	.head = KW_HEAD_NAME,	 .open = conf_open_one_name,
	.check = instance_check,
};
