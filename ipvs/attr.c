/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Attributes of the kernel's answers; see attr.h. */
#include "ipvs/attr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <string.h>

static const uint8_t cmd_need[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE] = sizeof(struct nlattr),
	[IPVS_CMD_ATTR_DEST] = sizeof(struct nlattr),
	[IPVS_CMD_ATTR_DAEMON] = sizeof(struct nlattr),
};

/* Fills tb[0..max] with the attributes that need[] asks for. */
int
attr_parse(const struct nlattr *a, size_t len, const uint8_t *need,
	   uint16_t max, const struct nlattr **tb)
{
	int left = (int)len;

	for (int i = 0; i <= max; i++)
		tb[i] = NULL;
	while (mnl_attr_ok(a, left)) {
		uint16_t type = mnl_attr_get_type(a);

		if (type <= max && need[type] != 0) {
			if (mnl_attr_get_payload_len(a) < need[type])
				return -EBADMSG;
			tb[type] = a;
		}
		left -= (int)MNL_ALIGN(a->nla_len);
		a = mnl_attr_next(a);
	}
	return left > 0 ? -EBADMSG : 0; /* a torn attribute */
}

/* The nested attribute of that name in an answer of the IPVS family. */
int
attr_parse_cmd(const struct nlmsghdr *nlh, int which,
	       const struct nlattr **nest)
{
	const struct nlattr *tb[IPVS_CMD_ATTR_MAX + 1];
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr))
		return -EBADMSG;
	if (attr_parse(mnl_nlmsg_get_payload_offset(nlh,
						    sizeof(struct genlmsghdr)),
		       len - sizeof(struct genlmsghdr), cmd_need,
		       IPVS_CMD_ATTR_MAX, tb) < 0 ||
	    tb[which] == NULL)
		return -EBADMSG;
	*nest = tb[which];
	return 0;
}

int
attr_parse_nest(const struct nlattr *nest, const uint8_t *need, uint16_t max,
		const struct nlattr **tb)
{
	return attr_parse(mnl_attr_get_payload(nest),
			  mnl_attr_get_payload_len(nest), need, max, tb);
}

/* A name with or without its NUL; out has room for size with NUL. */
int
attr_word(const struct nlattr *a, char *out, size_t size)
{
	const char *s = mnl_attr_get_payload(a);
	size_t len = strnlen(s, mnl_attr_get_payload_len(a));

	if (len >= size)
		return -EBADMSG;
	memcpy(out, s, len);
	return 0;
}

uint32_t
attr_u32_or(const struct nlattr *a, uint32_t other)
{
	return a != NULL ? mnl_attr_get_u32(a) : other;
}

uint16_t
attr_port_or_0(const struct nlattr *a)
{
	return a != NULL ? ntohs(mnl_attr_get_u16(a)) : 0;
}
