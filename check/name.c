/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names for people; see name.h.  Pure. */
#include "check/name.h"

#include <stdio.h>

static const char *
protocol_word(uint16_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp:";
	case IPPROTO_UDP:
		return "udp:";
	case IPPROTO_SCTP:
		return "sctp:";
	default:
		return "none:"; /* behind a firewall mark */
	}
}

const char *
server_name(const struct addr_port *ap, uint16_t protocol,
	    char buf[static SERVER_NAME_LEN])
{
	char a[ADDR_STR_LEN];

	(void)snprintf(buf, SERVER_NAME_LEN, "[%s]:%s%u",
		       addr_print(&ap->addr, a, sizeof(a)),
		       protocol_word(protocol), ap->port);
	return buf;
}

const char *
service_name(const struct virtual_server_conf *vs,
	     char buf[static MSG_VS_NAME_LEN])
{
	char a[ADDR_STR_LEN];

	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		(void)snprintf(buf, MSG_VS_NAME_LEN, "[%s]:%s%u",
			       addr_print(&vs->addr.addr, a, sizeof(a)),
			       protocol_word(vs->protocol), vs->addr.port);
		break;
	case VIRTUAL_SERVER_FWMARK:
		(void)snprintf(buf, MSG_VS_NAME_LEN, "FWM %u", vs->fwmark);
		break;
	case VIRTUAL_SERVER_GROUP:
		(void)snprintf(buf, MSG_VS_NAME_LEN, "[%.80s]:%u", vs->group,
			       vs->group_use);
		break;
	}
	return buf;
}
