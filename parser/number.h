/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Inside of parser/: whole and decimal numbers of keyword rows. */
#ifndef DUUMVIR_NUMBER_H
#define DUUMVIR_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct kw;
struct kw_in;

/* The range of a row: its own or that of its member. */
void number_range(const struct kw *kw, int64_t *min, int64_t *max);
/* in->word[i] as a number of row kw (may be NULL); reports. */
int number_parse(struct kw_in *in, uint32_t i, const struct kw *kw, int64_t min,
		 int64_t max, int64_t *v);
/* A plain decimal number and nothing else. */
bool number_take(const char *s, int64_t *v);
/* An integer member of 1, 2, 4 or 8 bytes. */
void number_put(void *member, uint32_t size, int64_t v);
int64_t number_get(const void *member, uint32_t size, bool is_signed);
/* Nanoseconds per 1 of a KW_SECONDS, KW_MSEC or KW_USEC row. */
int64_t number_unit(const struct kw *kw);
/* ns in the row's unit, without trailing zeros: "0.000001", "30". */
void number_print_time(const struct kw *kw, int64_t ns, struct buf *out);

#endif
