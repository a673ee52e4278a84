/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The tables of the test language; see parser_world.h. */
#include "tests/unit/parser_world.h"

#include <errno.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

static const struct kw addr_words[] = {
	{.name = "dev", .type = KW_IFNAME, KW_MEMBER(struct addr_line, dev)},
	{.name = "label",
	 .type = KW_STRING,
	 KW_MEMBER(struct addr_line, label)},
	{.name = "home", .type = KW_FLAG, KW_MEMBER(struct addr_line, home)},
	{.name = "weight",
	 .type = KW_INT,
	 KW_MEMBER(struct addr_line, weight),
	 KW_RANGE(-5, 5)},
};

static int
addr_open(struct kw_in *in, void *obj)
{
	struct addr_line *a = obj;

	if (kw_parse_addr(in, 0, 0, &a->addr) < 0)
		return -EINVAL;
	a->obj.name = in->word[0].s;
	return 1;
}

static const struct kw_block addr_block = {
	KW_ROWS(addr_words),
	.size = sizeof(struct addr_line),
	.open = addr_open,
};

static const struct kw_block track_block = {
	KW_ROWS(addr_words),
	.size = sizeof(struct addr_line),
};

static const struct kw_word_value auth_words[] = {
	{"PASS", 1}, {"AH", 2}, {NULL, 0}};
static const struct kw_word_value state_words[] = {
	{"MASTER", 1}, {"BACKUP", 2}, {NULL, 0}};
static const struct kw_word_value bit_words[] = {
	{"one", 1}, {"two", 2}, {"four", 4}, {NULL, 0}};

static const struct kw auth_rows[] = {
	{.name = "auth_type",
	 .type = KW_ENUM,
	 KW_MEMBER(struct router, auth_type),
	 .words = auth_words},
	{.name = "auth_pass",
	 .type = KW_STRING,
	 KW_MEMBER(struct router, auth_pass),
	 .max = 8,
	 .flags = KW_TRUNCATE},
};

static const struct kw_block auth_block = {
	KW_ROWS(auth_rows),
	.is_flat = true,
};

static const struct kw router_rows[] = {
	{.name = "priority",
	 .type = KW_UINT,
	 KW_MEMBER(struct router, priority),
	 KW_RANGE(1, 255),
	 .def = "100",
	 .flags = KW_NEED | KW_STRICT,
	 .reload = KW_LIVE,
	 .doc = "Priority."},
	{.name = "advert_int",
	 .type = KW_SECONDS,
	 KW_MEMBER(struct router, advert_int),
	 KW_RANGE(MSEC(10), SEC(255)),
	 .decimals = 6,
	 .def = "1"},
	{.name = "interface",
	 .type = KW_IFNAME,
	 KW_MEMBER(struct router, interface),
	 .flags = KW_NEED},
	{.name = "nopreempt",
	 .type = KW_FLAG,
	 KW_MEMBER(struct router, nopreempt),
	 .reload = KW_LIVE},
	{.name = "preempt",
	 .type = KW_FLAG,
	 .flags = KW_INVERT,
	 KW_MEMBER(struct router, nopreempt)},
	{.name = "smtp_alert",
	 .type = KW_BOOL,
	 KW_MEMBER(struct router, smtp_alert)},
	{.name = "state",
	 .type = KW_ENUM,
	 KW_MEMBER(struct router, state),
	 .words = state_words,
	 .flags = KW_FIRST_WINS},
	{.name = "authentication",
	 .type = KW_BLOCK,
	 KW_MEMBER(struct router, authentication),
	 .sub = &auth_block},
	{.name = "addresses",
	 .type = KW_LINES,
	 KW_MEMBER(struct router, addrs),
	 .sub = &addr_block,
	 .reload = KW_LIVE,
	 .flags = KW_UNIQUE},
	{.name = "track",
	 .type = KW_LINES,
	 KW_MEMBER(struct router, track),
	 .sub = &track_block,
	 .ref = "script",
	 .ref_label = "track script"},
	{.name = "notify",
	 .type = KW_SCRIPT,
	 KW_MEMBER(struct router, notify),
	 .flags = KW_SECURITY},
	{.name = "source", .type = KW_ADDR, KW_MEMBER(struct router, source)},
	{.name = "group",
	 .type = KW_WORD_BLOCK,
	 KW_MEMBER(struct router, group)},
	{.name = "debug", .type = KW_UINT, KW_RANGE(0, 4), .flags = KW_PENDING},
	{.name = "old_name", .type = KW_ALIAS, .alias = "interface"},
	{.name = "bad_name",
	 .type = KW_ALIAS,
	 .alias = "priority",
	 .flags = KW_DEPRECATED,
	 .note = "please use 'priority'"},
	{.name = "forgotten",
	 .type = KW_IGNORED,
	 .flags = KW_EXTRA,
	 .note = "is no longer needed"},
};

/* A router needs a priority other than 13. */
static bool
router_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct router *r = obj;

	(void)parent;
	if (r->priority != 13)
		return true;
	conf_report_at(ctx, &r->obj.pos, DIAG_GENERAL, "(%s) unlucky",
		       r->obj.name);
	return false;
}

static const struct kw_block router_block = {
	KW_ROWS(router_rows),
	.size = sizeof(struct router),
	.head = KW_HEAD_NAME,
	.check = router_check,
};

static const struct kw reverse_words[] = {
	{.name = "reverse",
	 .type = KW_FLAG,
	 KW_MEMBER(struct script_block, reverse)},
};
static const struct kw_block reverse_block = {
	KW_ROWS(reverse_words),
	.is_flat = true,
};

static const struct kw script_rows[] = {
	{.name = "script",
	 .type = KW_SCRIPT,
	 KW_MEMBER(struct script_block, script)},
	{.name = "weight",
	 .type = KW_INT,
	 KW_MEMBER(struct script_block, weight),
	 KW_RANGE(-253, 253),
	 .sub = &reverse_block},
	{.name = "user_of",
	 .type = KW_REF,
	 KW_MEMBER(struct script_block, user_of),
	 .ref = "router"},
};

static const struct kw_block script_block = {
	KW_ROWS(script_rows),
	.size = sizeof(struct script_block),
	.head = KW_HEAD_NAME,
};

static const struct kw alpha_rows[] = {
	{.name = "global_defs", .type = KW_BLOCK},
	{.name = "router",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct alpha, router),
	 .sub = &router_block,
	 .flags = KW_UNIQUE},
	{.name = "script",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct alpha, script),
	 .sub = &script_block,
	 .flags = KW_NEED},
};

static const struct kw alpha_globals[] = {
	{.name = "router_id",
	 .type = KW_STRING,
	 KW_MEMBER(struct alpha, router_id)},
	{.name = "email",
	 .type = KW_WORD_BLOCK,
	 KW_MEMBER(struct alpha, email)},
	{.name = "umask",
	 .type = KW_UINT,
	 KW_MEMBER(struct alpha, umask),
	 .flags = KW_C_NUMBER,
	 KW_RANGE(0, 0777)},
	{.name = "interval",
	 .type = KW_SECONDS,
	 KW_MEMBER(struct alpha, interval),
	 .decimals = 6,
	 KW_RANGE(1000, SEC(4294)),
	 .flags = KW_ZERO_NOTE,
	 .note = "means none"},
	{.name = "bits",
	 .type = KW_BITS,
	 KW_MEMBER(struct alpha, bits),
	 .words = bit_words},
	{.name = "user", .type = KW_USER, KW_MEMBER(struct alpha, user)},
	{.name = "net", .type = KW_PREFIX, KW_MEMBER(struct alpha, net)},
};

static void
alpha_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	(void)ctx;
	(void)conf;
	((struct alpha *)root)->resolved = true;
}

const struct conf_module alpha_module = {
	.id = CONF_VRRP,
	.name = "alpha",
	.process = "vrrp",
	.root = {KW_ROWS(alpha_rows), .size = sizeof(struct alpha)},
	.global = {KW_ROWS(alpha_globals)},
	.global_offset = offsetof(struct alpha, global_defs),
	.resolve = alpha_resolve,
};

static const struct kw tcp_rows[] = {
	{.name = "port", .type = KW_UINT, KW_MEMBER(struct probe, port)},
};
static const struct kw_block tcp_block = {
	KW_ROWS(tcp_rows),
	.size = sizeof(struct probe),
};
static const struct kw http_rows[] = {
	{.name = "port", .type = KW_UINT, KW_MEMBER(struct probe, port)},
	{.name = "regex",
	 .type = KW_STRING,
	 .flags = KW_ESCAPES,
	 KW_MEMBER(struct probe, regex)},
};
static const struct kw_block http_block = {
	KW_ROWS(http_rows),
	.size = sizeof(struct probe),
};

static int
endpoint_open(struct kw_in *in, struct conf_obj *obj, struct addr_port *ap)
{
	char text[ADDR_STR_LEN];
	int64_t port;

	if (kw_parse_addr(in, 1, 0, &ap->addr) < 0 || in->n < 3 ||
	    kw_parse_int(in, 2, 0, 65535, &port) < 0)
		return -EINVAL;
	ap->port = (uint16_t)port;
	obj->name = arena_printf(conf_ctx_arena(in->ctx), "%s %u",
				 addr_print(&ap->addr, text, sizeof(text)),
				 ap->port);
	return 2;
}

static int
server_open(struct kw_in *in, void *obj)
{
	struct server *s = obj;

	return endpoint_open(in, &s->obj, &s->addr);
}

static int
service_open(struct kw_in *in, void *obj)
{
	struct service *s = obj;

	return endpoint_open(in, &s->obj, &s->addr);
}

static const struct kw server_rows[] = {
	{.name = "weight",
	 .type = KW_UINT,
	 KW_MEMBER(struct server, weight),
	 .def = "1",
	 .reload = KW_LIVE},
	{.name = "TCP",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct server, probe),
	 .sub = &tcp_block},
	{.name = "HTTP",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct server, probe),
	 .sub = &http_block},
};
static const struct kw_block server_block = {
	KW_ROWS(server_rows),
	.size = sizeof(struct server),
	.head = KW_HEAD_WORDS,
	.open = server_open,
};

static const struct kw service_rows[] = {
	{.name = "delay_loop",
	 .type = KW_SECONDS,
	 KW_MEMBER(struct service, delay_loop),
	 .decimals = 6},
	{.name = "server",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct service, server),
	 .sub = &server_block,
	 .flags = KW_UNIQUE,
	 .reload = KW_LIVE},
};
static const struct kw_block service_block = {
	KW_ROWS(service_rows),
	.size = sizeof(struct service),
	.head = KW_HEAD_WORDS,
	.open = service_open,
};

static const struct kw beta_rows[] = {
	{.name = "service",
	 .type = KW_BLOCKS,
	 KW_MEMBER(struct beta, service),
	 .sub = &service_block},
};
static const struct kw beta_globals[] = {
	{.name = "flush",
	 .type = KW_FLAG,
	 KW_MEMBER(struct beta, flush),
	 .reload = KW_FIXED},
};

const struct conf_module beta_module = {
	.id = CONF_CHECK,
	.name = "beta",
	.process = "checker",
	.root = {KW_ROWS(beta_rows), .size = sizeof(struct beta)},
	.global = {KW_ROWS(beta_globals)},
	.global_offset = offsetof(struct beta, global_defs),
};

const struct conf_module *const world_modules[] = {
	&alpha_module,
	&beta_module,
	NULL,
};

static void
prepare(struct world *w)
{
	w->sink = diag_sink_new();
	if (w->opts.modules == NULL) {
		w->opts.modules = world_modules;
		w->opts.mask = CONF_MASK_ALL;
		w->opts.config_id = "node1";
		w->opts.is_test = true;
		w->opts.random_seed = 42;
	}
}

void
world_read(struct world *w, const char *text)
{
	prepare(w);
	w->r = conf_read_text("t.conf", text, strlen(text), &w->opts, w->sink);
}

void
world_read_file(struct world *w, const char *path)
{
	prepare(w);
	w->r = conf_read_file(path, &w->opts, w->sink);
}

void
world_fini(struct world *w)
{
	conf_free(w->r.conf);
	diag_sink_free(w->sink);
	*w = (struct world){0};
}

struct alpha *
world_alpha(const struct world *w)
{
	return w->r.conf->module[CONF_VRRP];
}

struct beta *
world_beta(const struct world *w)
{
	return w->r.conf->module[CONF_CHECK];
}

char *
world_complaints(const struct world *w, bool with_notes)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "");
	for (size_t i = 0; i < diag_count(w->sink); i++) {
		const struct diag *d = diag_get(w->sink, i);

		if (d->cls != DIAG_NOTE || with_notes)
			buf_printf(&b, "%u %s: %s\n", d->line,
				   diag_class_name(d->cls), d->text);
	}
	return b.data;
}

char *
world_print(const struct world *w)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "");
	conf_print(w->r.conf, world_modules, CONF_MASK_ALL, &b);
	return b.data;
}
