/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The identity of a probe, for every kind of checker: the same words are the
 * same probe, in another service and after a reload; any word that changes what
 * is asked or when makes another one, which goes on from its verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "check/probe.h"
#include "lib/util.h"
#include "parser/common.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "tests/unit/check_world.h"

static const struct conf_module *const modules[] = {
	&common_conf_module,
	&check_conf_module,
	NULL,
};

/* A kind of checker with what it must have, and words to change: each of
 * them makes another probe. */
struct kind {
	const char *block, *needs;
	const char *words[24];
};

#define BASE                                                                   \
	"retry 7", "rise 3", "fall 9", "delay_before_retry 0.7",               \
		"delay_loop 77", "warmup 3", "fast_interval 0.3",              \
		"down_interval 33"
#define CONN                                                                   \
	BASE, "connect_ip 10.0.0.77", "connect_port 8077", "bindto 10.0.0.7",  \
		"bind_port 1077", "bind_if lo", "connect_timeout 2",           \
		"fwmark 7"
#define URL(more) "url {\n path /a\n status_code 200\n " more "\n }"

static const struct kind kinds[] = {
	{"TCP_CHECK", "", {CONN}},
	{"HTTP_GET", URL(""), {CONN, "virtualhost www", "http_protocol 1.1"}},
	{"SSL_GET",
	 URL(""),
	 {CONN, "virtualhost www", "enable_sni\n sni_name www"}},
	{"SMTP_CHECK", "", {CONN, "helo_name other"}},
	{"DNS_CHECK", "", {CONN, "type MX", "name other"}},
	{"UDP_CHECK",
	 "payload 01",
	 {CONN, "payload 02", "require_reply", "require_reply 0102"}},
	{"MISC_CHECK",
	 "misc_path /bin/true\n user nobody",
	 {BASE, "misc_timeout 7", "misc_dynamic", "misc_path \"/bin/true x\"",
	  "user root"}},
	{"PING_CHECK",
	 "",
	 {BASE, "connect_ip 10.0.0.77", "bindto 10.0.0.7", "bind_if lo",
	  "connect_timeout 2", "fwmark 7"}},
};

/* The same in words that stand inside of something. */
static const struct kind inner[] = {
	{"HTTP_GET",
	 URL(""),
	 {URL("virtualhost www"), URL("regex x"),
	  URL("digest 9b3a0c85a887a256d6939da88aabd8cd"),
	  URL("regex x\n regex_no_match"),
	  URL("regex x\n regex_options caseless"), URL("status_code 201")}},
	{"SSL_GET",
	 URL(""),
	 {URL("virtualhost www"), URL("tls_compliant"), URL("regex x"),
	  URL("") "\nhttp_protocol 2", URL("") "\ncertificate_days 9",
	  URL("") "\ncertificate /c.pem\nkey /k.pem"}},
	{"SSL_GET",
	 URL("") "\nverify_peer\nca_file /a.pem",
	 {URL("") "\nca_file /a.pem", URL("") "\nverify_peer\nca_file /b.pem",
	  URL("") "\nverify_peer\nca_file /a.pem\nverify_name www"}},
	{"SSL_GET",
	 URL("") "\ncertificate /c.pem\nkey /k.pem",
	 {URL("") "\ncertificate /d.pem\nkey /k.pem",
	  URL("") "\ncertificate /c.pem\nkey /l.pem",
	  URL("") "\ncertificate /c.pem\nkey /k.pem\nkey_password x"}},
	{"TCP_CHECK", "", {"via_forwarding"}},
	{"TCP_CHECK",
	 "via_forwarding",
	 {"via_forwarding\nconnect_timeout 2", "via_forwarding\nretry 7",
	  "via_forwarding\nbind_if lo"}},
	{"FILE_CHECK",
	 "track_file one",
	 {"track_file two", "track_file one\nweight 3",
	  "track_file one\nweight 2 reverse"}},
	{"agent_check", "9707", {"9708", "9707 interval 5", "9707 send hello"}},
	{"agent_check",
	 "9707 interval 5 send hello",
	 {"9707 interval 5 send other", "9707 interval 6 send hello"}},
};

/* What does not count for this kind. */
static const struct kind without[] = {
	{"PING_CHECK", "", {"connect_port 8077", "bind_port 1077"}},
	{"FILE_CHECK",
	 "track_file one",
	 {"track_file one\nweight 2", "track_file one\ndelay_loop 77",
	  "track_file one\nretry 7"}},
	{"agent_check", "9707 interval 5", {"9707 interval 5.0"}},
};

/* Words about what is said and counted, not about what is asked. */
static const char *const beside[] = {"alpha", "log_all_failures"};

static struct conf *
read_text(const char *block, const char *needs, const char *word)
{
	const struct conf_opts opts = {.modules = modules,
				       .mask = CONF_MASK(CONF_COMMON) |
					       CONF_MASK(CONF_CHECK),
				       .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	bool is_line = strcmp(block, "agent_check") == 0;
	char text[2048];
	struct conf_result r;

	(void)snprintf(text, sizeof(text),
		       "track_file one {\nfile /1\nweight 2\n}\n"
		       "track_file two {\nfile /2\nweight 2\n}\n"
		       "virtual_server 10.0.0.110 80 {\nprotocol TCP\n"
		       "lvs_sched rr\nlvs_method DR\nreal_server 10.0.1.2 80 "
		       "{\n%s%s%s\n%s\n%s\n}\n}\n",
		       block, is_line ? " " : " {\n", needs, word,
		       is_line ? "" : "}");
	r = conf_read_text("text", text, strlen(text), &opts, sink);
	diag_sink_free(sink);
	assert_false(r.is_stopped);
	assert_non_null(r.conf);
	return r.conf;
}

static const struct checker_conf *
only_checker(const struct conf *c)
{
	const struct virtual_server_conf *vs =
		(const void *)STAILQ_FIRST(&check_conf_get(c)->virtual_server);
	const struct real_server_conf *rs;

	assert_non_null(vs);
	rs = (const void *)STAILQ_FIRST(&vs->real_server);
	CHECKERS_FOREACH (checker, rs)
		return checker;
	fail_msg("no checker");
	return NULL;
}

/* Is the probe of these words the one of the bare block? */
static bool
is_same_probe(const struct kind *k, const char *needs, const char *word)
{
	struct world *w = world_new();
	struct conf *a = read_text(k->block, k->needs, "");
	struct conf *b = read_text(k->block, needs, word);
	struct probe_user u = {.probe = NULL}, v = {.probe = NULL};
	const struct checker_ops *ops = checker_ops_find(only_checker(a)->type);
	bool is_same;

	assert_non_null(ops);
	probes_join(&w->probes, &u, ops, only_checker(a), w->now);
	conf_free(a); /* a probe outlives its configuration */
	probes_join(&w->probes, &v, ops, only_checker(b), w->now);
	conf_free(b);
	is_same = u.probe == v.probe;
	probes_leave(&u);
	probes_leave(&v);
	world_free(w);
	return is_same;
}

/* Whether any other words of these kinds make another probe, or none. */
static void
try_words(const struct kind *k, size_t n, bool is_same)
{
	for (const struct kind *end = k + n; k < end; k++) {
		assert_true(is_same_probe(k, k->needs, ""));
		for (size_t i = 0; k->words[i] != NULL; i++)
			if (is_same_probe(k, k->words[i], "") != is_same)
				fail_msg("%s: %s is %s probe", k->block,
					 k->words[i],
					 is_same ? "another" : "the same");
	}
}

static void
the_same_words_are_one_probe(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_true(is_same_probe(&kinds[i], kinds[i].needs, ""));
		for (size_t k = 0; k < ARRAY_LEN(beside); k++)
			assert_true(is_same_probe(&kinds[i], kinds[i].needs,
						  beside[k]));
	}
	try_words(without, ARRAY_LEN(without), true);
}

static void
other_words_are_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (size_t k = 0; kinds[i].words[k] != NULL; k++) {
			if (!is_same_probe(&kinds[i], kinds[i].needs,
					   kinds[i].words[k]))
				continue;
			fail_msg("%s: %s is the same probe", kinds[i].block,
				 kinds[i].words[k]);
		}
	try_words(inner, ARRAY_LEN(inner), false);
}

/* Through services and reloads: what is unchanged goes on, what is changed
 * keeps the verdict until it has its own. */
static void
try_reload(const struct kind *k, enum health_state was)
{
	struct world *w = world_new();
	struct conf *a = read_text(k->block, k->needs, "");
	struct conf *same = read_text(k->block, k->needs, "alpha");
	struct conf *other = read_text(k->block, k->needs, "retry 5");
	struct probe *p;
	const struct server *s;
	monotime_t due;

	w->pools.env.find_ops = checker_ops_find;
	pools_apply(&w->pools, check_conf_get(a), w->now);
	p = w->pools.by_id->server[0].checker[0].user.probe;
	p->health = (struct health){.state = was,
				    .since = w->now,
				    .failed_at = w->now,
				    .n_ok = 9,
				    .n_failed = 4,
				    .transitions = 3};
	w->pools.by_id->server[0].checker[0].is_failed = was == HEALTH_DOWN;
	p->had_attempt = true;
	due = p->due;
	w->now.ns += SEC(3);
	pools_apply(&w->pools, check_conf_get(same), w->now);
	s = &w->pools.by_id->server[0];
	assert_ptr_equal(s->checker[0].user.probe, p);
	assert_int_equal(p->health.n_ok, 9);
	assert_int_equal(p->due.ns, due.ns); /* its grid is the same, too */
	assert_true(p->had_attempt);
	assert_int_equal(s->state.is_alive, was == HEALTH_UP);
	pools_apply(&w->pools, check_conf_get(other), w->now);
	s = &w->pools.by_id->server[0];
	assert_ptr_not_equal(s->checker[0].user.probe, p);
	p = s->checker[0].user.probe;
	assert_int_equal(p->health.state, HEALTH_UNCHECKED);
	assert_int_equal(p->health.is_presumed_up, was == HEALTH_UP);
	assert_int_equal(p->health.is_presumed_down, was == HEALTH_DOWN);
	assert_int_equal(s->state.is_alive, was == HEALTH_UP);
	world_free(w);
	conf_free(a);
	conf_free(same);
	conf_free(other);
}

static void
a_reload_keeps_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		try_reload(&kinds[i], HEALTH_UP);
		try_reload(&kinds[i], HEALTH_DOWN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_are_one_probe),
		cmocka_unit_test(other_words_are_another),
		cmocka_unit_test(a_reload_keeps_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
