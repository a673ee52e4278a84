/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * conf_read_again(): whatever changes from text to text, the tree is that of
 * a whole reading, word by word and member by member, whoever ends first, and
 * memory does not grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bfd/conf.h"
#include "check/conf.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "parser/schema.h"
#include "tests/unit/conf_world.h"

enum { SERVICES = 12, ROUNDS = 300 };

/* As the check engine reads them. */
static const uint32_t mask = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_CHECK) |
			     CONF_MASK(CONF_VRRP) | CONF_MASK(CONF_BFD);

/* ---- readings ---- */

static struct conf *
read_engine(const char *text, const struct conf *old, bool is_again)
{
	const struct conf_opts opts = {
		.modules = engines_modules, .mask = mask, .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	size_t len = strlen(text);
	struct conf_result r =
		is_again ? conf_read_again("t", text, len, &opts, sink, old)
			 : conf_read_text("t", text, len, &opts, sink);

	diag_sink_free(sink);
	return r.conf;
}

/* What the supervisor tells the engine of a file. */
static char *
canonical(const char *file)
{
	const struct conf_opts opts = {.modules = engines_modules,
				       .mask = CONF_MASK_ALL};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_text("f", file, strlen(file), &opts, sink);
	struct buf b = BUF_INIT;
	char *text;

	conf_print_as(r.conf, engines_modules, mask, CONF_SECRETS_TOLD, &b);
	text = xstrdup(buf_str(&b));
	buf_fini(&b);
	conf_free(r.conf);
	diag_sink_free(sink);
	return text;
}

static uint32_t
count_taken(const struct conf *c)
{
	uint32_t n = 0;

	CONF_FOREACH (const struct conf_obj, o,
		      &check_conf_get(c)->virtual_server)
		n += o->is_taken;
	return n;
}

static void
assert_no_change(const struct conf *a, const struct conf *b)
{
	struct arena *arena = arena_new();
	const struct plan *p = conf_diff(a, b, engines_modules, mask, arena);

	if (!plan_is_empty(p)) {
		struct buf text = BUF_INIT;

		plan_print(p, &text);
		fail_msg("the trees differ:\n%s", buf_str(&text));
	}
	arena_free(arena);
}

static void
assert_same_tree(const struct conf *got, const char *text)
{
	struct conf *want = read_engine(text, NULL, false);
	struct buf a = BUF_INIT, b = BUF_INIT;

	conf_print_as(got, engines_modules, mask, CONF_SECRETS_TOLD, &a);
	conf_print_as(want, engines_modules, mask, CONF_SECRETS_TOLD, &b);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_no_change(want, got);
	assert_no_change(got, want);
	buf_fini(&a);
	buf_fini(&b);
	conf_free(want);
}

/* ---- files that change ---- */

static const char *const checks[] = {
	"",
	"TCP_CHECK { connect_timeout 3 }",
	"TCP_CHECK { }\nTCP_CHECK { connect_port 81\n retry 2 }",
	"HTTP_GET { url { path /\n status_code 200\n }\n virtualhost a.b }",
	"SSL_GET { enable_sni\n url { path /x\n digest "
	"9b3a0c85a887a256d6939da88aabd8cd\n } }",
	"MISC_CHECK { misc_path \"/bin/true a 'b c'\"\n user root }",
	"SMTP_CHECK { helo_name h\n host { connect_ip 10.1.1.1\n }\n"
	" host { connect_ip 10.1.1.2\n } }",
	"DNS_CHECK { type A\n name x.y }",
	"FILE_CHECK { track_file load\n }",
	"BFD_CHECK { name b }",
};

static const char *const words[] = {
	"",
	"quorum_up \"/bin/true up\" root\nquorum 2\nhysteresis 1",
	"virtualhost v.example\nsorry_server 10.9.9.9 80",
	"persistence_timeout 60\nalpha\nomega",
	"agent_check 4000\nslow_start 10",
	"on_down drain 5\ndelay_loop 9\nretry 3",
};

struct service {
	uint32_t id, kind, check, word, weight, n_servers;
};

struct file {
	struct service s[2 * SERVICES];
	uint32_t n, next_id;
	uint32_t global, group, seed;
};

static uint32_t
draw(struct file *f, uint32_t n)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (f->seed >> 8) % n;
}

static struct service
new_service(struct file *f)
{
	return (struct service){
		.id = f->next_id++,
		.kind = draw(f, 8),
		.check = draw(f, ARRAY_LEN(checks)),
		.word = draw(f, ARRAY_LEN(words)),
		.weight = 1 + draw(f, 9),
		.n_servers = 1 + draw(f, 3),
	};
}

static void
print_service(const struct service *s, struct buf *b)
{
	if (s->kind == 0)
		buf_printf(b, "virtual_server fwmark %u {\n", 1 + s->id);
	else if (s->kind == 1)
		buf_adds(b, "virtual_server group g {\n");
	else
		buf_printf(b, "virtual_server 10.0.%u.%u 80 {\n", s->id / 200,
			   1 + s->id % 200);
	buf_printf(b, "protocol TCP\nlvs_sched rr\nlvs_method DR\n%s\n",
		   words[s->word]);
	for (uint32_t i = 0; i < s->n_servers; i++)
		buf_printf(b, "real_server 10.2.0.%u 80 {\nweight %u\n%s\n}\n",
			   1 + i, s->weight, checks[s->check]);
	buf_adds(b, "}\n");
}

static char *
print_file(const struct file *f)
{
	struct buf b = BUF_INIT;
	char *text;

	buf_printf(&b,
		   "global_defs {\n%s\nscript_user root\n"
		   "checker_max_rate %u\n}\n"
		   "SSL {\nca /etc/ca%u.pem\npassword p\n}\n"
		   "track_file load {\nfile /tmp/duumvir-none\nweight 2\n}\n"
		   "bfd_instance b {\nneighbor_ip 10.0.0.2\n}\n"
		   "virtual_server_group g {\n10.3.0.%u 80\nfwmark 900\n}\n",
		   f->global % 2 ? "smtp_alert" : "", 100 + f->global,
		   f->global, 1 + f->group);
	for (uint32_t i = 0; i < f->n; i++)
		print_service(&f->s[i], &b);
	text = canonical(buf_str(&b));
	buf_fini(&b);
	return text;
}

static void
swap(struct file *f)
{
	uint32_t i = draw(f, f->n), j = draw(f, f->n);
	struct service s = f->s[i];

	f->s[i] = f->s[j];
	f->s[j] = s;
}

/* Mostly one weight, now and then anything. */
static void
edit(struct file *f)
{
	uint32_t at = draw(f, f->n);

	switch (draw(f, 10)) {
	case 0:
		if (f->n < ARRAY_LEN(f->s))
			f->s[f->n++] = new_service(f);
		break;
	case 1:
		if (f->n > 2)
			f->s[at] = f->s[--f->n];
		break;
	case 2:
		swap(f);
		break;
	case 3:
		if (draw(f, 4) == 0)
			f->global++;
		break;
	case 4:
		if (draw(f, 4) == 0)
			f->group++;
		break;
	case 5:
		f->s[at] = new_service(f);
		break;
	case 6: /* the same again, word for word */
		if (f->n < ARRAY_LEN(f->s))
			f->s[f->n++] = f->s[at];
		break;
	default:
		f->s[at].weight = 1 + draw(f, 50);
		break;
	}
}

static void
file_init(struct file *f, uint32_t seed)
{
	*f = (struct file){.seed = seed};
	while (f->n < SERVICES)
		f->s[f->n++] = new_service(f);
}

/* ---- tests ---- */

static void
test_any_edit(void **state)
{
	struct file f;
	struct conf *old = NULL;
	uint32_t taken = 0;

	(void)state;
	file_init(&f, 1);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		char *text = print_file(&f);
		struct conf *c = read_engine(text, old, true);

		assert_same_tree(c, text);
		taken += count_taken(c);
		if (draw(&f, 4) == 0) { /* refused: the old one stays */
			conf_free(c);
		} else {
			conf_free(old);
			old = c;
		}
		free(text);
		edit(&f);
	}
	conf_free(old);
	assert_true(taken > ROUNDS * SERVICES / 4);
}

/* What two readings have in common is one item of a plan, and what differs
 * is what differs. */
static void
test_plan(void **state)
{
	struct file f;
	char *one, *two;
	struct conf *a, *b;
	struct arena *arena = arena_new();
	const struct plan *p;

	(void)state;
	file_init(&f, 2);
	f.s[5].kind = f.s[6].kind = 2;
	one = print_file(&f);
	a = read_engine(one, NULL, true);
	f.s[5].weight += 100;
	two = print_file(&f);
	b = read_engine(two, a, true);
	p = conf_diff(a, b, engines_modules, mask, arena);
	assert_int_equal(p->n_change, 1);
	assert_int_equal(p->n_add + p->n_del, 0);
	assert_true(count_taken(b) + 1 >= p->n_same - 4);
	conf_free(a); /* what b shares with it stays */
	assert_same_tree(b, two);
	conf_free(b);
	arena_free(arena);
	free(one);
	free(two);
}

/* Two hundred changed weights hold no more memory than two. */
static void
test_no_growth(void **state)
{
	struct file f;
	struct conf *c = NULL;
	size_t after_two = 0, now;

	(void)state;
	file_init(&f, 3);
	for (uint32_t i = 0; i < 200; i++) {
		char *text = print_file(&f);
		struct conf *next = read_engine(text, c, true);

		conf_free(c);
		c = next;
		free(text);
		f.s[i % f.n].weight = 1 + i % 7;
		now = mallinfo2().uordblks;
		if (i == 2)
			after_two = now;
		assert_true(i < 2 || now <= after_two + after_two / 10);
	}
	conf_free(c);
}

/* Not what canonical printing makes: taken over or not, the tree is right. */
static void
test_odd_texts(void **state)
{
	static const char vs[] = "virtual_server 10.0.0.1 80 {\n"
				 "protocol TCP\nreal_server 10.0.0.2 80 {\n"
				 "weight 1\n}\n";
	static const char nested[] = "virtual_server_group g {\n"
				     "virtual_server 10.0.0.1 80 {\n}\n}\n";
	static const char *const odd[] = {
		"",
		"}\n",
		"virtual_server 10.0.0.1 80 {\n",
		"virtual_server 10.0.0.1 80\n{\n}\n",
		nested,
		"nonsense {\n",
		"virtual_server 10.0.0.1 80 { }\n}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd) * ARRAY_LEN(odd); i++) {
		char one[1024], two[1024];
		struct conf *a, *b, *c;

		(void)snprintf(one, sizeof(one), "%s}\n%s", vs,
			       odd[i / ARRAY_LEN(odd)]);
		(void)snprintf(two, sizeof(two), "%s%s}\n%s",
			       odd[i % ARRAY_LEN(odd)], vs,
			       odd[i / ARRAY_LEN(odd)]);
		a = read_engine(one, NULL, true);
		b = read_engine(two, a, true);
		c = read_engine(one, b, true);
		assert_same_tree(b, two);
		assert_same_tree(c, one);
		conf_free(a);
		conf_free(c);
		conf_free(b);
	}
}

static char *
read_whole(const char *dir, const char *name)
{
	char path[512];
	struct buf b = BUF_INIT;
	char part[4096], *text;
	size_t n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&b, part, n);
	(void)fclose(file); /* it was only read */
	text = canonical(buf_str(&b));
	buf_fini(&b);
	return text;
}

/* Each golden after each other one, and after itself. */
static void
test_goldens(void **state)
{
	DIR *dir = opendir(TEST_CONF_DIR);
	struct conf *old = NULL;
	struct dirent *e;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		char *text;

		if (strstr(e->d_name, ".in") == NULL)
			continue;
		text = read_whole(TEST_CONF_DIR, e->d_name);
		for (int i = 0; i < 2; i++) {
			struct conf *c = read_engine(text, old, true);

			assert_same_tree(c, text);
			conf_free(old);
			old = c;
		}
		free(text);
	}
	conf_free(old);
	(void)closedir(dir); /* it was only read */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_edit),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_no_growth),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_goldens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
