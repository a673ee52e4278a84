/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The text of a request, byte by byte that of keepalived: servers know its
 * User-Agent from their log filters, and its Host from their virtual hosts.
 */
#ifndef DUUMVIR_CHECK_HTTP_REQUEST_H
#define DUUMVIR_CHECK_HTTP_REQUEST_H

#include "check/conf.h"

struct buf;

#define HTTP_USER_AGENT	   "KeepAliveClient"
#define HTTP_GENHASH_AGENT "KeepAlive GenHash Client"

struct http_request {
	const char *path, *agent;
	enum http_protocol protocol;
	const char *host;		/* NULL: the target's address */
	const struct addr_port *target; /* "10.0.0.1:80", "[fd00::1]:80" */
};

/* Appends the request, up to and with its empty line, which follows the host;
 * returns the host's length.  The path is behind "GET ". */
size_t http_request_add(const struct http_request *r, struct buf *out);
/* Its two parts: up to the host, and from there.  Only the host is the
 * target's matter. */
void http_request_head(const struct http_request *r, struct buf *out);
size_t http_request_host(const char *host, const struct addr_port *target,
			 struct buf *out);

#endif
