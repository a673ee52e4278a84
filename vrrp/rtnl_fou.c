/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ports of fou over generic netlink; see rtnl_fou.h. */
#include "vrrp/rtnl_fou.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fou.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/rtnl_attr.h"

struct rtnl_fou {
	struct nlsock *sock;
	uint16_t family; /* 0: not known yet */
};

struct asking {
	union {
		struct nlmsghdr nlh;
		char bytes[256];
	} buf;
};

int
rtnl_fou_open(struct rtnl_fou **out)
{
	struct rtnl_fou *f = xcalloc(1, sizeof(*f));
	int r = nlsock_open(NETLINK_GENERIC, 0, &f->sock);

	if (r < 0) {
		free(f);
		return r;
	}
	*out = f;
	return 0;
}

void
rtnl_fou_close(struct rtnl_fou *f)
{
	if (f == NULL)
		return;
	nlsock_close(f->sock);
	free(f);
}

static struct nlmsghdr *
ask_begin(struct asking *a, uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	memset(a, 0, sizeof(*a));
	nlh = mnl_nlmsg_put_header(&a->buf);
	nlh->nlmsg_type = type;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* ---- which number the family has ---- */

static int
on_family(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1] = {NULL};
	struct rtnl_attrs at = {tb, CTRL_ATTR_FAMILY_ID};
	uint16_t *family = arg;

	(void)mnl_attr_parse(nlh, sizeof(struct genlmsghdr), rtnl_on_attr, &at);
	if (tb[CTRL_ATTR_FAMILY_ID] != NULL)
		*family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

static int
find_family(struct rtnl_fou *f)
{
	struct asking a;
	struct nlmsghdr *nlh;
	int r;

	if (f->family != 0)
		return 0;
	nlh = ask_begin(&a, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FOU_GENL_NAME);
	r = nlsock_ask(f->sock, nlh, on_family, &f->family);
	return r < 0 ? r : f->family == 0 ? -ENOENT : 0;
}

/* ---- ports ---- */

static int
change(struct rtnl_fou *f, const struct fou_port *p, uint8_t cmd)
{
	struct asking a;
	struct nlmsghdr *nlh;
	int r = find_family(f);

	if (r < 0)
		return r;
	nlh = ask_begin(&a, f->family, cmd, FOU_GENL_VERSION);
	mnl_attr_put_u16(nlh, FOU_ATTR_PORT, htons(p->port));
	mnl_attr_put_u8(nlh, FOU_ATTR_AF, (uint8_t)p->family);
	if (cmd == FOU_CMD_ADD)
		mnl_attr_put_u8(nlh, FOU_ATTR_TYPE,
				p->is_gue ? FOU_ENCAP_GUE : FOU_ENCAP_DIRECT);
	return nlsock_ask(f->sock, nlh, NULL, NULL);
}

int
rtnl_fou_add(struct rtnl_fou *f, const struct fou_port *p)
{
	return change(f, p, FOU_CMD_ADD);
}

int
rtnl_fou_del(struct rtnl_fou *f, const struct fou_port *p)
{
	return change(f, p, FOU_CMD_DEL);
}

struct listener {
	void (*fn)(void *arg, const struct fou_port *p);
	void *arg;
};

static int
on_port(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[FOU_ATTR_TYPE + 1] = {NULL};
	struct rtnl_attrs at = {tb, FOU_ATTR_TYPE};
	const struct listener *to = arg;
	struct fou_port p = {.family = AF_INET};

	(void)mnl_attr_parse(nlh, sizeof(struct genlmsghdr), rtnl_on_attr, &at);
	if (tb[FOU_ATTR_PORT] == NULL)
		return 0;
	p.port = ntohs(mnl_attr_get_u16(tb[FOU_ATTR_PORT]));
	if (tb[FOU_ATTR_AF] != NULL)
		p.family = mnl_attr_get_u8(tb[FOU_ATTR_AF]);
	p.is_gue = tb[FOU_ATTR_TYPE] != NULL &&
		   mnl_attr_get_u8(tb[FOU_ATTR_TYPE]) == FOU_ENCAP_GUE;
	to->fn(to->arg, &p);
	return 0;
}

int
rtnl_fou_dump(struct rtnl_fou *f,
	      void (*fn)(void *arg, const struct fou_port *p), void *arg)
{
	struct listener to = {fn, arg};
	struct asking a;
	int r = find_family(f);

	if (r < 0)
		return r;
	return nlsock_dump(
		f->sock,
		ask_begin(&a, f->family, FOU_CMD_GET, FOU_GENL_VERSION),
		on_port, &to);
}
