/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * IPVS operations and the kernel's errors in words that name service and
 * server; see reconcile.h.  PURE.
 */
#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "ipvs/reconcile.h"

/* What has nothing to do with the entry. */
static const char *
any_reason(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return "CAP_NET_ADMIN is missing";
	case ENOMEM:
	case ENOBUFS:
		return "the kernel is out of memory";
	case ENOPROTOOPT:
	case EOPNOTSUPP:
		return "the kernel's IPVS is too old for it, or lacks it";
	case EMSGSIZE:
		return "the request is longer than the kernel takes";
	case EBUSY:
		return "the kernel is busy with it";
	case ETIMEDOUT:
		return "the kernel does not answer";
	}
	return strerror(-error);
}

static const char *
protocol_word(uint16_t protocol)
{
	return protocol == IPPROTO_UDP	  ? "UDP"
	       : protocol == IPPROTO_SCTP ? "SCTP"
					  : "TCP";
}

static const char *
svc_reason(const struct ipvs_op *op, int error, char *buf, size_t size)
{
	const struct msg_svc *s = &op->svc;

	switch (-error) {
	case ENOENT: /* from adding or editing: a part it is made of */
		(void)snprintf(buf, size,
			       "the kernel has no scheduler '%s'%s%s%s "
			       "(modprobe ip_vs_%s%s%s)",
			       s->sched,
			       s->pe[0] ? " or no persistence engine '" : "",
			       s->pe, s->pe[0] ? "'" : "", s->sched,
			       s->pe[0] ? " ip_vs_pe_" : "", s->pe);
		return buf;
	case EEXIST:
		return "it is there already";
	case ESRCH:
		return "it is not there";
	case EAFNOSUPPORT:
		return "the kernel's IPVS has no IPv6 (CONFIG_IP_VS_IPV6)";
	case EPROTONOSUPPORT:
		(void)snprintf(buf, size,
			       "the kernel's IPVS does not know its protocol "
			       "(CONFIG_IP_VS_PROTO_%s)",
			       protocol_word(s->key.protocol));
		return buf;
	case EINVAL:
		return "the kernel finds its settings invalid";
	}
	return any_reason(error);
}

static const char *
tunnel_word(uint8_t type)
{
	switch (type) {
	case IP_VS_CONN_F_TUNNEL_TYPE_GUE:
		return "gue (Linux 5.2)";
	case IP_VS_CONN_F_TUNNEL_TYPE_GRE:
		return "gre (Linux 5.3)";
	}
	return "with checksums (Linux 5.3)";
}

static const char *
dest_reason(const struct ipvs_op *op, int error, char *buf, size_t size)
{
	switch (-error) {
	case ENOENT:
		return "it is not there";
	case EEXIST:
		return "it is there already";
	case ESRCH:
		return "the virtual service is not there";
	case ERANGE:
		return "its weight or thresholds are out of range";
	case EINVAL:
		if (op->dest.key.addr.family != op->dest.key.svc.addr.family)
			return "only tunnels can lead to the other address "
			       "family, and not with a sync daemon";
		return "its address is not that of a host, or its forwarding "
		       "method lacks a setting";
	case EAFNOSUPPORT:
		return "the kernel's IPVS has no IPv6 (CONFIG_IP_VS_IPV6)";
	case EOPNOTSUPP:
		if (op->dest.fwd_method != IP_VS_CONN_F_TUNNEL)
			break;
		(void)snprintf(buf, size,
			       "the kernel is too old for tunnels %s",
			       tunnel_word(op->dest.tun_type));
		return buf;
	}
	return any_reason(error);
}

const char *
ipvs_op_explain(const struct ipvs_op *op, int error, char *buf, size_t size)
{
	char svc[IPVS_NAME_LEN], dest[IPVS_NAME_LEN], why[160];
	const char *verb = "";

	switch (op->kind) {
	case IPVS_OP_SVC_ADD:
	case IPVS_OP_DEST_ADD:
		verb = "add";
		break;
	case IPVS_OP_SVC_EDIT:
	case IPVS_OP_DEST_EDIT:
		verb = "change";
		break;
	case IPVS_OP_SVC_DEL:
	case IPVS_OP_DEST_DEL:
		verb = "delete";
		break;
	}
	(void)ipvs_svc_name(ipvs_op_svc(op), svc);
	if (ipvs_op_is_dest(op->kind))
		(void)snprintf(buf, size, "IPVS: cannot %s server %s of %s: %s",
			       verb, ipvs_dest_name(&op->dest.key, dest), svc,
			       dest_reason(op, error, why, sizeof(why)));
	else
		(void)snprintf(buf, size,
			       "IPVS: cannot %s virtual service %s: %s", verb,
			       svc, svc_reason(op, error, why, sizeof(why)));
	return buf;
}

const char *
ipvs_op_print(const struct ipvs_op *op, char *buf, size_t size)
{
	char svc[IPVS_NAME_LEN], dest[IPVS_NAME_LEN] = "";

	(void)ipvs_svc_name(ipvs_op_svc(op), svc);
	if (ipvs_op_is_dest(op->kind))
		(void)ipvs_dest_name(&op->dest.key, dest);
	switch (op->kind) {
	case IPVS_OP_SVC_ADD:
		(void)snprintf(buf, size, "added virtual service %s (%s)", svc,
			       op->svc.sched);
		break;
	case IPVS_OP_SVC_EDIT:
		(void)snprintf(buf, size, "changed virtual service %s (%s)",
			       svc, op->svc.sched);
		break;
	case IPVS_OP_SVC_DEL:
		(void)snprintf(buf, size, "deleted virtual service %s", svc);
		break;
	case IPVS_OP_DEST_ADD:
	case IPVS_OP_DEST_EDIT:
		(void)snprintf(buf, size, "%s server %s of %s (%s, weight %u)",
			       op->kind == IPVS_OP_DEST_ADD ? "added"
							    : "changed",
			       dest, svc, ipvs_fwd_name(op->dest.fwd_method),
			       op->dest.weight);
		break;
	case IPVS_OP_DEST_DEL:
		(void)snprintf(buf, size, "deleted server %s of %s", dest, svc);
		break;
	}
	return buf;
}
