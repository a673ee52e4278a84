/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From the difference of two configurations to what the router must do with
 * each instance.  Changes nothing itself.
 */
#ifndef DUUMVIR_VRRP_PLAN_H
#define DUUMVIR_VRRP_PLAN_H

#include <stddef.h>

struct arena;
struct conf;
struct msg_done;
struct vrrp_change;

/*
 * One change per instance of either configuration, in the order of the new
 * one, deleted ones last; in the arena given.  old may be NULL.  Returns how
 * many.
 */
size_t vrrp_plan_make(const struct conf *old, const struct conf *now,
		      struct arena *a, struct vrrp_change **out);

/* Adds the numbers of a plan. */
void vrrp_plan_count(const struct vrrp_change *c, size_t n,
		     struct msg_done *done);

#endif
