/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names for people; see name.h.  Pure. */
#include "check/name.h"

#include <stdio.h>

#include "lib/put.h"

_Static_assert(SERVER_NAME_LEN >= PUT_ENDPOINT_LEN, "names are cut nowhere");

const char *
server_name(const struct addr_port *ap, uint16_t protocol,
	    char buf[static SERVER_NAME_LEN])
{
	(void)put_endpoint(buf, &ap->addr, protocol, ap->port);
	return buf;
}

const char *
service_name(const struct virtual_server_conf *vs,
	     char buf[static MSG_VS_NAME_LEN])
{
	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		(void)server_name(&vs->addr, vs->protocol, buf);
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
