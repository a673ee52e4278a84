/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for words of vrrp_instance that no common type describes.  Pure
 * reading, but for the question whether an interface exists.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "parser/common.h"
#include "vrrp/conf_tables.h"

static const char *
name_of(const struct kw_in *in)
{
	return ((const struct conf_obj *)in->obj)->name;
}

static bool
bool_equal(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

static bool
u8_equal(const void *a, const void *b)
{
	return *(const uint8_t *)a == *(const uint8_t *)b;
}

static bool
string_equal(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static bool
addr_equal(const void *a, const void *b)
{
	return addr_is_equal(a, b);
}

static bool
nsec_equal(const void *a, const void *b)
{
	return *(const nsec_t *)a == *(const nsec_t *)b;
}

const struct kw_word_value address_loss_words[] = {
	{"restore", ADDRESS_LOSS_RESTORE},
	{"backup", ADDRESS_LOSS_BACKUP},
	{NULL, 0},
};

/* ---- state ---- */

static int
state_parse(struct kw_in *in, void *member)
{
	bool *is_master = member;
	const char *w = in->word[1].s;
	if (strcmp(w, "MASTER") == 0) {
		*is_master = true;
		return 1;
	}
	if (strcmp(w, "BACKUP") != 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "MASTER or BACKUP",
				     "(%s) unknown state '%s', defaulting to "
				     "BACKUP",
				     name_of(in), w);
		return -EINVAL;
	}
	if (*is_master) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s) state previously set as MASTER - ignoring "
			    "BACKUP",
			    name_of(in));
		return -EINVAL;
	}
	return 1;
}

const struct kw_ops state_ops = {.parse = state_parse, .equal = bool_equal};

/* ---- interface, vrf ---- */

static int
interface_parse(struct kw_in *in, void *member)
{
	const char *w = in->word[1].s;
	char what[128];
	if (in->word[1].len >= IF_NAMESIZE) {
		conf_report_expected(
			in->ctx, DIAG_GENERAL, "at most 15 characters",
			"Interface name '%s' too long - ignoring", w);
		return -EINVAL;
	}
	if (strcmp(w, "lo") == 0) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s) cannot use a loopback interface (%s) for "
			    "vrrp - ignoring",
			    name_of(in), w);
		return -EINVAL;
	}
	(void)snprintf(what, sizeof(what), "vrrp_instance %s", name_of(in));
	/* The name counts all the same: the interface may come. */
	(void)conf_needs_interface(in->ctx, w, what);
	*(const char **)member = w;
	return 1;
}

const struct kw_ops interface_ops = {.parse = interface_parse,
				     .equal = string_equal};

static int
vrf_parse(struct kw_in *in, void *member)
{
	const struct vrrp_instance_conf *i = in->obj;
	if (i->interface != NULL || in->word[1].len >= IF_NAMESIZE) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s) Cannot specify VRF interface and interface, "
			    "or name too long - ignoring",
			    name_of(in));
		return -EINVAL;
	}
	*(const char **)member = in->word[1].s;
	return 1;
}

const struct kw_ops vrf_ops = {.parse = vrf_parse, .equal = string_equal};

/* ---- addresses, family, version ---- */

/* mcast_src_ip, unicast_src_ip: sets the family or must match it. */
static int
src_ip_parse(struct kw_in *in, void *member)
{
	struct vrrp_instance_conf *i = in->obj;
	struct addr a;
	if (addr_parse(in->word[1].s, &a) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "an IP address",
				     "Configuration error: VRRP instance[%s] "
				     "malformed src address[%s]. Skipping...",
				     name_of(in), in->word[1].s);
		return -EINVAL;
	}
	if (i->family != 0 && i->family != a.family) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Configuration error: VRRP instance[%s] and src "
			    "address[%s] MUST be of the same family !!! "
			    "Skipping...",
			    name_of(in), in->word[1].s);
		return -EINVAL;
	}
	i->family = a.family;
	*(struct addr *)member = a;
	return 1;
}

const struct kw_ops src_ip_ops = {.parse = src_ip_parse, .equal = addr_equal};

static int
version_parse(struct kw_in *in, void *member)
{
	uint8_t *version = member;
	const struct vrrp_instance_conf *i = in->obj;
	int64_t v;
	if (kw_parse_int(in, 1, 2, 3, &v) < 0)
		return -EINVAL;
	if ((*version != 0 && *version != v) ||
	    (i->family == AF_INET6 && v == 2)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s) vrrp_version %d conflicts with configured "
			    "or deduced version %u; ignoring.",
			    name_of(in), (int)v, *version != 0 ? *version : 3);
		return -EINVAL;
	}
	*version = (uint8_t)v;
	return 1;
}

const struct kw_ops version_ops = {.parse = version_parse, .equal = u8_equal};

static int
native_ipv6_parse(struct kw_in *in, void *member)
{
	struct vrrp_instance_conf *i = in->obj;
	if (i->family == AF_INET) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s) Cannot specify native_ipv6 with IPv4 "
			    "addresses",
			    name_of(in));
		return -EINVAL;
	}
	i->family = AF_INET6;
	*(bool *)member = true;
	return 0;
}

const struct kw_ops native_ipv6_ops = {.parse = native_ipv6_parse,
				       .equal = bool_equal};

/* clang-format off */
static const struct kw old_unicast_checksum_rows[] = {
	{.name = "never", .type = KW_DOC,
	 .doc = "Never use or detect the old checksum."},
};
/* clang-format on */
const struct kw_block old_unicast_checksum_words = {
	KW_ROWS(old_unicast_checksum_rows),
	.ignores_unknown = true,
};

static int
old_unicast_checksum_parse(struct kw_in *in, void *member)
{
	enum old_unicast_checksum *c = member;
	if (in->n < 2) {
		*c = OLD_UNICAST_CHECKSUM_ON;
		return 0;
	}
	if (strcmp(in->word[1].s, "never") == 0) {
		*c = OLD_UNICAST_CHECKSUM_NEVER;
		return 1;
	}
	conf_report_expected(in->ctx, DIAG_GENERAL, "never or nothing",
			     "(%s) Unknown old_unicast_chksum mode %s - "
			     "ignoring",
			     name_of(in), in->word[1].s);
	return -EINVAL;
}

const struct kw_ops old_unicast_checksum_ops = {
	.parse = old_unicast_checksum_parse};

/* ---- timers ---- */

/* [PRIORITY]; bare is the highest. */
static int
timer_expired_parse(struct kw_in *in, void *member)
{
	int64_t v = 254;
	if (in->n > 1 && kw_parse_int(in, 1, 1, 254, &v) < 0)
		return -EINVAL;
	*(uint8_t *)member = (uint8_t)v;
	return in->n > 1 ? 1 : 0;
}

/* SECONDS or off */
static int
proof_of_receive_parse(struct kw_in *in, void *member)
{
	int64_t v = 0;
	if (strcmp(in->word[1].s, "off") != 0 &&
	    kw_parse_decimal(in, 1, in->kw, &v) < 0)
		return -EINVAL;
	*(nsec_t *)member = v;
	return 1;
}

const struct kw_ops proof_of_receive_ops = {.parse = proof_of_receive_parse,
					    .equal = nsec_equal};

const struct kw_ops timer_expired_ops = {.parse = timer_expired_parse,
					 .equal = u8_equal};

/* clang-format off */
static const struct kw instance_garp_extra_if_rows[] = {
	{.name = "all", .type = KW_DOC,
	 .doc = "Include non VMAC interfaces."},
};
/* clang-format on */
const struct kw_block instance_garp_extra_if_words = {
	KW_ROWS(instance_garp_extra_if_rows),
	.ignores_unknown = true,
};

/* [all] SECONDS */
static int
garp_extra_if_parse(struct kw_in *in, void *member)
{
	struct vrrp_instance_conf *i = in->obj;
	bool all = in->n > 1 && strcmp(in->word[1].s, "all") == 0;
	uint32_t at = all ? 2 : 1;
	int64_t v;
	if (at >= in->n) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "(%s): %s specified without time - ignoring",
			    name_of(in), in->word[0].s);
		return -EINVAL;
	}
	if (kw_parse_int(in, at, 0, 86400, &v) < 0)
		return -EINVAL;
	*(nsec_t *)member = SEC(v);
	i->garp_extra_if_all = all;
	return (int)at;
}

const struct kw_ops instance_garp_extra_if_ops = {.parse = garp_extra_if_parse,
						  .equal = nsec_equal};
