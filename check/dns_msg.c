/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* DNS queries and answers; see dns_msg.h.  Pure. */
#include "check/dns_msg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "lib/wire.h"

#define NAME_MAX_BYTES 255 /* with all length bytes and the root's */
#define LABEL_MAX      63
#define CLASS_IN       1
#define HEADER_BYTES   12
/* More pointers than labels fit into a name lead nowhere. */
#define POINTERS_MAX 128

enum {
	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RCODE = 0x000f,
};

/* ---- the question ---- */

static int
put_name(struct wire_writer *w, const char *name)
{
	size_t begin = w->len, len;

	if (strcmp(name, ".") == 0)
		name = "";
	while (*name != '\0') {
		len = strcspn(name, ".");
		if (len == 0 || len > LABEL_MAX)
			return -EINVAL;
		wire_put_u8(w, (uint8_t)len);
		wire_put_bytes(w, name, len);
		name += len;
		if (*name == '.')
			name++;
	}
	wire_put_u8(w, 0);
	return w->bad || w->len - begin > NAME_MAX_BYTES ? -EINVAL : 0;
}

ssize_t
dns_query_encode(const struct dns_question *q, void *buf, size_t size)
{
	struct wire_writer w = wire_writer_init(buf, size);

	wire_put_u16(&w, q->id);
	wire_put_u16(&w, FLAG_RD);
	wire_put_u16(&w, 1); /* one question, no records */
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	if (put_name(&w, q->name) < 0)
		return -EINVAL;
	wire_put_u16(&w, q->type);
	wire_put_u16(&w, CLASS_IN);
	return w.bad ? -EINVAL : (ssize_t)w.len;
}

/* ---- the answer ---- */

/* A message and how far it was read. */
struct msg {
	const uint8_t *data;
	size_t len;
	struct wire_reader r;
};

/* A name with its pointers resolved, in lower case. */
struct name {
	uint8_t bytes[NAME_MAX_BYTES];
	size_t len;
};

static size_t
where(const struct msg *m)
{
	return m->len - m->r.left;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool
add_label(struct name *n, const uint8_t *label, uint8_t len)
{
	if (n->len + 1 + len > sizeof(n->bytes))
		return false;
	n->bytes[n->len++] = len;
	for (uint8_t i = 0; i < len; i++)
		n->bytes[n->len++] = lower(label[i]);
	return true;
}

/*
 * Reads a name; m stands behind it afterwards.  A pointer leads to what came
 * before the place where this part of the name began, so that none can lead
 * in a circle.
 */
static bool
get_name(struct msg *m, struct name *n)
{
	struct wire_reader r = m->r;
	size_t limit = where(m), at;
	bool has_jumped = false;

	n->len = 0;
	for (int i = 0; i < POINTERS_MAX + NAME_MAX_BYTES; i++) {
		uint8_t len = wire_get_u8(&r);
		const uint8_t *label;

		if ((len & 0xc0) == 0xc0) {
			at = (size_t)(len & 0x3f) << 8 | wire_get_u8(&r);
			if (!wire_is_ok(&r) || at < HEADER_BYTES || at >= limit)
				return false;
			if (!has_jumped)
				m->r = r;
			has_jumped = true;
			limit = at;
			r = wire_reader_init(m->data + at, m->len - at);
			continue;
		}
		if ((len & 0xc0) != 0)
			return false; /* RFC 6891: no such label any more */
		label = wire_get_ptr(&r, len);
		if (!wire_is_ok(&r) || !add_label(n, label, len))
			return false;
		if (len > 0)
			continue;
		if (!has_jumped)
			m->r = r;
		return true;
	}
	return false;
}

static bool
skip_record(struct msg *m)
{
	struct name owner;

	if (!get_name(m, &owner))
		return false;
	wire_skip(&m->r, 8); /* type, class, TTL */
	wire_skip(&m->r, wire_get_u16(&m->r));
	return wire_is_ok(&m->r);
}

/* Is this the question that we asked?  Cases of letters do not matter. */
static bool
is_question(struct msg *m, const struct dns_question *q)
{
	uint8_t buf[DNS_QUERY_MAX];
	ssize_t len = dns_query_encode(q, buf, sizeof(buf));
	struct msg own = {.data = buf, .len = len > 0 ? (size_t)len : 0};
	struct name asked, told;

	own.r = wire_reader_init(buf, own.len);
	wire_skip(&own.r, HEADER_BYTES);
	return get_name(&own, &asked) && get_name(m, &told) &&
	       asked.len == told.len &&
	       memcmp(asked.bytes, told.bytes, asked.len) == 0 &&
	       wire_get_u16(&m->r) == q->type &&
	       wire_get_u16(&m->r) == CLASS_IN && wire_is_ok(&m->r);
}

/* RFC 1035 section 4.1.1, RFC 2136 section 2.2. */
static void
set_error(struct dns_answer *a, uint8_t rcode)
{
	static const char *const words[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE",
	};

	a->verdict = DNS_ERROR;
	a->rcode = rcode;
	if (rcode < ARRAY_LEN(words))
		(void)snprintf(a->text, sizeof(a->text), "%s", words[rcode]);
	else
		(void)snprintf(a->text, sizeof(a->text), "RCODE %u", rcode);
}

static void
judge_records(struct msg *m, uint32_t n, bool may_end, struct dns_answer *a)
{
	a->verdict = DNS_GOOD;
	for (uint32_t i = 0; i < n; i++) {
		if (skip_record(m))
			continue;
		if (may_end)
			return;
		a->verdict = DNS_MALFORMED;
		(void)snprintf(a->text, sizeof(a->text),
			       "cannot read record %u of %u", i + 1, n);
		return;
	}
}

struct dns_answer
dns_answer_judge(const struct dns_question *q, const void *data, size_t len,
		 bool is_cut)
{
	struct dns_answer a = {.verdict = DNS_FOREIGN};
	struct msg m = {
		.data = data, .len = len, .r = wire_reader_init(data, len)};
	uint16_t id = wire_get_u16(&m.r), flags = wire_get_u16(&m.r);
	uint16_t n_questions = wire_get_u16(&m.r);
	uint32_t n = wire_get_u16(&m.r);

	n += wire_get_u16(&m.r);
	n += wire_get_u16(&m.r);
	if (!wire_is_ok(&m.r) || id != q->id || (flags & FLAG_QR) == 0 ||
	    (flags & FLAG_OPCODE) != 0 || n_questions > 1 ||
	    (n_questions == 1 && !is_question(&m, q)))
		return a;
	if ((flags & FLAG_RCODE) != 0)
		set_error(&a, flags & FLAG_RCODE);
	else
		judge_records(&m, n, is_cut || (flags & FLAG_TC) != 0, &a);
	return a;
}
