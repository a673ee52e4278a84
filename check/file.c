/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FILE_CHECK: a number in a file is state and weight of a server.  The
 * supervisor reads the file (daemon/track_file.c) and says what is in it when
 * it changes, so this check waits for nothing and is done as soon as it is
 * started.
 *
 * The value times the weight of the check is added to the server's weight; at
 * FILE_FAULT or below the server is down.  With weight 0 any number but 0 is
 * a failure.
 */
#include "check/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/checkers.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

/* As far down as numbers go. */
#define FILE_FAULT INT32_MIN

TAILQ_HEAD(file_list, file);

/* A file as the supervisor sees it. */
struct file_value {
	UT_hash_handle hh;
	char name[MSG_TRACK_NAME_LEN];
	int64_t value;
	bool is_known;
	struct file_list users;
};

/* One probe of it. */
struct file {
	TAILQ_ENTRY(file) link;
	struct probes *probes;
	struct file_value *value; /* NULL: it was never started */
	struct probe *probe;
	int64_t weight; /* with its direction */
	char name[MSG_TRACK_NAME_LEN];
};

static int64_t
weight_of(const struct file_check_conf *f)
{
	return f->reverse ? -(int64_t)f->weight : f->weight;
}

static void
file_key(const struct checker_conf *c, struct buf *key)
{
	const struct file_check_conf *f = (const void *)c;
	int64_t weight = weight_of(f);

	buf_add(key, &weight, sizeof(weight));
	buf_adds(key, f->track_file);
}

static void *
file_data_new(const struct checker_conf *c)
{
	const struct file_check_conf *conf = (const void *)c;
	struct file *f = xcalloc(1, sizeof(*f));

	f->weight = weight_of(conf);
	str_fill(f->name, sizeof(f->name), conf->track_file);
	return f;
}

/* ---- values ---- */

static struct file_value *
find_or_add(struct probes *ps, const char *name)
{
	struct file_value *v;

	HASH_FIND_STR(ps->files, name, v);
	if (v != NULL)
		return v;
	v = xcalloc(1, sizeof(*v));
	str_fill(v->name, sizeof(v->name), name);
	TAILQ_INIT(&v->users);
	HASH_ADD_STR(ps->files, name, v);
	return v;
}

static void
value_free(struct probes *ps, struct file_value *v)
{
	HASH_DEL(ps->files, v);
	free(v);
}

static void
file_data_free(void *data)
{
	struct file *f = data;

	if (f->value != NULL) {
		TAILQ_REMOVE(&f->value->users, f, link);
		if (TAILQ_EMPTY(&f->value->users))
			value_free(f->probes, f->value);
	}
	free(f);
}

void
file_on_value(struct probes *ps, const struct msg_track *m, monotime_t now)
{
	char name[MSG_TRACK_NAME_LEN];
	struct file_value *v;
	struct file *f, *next;

	str_fill(name, sizeof(name), m->name);
	v = find_or_add(ps, name);
	if (v->is_known && v->value == m->value)
		return;
	v->is_known = true;
	v->value = m->value;
	TAILQ_FOREACH_SAFE (f, &v->users, link, next)
		probe_run_now(f->probe, now);
}

void
file_fini(struct probes *ps)
{
	struct file_value *v, *next;

	HASH_ITER (hh, ps->files, v, next)
		if (TAILQ_EMPTY(&v->users))
			value_free(ps, v);
}

/* ---- the attempt ---- */

static bool
is_fault(int64_t weight, int64_t value)
{
	return weight == 0 ? value != 0 : weight * value <= FILE_FAULT;
}

static int32_t
summand(int64_t weight, int64_t value)
{
	int64_t v = weight * value; /* both have 32 bits */

	return v > INT32_MAX   ? INT32_MAX
	       : v < INT32_MIN ? INT32_MIN
			       : (int32_t)v;
}

static void
file_start(struct probe *p, monotime_t now)
{
	struct check_result r = {.reason = REASON_NONE};
	struct file *f = p->data;

	if (f->value == NULL) {
		f->probe = p;
		f->probes = p->probes;
		f->value = find_or_add(p->probes, f->name);
		TAILQ_INSERT_TAIL(&f->value->users, f, link);
	}
	if (!f->value->is_known) {
		r.reason = REASON_LOCAL_VALUE;
	} else if (is_fault(f->weight, f->value->value)) {
		r.reason = REASON_FILE_FAULT;
		(void)snprintf(r.detail, sizeof(r.detail), "it holds %lld",
			       (long long)f->value->value);
	} else {
		r.has_value = true;
		r.value = summand(f->weight, f->value->value);
	}
	probe_result(p, &r, now);
}

static void
file_stop(struct probe *p)
{
	(void)p; /* an attempt holds nothing */
}

/* ---- words ---- */

static const char *
file_target(const struct probe *p, char buf[static PROBE_NAME_LEN])
{
	const struct file *f = p->data;

	(void)snprintf(buf, PROBE_NAME_LEN, "%s", f->name);
	return buf;
}

/* In keepalived's words. */
static void
file_say(const struct probe *p, bool is_changed)
{
	const struct file *f = p->data;
	char user[PROBE_NAME_LEN];
	bool is_ok = check_reason_class(p->health.last) == CHECK_OK;

	if (is_changed && (!is_ok || p->health.transitions > 1))
		log_notice("(%s): tracked file %s %s FAULT state",
			   probe_user_name(p, user, sizeof(user)), f->name,
			   is_ok ? "leaving" : "now");
}

const struct checker_ops file_checker_ops = {
	.type = CHECKER_FILE,
	.name = "FILE_CHECK",
	.label = "Reading the tracked file",
	.weighs = WEIGHT_ADD,
	.is_untargeted = true,
	.is_pushed = true,
	.key = file_key,
	.data_new = file_data_new,
	.data_free = file_data_free,
	.start = file_start,
	.stop = file_stop,
	.target = file_target,
	.say = file_say,
};
