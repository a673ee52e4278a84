/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A growing byte buffer for text that is being made.  Always NUL terminated
 * once something was added.  Out of memory is fatal.
 */
#ifndef DUUMVIR_BUF_H
#define DUUMVIR_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;
	size_t len;
	size_t size;
};

#define BUF_INIT ((struct buf){NULL, 0, 0})

void buf_fini(struct buf *b);
void buf_reset(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
/* A decimal number; large configurations have very many of these. */
void buf_addu(struct buf *b, uint64_t v);
/* As a string of JSON, with its quotes. */
void buf_add_json(struct buf *b, const char *s);
/* Forgets all but the first len bytes. */
void buf_cut(struct buf *b, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* The text so far, never NULL. */
const char *buf_str(const struct buf *b);

#endif
