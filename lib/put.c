/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Text without printf(); see put.h. */
#include "lib/put.h"

#include <netinet/in.h>
#include <string.h>

char *
put_str(char *p, const char *s)
{
	while (*s != '\0')
		*p++ = *s++;
	*p = '\0';
	return p;
}

char *
put_u64(char *p, uint64_t v)
{
	char digits[PUT_U64_LEN];
	char *d = digits + sizeof(digits);

	do {
		*--d = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (d < digits + sizeof(digits))
		*p++ = *d++;
	*p = '\0';
	return p;
}

char *
put_addr(char *p, const struct addr *a)
{
	(void)addr_print(a, p, ADDR_STR_LEN);
	return p + strlen(p);
}

static const char *
protocol_word(uint16_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	}
	return "none";
}

char *
put_endpoint(char *p, const struct addr *a, uint16_t protocol, uint16_t port)
{
	p = put_str(p, "[");
	p = put_addr(p, a);
	p = put_str(p, "]:");
	p = put_str(p, protocol_word(protocol));
	p = put_str(p, ":");
	return put_u64(p, port);
}
