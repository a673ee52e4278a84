/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A configured policy rule as the kernel wants to be told it, and words about
 * deleted ones; see rtnl_rule.h and kobj_msg.h.  Pure. */
#include "vrrp/rtnl_rule.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/conf.h"
#include "vrrp/kobj_msg.h"

#define TABLE_SMALL_MAX 255 /* what the header can hold */

static void
put_head(struct nlmsghdr *nlh, const struct rule_conf *c)
{
	struct fib_rule_hdr *h = mnl_nlmsg_put_extra_header(nlh, sizeof(*h));

	*h = (struct fib_rule_hdr){
		.family = (uint8_t)c->family,
		.dst_len = c->to.len,
		.src_len = c->from.len,
		.tos = c->tos,
		.table = c->action == FR_ACT_TO_TBL && !c->l3mdev &&
					 c->table <= TABLE_SMALL_MAX
				 ? (uint8_t)c->table
				 : RT_TABLE_UNSPEC,
		.action = c->action,
		.flags = c->invert ? FIB_RULE_INVERT : 0,
	};
}

static void
put_prefix(struct nlmsghdr *nlh, uint16_t type, const struct conf_prefix *p)
{
	if (p->len > 0)
		mnl_attr_put(nlh, type, addr_len(&p->addr), p->addr.bytes);
}

static void
put_be64(struct nlmsghdr *nlh, uint16_t type, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	mnl_attr_put(nlh, type, sizeof(bytes), bytes);
}

static void
put_ports(struct nlmsghdr *nlh, uint16_t type, uint16_t first, uint16_t last)
{
	struct fib_rule_port_range r = {.start = first, .end = last};

	if (first != 0 || last != 0)
		mnl_attr_put(nlh, type, sizeof(r), &r);
}

static void
put_selector(struct nlmsghdr *nlh, const struct rule_conf *c)
{
	struct fib_rule_uid_range uids = {.start = c->uid_first,
					  .end = c->uid_last};

	put_prefix(nlh, FRA_DST, &c->to);
	put_prefix(nlh, FRA_SRC, &c->from);
	if (c->iif != NULL)
		mnl_attr_put_strz(nlh, FRA_IIFNAME, c->iif);
	if (c->oif != NULL)
		mnl_attr_put_strz(nlh, FRA_OIFNAME, c->oif);
	if (c->has_fwmark)
		mnl_attr_put_u32(nlh, FRA_FWMARK, c->fwmark);
	if (c->has_fwmask)
		mnl_attr_put_u32(nlh, FRA_FWMASK, c->fwmask);
	if (c->has_tunnel_id)
		put_be64(nlh, FRA_TUN_ID, c->tunnel_id);
	if (c->has_uidrange)
		mnl_attr_put(nlh, FRA_UID_RANGE, sizeof(uids), &uids);
	if (c->ipproto != 0)
		mnl_attr_put_u8(nlh, FRA_IP_PROTO, c->ipproto);
	put_ports(nlh, FRA_SPORT_RANGE, c->sport_first, c->sport_last);
	put_ports(nlh, FRA_DPORT_RANGE, c->dport_first, c->dport_last);
}

static void
put_action(struct nlmsghdr *nlh, const struct rule_conf *c)
{
	if (c->l3mdev)
		mnl_attr_put_u8(nlh, FRA_L3MDEV, 1);
	else if (c->action == FR_ACT_TO_TBL && c->table > TABLE_SMALL_MAX)
		mnl_attr_put_u32(nlh, FRA_TABLE, c->table);
	if (c->action == FR_ACT_GOTO)
		mnl_attr_put_u32(nlh, FRA_GOTO, c->goto_target);
	if (c->realms != 0)
		mnl_attr_put_u32(nlh, FRA_FLOW, c->realms);
	if (c->has_suppress_prefixlength)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN,
				 c->suppress_prefixlength);
	if (c->has_suppress_ifgroup)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_IFGROUP,
				 c->suppress_ifgroup);
}

/* A rule waits for no interface, but who tracks it follows them. */
static void
note_name(struct kobj_msg *m, const char *name)
{
	struct kobj_link *l = &m->link[m->n_links];

	if (name == NULL)
		return;
	*l = (struct kobj_link){.is_name = true};
	str_fill(l->name, sizeof(l->name), name);
	m->n_links++;
}

int
rtnl_rule_encode(const struct rule_conf *c, struct kobj_msg *out)
{
	union {
		struct nlmsghdr align;
		uint8_t bytes[1024]; /* all attributes together are fewer */
	} buf;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf.bytes);

	*out = (struct kobj_msg){
		.kind = KOBJ_RULE,
		/* Without EXCL the kernel keeps doubles. */
		.add_flags = NLM_F_CREATE | NLM_F_EXCL,
		.protocol = c->protocol,
		.dst = {.family = c->family},
		.preference = c->preference,
	};
	put_head(nlh, c);
	mnl_attr_put_u32(nlh, FRA_PRIORITY, c->preference);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, c->protocol);
	put_selector(nlh, c);
	put_action(nlh, c);
	note_name(out, c->iif);
	note_name(out, c->oif);
	out->len = (uint32_t)(nlh->nlmsg_len - MNL_NLMSG_HDRLEN);
	memcpy(out->data, mnl_nlmsg_get_payload(nlh), out->len);
	return 0;
}

static int
on_attr(const struct nlattr *a, void *arg)
{
	const struct nlattr **priority = arg;

	if (mnl_attr_get_type(a) == FRA_PRIORITY &&
	    mnl_attr_get_payload_len(a) >= sizeof(uint32_t))
		*priority = a;
	return MNL_CB_OK;
}

bool
rtnl_rule_deleted(const struct nlmsghdr *nlh, uint16_t *family,
		  uint32_t *preference)
{
	const struct fib_rule_hdr *h = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *priority = NULL;

	if (nlh->nlmsg_type != RTM_DELRULE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*h))
		return false;
	(void)mnl_attr_parse(nlh, sizeof(*h), on_attr, &priority);
	*family = h->family;
	*preference = priority != NULL ? mnl_attr_get_u32(priority) : 0;
	return true;
}
