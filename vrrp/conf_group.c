/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword tables of vrrp_sync_group and track_group.  Pure reading; who
 * is a member of what is settled in vrrp/conf_resolve_group.c.
 */
#include <errno.h>

#include "vrrp/conf_tables.h"

int
conf_open_one_name(struct kw_in *in, void *obj)
{
	struct conf_obj *o = obj;
	if (in->n != 2) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "one name",
				     "%s must have a name - skipping",
				     in->word[0].s);
		return -EINVAL;
	}
	o->name = in->word[1].s;
	return 1;
}

/* clang-format off */
#define M(m) KW_MEMBER(struct track_group_conf, m)
static const struct kw track_group_rows[] = {
	{.name = "group", .type = KW_WORD_BLOCK, M(group), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "{ <VRRP_INSTANCE> ... }",
	 .doc = "Member instances, any number of words per line; a second list is reported and skipped, an empty one "
		"reported."},
};
#undef M
const struct kw_block track_group_block = {
	KW_ROWS(track_group_rows), .size = sizeof(struct track_group_conf), .head = KW_HEAD_NAME, .open = conf_open_one_name,
};

#define M(m) KW_MEMBER(struct vrrp_sync_group_conf, m)
static const struct kw sync_group_rows[] = {
	{.name = "group", .type = KW_WORD_BLOCK, M(group), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "{ <VRRP_INSTANCE> ... }",
	 .doc = "Member instances, any number of words per line; a second list is reported and skipped."},
	{.name = "track_interface", .type = KW_LINES, M(track_interface), .sub = &track_interface_block,
	 .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <IFNAME> [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Interfaces whose failure faults the instance(s), or with weight shifts the priority; unknown or "
		"duplicate entry reported and ignored; own interface of an instance reported and ignored. Applies to all "
		"members."},
	{.name = "track_script", .type = KW_LINES, M(track_script), .ref = "vrrp_script", .ref_label = "track script",
	 .sub = &track_script_block, .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <VRRP_SCRIPT> [weight <INT -253..253> [reverse|noreverse]] per line }",
	 .doc = "Scripts (defined earlier in the file) whose failure faults or re-weights; unknown name or duplicate "
		"reported and ignored; weight defaults to that of the vrrp_script. Applies to all members."},
	{.name = "track_file", .type = KW_LINES, M(track_file), .ref = "track_file", .ref_label = "track file",
	 .sub = &track_file_ref_block, .flags = KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <TRACK_FILE> [weight <INT -254..254> [reverse|noreverse]] per line }",
	 .doc = "Files (track_file blocks defined earlier) whose number times weight is added to the priority; weight 0 "
		"means non-zero content faults; unknown name or duplicate reported and ignored; an unknown name crashes "
		"a 2.4.3 config test that runs both subsystems. Applies to all members."},
	{.name = "track_process", .type = KW_LINES, M(track_process), .ref = "vrrp_track_process",
	 .ref_label = "track process", .sub = &track_process_ref_block, .flags = KW_UNIQUE,
	 .reload = KW_LIVE, .args = "{ <VRRP_TRACK_PROCESS> [weight <INT -254..254> [reverse|noreverse]] per line }",
	 .doc = "Processes (vrrp_track_process defined earlier) whose quorum loss faults or re-weights; unknown name or "
		"duplicate reported and ignored. Applies to all members."},
	{.name = "track_route", .type = KW_LINES, M(track_route), .sub = &track_route_block,
	 .flags = KW_UNIQUE, .since = "duumvir", .reload = KW_LIVE,
	 .args = "{ <PREFIX> [table <INT|NAME>] [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Routes that must be in the kernel's routing table, exactly as written: a missing one faults or "
		"re-weights as a tracked script would."},
	{.name = "track_gateway", .type = KW_LINES, M(track_gateway), .sub = &track_gateway_block,
	 .flags = KW_UNIQUE, .since = "duumvir", .reload = KW_LIVE,
	 .args = "{ <IPADDR> [dev <IFNAME>] [interval <SECONDS>] [weight <INT -253..253> [reverse]] per line }",
	 .doc = "Neighbours that must answer ARP (IPv6: neighbour solicitations); three missed answers are a failure, "
		"which faults or re-weights. dev must be given."},
	{.name = "track_bfd", .type = KW_LINES, M(track_bfd), .ref = "bfd_instance", .ref_label = "track bfd",
	 .sub = &track_bfd_block, .flags = KW_PENDING | KW_UNIQUE, .reload = KW_LIVE,
	 .args = "{ <BFD_INSTANCE> [weight <INT -253..253> [reverse|noreverse]] per line }",
	 .doc = "BFD sessions (bfd_instance defined earlier) whose loss faults or re-weights; unknown name or duplicate "
		"reported and ignored. Applies to all members."},
	{.name = "notify_backup", .type = KW_SCRIPT, M(notify_backup), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the group enters BACKUP; argument list is one (quoted) word, then optional user and group; "
		"a second definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_master", .type = KW_SCRIPT, M(notify_master), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the group enters MASTER; argument list is one (quoted) word, then optional user and group; "
		"a second definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_fault", .type = KW_SCRIPT, M(notify_fault), .flags = KW_NEED | KW_FIRST_WINS,
	 .reload = KW_LIVE, .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the group enters FAULT; argument list is one (quoted) word, then optional user and group; a "
		"second definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify_stop", .type = KW_SCRIPT, M(notify_stop), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script when the daemon stops; argument list is one (quoted) word, then optional user and group; a "
		"second definition is reported and ignored; a bad user is only logged and the script dropped."},
	{.name = "notify", .type = KW_SCRIPT, M(notify), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<QUOTED-STRING> [<USER> [[:]<GROUP>]]",
	 .doc = "Script on every transition, run after the specific one, with four extra arguments GROUP NAME STATE 0; "
		"argument list is one (quoted) word, then optional user and group; a second definition is reported and "
		"ignored; a bad user is only logged and the script dropped."},
	{.name = "smtp_alert", .type = KW_BOOL, M(smtp_alert), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "global smtp_alert_vrrp, else smtp_alert, else false",
	 .doc = "Mail on transitions of the group."},
	{.name = "global_tracking", .type = KW_FLAG, M(sync_group_tracking_weight), .flags = KW_DEPRECATED,
	 .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Deprecated, reported; acts as sync_group_tracking_weight."},
	{.name = "sync_group_tracking_weight", .type = KW_FLAG, M(sync_group_tracking_weight), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Keep weighted tracking of member instances instead of dropping it."},
	{.name = "notify_priority_changes", .type = KW_BOOL, M(notify_priority_changes), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "unset",
	 .doc = "Default for members: write priority change lines to the FIFOs."},
};
#undef M
const struct kw_block sync_group_block = {
	KW_ROWS(sync_group_rows), .size = sizeof(struct vrrp_sync_group_conf), .head = KW_HEAD_NAME, .open = conf_open_one_name,
};
/* clang-format on */
