/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Checked cursors and the Internet checksum; see wire.h. */
#include "lib/wire.h"

#include <assert.h>
#include <string.h>

struct wire_reader
wire_reader_init(const void *data, size_t len)
{
	return (struct wire_reader){.p = data, .left = len};
}

const uint8_t *
wire_get_ptr(struct wire_reader *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->bad || r->left < len) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	r->left -= len;
	return p;
}

void
wire_get_bytes(struct wire_reader *r, void *out, size_t len)
{
	const uint8_t *p = wire_get_ptr(r, len);

	if (p == NULL)
		memset(out, 0, len);
	else
		memcpy(out, p, len);
}

static uint64_t
get_be(struct wire_reader *r, size_t n)
{
	const uint8_t *p = wire_get_ptr(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
wire_get_u8(struct wire_reader *r)
{
	return (uint8_t)get_be(r, 1);
}

uint16_t
wire_get_u16(struct wire_reader *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t
wire_get_u32(struct wire_reader *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t
wire_get_u64(struct wire_reader *r)
{
	return get_be(r, 8);
}

void
wire_skip(struct wire_reader *r, size_t len)
{
	(void)wire_get_ptr(r, len); /* a short read marks the cursor bad */
}

struct wire_writer
wire_writer_init(void *buf, size_t size)
{
	return (struct wire_writer){.start = buf, .size = size};
}

void
wire_put_bytes(struct wire_writer *w, const void *data, size_t len)
{
	if (w->bad || w->size - w->len < len) {
		w->bad = true;
		return;
	}
	if (len > 0)
		memcpy(w->start + w->len, data, len);
	w->len += len;
}

static void
put_be(struct wire_writer *w, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	wire_put_bytes(w, b, n);
}

void
wire_put_u8(struct wire_writer *w, uint8_t v)
{
	put_be(w, v, 1);
}

void
wire_put_u16(struct wire_writer *w, uint16_t v)
{
	put_be(w, v, 2);
}

void
wire_put_u32(struct wire_writer *w, uint32_t v)
{
	put_be(w, v, 4);
}

void
wire_put_u64(struct wire_writer *w, uint64_t v)
{
	put_be(w, v, 8);
}

void
wire_set_u16(struct wire_writer *w, size_t off, uint16_t v)
{
	assert(w->bad || off + 2 <= w->len);
	if (w->bad)
		return;
	w->start[off] = (uint8_t)(v >> 8);
	w->start[off + 1] = (uint8_t)v;
}

uint32_t
wire_sum(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t s = sum;

	for (; len >= 2; p += 2, len -= 2)
		s += (uint32_t)p[0] << 8 | p[1];
	if (len > 0)
		s += (uint32_t)p[0] << 8;
	while (s >> 32)
		s = (s & 0xffffffff) + (s >> 32);
	return (uint32_t)s;
}

uint16_t
wire_sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
