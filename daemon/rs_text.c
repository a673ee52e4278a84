/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operations in words; see rs_text.h. */
#include "daemon/rs_text.h"

#include <string.h>

#include "check/conf_forward.h"
#include "daemon/rs_plan.h"
#include "lib/buf.h"

#define LABEL_LEN 128

/* "net.ipv4.conf.all.arp_ignore"; with slashes where a name has dots, which
 * sysctl understands as well. */
static void
put_sysctl(const struct rs_op *op, struct buf *out)
{
	const char *path = rs_rule_path(op->rule);
	char sep = strchr(op->ifname, '.') != NULL ? '/' : '.';

	buf_printf(out, "net%c", sep);
	for (; *path != '\0'; path++) {
		if (*path == '%') {
			buf_adds(out, op->ifname);
			path++;
		} else {
			buf_addc(out, *path == '/' ? sep : *path);
		}
	}
}

static void
put_addr(const struct addr *a, struct buf *out)
{
	char text[ADDR_STR_LEN];

	buf_adds(out, addr_print(a, text, sizeof(text)));
}

static void
put_tunnel(const struct rs_op *op, struct buf *out)
{
	const struct rs_tunnel *t = op->tunnel;

	buf_printf(out, "%s%s to ", rs_kind_name(t->kind),
		   t->has_csum ? " with checksum" : "");
	put_addr(&t->local, out);
}

static void
put_service(const struct rs_op *op, struct buf *out)
{
	char label[LABEL_LEN];

	if (op->vs != NULL)
		buf_printf(out, " (%s)",
			   forward_label(op->vs, label, sizeof(label)));
}

void
rs_text_fault(const struct rs_op *op, struct buf *out)
{
	switch (op->kind) {
	case RS_OP_SYSCTL:
		put_sysctl(op, out);
		buf_printf(out, " must be %d", op->value);
		return;
	case RS_OP_DUMMY_ADD:
		buf_printf(out, "there is no interface %s", op->ifname);
		return;
	case RS_OP_TUNNEL_ADD:
		buf_adds(out, "nothing takes ");
		put_tunnel(op, out);
		return;
	case RS_OP_UP:
		buf_printf(out, "%s is down", op->ifname);
		return;
	case RS_OP_FOU_ADD:
		buf_printf(out, "nothing takes gue on UDP port %u%s",
			   op->fou.port,
			   op->fou.family == AF_INET6 ? " (IPv6)" : "");
		return;
	case RS_OP_ADDR_ADD:
		put_addr(&op->addr, out);
		buf_printf(out, "/%u is not on %s", op->prefix_len, op->ifname);
		put_service(op, out);
		return;
	case RS_OP_ADDR_FIX:
		put_addr(&op->addr, out);
		buf_printf(out, " on %s may be taken as a source", op->ifname);
		return;
	case RS_OP_ADDR_DEL:
		put_addr(&op->addr, out);
		buf_printf(out, "/%u is on %s for nobody", op->prefix_len,
			   op->ifname);
		return;
	case RS_OP_FOU_DEL:
		buf_printf(out, "UDP port %u takes gue for nobody",
			   op->fou.port);
		return;
	case RS_OP_LINK_DEL:
		buf_printf(out, "%s is of no use", op->ifname);
		return;
	case RS_OP_DOWN:
		buf_printf(out, "%s is up for nobody", op->ifname);
		return;
	case RS_OP_SYSCTL_BACK:
		put_sysctl(op, out);
		buf_printf(out, " was %d", op->value);
		return;
	}
}

void
rs_text_done(const struct rs_op *op, struct buf *out)
{
	switch (op->kind) {
	case RS_OP_SYSCTL:
		put_sysctl(op, out);
		buf_printf(out, " set to %d", op->value);
		return;
	case RS_OP_DUMMY_ADD:
		buf_printf(out, "interface %s made", op->ifname);
		return;
	case RS_OP_TUNNEL_ADD:
		buf_printf(out, "interface %s made: ", op->ifname);
		put_tunnel(op, out);
		return;
	case RS_OP_UP:
		buf_printf(out, "%s is up", op->ifname);
		return;
	case RS_OP_FOU_ADD:
		buf_printf(out, "UDP port %u takes gue%s", op->fou.port,
			   op->fou.family == AF_INET6 ? " (IPv6)" : "");
		return;
	case RS_OP_ADDR_ADD:
		put_addr(&op->addr, out);
		buf_printf(out, " added to %s", op->ifname);
		put_service(op, out);
		return;
	case RS_OP_ADDR_FIX:
		put_addr(&op->addr, out);
		buf_printf(out, " on %s is no source any more", op->ifname);
		return;
	case RS_OP_ADDR_DEL:
		put_addr(&op->addr, out);
		buf_printf(out, " taken from %s", op->ifname);
		return;
	case RS_OP_FOU_DEL:
		buf_printf(out, "UDP port %u takes nothing any more",
			   op->fou.port);
		return;
	case RS_OP_LINK_DEL:
		buf_printf(out, "interface %s deleted", op->ifname);
		return;
	case RS_OP_DOWN:
		buf_printf(out, "%s is down again", op->ifname);
		return;
	case RS_OP_SYSCTL_BACK:
		put_sysctl(op, out);
		buf_printf(out, " is %d again", op->value);
		return;
	}
}

/* No strict filter of the other side's way; it never speaks unshaped. */
static void
put_tunnel_command(const struct rs_op *op, struct buf *out)
{
	const struct rs_tunnel *t = op->tunnel;

	buf_printf(out, "ip link add %s type %s%s local ", op->ifname,
		   rs_kind_name(t->kind),
		   t->kind == RS_IP6TNL ? " mode any" : "");
	put_addr(&t->local, out);
	buf_adds(out, t->has_csum ? " icsum" : "");
	if (t->inner & RS_INNER_V4)
		buf_printf(out, " && sysctl -w net.ipv4.conf.%s.rp_filter=2",
			   op->ifname);
	if (addr_is_set(&op->addr)) {
		buf_adds(out, " && ip addr add ");
		put_addr(&op->addr, out);
		buf_printf(out, "/32 dev %s scope host", op->ifname);
	}
	buf_printf(out, " && ip link set %s up", op->ifname);
}

static void
put_addr_command(const struct rs_op *op, const char *verb, struct buf *out)
{
	bool is_v6 = op->addr.family == AF_INET6;

	buf_printf(out, "ip %saddr %s ", is_v6 ? "-6 " : "", verb);
	put_addr(&op->addr, out);
	buf_printf(out, "/%u dev %s", op->prefix_len, op->ifname);
	if (op->kind != RS_OP_ADDR_DEL)
		buf_adds(out, is_v6 ? " nodad preferred_lft 0" : " scope host");
}

void
rs_text_command(const struct rs_op *op, struct buf *out)
{
	const char *six = op->fou.family == AF_INET6 ? "-6 " : "";

	switch (op->kind) {
	case RS_OP_SYSCTL:
	case RS_OP_SYSCTL_BACK:
		buf_adds(out, "sysctl -w ");
		put_sysctl(op, out);
		buf_printf(out, "=%d", op->value);
		return;
	case RS_OP_DUMMY_ADD:
		buf_printf(out, "ip link add %s type dummy", op->ifname);
		return;
	case RS_OP_TUNNEL_ADD:
		put_tunnel_command(op, out);
		return;
	case RS_OP_UP:
		buf_printf(out, "ip link set %s up", op->ifname);
		return;
	case RS_OP_FOU_ADD:
		buf_printf(out, "modprobe fou; ip %sfou add port %u gue", six,
			   op->fou.port);
		return;
	case RS_OP_ADDR_ADD:
		put_addr_command(op, "add", out);
		return;
	case RS_OP_ADDR_FIX:
		put_addr_command(op, "change", out);
		return;
	case RS_OP_ADDR_DEL:
		put_addr_command(op, "del", out);
		return;
	case RS_OP_FOU_DEL:
		buf_printf(out, "ip %sfou del port %u", six, op->fou.port);
		return;
	case RS_OP_LINK_DEL:
		buf_printf(out, "ip link del %s", op->ifname);
		return;
	case RS_OP_DOWN:
		buf_printf(out, "ip link set %s down", op->ifname);
		return;
	}
}
