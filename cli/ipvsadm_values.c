/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's values; see ipvsadm_values.h. */
#include "cli/ipvsadm_values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

enum { HOST_MAX = 256, PORT_MAX = 65535 };

int
values_number(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+')
		s++;
	if (*s == '\0')
		return -EINVAL;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || n > max)
			return -EINVAL;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	if (n < min || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

const char *
values_proto(uint16_t protocol)
{
	return protocol == IPPROTO_TCP	  ? "tcp"
	       : protocol == IPPROTO_UDP  ? "udp"
	       : protocol == IPPROTO_SCTP ? "sctp"
					  : NULL;
}

/* ---- addresses ---- */

static int
get_port(const char *s, uint16_t protocol, const struct ipvsadm_names *names,
	 uint16_t *out)
{
	const char *proto = values_proto(protocol);
	uint64_t n;

	if (values_number(s, 0, PORT_MAX, &n) == 0) {
		*out = (uint16_t)n;
		return 0;
	}
	if (*s == '\0' || strspn(s, "+-0123456789") > 0)
		return -EINVAL;
	if (proto == NULL) /* of a firewall mark */
		proto = "tcp";
	return names->port(s, proto, out) < 0 ? -EINVAL : 0;
}

static int
get_host(const char *s, bool is_v6, const struct ipvsadm_names *names,
	 struct addr *out)
{
	struct addr a;
	struct in_addr in;

	if (addr_parse(s, &a) == 0 && (!is_v6 || a.family == AF_INET6)) {
		*out = a;
		return 0;
	}
	if (*s == '\0')
		return -EINVAL;
	/* 10.1 and 010.0.0.1 as inet_aton() has it. */
	if (!is_v6 && inet_aton(s, &in) != 0) {
		*out = addr_from_in4(in);
		return 0;
	}
	if ((!is_v6 && names->host(s, AF_INET, out) == 0) ||
	    names->host(s, AF_INET6, out) == 0)
		return 0;
	return -EINVAL;
}

/* Where host and port are; host is copied out, port may be NULL. */
static int
split(const char *s, char *host, bool *is_v6, const char **port)
{
	const char *colon = strchr(s, ':'), *end = s + strlen(s), *begin = s;

	*is_v6 = false;
	*port = NULL;
	if (*s == '[') {
		begin = s + 1;
		end = strchr(s, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		*port = end[1] == ':' ? end + 2 : NULL;
		*is_v6 = true;
	} else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
		*is_v6 = true;
	} else if (colon != NULL) {
		end = colon;
		*port = colon + 1;
	} else if (strspn(s, "0123456789") == (size_t)(end - s)) {
		return -EINVAL; /* a port alone, most likely */
	}
	if (end - begin >= HOST_MAX)
		return -EINVAL;
	memcpy(host, begin, (size_t)(end - begin));
	host[end - begin] = '\0';
	return 0;
}

int
values_endpoint(const char *s, uint16_t protocol,
		const struct ipvsadm_names *names, struct values_endpoint *out)
{
	struct values_endpoint e = {.port = 0};
	char host[HOST_MAX];
	const char *port;
	bool is_v6;

	if (split(s, host, &is_v6, &port) < 0 ||
	    get_host(host, is_v6, names, &e.addr) < 0)
		return -EINVAL;
	e.has_port = port != NULL;
	if (port != NULL && get_port(port, protocol, names, &e.port) < 0)
		return -EINVAL;
	*out = e;
	return 0;
}

int
values_netmask(const char *s, int family, uint32_t *out)
{
	struct in_addr in;
	uint64_t n;

	if (family == AF_INET6) {
		if (values_number(s, 1, 128, &n) < 0)
			return -EINVAL;
		*out = (uint32_t)n;
		return 0;
	}
	if (inet_aton(s, &in) == 0)
		return -EINVAL;
	*out = in.s_addr;
	return 0;
}

/* ---- tunnels ---- */

static const char *const tun_names[] = {
	[IP_VS_CONN_F_TUNNEL_TYPE_IPIP] = "ipip",
	[IP_VS_CONN_F_TUNNEL_TYPE_GUE] = "gue",
	[IP_VS_CONN_F_TUNNEL_TYPE_GRE] = "gre",
};

int
values_tun_type(const char *s, uint8_t *out)
{
	for (size_t i = 0; i < ARRAY_LEN(tun_names); i++) {
		if (strcmp(s, tun_names[i]) == 0) {
			*out = (uint8_t)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *
values_tun_name(uint8_t type)
{
	return type < ARRAY_LEN(tun_names) ? tun_names[type] : "unknown";
}

/* ---- scheduler flags ---- */

static const struct {
	const char *name, *sched; /* NULL: any scheduler */
	uint32_t flag;
} sched_flags[] = {
	{"sh-fallback", "sh", IP_VS_SVC_F_SCHED1},
	{"sh-port", "sh", IP_VS_SVC_F_SCHED2},
	{"mh-fallback", "mh", IP_VS_SVC_F_SCHED1},
	{"mh-port", "mh", IP_VS_SVC_F_SCHED2},
	{"flag-1", NULL, IP_VS_SVC_F_SCHED1},
	{"flag-2", NULL, IP_VS_SVC_F_SCHED2},
	{"flag-3", NULL, IP_VS_SVC_F_SCHED3},
};

static int
one_flag(const char *name, size_t len, const char *sched, uint32_t *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sched_flags); i++) {
		if (strlen(sched_flags[i].name) != len ||
		    memcmp(sched_flags[i].name, name, len) != 0)
			continue;
		if (sched_flags[i].sched != NULL &&
		    strcmp(sched_flags[i].sched, sched) != 0)
			return -ENOTSUP;
		*out |= sched_flags[i].flag;
		return 0;
	}
	return -EINVAL;
}

int
values_sched_flags(const char *s, const char *sched, uint32_t *out, char *bad,
		   size_t size)
{
	uint32_t flags = 0;

	while (*s != '\0') {
		size_t len = strcspn(s, ",");
		int err = one_flag(s, len, sched, &flags);

		if (err < 0) {
			(void)snprintf(bad, size, "%.*s", (int)len, s);
			return err;
		}
		s += len + (s[len] == ',');
	}
	*out = flags;
	return 0;
}

const char *
values_sched_flag_name(uint32_t flag, const char *sched)
{
	for (size_t i = 0; i < ARRAY_LEN(sched_flags); i++) {
		if (sched_flags[i].flag == flag &&
		    (sched_flags[i].sched == NULL ||
		     strcmp(sched_flags[i].sched, sched) == 0))
			return sched_flags[i].name;
	}
	return NULL;
}
