/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests as text; see http_request.h. */
#include "check/http_request.h"

#include "lib/buf.h"

static const char *
version(enum http_protocol p)
{
	switch (p) {
	case HTTP_PROTOCOL_1_0:
	case HTTP_PROTOCOL_1_0C:
	case HTTP_PROTOCOL_1_0c:
		return "1.0";
	case HTTP_PROTOCOL_1_1:
	case HTTP_PROTOCOL_1_1C:
	case HTTP_PROTOCOL_1_1c:
		break;
	case HTTP_PROTOCOL_2:
		return "2";
	}
	return "1.1";
}

size_t
http_request_add(const struct http_request *r, struct buf *out)
{
	char text[ADDR_STR_LEN];
	const struct addr_port *t = r->target;
	bool is_v6 = t->addr.family == AF_INET6;
	size_t host_at, host_len;

	buf_printf(out, "GET %s HTTP/%s\r\nUser-Agent: %s\r\n%sHost: ", r->path,
		   version(r->protocol), r->agent,
		   r->protocol == HTTP_PROTOCOL_1_0 ? ""
						    : "Connection: close\r\n");
	host_at = out->len;
	if (r->host != NULL)
		buf_adds(out, r->host);
	else
		buf_printf(out, is_v6 ? "[%s]:%u" : "%s:%u",
			   addr_print(&t->addr, text, sizeof(text)), t->port);
	host_len = out->len - host_at;
	buf_adds(out, "\r\n\r\n");
	return host_len;
}
