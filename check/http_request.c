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

void
http_request_head(const struct http_request *r, struct buf *out)
{
	buf_printf(out, "GET %s HTTP/%s\r\nUser-Agent: %s\r\n%sHost: ", r->path,
		   version(r->protocol), r->agent,
		   r->protocol == HTTP_PROTOCOL_1_0 ? ""
						    : "Connection: close\r\n");
}

size_t
http_request_host(const char *host, const struct addr_port *target,
		  struct buf *out)
{
	size_t host_at = out->len, host_len;
	char text[ADDR_STR_LEN];
	bool is_v6 = target->addr.family == AF_INET6;

	if (host != NULL)
		buf_adds(out, host);
	else
		buf_printf(out, is_v6 ? "[%s]:%u" : "%s:%u",
			   addr_print(&target->addr, text, sizeof(text)),
			   target->port);
	host_len = out->len - host_at;
	buf_adds(out, "\r\n\r\n");
	return host_len;
}

size_t
http_request_add(const struct http_request *r, struct buf *out)
{
	http_request_head(r, out);
	return http_request_host(r->host, r->target, out);
}
