/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * daemon/digest, daemon/mail_text and the mails of daemon/words: when a mail
 * goes, what it says, and that nothing can be slipped into it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/digest.h"
#include "daemon/mail_text.h"
#include "daemon/told.h"
#include "daemon/words.h"
#include "lib/buf.h"
#include "lib/util.h"

static monotime_t
at(nsec_t t)
{
	return (monotime_t){t};
}

static void
add(struct digest *d, const char *subject, nsec_t t)
{
	digest_add(d, subject, "text", "2026-11-21 11:42:58", at(t));
}

static void
test_gathers(void **state)
{
	struct digest_batch b;
	struct digest d;

	(void)state;
	digest_init(&d);
	assert_true(monotime_is_never(digest_due(&d)));
	add(&d, "one", SEC(1000));
	add(&d, "two", SEC(1001));
	assert_int_equal(digest_due(&d).ns, SEC(1002));
	b = digest_take(&d, at(SEC(1002)));
	assert_int_equal(b.n, 2);
	assert_string_equal(b.alert[1].subject, "two");
	assert_true(monotime_is_never(digest_due(&d)));
	digest_batch_fini(&b);
	digest_fini(&d);
}

/* However many alerts come, mails keep to their rate, and none is lost. */
static void
test_rate(void **state)
{
	struct digest_limits limits[] = {
		{.gather = 0, .mails = 1, .interval = SEC(60)},
		{.gather = SEC(2), .mails = 10, .interval = SEC(60)},
		{.gather = MSEC(1), .mails = 1000, .interval = SEC(60)},
	};

	(void)state;
	for (size_t l = 0; l < ARRAY_LEN(limits); l++) {
		static nsec_t sent[8192];
		size_t n = 0, alerts = 0;
		struct digest d;

		digest_init(&d);
		d.limits = limits[l];
		/* An alert every 10 ms for 5 minutes. */
		for (nsec_t t = SEC(100); t < SEC(400); t += MSEC(10)) {
			struct digest_batch b;

			add(&d, "x", t);
			if (monotime_before(at(t), digest_due(&d)))
				continue;
			b = digest_take(&d, at(t));
			alerts += b.n + b.omitted;
			digest_batch_fini(&b);
			assert_true(n < ARRAY_LEN(sent));
			sent[n++] = t;
		}
		alerts += d.waiting.n + d.waiting.omitted;
		assert_int_equal(alerts, 30000);
		/* In a minute no more than allowed, at the start twice. */
		for (size_t i = 0; i + 2 * limits[l].mails < n; i++)
			assert_true(sent[i + 2 * limits[l].mails] - sent[i] >
				    SEC(60));
		assert_true(n >= limits[l].mails);
		digest_fini(&d);
	}
}

static void
test_storm_has_room(void **state)
{
	struct digest_batch b;
	struct digest d;

	(void)state;
	digest_init(&d);
	for (int i = 0; i < DIGEST_MAX + 7; i++)
		add(&d, "x", SEC(1));
	b = digest_take(&d, at(SEC(5)));
	assert_int_equal(b.n, DIGEST_MAX);
	assert_int_equal(b.omitted, 7);
	/* It could not be sent, and more came meanwhile. */
	add(&d, "newer", SEC(6));
	digest_return(&d, &b, at(SEC(20)));
	assert_int_equal(d.waiting.n, DIGEST_MAX);
	assert_int_equal(d.waiting.omitted, 8);
	add(&d, "newest", SEC(7));
	assert_int_equal(d.waiting.omitted, 9);
	digest_fini(&d);
}

static void
test_return(void **state)
{
	struct digest_batch b;
	struct digest d;

	(void)state;
	digest_init(&d);
	add(&d, "old", SEC(1));
	b = digest_take(&d, at(SEC(3)));
	add(&d, "new", SEC(4));
	digest_return(&d, &b, at(SEC(30)));
	assert_true(digest_due(&d).ns >= SEC(30));
	b = digest_take(&d, at(SEC(32)));
	assert_int_equal(b.n, 2);
	assert_string_equal(b.alert[0].subject, "old");
	assert_string_equal(b.alert[1].subject, "new");
	digest_batch_fini(&b);
	digest_fini(&d);
}

/* ---- text ---- */

static const char *const two[] = {"admin@example.com", "third@x.org"};
static const struct mail_conf conf = {
	.server = "127.0.0.1",
	.port = 2525,
	.timeout = 5,
	.helo = "vm",
	.router_id = "LVS_MAIN",
	.from = "kb@example.com",
	.to = two,
	.n_to = 2,
};
#define DATE "Sat, 21 Nov 2026 11:42:58 +0000"

static void
alert_of(struct digest *d, const struct words_vrrp *w)
{
	struct buf subject = BUF_INIT, text = BUF_INIT;

	if (words_vrrp_mail(&subject, &text, w))
		digest_add(d, subject.data, text.data, "2026-11-21 11:42:58",
			   at(SEC(1)));
	buf_fini(&subject);
	buf_fini(&text);
}

static void
assert_mail(struct digest *d, const struct mail_conf *c, const char *expected)
{
	struct digest_batch b = digest_take(d, at(SEC(9)));
	struct buf mail = BUF_INIT;

	mail_text_make(&mail, c, &b, DATE);
	assert_string_equal(buf_str(&mail), expected);
	buf_fini(&mail);
	digest_batch_fini(&b);
	digest_fini(d);
}

/* Letter by letter what Debian's keepalived sends, but for X-Mailer. */
static void
test_one_alert(void **state)
{
	struct words_vrrp w = {.name = "VI_1", .word = VRRP_WORD_MASTER};
	struct digest d;

	(void)state;
	digest_init(&d);
	alert_of(&d, &w);
	assert_mail(&d, &conf,
		    "Date: " DATE "\r\nFrom: kb@example.com\r\n"
		    "Subject: [LVS_MAIN] VRRP Instance VI_1 - Entering MASTER "
		    "state\r\nX-Mailer: Duumvir\r\n"
		    "To: admin@example.com, third@x.org\r\n\r\n"
		    "=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n");
}

static void
test_several_alerts(void **state)
{
	struct words_vrrp w = {.name = "VI_1", .word = VRRP_WORD_BACKUP};
	struct words_vrrp g = {
		.name = "G", .word = VRRP_WORD_FAULT, .is_group = true};
	struct digest d;

	(void)state;
	digest_init(&d);
	alert_of(&d, &w);
	alert_of(&d, &g);
	w.word = VRRP_WORD_STOP; /* no mail tells of it */
	alert_of(&d, &w);
	w.word = VRRP_WORD_DELETED;
	alert_of(&d, &w);
	assert_mail(
		&d, &conf,
		"Date: " DATE "\r\nFrom: kb@example.com\r\n"
		"Subject: [LVS_MAIN] 3 alerts, last: VRRP Instance VI_1 - "
		"Deleted\r\nX-Mailer: Duumvir\r\n"
		"To: admin@example.com, third@x.org\r\n\r\n"
		"2026-11-21 11:42:58 VRRP Instance VI_1 - Entering BACKUP "
		"state\r\n    => VRRP Instance is no longer owning VRRP VIPs "
		"<=\r\n"
		"2026-11-21 11:42:58 VRRP Group G - Entering FAULT state\r\n"
		"    => All VRRP group instances are now in FAULT state <=\r\n"
		"2026-11-21 11:42:58 VRRP Instance VI_1 - Deleted\r\n"
		"    => VRRP Deleted at reload <=\r\n\r\n");
}

static void
test_servers(void **state)
{
	static const struct told_checker tcp = {"TCP CHECK",
						"succeed on service",
						"failed on service", NULL},
					 misc = {"MISC CHECK",
						 "succeeded on service",
						 "failed on service",
						 "timed out on service"};
	const struct told_checker *const checkers[] = {&tcp, &misc};
	const struct msg_rs_state failed = {.failed = 3, .timed_out = 3};
	struct msg_vs_state quorum = {.has_quorum = 1, .alive_weight = 4};
	struct told_object rs = {.key.name = "FWM 5",
				 .label = "[127.0.0.2]:none:8081",
				 .checker = checkers,
				 .n_checkers = 2};
	struct told_object vs = {.key.name = "[10.9.0.100]:tcp:80",
				 .quorum = 2,
				 .hysteresis = 1};
	struct buf b = BUF_INIT, text = BUF_INIT;

	(void)state;
	words_server_subject(&b, &rs, false);
	assert_string_equal(b.data, "Realserver [127.0.0.2]:none:8081 of "
				    "virtual server FWM 5 - DOWN");
	words_checker(&text, &rs, 0, &failed);
	assert_string_equal(text.data, "TCP CHECK failed on service");
	buf_reset(&text);
	words_checker(&text, &rs, 1, &failed);
	assert_string_equal(text.data, "MISC CHECK timed out on service");
	buf_reset(&text);
	words_checker(&text, &rs, 1, &(struct msg_rs_state){0});
	assert_string_equal(text.data, "MISC CHECK succeeded on service");
	buf_reset(&b);
	buf_reset(&text);
	words_service_mail(&b, &text, &vs, &quorum);
	assert_string_equal(b.data, "Virtualserver [10.9.0.100]:tcp:80 - UP");
	assert_string_equal(text.data, "Gained quorum 2+1=3 <= 4");
	quorum = (struct msg_vs_state){0};
	buf_reset(&text);
	words_service_mail(&b, &text, &vs, &quorum);
	assert_string_equal(text.data, "Lost quorum 2-1=1 > 0");
	buf_fini(&b);
	buf_fini(&text);
}

/* Names in any language: declared as such. */
static void
test_utf8(void **state)
{
	struct words_vrrp w = {.name = "主", .word = VRRP_WORD_MASTER};
	struct digest d;

	(void)state;
	digest_init(&d);
	alert_of(&d, &w);
	assert_mail(&d, &conf,
		    "Date: " DATE "\r\nFrom: kb@example.com\r\n"
		    "Subject: [LVS_MAIN] VRRP Instance 主 - Entering MASTER "
		    "state\r\nX-Mailer: Duumvir\r\n"
		    "To: admin@example.com, third@x.org\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: 8bit\r\n\r\n"
		    "=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n");
}

/* Nothing in a configuration can add a header or a recipient. */
static void
test_injection(void **state)
{
	static const char *const to[] = {
		"\"A\r\nBcc: x@y\" <a@b\r\nRCPT TO:<evil@x>>"};
	struct mail_conf c = conf;
	struct words_vrrp w = {.name = "V\r\nBcc: x@y",
			       .word = VRRP_WORD_MASTER};
	struct buf order = BUF_INIT;
	struct digest d;

	(void)state;
	c.router_id = "R\r\n\r\nX";
	c.from = "Box <kb@example.com>";
	c.helo = "h\nfrom evil@x";
	c.to = to;
	c.n_to = 1;
	digest_init(&d);
	alert_of(&d, &w);
	assert_mail(&d, &c,
		    "Date: " DATE "\r\nFrom: Box <kb@example.com>\r\n"
		    "Subject: [R????X] VRRP Instance V??Bcc: x@y - Entering "
		    "MASTER state\r\nX-Mailer: Duumvir\r\n"
		    "To: \"A??Bcc: x@y\" <a@b??RCPT TO:<evil@x>>\r\n\r\n"
		    "=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n");
	mail_text_order(&order, &c);
	assert_string_equal(order.data,
			    "server 127.0.0.1\nport 2525\n"
			    "timeout 5\ntls no\nhelo h?from evil@x\n"
			    "from kb@example.com\nto evil@x\n\n");
	buf_fini(&order);
}

static void
test_order(void **state)
{
	struct mail_conf c = conf;
	struct buf b = BUF_INIT;

	(void)state;
	c.tls = MAIL_TLS_REQUIRE;
	c.tls_ca = "/ca.pem";
	c.user = "u";
	c.password = "p w";
	mail_text_order(&b, &c);
	assert_string_equal(b.data, "server 127.0.0.1\nport 2525\ntimeout 5\n"
				    "tls require\nca /ca.pem\nhelo vm\nuser u\n"
				    "password p w\nfrom kb@example.com\n"
				    "to admin@example.com\nto third@x.org\n\n");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gathers),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_storm_has_room),
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_one_alert),
		cmocka_unit_test(test_several_alerts),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_injection),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
