/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reasons and errno values; see reason.h.  Pure. */
#include "check/reason.h"

#include <assert.h>
#include <errno.h>

static const struct {
	enum check_class class;
	const char *text;
} rows[REASON_COUNT] = {
#define REASON(name, class, text) {CHECK_##class, text},
	REASON_TABLE(REASON)
#undef REASON
};

enum check_class
check_reason_class(enum check_reason r)
{
	assert(r < REASON_COUNT);
	return rows[r].class;
}

const char *
check_reason_text(enum check_reason r)
{
	assert(r < REASON_COUNT);
	return rows[r].text;
}

enum check_reason
check_reason_remote(int error)
{
	switch (error) {
	case 0:
		return REASON_NONE;
	case ECONNREFUSED:
		return REASON_REFUSED;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return REASON_RESET;
	case ETIMEDOUT:
		return REASON_TIMEOUT;
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case EACCES: /* ICMPv6 "administratively prohibited" */
		return REASON_HOST_UNREACHABLE;
	case ENETUNREACH:
	case ENETDOWN:
		return REASON_NET_UNREACHABLE;
	case ENOPROTOOPT:
	case EPROTO:
		return REASON_PROTOCOL;
	default:
		return REASON_OTHER;
	}
}

enum check_reason
check_reason_local(int error, bool is_bound)
{
	switch (error) {
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EAGAIN: /* no free port: bindto, or the range is used up */
		return REASON_LOCAL_ADDRESS;
	case EMFILE:
	case ENFILE:
		return REASON_LOCAL_FDS;
	case ENOMEM:
	case ENOBUFS:
	case ENOSPC:
		return REASON_LOCAL_MEMORY;
	case ENODEV:
	case ENXIO:
		return REASON_LOCAL_INTERFACE;
	case EPERM:
	case EACCES:
		return REASON_LOCAL_PERMISSION;
	case EAFNOSUPPORT:
	case EPFNOSUPPORT:
	case EPROTONOSUPPORT:
		return REASON_LOCAL_FAMILY;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EINVAL: /* the source does not fit the route's interface */
		if (is_bound)
			return REASON_LOCAL_ROUTE;
		return error == EINVAL ? REASON_LOCAL_OTHER
				       : check_reason_remote(error);
	case ECONNREFUSED: /* a reject route, or loopback at once */
	case ECONNRESET:
	case ETIMEDOUT:
		return check_reason_remote(error);
	default:
		return REASON_LOCAL_OTHER;
	}
}
