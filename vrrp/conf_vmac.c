/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for use_vmac and use_ipvlan.  Pure reading; interfaces are made
 * elsewhere.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "vrrp/conf_tables.h"

/* A name for an interface that we make. */
static int
take_name(struct kw_in *in, uint32_t i, const char **name)
{
	const char *w = i < in->n ? in->word[i].s : "";
	const char *kind = in->kw->name;
	if (*name != NULL) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s interface name already specified", kind);
		return -EINVAL;
	}
	if (*w == '\0' || strlen(w) >= IF_NAMESIZE ||
	    strpbrk(w, "/:") != NULL) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s interface name '%s' too long or invalid "
			    "characters - ignoring",
			    kind, w);
		return -EINVAL;
	}
	*name = w;
	return 0;
}

static int
take_group(struct kw_in *in, uint32_t i, bool *has, uint32_t *group)
{
	const char *w = i < in->n ? in->word[i].s : "";
	if (conf_name_find(in->ctx, "group", w, UINT32_MAX, group) < 0) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "%s interface group '%s' unknown - ignoring",
			    in->kw->name, w);
		return -EINVAL;
	}
	*has = true;
	return 0;
}

/* Five or six octets, not multicast, not one of the RFC's. */
static int
take_mac(struct kw_in *in, uint32_t i, struct use_vmac_conf *v)
{
	unsigned octet[6];
	int end = 0;
	const char *w = in->word[i].s;
	int n = sscanf(w, "%2x:%2x:%2x:%2x:%2x%n:%2x%n", &octet[0], &octet[1],
		       &octet[2], &octet[3], &octet[4], &end, &octet[5], &end);
	if (n < 5 || w[end] != '\0' || (octet[0] & 1) != 0 ||
	    (octet[0] == 0 && octet[1] == 0 && octet[2] == 0x5e)) {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "five or six octets, no multicast",
				     "invalid VMAC address '%s' - ignoring", w);
		return -EINVAL;
	}
	v->mac_len = (uint8_t)n;
	for (int k = 0; k < n; k++)
		v->mac[k] = (uint8_t)octet[k];
	return 0;
}

static int
use_vmac_parse(struct kw_in *in, void *member)
{
	struct use_vmac_conf v = {.on = true};
	for (uint32_t i = 1; i < in->n; i++) {
		const char *w = in->word[i].s;
		/* What is wrong with a word was said; the next one counts. */
		if (strcmp(w, "netlink_notify_msg") == 0)
			v.netlink_notify_msg = true;
		else if (strcmp(w, "name") == 0)
			(void)take_name(in, ++i, &v.name);
		else if (strcmp(w, "group") == 0)
			(void)take_group(in, ++i, &v.has_group, &v.group);
		else if (strchr(w, ':') != NULL)
			(void)take_mac(in, i, &v);
		else
			(void)take_name(in, i, &v.name);
	}
	*(struct use_vmac_conf *)member = v;
	return (int)in->n - 1;
}

const struct kw_ops use_vmac_ops = {.parse = use_vmac_parse};

static bool
take_mode(const char *w, enum ipvlan_mode_conf *mode)
{
	static const struct kw_word_value word[] = {
		{"bridge", IPVLAN_CONF_BRIDGE},
		{"private", IPVLAN_CONF_PRIVATE},
		{"vepa", IPVLAN_CONF_VEPA}};
	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		if (strcmp(word[i].word, w) == 0) {
			*mode = (enum ipvlan_mode_conf)word[i].value;
			return true;
		}
	return false;
}

/* The address is a source of adverts: of the instance's family. */
static void
check_ipvlan_family(struct kw_in *in, const char *word, struct conf_prefix *p)
{
	const struct vrrp_instance_conf *i = in->obj;
	if (i->family == 0 || i->family == p->addr.family)
		return;
	conf_report(in->ctx, DIAG_GENERAL,
		    "(%s) ipvlan address[%s] MUST match vrrp instance family "
		    "!!! Skipping...",
		    i->obj.name, word);
	*p = (struct conf_prefix){.len = 0};
}

static int
use_ipvlan_parse(struct kw_in *in, void *member)
{
	struct use_ipvlan_conf v = {.on = true};
	for (uint32_t i = 1; i < in->n; i++) {
		const char *w = in->word[i].s;
		if (take_mode(w, &v.mode))
			continue;
		if (strcmp(w, "name") == 0)
			(void)take_name(in, ++i, &v.name);
		else if (strcmp(w, "group") == 0)
			(void)take_group(in, ++i, &v.has_group, &v.group);
		else if (conf_prefix_parse(w, 0, &v.addr) < 0)
			(void)take_name(in, i, &v.name);
		else
			check_ipvlan_family(in, w, &v.addr);
	}
	*(struct use_ipvlan_conf *)member = v;
	return (int)in->n - 1;
}

const struct kw_ops use_ipvlan_ops = {.parse = use_ipvlan_parse};

/* clang-format off */
static const struct kw use_vmac_rows[] = {
	{.name = "name", .type = KW_DOC, .args = "<IFNAME>", .since = "2.4",
	 .doc = "Introduces the interface name, needed for a name that equals an option word."},
	{.name = "MAC", .type = KW_DOC, .args = "<xx:xx:xx:xx:xx[:xx]>",
	 .doc = "Any word with a colon; five octets take the VRID as the sixth; refused in strict mode."},
	{.name = "netlink_notify_msg", .type = KW_DOC,
	 .doc = "Force a netlink message for the parent after creating the macvlan."},
	{.name = "group", .type = KW_DOC, .args = "<NAME|INT>", .def_doc = "group of the parent", .since = "2.4",
	 .doc = "Interface group; unknown reported and ignored."},
};
const struct kw_block use_vmac_words = {KW_ROWS(use_vmac_rows), .ignores_unknown = true};
static const struct kw use_ipvlan_rows[] = {
	{.name = "name", .type = KW_DOC, .args = "<IFNAME>", .since = "2.4",
	 .doc = "Introduces the interface name."},
	{.name = "bridge", .type = KW_DOC, .def_doc = "default",
	 .doc = "ipvlan bridge mode."},
	{.name = "private", .type = KW_DOC,
	 .doc = "ipvlan private mode."},
	{.name = "vepa", .type = KW_DOC,
	 .doc = "ipvlan vepa mode."},
	{.name = "group", .type = KW_DOC, .args = "<NAME|INT>", .def_doc = "group of the parent", .since = "2.4",
	 .doc = "Interface group; unknown reported and ignored."},
};
const struct kw_block use_ipvlan_words = {KW_ROWS(use_ipvlan_rows), .ignores_unknown = true};
/* clang-format on */
