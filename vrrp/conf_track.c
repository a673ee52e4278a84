/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What is tracked: vrrp_script, vrrp_track_process and the lines of the
 * track_* blocks.  Pure reading.
 */
#include <errno.h>
#include <string.h>

#include "lib/arena.h"
#include "parser/common.h"
#include "vrrp/conf_tables.h"

/* ---- track_* lines ---- */

#define WEIGHT_MAX	253
#define FILE_WEIGHT_MAX 254

int
conf_track_weight(struct kw_in *in, void *member, int32_t max)
{
	struct track_ref_conf *t = in->obj;
	int64_t v;

	t->is_bad = t->is_bad || in->n < 2;
	if (in->n < 2 || kw_parse_int(in, 1, -max, max, &v) < 0)
		return -EINVAL;
	*(int32_t *)member = (int32_t)v;
	t->has_weight = true;
	return 1;
}

bool
conf_track_weight_equal(const void *a, const void *b)
{
	return *(const int32_t *)a == *(const int32_t *)b;
}

static int
weight254_parse(struct kw_in *in, void *member)
{
	return conf_track_weight(in, member, FILE_WEIGHT_MAX);
}

/* One that is one too far is cut. */
static int
weight_parse(struct kw_in *in, void *member)
{
	struct track_ref_conf *t = in->obj;
	int32_t *weight = member;
	int took = weight254_parse(in, member);

	if (took < 0 ||
	    (*weight != FILE_WEIGHT_MAX && *weight != -FILE_WEIGHT_MAX))
		return took;
	conf_report(in->ctx, DIAG_GENERAL,
		    "weight for %s cannot be +/-254. Setting to +/-253",
		    t->obj.name);
	*weight = *weight < 0 ? -WEIGHT_MAX : WEIGHT_MAX;
	return took;
}

static const struct kw_ops track_weight_ops = {
	.parse = weight_parse, .equal = conf_track_weight_equal};

static const struct kw_ops track_weight254_ops = {
	.parse = weight254_parse, .equal = conf_track_weight_equal};

/* clang-format off */
#define M(m) KW_MEMBER(struct track_ref_conf, m)
static const struct kw track_interface_rows[] = {
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &track_weight_ops, .reload = KW_LIVE,
	 .args = "<INT -253..253>", .def_doc = "0",
	 .doc = "Priority change: positive is added while up, negative subtracted while down; 0 means fault on failure; "
		"+/-254 is reported and cut to 253; out of range reported and the default used; weight without number "
		"drops the line."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "After the number: swap the direction (with weight 0: fault while up)."},
};
static const struct kw track_rows[] = {
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &track_weight_ops, .reload = KW_LIVE,
	 .args = "<INT -253..253>", .def_doc = "weight of the script",
	 .doc = "Priority change: positive is added while up, negative subtracted while down; 0 means fault on failure; "
		"+/-254 is reported and cut to 253; out of range reported and the default used; weight without number "
		"drops the line."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "After the number: swap the direction (with weight 0: fault while up)."},
	{.name = "noreverse", .type = KW_FLAG, M(noreverse), .reload = KW_LIVE,
	 .doc = "After the number: cancel a reverse configured in the tracked object."},
};
static const struct kw track_file_ref_rows[] = {
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &track_weight254_ops, .reload = KW_LIVE,
	 .args = "<INT -254..254>", .def_doc = "weight of the track_file",
	 .doc = "Priority change: positive is added while up, negative subtracted while down; 0 means fault on failure; "
		"out of range reported and the default used; weight without number drops the line."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "After the number: swap the direction (with weight 0: fault while up)."},
	{.name = "noreverse", .type = KW_FLAG, M(noreverse), .reload = KW_LIVE,
	 .doc = "After the number: cancel a reverse configured in the tracked object."},
};
static const struct kw track_process_ref_rows[] = {
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &track_weight254_ops, .reload = KW_LIVE,
	 .args = "<INT -254..254>", .def_doc = "weight of the process",
	 .doc = "Priority change: positive is added while up, negative subtracted while down; 0 means fault on failure; "
		"out of range reported and the default used; weight without number drops the line."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "After the number: swap the direction (with weight 0: fault while up)."},
	{.name = "noreverse", .type = KW_FLAG, M(noreverse), .reload = KW_LIVE,
	 .doc = "After the number: cancel a reverse configured in the tracked object."},
};
static const struct kw track_bfd_rows[] = {
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &track_weight_ops, .reload = KW_LIVE,
	 .args = "<INT -253..253>", .def_doc = "weight of the bfd_instance",
	 .doc = "Priority change: positive is added while up, negative subtracted while down; 0 means fault on failure; "
		"out of range reported and the default used; weight without number drops the line."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "After the number: swap the direction (with weight 0: fault while up)."},
	{.name = "noreverse", .type = KW_FLAG, M(noreverse), .reload = KW_LIVE,
	 .doc = "After the number: cancel a reverse configured in the tracked object."},
};
#undef M
/* clang-format on */

static bool
track_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct track_ref_conf *t = obj;
	(void)ctx; /* it was said where it happened */
	(void)parent;
	return !t->is_bad;
}

static bool
track_interface_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct track_ref_conf *t = obj;
	return track_check(ctx, obj, parent) &&
	       conf_needs_interface(ctx, t->obj.name, "track_interface");
}

const struct kw_block track_interface_block = {
	KW_ROWS(track_interface_rows),
	.size = sizeof(struct track_ref_conf),
	.check = track_interface_check,
};
const struct kw_block track_script_block = {
	KW_ROWS(track_rows),
	.size = sizeof(struct track_ref_conf),
	.check = track_check,
};
const struct kw_block track_bfd_block = {
	KW_ROWS(track_bfd_rows),
	.size = sizeof(struct track_ref_conf),
	.check = track_check,
};
const struct kw_block track_file_ref_block = {
	KW_ROWS(track_file_ref_rows),
	.size = sizeof(struct track_ref_conf),
	.check = track_check,
};
const struct kw_block track_process_ref_block = {
	KW_ROWS(track_process_ref_rows),
	.size = sizeof(struct track_ref_conf),
	.check = track_check,
};

/* ---- vrrp_script ---- */

/* Seconds with three decimals; 0 becomes 1. */
static int
script_time_parse(struct kw_in *in, void *member)
{
	static const struct kw range = {.name = "time",
					.type = KW_SECONDS,
					KW_RANGE(0, SEC(4294)),
					.decimals = 3};
	int64_t ns;
	if (in->n < 2 || kw_parse_decimal(in, 1, &range, &ns) < 0)
		return -EINVAL;
	if (ns == 0) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "vrrp script %s must be greater than 0, setting "
			    "to 1",
			    in->word[0].s);
		ns = SEC(1);
	}
	*(nsec_t *)member = ns;
	return 1;
}

static bool
nsec_equal(const void *a, const void *b)
{
	return *(const nsec_t *)a == *(const nsec_t *)b;
}

static const struct kw_ops script_time_ops = {.parse = script_time_parse,
					      .equal = nsec_equal};

/* clang-format off */
#define M(m) KW_MEMBER(struct vrrp_script_conf, m)
static const struct kw script_weight_rows[] = {
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "Swap the direction of the weight."},
};
static const struct kw_block script_weight_words = {KW_ROWS(script_weight_rows)};
static const struct kw script_rows[] = {
	{.name = "script", .type = KW_SCRIPT, M(script), .reload = KW_LIVE, .args = "<QUOTED-STRING>",
	 .def_doc = "required",
	 .doc = "Command line as one word: quote it when there are arguments, words after the first are silently "
		"dropped; \"</path\" merely tests that the file can be opened."},
	{.name = "interval", .type = KW_CUSTOM, M(interval), .ops = &script_time_ops, .def = "1", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<DECIMAL 0..4294 seconds, 3 decimals>",
	 .doc = "Time between runs; 0 reported and set to 1; whole seconds only before 2.4."},
	{.name = "timeout", .type = KW_CUSTOM, M(timeout), .ops = &script_time_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<DECIMAL 0..4294 seconds, 3 decimals>", .def_doc = "interval",
	 .doc = "Time after which a run counts as failed and is killed; 0 reported and set to 1; whole seconds only "
		"before 2.4."},
	{.name = "weight", .type = KW_INT, M(weight), KW_RANGE(-253, 253), .sub = &script_weight_words,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT -253..253> [reverse]", .def_doc = "0",
	 .doc = "Default weight for trackers; out of range is reported but still stored in 2.4.3; unknown second word "
		"reported."},
	{.name = "rise", .type = KW_UINT, M(rise), KW_RANGE(1, INT32_MAX), .def = "1", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..2147483647>",
	 .doc = "Successes needed to become up; invalid reported and 1 used."},
	{.name = "fall", .type = KW_UINT, M(fall), KW_RANGE(1, INT32_MAX), .def = "1", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..2147483647>",
	 .doc = "Failures needed to become down; invalid reported and 1 used."},
	{.name = "user", .type = KW_CUSTOM, M(user), .ops = &common_user_ops, .flags = KW_NEED, .reload = KW_LIVE, .args = "<USER> [[:]<GROUP>]",
	 .def_doc = "script_user",
	 .doc = "Run as this user; unknown reported and the script removed."},
	{.name = "init_fail", .type = KW_FLAG, M(init_fail), .reload = KW_LIVE, .def_doc = "assume nothing",
	 .doc = "Treat the script as failed until it first succeeds."},
};
#undef M
/* clang-format on */

static bool
script_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct vrrp_script_conf *s = obj;
	(void)parent; /* the root: nothing to look at */
	if (s->script.argc == 0) {
		conf_report(ctx, DIAG_GENERAL,
			    "No script set for vrrp_script %s - removing",
			    s->obj.name);
		return false;
	}
	if (s->user.user == NULL && !common_has_script_user(ctx, NULL)) {
		conf_report(ctx, DIAG_GENERAL,
			    "Unable to set default user for vrrp script %s - "
			    "removing",
			    s->obj.name);
		return false;
	}
	if (s->user.is_bad)
		return false;
	/* Words behind the command mean nothing here. */
	s->script.user = s->user.user;
	s->script.group = s->user.group;
	if (!conf_is_given(&s->obj, "timeout"))
		s->timeout = s->interval;
	return true;
}

const struct kw_block script_block = {
	KW_ROWS(script_rows),
	.size = sizeof(struct vrrp_script_conf),
	.head = KW_HEAD_NAME,
	.check = script_check,
};

/* ---- vrrp_track_process ---- */

/* [initial|partial]; bare: all parameters must be the same. */
static int
param_match_parse(struct kw_in *in, void *member)
{
	enum param_match *m = member;
	if (in->n < 2) {
		*m = PARAM_MATCH_EXACT;
		return 0;
	}
	if (strcmp(in->word[1].s, "initial") == 0) {
		*m = PARAM_MATCH_INITIAL;
		return 1;
	}
	if (strcmp(in->word[1].s, "partial") == 0) {
		*m = PARAM_MATCH_PARTIAL;
		return 1;
	}
	conf_report_expected(
		in->ctx, DIAG_GENERAL, "initial, partial or nothing",
		"Invalid param_match type %s - ignoring", in->word[1].s);
	return -EINVAL;
}

static const struct kw_ops param_match_ops = {.parse = param_match_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct vrrp_track_process_conf, m)
static const struct kw param_match_rows[] = {
	{.name = "initial", .type = KW_DOC,
	 .doc = "Last configured parameter only has to be a prefix."},
	{.name = "partial", .type = KW_DOC,
	 .doc = "Further parameters may follow the configured ones."},
};
static const struct kw_block param_match_words = {
	KW_ROWS(param_match_rows), .ignores_unknown = true,
};
static const struct kw process_weight_rows[] = {
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "Swap the direction of the weight."},
};
static const struct kw_block process_weight_words = {KW_ROWS(process_weight_rows)};
static const struct kw track_process_rows[] = {
	{.name = "process", .type = KW_WORDS, M(process), .flags = KW_NEED | KW_FIRST_WINS, .reload = KW_LIVE,
	 .args = "<STRING> [<STRING> ...]", .def_doc = "required",
	 .doc = "Process name (as in /proc/PID/comm) or, with parameters or full_command, command line words; a second "
		"line is reported and ignored; parameters imply exact matching of the command line."},
	{.name = "param_match", .type = KW_CUSTOM, M(param_match), .sub = &param_match_words, .ops = &param_match_ops,
	 .reload = KW_LIVE, .args = "[initial|partial]", .def_doc = "exact",
	 .doc = "How parameters are compared: bare exact (also \"no parameters\"), initial means the last one may be "
		"longer, partial means the first n must match; other words reported and ignored."},
	{.name = "weight", .type = KW_INT, M(weight), KW_RANGE(-254, 254), .sub = &process_weight_words,
	 .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<INT -254..254> [reverse]", .def_doc = "0",
	 .doc = "Default weight; out of range or second definition reported and ignored."},
	{.name = "quorum", .type = KW_UINT, M(quorum), KW_RANGE(1, 65535), .def = "1", .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<INT 1..65535>",
	 .doc = "Matching processes needed; out of range or above quorum_max reported and ignored."},
	{.name = "quorum_max", .type = KW_UINT, M(quorum_max), KW_RANGE(0, 65535), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 0..65535>", .def_doc = "unlimited",
	 .doc = "More than this many is a failure, 0 means none may run (quorum then 0); below quorum reported and "
		"ignored."},
	{.name = "delay", .type = KW_SECONDS, M(delay), KW_RANGE(USEC(1), SEC(3600)), .decimals = 6, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<DECIMAL 0.000001..3600 seconds>", .def_doc = "0",
	 .doc = "Sets fork_delay and terminate_delay together; out of range reported and ignored."},
	{.name = "terminate_delay", .type = KW_SECONDS, M(terminate_delay), KW_RANGE(USEC(1), SEC(3600)),
	 .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0.000001..3600 seconds>",
	 .def_doc = "0",
	 .doc = "Wait after losing the quorum before acting; out of range reported and ignored."},
	{.name = "fork_delay", .type = KW_SECONDS, M(fork_delay), KW_RANGE(USEC(1), SEC(3600)), .decimals = 6,
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0.000001..3600 seconds>", .def_doc = "0",
	 .doc = "Wait after gaining the quorum before acting; out of range reported and ignored."},
	{.name = "full_command", .type = KW_FLAG, M(full_command), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Match the whole command line instead of the process name."},
};
#undef M
/* clang-format on */

static void
track_process_init(void *obj)
{
	((struct vrrp_track_process_conf *)obj)->quorum_max = UINT32_MAX;
}

static bool
track_process_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct vrrp_track_process_conf *p = obj;
	(void)parent; /* the root: nothing to look at */
	if (p->process.n == 0) {
		conf_report(ctx, DIAG_GENERAL,
			    "track process '%s' process name not specified",
			    p->obj.name);
		return false;
	}
	if (p->process.n > 1 && p->param_match == PARAM_MATCH_NONE)
		p->param_match = PARAM_MATCH_EXACT;
	if (p->quorum_max == 0)
		p->quorum = 0;
	if (p->quorum > p->quorum_max) {
		conf_report(ctx, DIAG_GENERAL,
			    "quorum_max %u of vrrp_track_process %s is below "
			    "quorum %u - ignoring",
			    p->quorum_max, p->obj.name, p->quorum);
		p->quorum_max = UINT32_MAX;
		conf_set_given(&p->obj, "quorum_max", false);
	}
	if (conf_is_given(&p->obj, "delay")) {
		if (!conf_is_given(&p->obj, "terminate_delay"))
			p->terminate_delay = p->delay;
		if (!conf_is_given(&p->obj, "fork_delay"))
			p->fork_delay = p->delay;
	}
	return true;
}

const struct kw_block track_process_block = {
	KW_ROWS(track_process_rows),
	.size = sizeof(struct vrrp_track_process_conf),
	.head = KW_HEAD_NAME,
	.init = track_process_init,
	.check = track_process_check,
};
