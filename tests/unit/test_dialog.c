/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Line protocols, fed in every way a network may cut them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/dialog.h"
#include "lib/util.h"

static const struct dialog_step mail_steps[] = {
	{.act = DIALOG_REPLY,
	 .text = "the greeting",
	 .first = 220,
	 .last = 220,
	 .wrong = REASON_SMTP_GREETING},
	{.act = DIALOG_SEND, .text = "HELO %s\r\n"},
	{.act = DIALOG_REPLY,
	 .text = "the answer",
	 .first = 250,
	 .last = 259,
	 .wrong = REASON_SMTP_HELO},
	{.act = DIALOG_SEND, .text = "QUIT\r\n"},
	{.act = DIALOG_LINE, .text = "the last word"},
	{.act = DIALOG_END},
};
static const struct dialog_proto mail = {mail_steps, 60, 200};

static const struct dialog_step line_steps[] = {
	{.act = DIALOG_LINE, .text = "a line"},
	{.act = DIALOG_END},
};
static const struct dialog_proto line = {line_steps, 400, 1000};

/* How a dialog went: what was said, and how it ended. */
struct story {
	enum dialog_result end;
	enum check_reason reason;
	uint32_t n_said;
	char awaits[32], text[300];
	bool is_closed; /* the end of the stream was needed */
};

static bool
play(struct dialog *d, enum dialog_result r, struct story *s, const char *data,
     size_t len)
{
	if (r == DIALOG_MORE)
		r = dialog_feed(d, &data, &len, &s->reason);
	while (r == DIALOG_SAYS) {
		s->n_said++;
		r = dialog_said(d);
		if (r == DIALOG_MORE)
			r = dialog_feed(d, &data, &len, &s->reason);
	}
	s->end = r;
	assert_true(r != DIALOG_MORE || len == 0);
	return r == DIALOG_MORE;
}

/* The bytes in pieces that end where a bit of cuts is set (bit i: after byte
 * i), then the end of the stream. */
static struct story
tell(const struct dialog_proto *proto, const char *bytes, size_t len,
     uint64_t cuts)
{
	struct story s;
	struct dialog d;
	size_t from = 0;
	bool goes_on;

	memset(&s, 0, sizeof(s)); /* compared as bytes */
	s.reason = REASON_NONE;
	goes_on = play(&d, dialog_start(&d, proto), &s, "", 0);
	for (size_t i = 0; i < len && goes_on; i++) {
		if (i + 1 < len && (i >= 64 || ((cuts >> i) & 1) == 0))
			continue;
		goes_on = play(&d, DIALOG_MORE, &s, bytes + from, i + 1 - from);
		from = i + 1;
	}
	str_fill(s.awaits, sizeof(s.awaits), dialog_awaits(&d));
	if (goes_on) {
		s.is_closed = true;
		s.end = dialog_close(&d, &s.reason);
	}
	(void)dialog_text(&d, s.text, sizeof(s.text));
	return s;
}

static struct story
tell_all(const struct dialog_proto *proto, const char *text)
{
	return tell(proto, text, strlen(text), 0);
}

static void
passes(const char *text)
{
	struct story s = tell_all(&mail, text);

	assert_int_equal(s.end, DIALOG_PASSED);
	assert_int_equal(s.n_said, 2);
}

static void
fails(const char *text, enum check_reason reason, const char *detail,
      const char *awaits)
{
	struct story s = tell_all(&mail, text);

	assert_int_equal(s.end, DIALOG_FAILED);
	assert_int_equal(s.reason, reason);
	assert_string_equal(s.text, detail);
	assert_string_equal(s.awaits, awaits);
}

static void
test_good(void **state)
{
	(void)state;
	passes("220 mail\r\n250 ok\r\n221 bye\r\n");
	passes("220\r\n250\r\n\r\n");
	passes("220 mail\n250 ok\nwhatever\n");
	passes("220-one\r\n220-two\r\n220 three\r\n250-a\r\n250 "
	       "b\r\n221-x\r\n");
	passes("220-\r\n220\r\n255 ok\r\nbye"); /* cut short by the end */
	passes("220 \x01\xff\r\n250 ok\r\n5");
	passes("220 a\r\n250 b\r\n221 c\r\n and more that nobody reads");
}

static void
test_bad(void **state)
{
	(void)state;
	fails("554 no\r\n", REASON_SMTP_GREETING, "554 no", "the greeting");
	fails("554-no\r\n554 more\r\n", REASON_SMTP_GREETING, "554-no",
	      "the greeting");
	fails("hello\r\n", REASON_SMTP_GREETING, "hello", "the greeting");
	fails("\r\n", REASON_SMTP_GREETING, "", "the greeting");
	fails("22\r\n", REASON_SMTP_GREETING, "22", "the greeting");
	fails("2200 x\r\n", REASON_SMTP_GREETING, "2200 x", "the greeting");
	fails(" 220 x\r\n", REASON_SMTP_GREETING, " 220 x", "the greeting");
	fails("220\tx\r\n", REASON_SMTP_GREETING, "220?x", "the greeting");
	fails("220-x\r\n221 y\r\n", REASON_SMTP_GREETING, "221 y",
	      "the greeting");
	fails("220 a\r\n501 b\x1b\r\n", REASON_SMTP_HELO, "501 b?",
	      "the answer");
	fails("220 a\r\n25x b\r\n", REASON_SMTP_HELO, "25x b", "the answer");
	fails("220 a\r\n249 b\r\n", REASON_SMTP_HELO, "249 b", "the answer");
	fails("220 a\r\n260 b\r\n", REASON_SMTP_HELO, "260 b", "the answer");
}

static void
test_cut_short(void **state)
{
	(void)state;
	fails("", REASON_ANSWER_CUT, "", "the greeting");
	fails("220 a", REASON_ANSWER_CUT, "220 a", "the greeting");
	fails("220-a\r\n", REASON_ANSWER_CUT, "220-a", "the greeting");
	fails("220 a\r\n", REASON_ANSWER_CUT, "220 a", "the answer");
	fails("220 a\r\n250 b\r\n", REASON_ANSWER_CUT, "250 b",
	      "the last word");
}

static void
repeat(struct story *s, const struct dialog_proto *p, const char *head,
       char filler, size_t n, const char *tail)
{
	size_t h = strlen(head), t = strlen(tail);
	char *text = xcalloc(h + n + t, 1);

	memcpy(text, head, h);
	memset(text + h, filler, n);
	memcpy(text + h + n, tail, t);
	*s = tell(p, text, h + n + t, 0);
	free(text);
}

static void
test_limits(void **state)
{
	struct story s;

	(void)state;
	repeat(&s, &mail, "220 ", 'x', 54, "\r\n250 a\r\n221 b\r\n");
	assert_int_equal(s.end, DIALOG_PASSED);
	repeat(&s, &mail, "220 ", 'x', 55, "\r\n250 a\r\n221 b\r\n");
	assert_int_equal(s.reason, REASON_ANSWER_LONG);
	repeat(&s, &line, "", 'y', 399, "\n");
	assert_int_equal(s.end, DIALOG_PASSED);
	assert_int_equal(strlen(s.text), DIALOG_KEPT);
	repeat(&s, &line, "", 'y', 100000, "");
	assert_int_equal(s.reason, REASON_ANSWER_LONG);
	/* Short lines without end: the total counts. */
	s = tell_all(&mail,
		     "220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n"
		     "220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n"
		     "220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n"
		     "220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n"
		     "220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n220-a\r\n");
	assert_int_equal(s.reason, REASON_ANSWER_LONG);
}

static void
test_text(void **state)
{
	struct dialog d;
	char buf[8];
	const char *p = "0123456789\r\n";
	size_t len = strlen(p);
	enum check_reason why;

	(void)state;
	(void)dialog_start(&d, &line);
	assert_int_equal(dialog_feed(&d, &p, &len, &why), DIALOG_PASSED);
	assert_int_equal(d.kept, 10);
	assert_string_equal(dialog_text(&d, buf, sizeof(buf)), "0123456");
	assert_string_equal(dialog_text(&d, buf, 1), "");
	assert_string_equal(dialog_awaits(&d), "");
}

static void
assert_same(const struct story *a, const struct story *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/* Every way to cut a conversation into pieces tells the same story, as does
 * every beginning of it. */
static void
test_every_split(void **state)
{
	static const char *const talks[] = {
		"220 a\r\n250 b\r\n22\n", "220-a\r\n220 \n250\r\n\n",
		"220 a\n250-b\n251 c\n",  "\r\n",
		"220 a\r\n250 b\r\n",	  "5\r4\n\n\r",
	};

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(talks); t++) {
		size_t len = strlen(talks[t]);

		for (size_t n = 0; n <= len; n++) {
			struct story whole = tell(&mail, talks[t], n, 0);

			for (uint64_t cuts = 0;
			     cuts < UINT64_C(1) << (n > 0 ? n - 1 : 0);
			     cuts++) {
				struct story s = tell(&mail, talks[t], n, cuts);

				assert_same(&whole, &s);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_every_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
