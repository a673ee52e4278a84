/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The common module: track_file and the global_defs keywords that more than
 * one process needs, with the rules on scripts, users and interfaces that
 * the other modules' tables share.  It never keeps anything outside the
 * configuration.
 */
#include "parser/common.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "parser/parse.h"
#include "parser/reader.h"
#include "parser/schema.h"
#include "parser/script.h"

#define DEFAULT_SCRIPT_USER "keepalived_script"

const struct common_conf *
common_conf_get(const struct conf *c)
{
	return c->module[CONF_COMMON];
}

static bool
is_engine(struct conf_ctx *ctx)
{
	return conf_ctx_opts(ctx)->is_engine;
}

/* ---- rows of their own kind ---- */

static int
script_user_parse(struct kw_in *in, void *member)
{
	struct conf_user *u = member;
	struct common_conf *c = in->obj;
	const char *user = in->word[1].s;
	const char *group = in->n > 2 ? in->word[2].s : NULL;
	uid_t uid;
	gid_t gid;
	if (!is_engine(in->ctx) && script_user_find(user, group, &uid, &gid)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Error setting global script uid/gid: no user '%s'"
			    " or no group '%s'",
			    user, group == NULL ? "(its own)" : group);
		c->is_script_user_bad = true;
		return -EINVAL;
	}
	c->is_script_user_bad = false;
	*u = (struct conf_user){.user = user, .group = group};
	return group == NULL ? 1 : 2;
}

static bool
same_word(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
script_user_equal(const void *a, const void *b)
{
	const struct conf_user *x = a, *y = b;
	return same_word(x->user, y->user) && same_word(x->group, y->group);
}

static int
user_parse(struct kw_in *in, void *member)
{
	struct conf_user u = {.user = in->word[1].s,
			      .group = in->n > 2 ? in->word[2].s : NULL};
	u.is_bad = !common_has_user(in->ctx, u.user, u.group);
	if (u.is_bad)
		conf_report(in->ctx, DIAG_GENERAL,
			    "Unable to set uid/gid: no user '%s' or no group "
			    "'%s'",
			    u.user, u.group == NULL ? "(its own)" : u.group);
	*(struct conf_user *)member = u;
	return u.group == NULL ? 1 : 2;
}

const struct kw_ops common_user_ops = {
	.parse = user_parse,
	.equal = script_user_equal,
};

static const struct kw_ops script_user_ops = {
	.parse = script_user_parse,
	.equal = script_user_equal,
};

static int
cpu_affinity_parse(struct kw_in *in, void *member)
{
	uint64_t *set = member;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	if (in->n < 2) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "CPU numbers",
				     "No cpu_id set specified for %s",
				     in->word[0].s);
		return -EINVAL;
	}
	memset(set, 0, sizeof(((struct conf_sched *)0)->cpu_affinity));
	for (uint32_t i = 1; i < in->n; i++) {
		int64_t cpu;
		int64_t max = cpus < 1 || cpus > 1024 ? 1023 : cpus - 1;
		if (kw_parse_int(in, i, 0, max, &cpu) < 0) {
			memset(set, 0,
			       sizeof(((struct conf_sched *)0)->cpu_affinity));
			return -EINVAL;
		}
		set[cpu / 64] |= UINT64_C(1) << (cpu % 64);
	}
	return (int)in->n - 1;
}

const struct kw_ops common_cpu_affinity_ops = {.parse = cpu_affinity_parse};

/* [VALUE] [overwrite], in any order. */
static int
init_file_parse(struct kw_in *in, void *member)
{
	struct track_file_conf *f = in->obj;
	(void)member; /* several members */
	f->has_init_file = true;
	for (uint32_t i = 1; i < in->n; i++) {
		if (strcmp(in->word[i].s, "overwrite") == 0) {
			f->overwrite = true;
			continue;
		}
		int64_t v;
		if (kw_parse_int(in, i, INT32_MIN, INT32_MAX, &v) < 0)
			continue;
		if (v < -254 || v > 254)
			conf_report(in->ctx, DIAG_GENERAL,
				    "init_file value %s is outside -254..254",
				    in->word[i].s);
		f->init_file = v;
	}
	return (int)in->n - 1;
}

static const struct kw_ops init_file_ops = {.parse = init_file_parse};

/* ---- tables ---- */

/* clang-format off */
#define M(m) KW_MEMBER(struct track_file_conf, m)
static const struct kw track_file_weight_rows[] = {
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "Swap the sign of the multiplier."},
};
static const struct kw_block track_file_weight_words = {KW_ROWS(track_file_weight_rows)};
static const struct kw track_file_init_rows[] = {
	{.name = "overwrite", .type = KW_DOC,
	 .doc = "Also replace existing content; a non regular file is reported and the block removed."},
};
static const struct kw_block track_file_init_words = {KW_ROWS(track_file_init_rows)};
static const struct kw track_file_rows[] = {
	{.name = "file", .type = KW_STRING, M(file), .flags = KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<PATH>", .def_doc = "required",
	 .doc = "File to watch; a second line or missing name is reported and ignored."},
	{.name = "weight", .type = KW_INT, M(weight), KW_RANGE(-254, 254), .sub = &track_file_weight_words, .def = "1",
	 .reload = KW_LIVE, .args = "<INT -254..254> [reverse]",
	 .doc = "Default multiplier for trackers; out of range reported and 1 used; a second line after a non-1 value is "
		"reported and ignored."},
	{.name = "init_file", .type = KW_CUSTOM, M(init_file), .sub = &track_file_init_words, .ops = &init_file_ops,
	 .reload = KW_LIVE, .args = "[<INT>] [overwrite]", .def_doc = "file left alone, value 0",
	 .doc = "Write the value at start (not on reload, not in config test) if the file does not exist, or always with "
		"overwrite; outside -254..254 reported but used; unknown words reported."},
};
#undef M
/* clang-format on */

/* The directory must be there, the file may come later; else errno says why. */
static bool
has_directory(const char *file)
{
	char dir[PATH_MAX], path[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - file);
	if (slash == file || slash == NULL)
		return true;
	if (len >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(dir, file, len);
	dir[len] = '\0';
	return realpath(dir, path) != NULL;
}

static bool
track_file_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct track_file_conf *f = obj;
	(void)parent; /* the root: nothing to look at */
	if (f->file == NULL) {
		conf_report(ctx, DIAG_GENERAL,
			    "No file set for track_file %s - removing",
			    f->obj.name);
		return false;
	}
	if (is_engine(ctx) || has_directory(f->file))
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "realpath() error %d (%s) for %s: no directory for %s",
		    errno, strerror(errno), f->obj.name, f->file);
	return false;
}

/* Two blocks, so that each object prints under its own keyword. */
static const struct kw_block track_file_block = {
	KW_ROWS(track_file_rows),
	.size = sizeof(struct track_file_conf),
	.head = KW_HEAD_NAME,
	.check = track_file_check,
};
static const struct kw_block vrrp_track_file_block = {
	KW_ROWS(track_file_rows),
	.size = sizeof(struct track_file_conf),
	.head = KW_HEAD_NAME,
	.check = track_file_check,
};

/* clang-format off */
#define M(m) KW_MEMBER(struct common_conf, m)
static const struct kw common_rows[] = {
	{.name = "track_file", .type = KW_BLOCKS, M(track_file), .sub = &track_file_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "File holding a number, watched with inotify; read by the vrrp and the checker process; missing file "
		"keyword, unresolvable directory, or read-only or unwatchable filesystem: reported and removed."},
	{.name = "vrrp_track_file", .type = KW_BLOCKS, M(track_file), .sub = &vrrp_track_file_block,
	 .flags = KW_NEED | KW_UNIQUE | KW_MULTI, .reload = KW_LIVE, .args = "<NAME> {...block...}",
	 .doc = "File holding a number, watched with inotify; read by the vrrp and the checker process; missing file "
		"keyword, unresolvable directory, or read-only or unwatchable filesystem: reported and removed; "
		"deprecated name of track_file (logged)."},
};
static const struct kw script_user_word_rows[] = {
	{.name = "colon-group", .type = KW_DOC, .args = ":[<GROUP>]", .since = "2.4",
	 .doc = "A \":\" before (or instead of) the group name also loads the supplementary groups of the user; valid "
		"wherever USER [GROUP] is taken."},
};
static const struct kw_block script_user_words = {
	KW_ROWS(script_user_word_rows), .ignores_unknown = true,
};
static const struct kw common_global_rows[] = {
	{.name = "use_symlink_paths", .type = KW_BOOL, M(use_symlink_paths), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false", .since = "2.4",
	 .doc = "Keep symbolic links in script paths instead of executing the resolved real path."},
	{.name = "set_supplementary_groups", .type = KW_BOOL, M(set_supplementary_groups), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "false", .since = "2.4",
	 .doc = "Give scripts the supplementary groups of their user by default (a \":\" before the group name does so "
		"per script)."},
	{.name = "smtp_alert", .type = KW_BOOL, M(smtp_alert), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "unset",
	 .doc = "Default for every smtp_alert not set more specifically."},
	{.name = "smtp_alert_vrrp", .type = KW_BOOL, M(smtp_alert_vrrp), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "unset",
	 .doc = "Default smtp_alert for vrrp instances and sync groups, overrides smtp_alert."},
	{.name = "smtp_alert_checker", .type = KW_BOOL, M(smtp_alert_checker), .reload = KW_LIVE,
	 .args = "[<BOOL>]", .def_doc = "unset",
	 .doc = "Default smtp_alert for virtual and real servers, overrides smtp_alert."},
	{.name = "script_user", .type = KW_CUSTOM, M(script_user), .sub = &script_user_words, .ops = &script_user_ops,
	 .reload = KW_LIVE, .args = "<USER> [[:]<GROUP>]",
	 .def_doc = "keepalived_script if that user exists, else the uid/gid of the daemon",
	 .doc = "Default user and group for scripts and FIFOs; \":\" asks for supplementary groups; unknown names are "
		"reported and every later script relying on the default is refused."},
	{.name = "enable_script_security", .type = KW_FLAG, M(enable_script_security), .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Refuse scripts run as root whose path is writable by non-root, and require user keepalived_script (no "
		"fallback to root); without it a config test with scripts ends with exit code 6."},
	{.name = "iproute_usr_dir", .type = KW_STRING, M(iproute_usr_dir), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<DIR>", .def_doc = "build time (/etc/iproute2 or /usr/share/iproute2)", .since = "2.4",
	 .doc = "Second place to look for iproute2 name tables (rt_tables, rt_protos, rt_scopes, rt_realms, rt_dsfield, "
		"group); exactly one argument, otherwise reported and ignored."},
	{.name = "iproute_etc_dir", .type = KW_STRING, M(iproute_etc_dir), .flags = KW_EXACT, .reload = KW_LIVE,
	 .args = "<DIR>", .def_doc = "/etc/iproute2", .since = "2.4",
	 .doc = "First place to look for iproute2 name tables."},
};
#undef M
/* clang-format on */

const struct conf_module common_conf_module = {
	.id = CONF_COMMON,
	.name = "common",
	.process = "vrrp",
	.root = {KW_ROWS(common_rows), .size = sizeof(struct common_conf)},
	.global = {KW_ROWS(common_global_rows)},
	.global_offset = offsetof(struct common_conf, global_defs),
};

/* ---- shared rules ---- */

bool
common_has_interface(struct conf_ctx *ctx, const char *name)
{
	/* Instances of one interface follow one another; a look-up takes three
	 * system calls. */
	if (is_engine(ctx) ||
	    (ctx->known_ifname != NULL && strcmp(ctx->known_ifname, name) == 0))
		return true;
	if (if_nametoindex(name) == 0)
		return false;
	ctx->known_ifname = name;
	return true;
}

bool
common_has_script_user(struct conf_ctx *ctx, const struct conf_pos *pos)
{
	struct common_conf *c = conf_ctx_conf(ctx)->module[CONF_COMMON];
	uid_t uid;
	gid_t gid;
	if (is_engine(ctx) || c == NULL)
		return true;
	if (c->is_script_user_bad)
		return false;
	if (c->script_user.user != NULL || !c->enable_script_security ||
	    script_user_find(DEFAULT_SCRIPT_USER, NULL, &uid, &gid) == 0)
		return true;
	const char *text =
		"Unable to set default user " DEFAULT_SCRIPT_USER " for script";
	if (pos == NULL)
		conf_report(ctx, DIAG_GENERAL, "%s", text);
	else
		conf_report_at(ctx, pos, DIAG_GENERAL, "%s", text);
	c->is_script_user_bad = true; /* said once */
	return false;
}

bool
common_has_user(struct conf_ctx *ctx, const char *user, const char *group)
{
	uid_t uid;
	gid_t gid;
	return is_engine(ctx) || script_user_find(user, group, &uid, &gid) == 0;
}

bool
common_script_is_command(const struct conf_script *s)
{
	return s->argc > 0 && s->argv[0][0] != '<';
}

/* Would it run as root? */
static bool
runs_as_root(const struct common_conf *c, const struct conf_script *s)
{
	const char *user = s->user;
	uid_t uid = 0;
	gid_t gid;
	if (user == NULL && c != NULL)
		user = c->script_user.user;
	if (user == NULL)
		return script_user_find(DEFAULT_SCRIPT_USER, NULL, &uid, &gid) <
		       0;
	return script_user_find(user, NULL, &uid, &gid) == 0 && uid == 0;
}

enum script_verdict
common_script_check(struct conf_ctx *ctx, const struct conf_script *s,
		    const struct conf_pos *pos)
{
	const struct common_conf *c = common_conf_get(conf_ctx_conf(ctx));
	uid_t uid;
	gid_t gid;
	if (is_engine(ctx))
		return SCRIPT_USE;
	if (s->user != NULL &&
	    script_user_find(s->user, s->group, &uid, &gid)) {
		conf_report_at(ctx, pos, DIAG_NOTE,
			       "script %s has no user '%s' to run as: dropped",
			       s->argv[0], s->user);
		return SCRIPT_DROP;
	}
	if (s->user == NULL && !common_has_script_user(ctx, pos))
		return SCRIPT_DROP;
	if (!common_script_is_command(s))
		return SCRIPT_USE;
	bool is_secure = c != NULL && c->enable_script_security;
	switch (script_probe(s->argv[0], is_secure && runs_as_root(c, s))) {
	case SCRIPT_OK:
		conf_note_script(ctx);
		return SCRIPT_USE;
	case SCRIPT_NOT_FOUND:
	case SCRIPT_NOT_EXECUTABLE:
		conf_report_at(ctx, pos, DIAG_NOTE,
			       "script %s is not there or not executable",
			       s->argv[0]);
		return SCRIPT_MISSING;
	case SCRIPT_UNSAFE:
		conf_report_at(ctx, pos, DIAG_SECURITY,
			       "Unsafe permissions found for script '%s' - "
			       "disabling.",
			       s->argv[0]);
		return SCRIPT_DROP;
	}
	return SCRIPT_DROP;
}

void
common_script_security(struct conf_ctx *ctx, const char *kind)
{
	const struct common_conf *c = common_conf_get(conf_ctx_conf(ctx));
	if (is_engine(ctx) || c == NULL || c->enable_script_security)
		return;
	conf_report_at(ctx, NULL, DIAG_SECURITY,
		       "SECURITY VIOLATION - %sscripts are being executed but "
		       "script_security not enabled.",
		       kind);
}

bool
common_smtp_alert(const struct conf *c, enum conf_tri special, bool fallback)
{
	const struct common_conf *g = common_conf_get(c);
	if (special != CONF_UNSET)
		return special == CONF_ON;
	if (g == NULL || g->smtp_alert == CONF_UNSET)
		return fallback;
	return g->smtp_alert == CONF_ON;
}

bool
common_script_resolve(struct conf_ctx *ctx, struct conf_script *s,
		      const struct conf_pos *pos)
{
	if (s->argc == 0)
		return false;
	switch (common_script_check(ctx, s, pos)) {
	case SCRIPT_USE:
		return common_script_is_command(s);
	case SCRIPT_MISSING:
		return false;
	case SCRIPT_DROP:
		break;
	}
	*s = (struct conf_script){.argc = 0};
	return false;
}
