/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of the ipvs module: what global_defs says of IPVS itself.
 * Pure reading; never touches the kernel.
 */
#include "ipvs/conf.h"

#include <errno.h>
#include <string.h>

#include "parser/schema.h"

const struct ipvs_conf *
ipvs_conf_get(const struct conf *c)
{
	return c->module[CONF_IPVS];
}

/* clang-format off */
#define M(m) KW_MEMBER(struct ipvs_conf, m)
static const struct kw lvs_timeouts_rows[] = {
	{.name = "tcp", .type = KW_INT, M(lvs_timeout_tcp), KW_RANGE(0, 2678400), .reload = KW_LIVE,
	 .args = "<INT 0..2678400 seconds>", .def_doc = "unchanged",
	 .doc = "Idle timeout of established TCP connections; out of range reported and ignored."},
	{.name = "tcpfin", .type = KW_INT, M(lvs_timeout_tcpfin), KW_RANGE(0, 2678400), .reload = KW_LIVE,
	 .args = "<INT 0..2678400 seconds>", .def_doc = "unchanged",
	 .doc = "Timeout after FIN; out of range reported and ignored."},
	{.name = "udp", .type = KW_INT, M(lvs_timeout_udp), KW_RANGE(0, 2678400), .reload = KW_LIVE,
	 .args = "<INT 0..2678400 seconds>", .def_doc = "unchanged",
	 .doc = "UDP timeout; out of range reported and ignored."},
};
static const struct kw_block lvs_timeouts_words = {KW_ROWS(lvs_timeouts_rows)};
static const struct kw flush_on_stop_rows[] = {
	{.name = "VS", .type = KW_SET, M(lvs_flush_on_stop), .min = LVS_FLUSH_ON_STOP_VS, .reload = KW_LIVE,
	 .doc = "Delete only the virtual services on stop."},
};
static const struct kw_block flush_on_stop_words = {KW_ROWS(flush_on_stop_rows)};
#undef M
#define M(m) KW_MEMBER(struct lvs_sync_daemon_conf, m)
static const struct kw sync_daemon_rows[] = {
	{.name = "inst", .type = KW_STRING, M(inst), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<VRRP_INSTANCE>",
	 .doc = "Instance whose state decides master or backup role; repeated is reported."},
	{.name = "id", .type = KW_UINT, M(id), KW_RANGE(0, 255), .reload = KW_LIVE, .args = "<INT 0..255>",
	 .def_doc = "VRID of the instance, or 0",
	 .doc = "Sync id; invalid reported and default used."},
	{.name = "maxlen", .type = KW_UINT, M(maxlen), KW_RANGE(1, 65507), .reload = KW_LIVE, .args = "<INT 1..65507>",
	 .def_doc = "kernel",
	 .doc = "Maximum sync packet length; invalid reported and ignored."},
	{.name = "port", .type = KW_UINT, M(port), KW_RANGE(1, 65535), .reload = KW_LIVE, .args = "<INT 1..65535>",
	 .def_doc = "8848",
	 .doc = "UDP port; invalid reported and ignored."},
	{.name = "ttl", .type = KW_UINT, M(ttl), KW_RANGE(1, 255), .reload = KW_LIVE, .args = "<INT 1..255>",
	 .def_doc = "kernel",
	 .doc = "Multicast TTL; invalid reported and ignored."},
	{.name = "group", .type = KW_ADDR, M(group), .flags = KW_MCAST, .reload = KW_LIVE,
	 .args = "<IPADDR multicast>", .def_doc = "224.0.0.81",
	 .doc = "Multicast group, IPv4 or IPv6; not multicast reported and ignored."},
};
#undef M
/* clang-format on */
static const struct kw_block sync_daemon_words = {
	KW_ROWS(sync_daemon_rows),
};

static int
lvs_timeouts_parse(struct kw_in *in, void *member)
{
	struct ipvs_conf *c = in->obj;
	(void)member; /* several members */
	if (in->n < 2) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "lvs_timeouts requires at least one option");
		return -EINVAL;
	}
	(void)kw_parse_words(in, 1, &lvs_timeouts_words, c); /* takes all */
	if (!kw_has_words(in, 1))
		return -EINVAL; /* every one was reported */
	c->has_lvs_timeouts = true;
	return (int)in->n - 1;
}

static const struct kw_ops lvs_timeouts_ops = {.parse = lvs_timeouts_parse};

/* IFNAME, then the old form "INSTANCE [SYNCID]" or option words. */
static int
sync_daemon_parse(struct kw_in *in, void *member)
{
	struct lvs_sync_daemon_conf d = {.interface = NULL};
	uint32_t i = 2;
	if (in->n < 2 || in->word[1].len > 15) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "lvs_sync_daemon needs an interface name of at "
			    "most 15 characters");
		return -EINVAL;
	}
	d.interface = in->word[1].s;
	static const char *const option[] = {"inst", "id",  "maxlen",
					     "port", "ttl", "group"};
	bool is_option = i >= in->n;
	for (size_t k = 0; !is_option && k < ARRAY_LEN(option); k++)
		is_option = strcmp(in->word[i].s, option[k]) == 0;
	if (!is_option)
		d.inst = in->word[i++].s;
	int64_t id;
	if (!is_option && i < in->n && in->word[i].s[0] >= '0' &&
	    in->word[i].s[0] <= '9') {
		conf_report(in->ctx, DIAG_DEPRECATED,
			    "Please use keyword \"id\" before lvs_sync_daemon "
			    "syncid value");
		d.has_id = kw_parse_int(in, i, 0, 255, &id) == 0;
		if (d.has_id)
			d.id = (uint8_t)id;
		i++;
	}
	for (uint32_t k = i; k < in->n; k++)
		d.has_id |= strcmp(in->word[k].s, "id") == 0;
	if (i < in->n)
		(void)kw_parse_words(in, i, &sync_daemon_words, &d);
	*(struct lvs_sync_daemon_conf *)member = d;
	return (int)in->n - 1;
}

static const struct kw_ops sync_daemon_ops = {.parse = sync_daemon_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct ipvs_conf, m)
static const struct kw ipvs_global_rows[] = {
	/* Of old versions: a name for mails, which router_id gives today. */
	{.name = "lvs_id", .type = KW_IGNORED, .flags = KW_EXTRA, .note = "is of old versions; use router_id"},
	{.name = "lvs_timeouts", .type = KW_CUSTOM, M(lvs_timeout_tcp), .sub = &lvs_timeouts_words,
	 .ops = &lvs_timeouts_ops, .reload = KW_LIVE,
	 .args = "[tcp <INT>] [tcpfin <INT>] [udp <INT>]", .def_doc = "kernel values",
	 .doc = "IPVS connection timeouts; needs at least one option with value; each unknown word is reported."},
	{.name = "lvs_flush", .type = KW_FLAG, M(lvs_flush), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Clear the whole IPVS table at start-up."},
	{.name = "lvs_flush_on_stop", .type = KW_SET, M(lvs_flush_on_stop), .min = LVS_FLUSH_ON_STOP_ALL,
	 .sub = &flush_on_stop_words, .reload = KW_LIVE, .args = "[VS]", .def_doc = "false",
	 .doc = "At shutdown clear the whole IPVS table, or with VS only delete the configured virtual services without "
		"removing their servers one by one; unknown word reported and ignored."},
	{.name = "lvs_flush_onstop", .type = KW_ALIAS, .alias = "lvs_flush_on_stop", .args = "[VS]",
	 .def_doc = "false",
	 .doc = "Obsolete alias of lvs_flush_on_stop."},
	{.name = "lvs_sync_daemon", .type = KW_CUSTOM, M(lvs_sync_daemon), .sub = &sync_daemon_words,
	 .ops = &sync_daemon_ops, .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<IFNAME> [[inst] <VRRP_INSTANCE>] [id <INT>] [maxlen <INT>] [port <INT>] [ttl <INT>] [group <IPADDR>]",
	 .doc = "Run the IPVS connection sync daemon on the interface (max 15 chars); with an instance it is master or "
		"backup following that instance, else both roles run; old form \"IF INSTANCE [SYNCID]\" accepted (bare "
		"syncid reported); a second definition is reported and ignored; unknown instance reported and the "
		"setting cleared."},
	{.name = "lvs_netlink_cmd_rcv_bufs", .type = KW_UINT, M(lvs_netlink_cmd_rcv_bufs), .reload = KW_LIVE,
	 .args = "<INT bytes 0..4294967295>", .def_doc = "kernel default",
	 .doc = "Receive buffer of the checker netlink command socket; 0 or invalid leaves the default."},
	{.name = "lvs_netlink_cmd_rcv_bufs_force", .type = KW_BOOL, M(lvs_netlink_cmd_rcv_bufs_force),
	 .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .doc = "Use SO_RCVBUFFORCE for it."},
};
#undef M
/* clang-format on */

static void
ipvs_conf_init(void *obj)
{
	struct ipvs_conf *c = obj;
	c->lvs_timeout_tcp = c->lvs_timeout_tcpfin = c->lvs_timeout_udp = -1;
}

static void
ipvs_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	struct ipvs_conf *c = root;
	struct lvs_sync_daemon_conf *d = &c->lvs_sync_daemon;
	(void)conf; /* no other module's business */
	if (d->inst == NULL || !conf_has_kind(ctx, "vrrp_instance") ||
	    conf_find(ctx, "vrrp_instance", d->inst) != NULL)
		return;
	conf_report_at(ctx, NULL, DIAG_GENERAL,
		       "Unknown VRRP instance %s for lvs_sync_daemon - "
		       "ignoring",
		       d->inst);
	*d = (struct lvs_sync_daemon_conf){.interface = NULL};
}

const struct conf_module ipvs_conf_module = {
	.id = CONF_IPVS,
	.name = "ipvs",
	.process = "checker",
	.root = {.size = sizeof(struct ipvs_conf), .init = ipvs_conf_init},
	.global = {KW_ROWS(ipvs_global_rows)},
	.global_offset = offsetof(struct ipvs_conf, global_defs),
	.resolve = ipvs_conf_resolve,
};
