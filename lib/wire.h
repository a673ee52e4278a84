/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Checked cursors over bytes from or for a wire.  All multi-byte values are
 * in network order.  A cursor that ran over its end stays bad: read or write
 * a whole structure, then ask wire_is_ok() once.
 */
#ifndef DUUMVIR_WIRE_H
#define DUUMVIR_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
	const uint8_t *p;
	size_t left;
	bool bad;
};

struct wire_writer {
	uint8_t *start;
	size_t len;  /* written so far */
	size_t size; /* room in all */
	bool bad;
};

struct wire_reader wire_reader_init(const void *data, size_t len);
uint8_t wire_get_u8(struct wire_reader *r);
uint16_t wire_get_u16(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);
/* Copies len bytes out; zeroes them if there are too few. */
void wire_get_bytes(struct wire_reader *r, void *out, size_t len);
/* A pointer to the next len bytes, or NULL if there are too few. */
const uint8_t *wire_get_ptr(struct wire_reader *r, size_t len);
void wire_skip(struct wire_reader *r, size_t len);

struct wire_writer wire_writer_init(void *buf, size_t size);
void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_u16(struct wire_writer *w, uint16_t v);
void wire_put_u32(struct wire_writer *w, uint32_t v);
void wire_put_u64(struct wire_writer *w, uint64_t v);
void wire_put_bytes(struct wire_writer *w, const void *data, size_t len);
/* Overwrites two bytes already written, e.g. a checksum. */
void wire_set_u16(struct wire_writer *w, size_t off, uint16_t v);

static inline bool
wire_is_ok(const struct wire_reader *r)
{
	return !r->bad;
}

/*
 * Internet checksum (RFC 1071).  wire_sum() adds bytes to a running sum,
 * wire_sum_fold() makes the 16-bit one's complement of it.
 */
uint32_t wire_sum(uint32_t sum, const void *data, size_t len);
uint16_t wire_sum_fold(uint32_t sum);

#endif
