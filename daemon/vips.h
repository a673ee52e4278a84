/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ha_suspend: which addresses this machine has, as facts for the check
 * process, which owns no netlink socket.  Nothing is opened while no virtual
 * server asks for it.
 */
#ifndef DUUMVIR_DAEMON_VIPS_H
#define DUUMVIR_DAEMON_VIPS_H

struct super;
struct vips;
struct conf;

/* All others take NULL: nobody follows. */
struct vips *vips_new(struct super *s);
void vips_free(struct vips *v);
/* Before engines begin to act by conf: who needs facts is told them. */
void vips_set_conf(struct vips *v, const struct conf *conf);
/* The check process is a new one. */
void vips_resend(struct vips *v);

#endif
