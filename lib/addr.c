/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Addresses as values; see addr.h. */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

size_t
addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

int
addr_parse(const char *s, struct addr *a)
{
	struct addr t = {.family = AF_INET};

	if (inet_pton(AF_INET, s, t.bytes) != 1) {
		t.family = AF_INET6;
		if (inet_pton(AF_INET6, s, t.bytes) != 1)
			return -EINVAL;
	}
	*a = t;
	return 0;
}

/* Without inet_ntop()'s way through printf(): large configurations have very
 * many of these. */
static const char *
print4(const uint8_t *b, char *buf)
{
	char *p = buf;

	for (int i = 0; i < 4; i++) {
		if (b[i] >= 100)
			*p++ = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			*p++ = (char)('0' + b[i] / 10 % 10);
		*p++ = (char)('0' + b[i] % 10);
		*p++ = i < 3 ? '.' : '\0';
	}
	return buf;
}

const char *
addr_print(const struct addr *a, char *buf, size_t size)
{
	if (a->family == AF_INET && size >= INET_ADDRSTRLEN)
		return print4(a->bytes, buf);
	if (!addr_is_set(a) ||
	    inet_ntop(a->family, a->bytes, buf, (socklen_t)size) == NULL)
		(void)snprintf(buf, size, "none");
	return buf;
}

const char *
addr_port_print(const struct addr_port *ap, char *buf, size_t size)
{
	char a[ADDR_STR_LEN];

	(void)snprintf(buf, size, "[%s]:%u",
		       addr_print(&ap->addr, a, sizeof(a)), ap->port);
	return buf;
}

bool
addr_is_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int
addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return (a->bytes[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

bool
addr_is_linklocal(const struct addr *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe &&
	       (a->bytes[1] & 0xc0) == 0x80;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return a->family == AF_INET6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

struct addr
addr_from_in4(struct in_addr in)
{
	struct addr a = {.family = AF_INET};

	memcpy(a.bytes, &in, 4);
	return a;
}

struct addr
addr_from_in6(const struct in6_addr *in6)
{
	struct addr a = {.family = AF_INET6};

	memcpy(a.bytes, in6, 16);
	return a;
}

int
addr_from_bytes(int family, const void *bytes, size_t len, struct addr *a)
{
	struct addr t = {.family = (uint16_t)family};

	if (addr_len(&t) == 0 || addr_len(&t) != len)
		return -EINVAL;
	memcpy(t.bytes, bytes, len);
	*a = t;
	return 0;
}

socklen_t
addr_port_to_sockaddr(const struct addr_port *ap, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	ss->ss_family = ap->addr.family;
	if (ap->addr.family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

		in6->sin6_port = htons(ap->port);
		memcpy(&in6->sin6_addr, ap->addr.bytes, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	in->sin_port = htons(ap->port);
	memcpy(&in->sin_addr, ap->addr.bytes, 4);
	return sizeof(*in);
}

int
addr_port_from_sockaddr(const struct sockaddr *sa, socklen_t len,
			struct addr_port *ap)
{
	if (sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		ap->addr = addr_from_in4(in->sin_addr);
		ap->port = ntohs(in->sin_port);
		return 0;
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
		const struct sockaddr_in6 *in6 =
			(const struct sockaddr_in6 *)sa;

		ap->addr = addr_from_in6(&in6->sin6_addr);
		ap->port = ntohs(in6->sin6_port);
		return 0;
	}
	return -EINVAL;
}
