/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Firewall marks for virtual_server_groups (nftables_ipvs): each group has one
 * for each protocol of its users, and IPVS one service by that mark in the
 * place of one for each address.
 *
 * A mark is handed out once: the group that has it keeps it over reloads, and
 * one that is free again is not given to another, whose clients could end up
 * in connections of the old one.  So the supervisor remembers (struct marks)
 * and the configuration carries the result: the keyword nftables_fwmark.
 * Pure: nothing but memory is touched.
 */
#ifndef DUUMVIR_CHECK_MARKS_H
#define DUUMVIR_CHECK_MARKS_H

#include <stdbool.h>
#include <stdint.h>

struct check_conf;
struct conf;
struct mark_owner;
struct virtual_server_group_conf;

/* All zero: nothing was handed out. */
struct marks {
	struct mark_owner *head;
	uint32_t next; /* 0: nftables_ipvs_start_fwmark */
};

void marks_fini(struct marks *m);
/*
 * Gives a mark to each user of a group whose mark is ours (is_mark_ours): what
 * it had, else the next free one.  What only an earlier configuration had is
 * forgotten, but not given again.
 */
void marks_assign(struct marks *m, struct check_conf *c);

/* The same for a resolved configuration, before anybody is told of it. */
void check_conf_keep_marks(struct conf *conf, struct marks *m);

/* May a mark of ours stand for the group?  Not for one with marks itself. */
bool marks_may_stand_for(const struct virtual_server_group_conf *g);

#endif
