/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names for people; see name.h.  Pure. */
#include "check/name.h"

#include <stdio.h>

#include "lib/put.h"

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

/* "[10.0.0.1]:tcp:80": within SERVER_NAME_LEN. */
static void
put_endpoint(char *p, const struct addr_port *ap, uint16_t protocol)
{
	p = put_str(p, "[");
	p = put_addr(p, &ap->addr);
	p = put_str(p, "]:");
	p = put_str(p, protocol_word(protocol));
	(void)put_u64(p, ap->port); /* the end is no news */
}

const char *
server_name(const struct addr_port *ap, uint16_t protocol,
	    char buf[static SERVER_NAME_LEN])
{
	put_endpoint(buf, ap, protocol);
	return buf;
}

const char *
service_name(const struct virtual_server_conf *vs,
	     char buf[static MSG_VS_NAME_LEN])
{
	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		put_endpoint(buf, &vs->addr, vs->protocol);
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
