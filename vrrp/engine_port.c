/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The router's port on sockets, netlink and the supervisor's channel. */
#include "vrrp/engine_self.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "vrrp/rtnl_addr.h"
#include "vrrp/rtnl_kobj.h"
#include "vrrp/rtnl_link.h"
#include "vrrp/rtnl_vmac.h"

static void
port_send(void *arg, const struct vrrp_tx *tx, size_t n)
{
	struct vrrp_engine *e = arg;

	vrrp_sock_send(e->sock, tx, n);
}

static void
port_addr_apply(void *arg, struct vip_op *ops, size_t n)
{
	struct vrrp_engine *e = arg;

	rtnl_addr_apply(e->addrs, ops, n);
}

static void
port_kobj_apply(void *arg, struct kobj_op *ops, size_t n)
{
	struct vrrp_engine *e = arg;

	rtnl_kobj_apply(e->kobjs, ops, n);
}

static void
port_send_frames(void *arg, const struct vrrp_frame_tx *f, size_t n)
{
	struct vrrp_engine *e = arg;

	vrrp_sock_send_frames(e->sock, f, n);
}

static void
port_link_apply(void *arg, struct vmac_op *ops, size_t n)
{
	struct vrrp_engine *e = arg;
	int r;

	rtnl_vmac_apply(e->vmacs, ops, n);
	/* The kernel has queued what it tells before it acknowledges. */
	r = rtnl_link_read(e->links, &e->router.ifaces);
	if (r < 0)
		log_err("netlink: %s", strerror(-r));
}

static int
port_join(void *arg, uint32_t ifindex, const struct addr *group)
{
	struct vrrp_engine *e = arg;

	return vrrp_sock_join(e->sock, ifindex, group);
}

static void
port_leave(void *arg, uint32_t ifindex, const struct addr *group)
{
	struct vrrp_engine *e = arg;

	vrrp_sock_leave(e->sock, ifindex, group);
}

static void
port_set_vrids(void *arg, const uint32_t vrids[8])
{
	struct vrrp_engine *e = arg;
	int r = vrrp_sock_set_vrids(e->sock, vrids);

	if (r < 0)
		log_err("cannot set the packet filter: %s", strerror(-r));
}

static nsec_t
port_wall(void *arg)
{
	struct timespec ts;

	(void)arg;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return 0;
	return SEC((nsec_t)ts.tv_sec) + ts.tv_nsec;
}

static void
port_set_ah_vrids(void *arg, const uint32_t vrids[8])
{
	struct vrrp_engine *e = arg;
	int r, fd;

	ev_io_fini(&e->rx[VRRP_RX_AH]);
	r = vrrp_sock_set_ah_vrids(e->sock, vrids);
	if (r < 0)
		log_err("cannot listen behind authentication headers: %s",
			strerror(-r));
	fd = vrrp_sock_fd(e->sock, VRRP_RX_AH);
	if (fd >= 0)
		ev_io_init(&e->rx[VRRP_RX_AH], e->proc->loop, fd, EVENT_READ,
			   vrrp_engine_on_ah, e);
}

static void
port_report(void *arg, const struct msg_vrrp_state *m)
{
	struct vrrp_engine *e = arg;

	imsg_send(e->proc->super, MSG_VRRP_STATE, m, -1);
}

static void
port_tell_vmac(void *arg, const struct msg_vrrp_vmac *m)
{
	struct vrrp_engine *e = arg;

	imsg_send(e->proc->super, MSG_VRRP_VMAC, m, -1);
}

static void
port_poll_link(void *arg, const struct msg_link_poll *m)
{
	struct vrrp_engine *e = arg;

	imsg_send(e->proc->super, MSG_LINK_POLL, m, -1);
}

const struct vrrp_port vrrp_engine_port = {
	.send_adverts = port_send,
	.addr_apply = port_addr_apply,
	.kobj_apply = port_kobj_apply,
	.send_frames = port_send_frames,
	.link_apply = port_link_apply,
	.join = port_join,
	.leave = port_leave,
	.set_vrids = port_set_vrids,
	.wall = port_wall,
	.set_ah_vrids = port_set_ah_vrids,
	.report = port_report,
	.tell_vmac = port_tell_vmac,
	.poll_link = port_poll_link,
};
