/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Connections as /proc/net/ip_vs_conn tells them; see ipvsadm_print.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ipvsadm_print.h"
#include "lib/buf.h"

enum { PROTO_LEN = 8, ADDRESS_LEN = 48, STATE_LEN = 24, PE_LEN = 320 };

/* Columns of one line, in its order; pe and data are "" mostly. */
struct conn {
	char proto[PROTO_LEN];
	struct addr_port from, to, dest;
	char state[STATE_LEN];
	unsigned long expires; /* seconds */
	char pe[PE_LEN], data[PE_LEN];
};

/* "0A080002" or "fd08:0000:...": in network order either way. */
static int
parse_address(const char *s, struct addr *out)
{
	char *end;
	unsigned long n;

	if (strchr(s, ':') != NULL)
		return addr_parse(s, out);
	errno = 0;
	n = strtoul(s, &end, 16);
	if (errno != 0 || *end != '\0' || strlen(s) != 8)
		return -EINVAL;
	*out = addr_from_in4((struct in_addr){htonl((uint32_t)n)});
	return 0;
}

static int
parse_conn(const char *line, struct conn *c)
{
	char addr[3][ADDRESS_LEN];
	unsigned port[3];
	struct addr_port *to[3] = {&c->from, &c->to, &c->dest};
	int n = sscanf(line,
		       "%7s %47s %x %47s %x %47s %x %23s %lu %319s %319[^\n]",
		       c->proto, addr[0], &port[0], addr[1], &port[1], addr[2],
		       &port[2], c->state, &c->expires, c->pe, c->data);

	if (n < 9)
		return -EINVAL;
	for (int i = 0; i < 3; i++) {
		if (port[i] > UINT16_MAX ||
		    parse_address(addr[i], &to[i]->addr) < 0)
			return -EINVAL;
		to[i]->port = (uint16_t)port[i];
	}
	return 0;
}

void
print_conn_head(struct buf *b, bool has_pe)
{
	buf_printf(b,
		   "IPVS connection entries\n"
		   "pro expire state       source             virtual        "
		   "    destination%s\n",
		   has_pe ? "        pe name          pe_data" : "");
}

static void
print_column(struct buf *b, const struct print_names *names,
	     const struct addr_port *ap, const char *proto, int width)
{
	struct buf text = BUF_INIT;

	print_endpoint(&text, names, &ap->addr, ap->port, proto);
	buf_printf(b, " %-*s", width, buf_str(&text));
	buf_fini(&text);
}

bool
print_conn(struct buf *b, const struct print_names *names, bool has_pe,
	   const char *line)
{
	struct conn c = {.pe = ""};
	const char *proto;

	if (parse_conn(line, &c) < 0)
		return false;
	proto = strcmp(c.proto, "UDP") == 0    ? "udp"
		: strcmp(c.proto, "SCTP") == 0 ? "sctp"
					       : "tcp";
	buf_printf(b, "%-3s %02lu:%02lu  %-11s", c.proto, c.expires / 60,
		   c.expires % 60, c.state);
	print_column(b, names, &c.from, proto, 18);
	print_column(b, names, &c.to, proto, 18);
	print_column(b, names, &c.dest, proto, has_pe && c.pe[0] ? 16 : 0);
	if (has_pe && c.pe[0] != '\0')
		buf_printf(b, " %-18s %s", c.pe, c.data);
	buf_addc(b, '\n');
	return true;
}
