/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The resolver's door for the command line tools; see ipvsadm_names.h. */
#include "cli/ipvsadm_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "lib/util.h"

static int
host_to_addr(const char *name, int family, struct addr *out)
{
	const struct addrinfo hints = {.ai_family = family,
				       .ai_socktype = SOCK_STREAM};
	struct addrinfo *all = NULL;
	struct addr_port ap;
	int err = -ENOENT;

	if (getaddrinfo(name, NULL, &hints, &all) != 0)
		return -ENOENT;
	if (all != NULL)
		err = addr_port_from_sockaddr(all->ai_addr, all->ai_addrlen,
					      &ap);
	freeaddrinfo(all);
	if (err == 0)
		*out = ap.addr;
	return err;
}

static int
service_to_port(const char *name, const char *proto, uint16_t *out)
{
	const struct servent *s = getservbyname(name, proto);

	if (s == NULL)
		return -ENOENT;
	*out = ntohs((uint16_t)s->s_port);
	return 0;
}

static int
addr_to_host(const struct addr *a, char *out, size_t size)
{
	const struct addr_port ap = {.addr = *a};
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&ap, &ss);

	return getnameinfo((const struct sockaddr *)&ss, len, out,
			   (socklen_t)size, NULL, 0, NI_NAMEREQD) == 0
		       ? 0
		       : -ENOENT;
}

static int
port_to_service(uint16_t port, const char *proto, char *out, size_t size)
{
	const struct servent *s = getservbyport(htons(port), proto);

	if (s == NULL || strlen(s->s_name) >= size)
		return -ENOENT;
	str_fill(out, size, s->s_name);
	return 0;
}

const struct ipvsadm_names names_to_numbers = {
	.host = host_to_addr,
	.port = service_to_port,
};

const struct print_names names_of_numbers = {
	.host = addr_to_host,
	.port = port_to_service,
};
