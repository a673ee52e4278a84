/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* DNS queries byte by byte, and answers of all kinds (RFC 1035). */
#include "check/dns_msg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "lib/wire.h"

enum { TYPE_A = 1, TYPE_SOA = 6, TYPE_DNSKEY = 48 };
enum { QR = 0x8000, RD = 0x0100, RA = 0x0080, TC = 0x0200 };

static const struct dns_question www = {0x1234, TYPE_A, "www.example.com"};

/* A message under construction. */
struct made {
	uint8_t buf[1024];
	struct wire_writer w;
};

static void
begin(struct made *m, uint16_t id, uint16_t flags, const uint16_t counts[4])
{
	m->w = wire_writer_init(m->buf, sizeof(m->buf));
	wire_put_u16(&m->w, id);
	wire_put_u16(&m->w, flags);
	for (int i = 0; i < 4; i++)
		wire_put_u16(&m->w, counts[i]);
}

static void
put(struct made *m, const void *bytes, size_t len)
{
	wire_put_bytes(&m->w, bytes, len);
}
#define PUT(m, literal) put(m, literal, sizeof(literal) - 1)

/* The question of www as it comes back. */
static void
echo(struct made *m)
{
	PUT(m, "\3www\7example\3com\0\0\1\0\1");
}

static enum dns_verdict
judge(const struct made *m)
{
	return dns_answer_judge(&www, m->buf, m->w.len, false).verdict;
}

/* ---- queries ---- */

/* As keepalived 2.2.7 sends them: 33 bytes for this name. */
static void
a_query_is_as_long_as_its_name(void **state)
{
	static const uint8_t want[] =
		"\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
	uint8_t buf[DNS_QUERY_MAX];

	(void)state;
	assert_int_equal(dns_query_encode(&www, buf, sizeof(buf)), 33);
	assert_memory_equal(buf, want, 33);
}

static void
the_root_and_a_last_dot(void **state)
{
	struct dns_question q = {7, TYPE_SOA, "."};
	uint8_t a[DNS_QUERY_MAX], b[DNS_QUERY_MAX];

	(void)state;
	assert_int_equal(dns_query_encode(&q, a, sizeof(a)), 17);
	assert_memory_equal(a + 12, "\0\0\6\0\1", 5);
	q = (struct dns_question){7, TYPE_DNSKEY, "example.org"};
	assert_int_equal(dns_query_encode(&q, a, sizeof(a)), 29);
	q.name = "example.org.";
	assert_int_equal(dns_query_encode(&q, b, sizeof(b)), 29);
	assert_memory_equal(a, b, 29);
}

static void
names_that_dns_cannot_carry(void **state)
{
	uint8_t buf[DNS_QUERY_MAX + 100];
	char name[300];
	struct dns_question q = {1, TYPE_A, name};

	(void)state;
	q.name = "a..b";
	assert_int_equal(dns_query_encode(&q, buf, sizeof(buf)), -EINVAL);
	q.name = ".a";
	assert_int_equal(dns_query_encode(&q, buf, sizeof(buf)), -EINVAL);
	q.name = name;
	memset(name, 'x', sizeof(name));
	name[64] = '\0';
	assert_int_equal(dns_query_encode(&q, buf, sizeof(buf)), -EINVAL);
	name[63] = '\0';
	assert_true(dns_query_encode(&q, buf, sizeof(buf)) > 0);
	/* 253 characters are 255 bytes; one more is too long. */
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 64 == 63 ? '.' : 'x';
	name[253] = '\0';
	assert_int_equal(dns_query_encode(&q, buf, sizeof(buf)), DNS_QUERY_MAX);
	assert_int_equal(dns_query_encode(&q, buf, DNS_QUERY_MAX - 1), -EINVAL);
	name[253] = 'x';
	name[254] = '\0';
	assert_int_equal(dns_query_encode(&q, buf, sizeof(buf)), -EINVAL);
}

/* ---- answers ---- */

static const uint16_t one_one[] = {1, 1, 0, 0};

static void
an_answer_with_compressed_names(void **state)
{
	struct made m;

	(void)state;
	begin(&m, 0x1234, QR | RD | RA, (uint16_t[]){1, 2, 0, 1});
	echo(&m);
	PUT(&m, "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6\3web\xc0\x10");
	PUT(&m, "\3web\xc0\x10\0\1\0\1\0\0\0\x3c\0\4\12\0\0\1");
	PUT(&m, "\0\0\x29\x04\xd0\0\0\0\0\0\0"); /* EDNS */
	assert_int_equal(judge(&m), DNS_GOOD);
	/* Each shorter one is cut off in the middle of something. */
	for (size_t len = 33; len < m.w.len; len++) {
		struct dns_answer a = dns_answer_judge(&www, m.buf, len, false);

		assert_int_equal(a.verdict, DNS_MALFORMED);
		assert_true(strncmp(a.text, "cannot read record ", 19) == 0);
		a = dns_answer_judge(&www, m.buf, len, true);
		assert_int_equal(a.verdict, DNS_GOOD);
	}
	for (size_t len = 0; len < 33; len++)
		assert_int_equal(
			dns_answer_judge(&www, m.buf, len, false).verdict,
			DNS_FOREIGN);
}

static void
truncated_answers_are_answers(void **state)
{
	struct made m;

	(void)state;
	begin(&m, 0x1234, QR | TC | RD, one_one);
	echo(&m);
	assert_int_equal(judge(&m), DNS_GOOD);
	begin(&m, 0x1234, QR | RD, one_one);
	echo(&m);
	assert_int_equal(judge(&m), DNS_MALFORMED);
}

/* keepalived takes them, too. */
static void
an_answer_without_the_question(void **state)
{
	struct made m;

	(void)state;
	begin(&m, 0x1234, QR | RD, (uint16_t[]){0, 0, 0, 0});
	assert_int_equal(judge(&m), DNS_GOOD);
}

static void
letters_have_no_case(void **state)
{
	struct made m;

	(void)state;
	begin(&m, 0x1234, QR, (uint16_t[]){1, 0, 0, 0});
	PUT(&m, "\3WwW\7eXAMPLE\3coM\0\0\1\0\1");
	assert_int_equal(judge(&m), DNS_GOOD);
}

static void
what_is_no_answer_to_us(void **state)
{
	static const uint16_t one[] = {1, 0, 0, 0};
	struct made m;

	(void)state;
	begin(&m, 0x1235, QR, one); /* another id */
	echo(&m);
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, RD, one); /* a query */
	echo(&m);
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, QR | 0x2000, one); /* NOTIFY */
	echo(&m);
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, QR, (uint16_t[]){2, 0, 0, 0});
	echo(&m);
	echo(&m);
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, QR, one); /* another type, class, name */
	PUT(&m, "\3www\7example\3com\0\0\2\0\1");
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, QR, one);
	PUT(&m, "\3www\7example\3com\0\0\1\0\3");
	assert_int_equal(judge(&m), DNS_FOREIGN);
	begin(&m, 0x1234, QR, one);
	PUT(&m, "\3www\7example\3net\0\0\1\0\1");
	assert_int_equal(judge(&m), DNS_FOREIGN);
	/* An error to somebody else's question is not ours either. */
	begin(&m, 0x1234, QR | 3, one);
	PUT(&m, "\3www\7example\3net\0\0\1\0\1");
	assert_int_equal(judge(&m), DNS_FOREIGN);
}

static void
errors_have_names(void **state)
{
	static const struct {
		uint8_t rcode;
		const char *text;
	} rows[] = {{1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"},
		    {5, "REFUSED"}, {9, "NOTAUTH"},  {15, "RCODE 15"}};
	struct made m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_answer a;

		begin(&m, 0x1234, QR | rows[i].rcode, (uint16_t[]){1, 0, 0, 0});
		echo(&m);
		a = dns_answer_judge(&www, m.buf, m.w.len, false);
		assert_int_equal(a.verdict, DNS_ERROR);
		assert_int_equal(a.rcode, rows[i].rcode);
		assert_string_equal(a.text, rows[i].text);
		/* With the header alone, too. */
		begin(&m, 0x1234, QR | rows[i].rcode, (uint16_t[]){0, 0, 0, 0});
		assert_int_equal(judge(&m), DNS_ERROR);
	}
}

/* Pointers that go round, forward, to themselves, or outside. */
static void
bad_pointers_end(void **state)
{
	static const char *const owners[] = {
		"\xc0\x21", /* itself: record 1 begins at 33 */
		"\xc0\x22", "\xc0\x23", "\xff\xff", "\xc0\x00",
		"\xc0\x0b", "\x40\x01", "\x80\x01", "\1a\xc0\x21",
	};
	struct made m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		size_t len = i == ARRAY_LEN(owners) - 1 ? 4 : 2;

		begin(&m, 0x1234, QR, one_one);
		echo(&m);
		put(&m, owners[i], len);
		PUT(&m, "\0\1\0\1\0\0\0\x3c\0\4\12\0\0\1");
		assert_int_equal(judge(&m), DNS_MALFORMED);
	}
}

/* A name of 255 bytes is one, put together by a pointer 256 are none. */
static void
long_names_end(void **state)
{
	struct made m;
	uint8_t label[64];

	(void)state;
	memset(label, 'y', sizeof(label));
	for (int extra = 0; extra < 2; extra++) {
		begin(&m, 0x1234, QR, (uint16_t[]){1, 2, 0, 0});
		echo(&m);
		for (int i = 0; i < 3; i++) {
			label[0] = 63;
			put(&m, label, 64);
		}
		PUT(&m, "\0\0\1\0\1\0\0\0\x3c\0\0");
		label[0] = (uint8_t)(60 + extra + 1);
		put(&m, label, label[0] + 1u);
		PUT(&m, "\xc0\x21\0\1\0\1\0\0\0\x3c\0\0");
		assert_int_equal(judge(&m),
				 extra == 0 ? DNS_GOOD : DNS_MALFORMED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_as_long_as_its_name),
		cmocka_unit_test(the_root_and_a_last_dot),
		cmocka_unit_test(names_that_dns_cannot_carry),
		cmocka_unit_test(an_answer_with_compressed_names),
		cmocka_unit_test(truncated_answers_are_answers),
		cmocka_unit_test(an_answer_without_the_question),
		cmocka_unit_test(letters_have_no_case),
		cmocka_unit_test(what_is_no_answer_to_us),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(bad_pointers_end),
		cmocka_unit_test(long_names_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
