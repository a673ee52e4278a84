/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ranges of addresses; see addr_range.h. */
#include "lib/addr_range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The end of "A-B": a whole address, or the last octet (decimal) or the last
 * 16 bits (hex) of the first one. */
static int
range_end(const struct addr *first, const char *s, struct addr *last)
{
	unsigned long v;
	char *end;

	if (addr_parse(s, last) == 0)
		return last->family == first->family ? 0 : -EINVAL;
	v = strtoul(s, &end, first->family == AF_INET6 ? 16 : 10);
	if (*s == '\0' || *end != '\0' || *s == '-')
		return -EINVAL;
	*last = *first;
	if (first->family == AF_INET && v <= 255) {
		last->bytes[3] = (uint8_t)v;
		return 0;
	}
	if (first->family == AF_INET6 && v <= UINT16_MAX) {
		last->bytes[14] = (uint8_t)(v >> 8);
		last->bytes[15] = (uint8_t)v;
		return 0;
	}
	return -EINVAL;
}

/* The last address of "A/LEN"; -ERANGE if A has host bits. */
static int
prefix_end(const struct addr *first, const char *s, struct addr *last)
{
	size_t bits = 8 * addr_len(first);
	unsigned long len;
	char *end;

	len = strtoul(s, &end, 10);
	if (*s == '\0' || *end != '\0' || len == 0 || len > bits)
		return -EINVAL;
	*last = *first;
	for (size_t i = len; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));

		if (first->bytes[i / 8] & bit)
			return -ERANGE;
		last->bytes[i / 8] |= bit;
	}
	return 0;
}

int
addr_range_parse(const char *s, struct addr *first, struct addr *last)
{
	size_t len = strcspn(s, "-/");
	char text[ADDR_STR_LEN];
	int r;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	if (addr_parse(text, first) < 0)
		return -EINVAL;
	if (s[len] == '\0')
		return 0;
	if (s[len] == '/')
		return prefix_end(first, s + len + 1, last);
	r = range_end(first, s + len + 1, last);
	return r == 0 && addr_compare(last, first) <= 0 ? -EDOM : r;
}

size_t
addr_range_count(const struct addr *first, const struct addr *last, size_t max)
{
	struct addr a = *first;
	size_t n = 1;

	while (n <= max && addr_is_set(last) && addr_compare(&a, last) < 0) {
		a = addr_next(a);
		n++;
	}
	return n;
}

struct addr
addr_next(struct addr a)
{
	for (size_t i = addr_len(&a); i > 0 && ++a.bytes[i - 1] == 0; i--)
		continue;
	return a;
}
