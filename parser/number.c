/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Numbers as keepalived reads them: base 10, garbage behind them refused in a
 * configuration test and warned about at run time, ranges in its words.
 */
#include "parser/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "parser/reader.h"

#define RANGE_LEN 96

/* is_any: whatever the member can hold. */
static void
member_range(const struct kw *kw, bool is_any, int64_t *min, int64_t *max)
{
	uint32_t bits = (kw->size > 0 ? kw->size : 4) * 8;

	if ((kw->min != 0 || kw->max != 0) && !is_any) {
		*min = kw->min;
		*max = kw->max;
	} else if (kw->type == KW_INT) {
		*max = bits >= 64 ? INT64_MAX : ((int64_t)1 << (bits - 1)) - 1;
		*min = -*max - 1;
	} else {
		*max = bits >= 64 ? INT64_MAX : ((int64_t)1 << bits) - 1;
		*min = 0;
	}
}

void
number_range(const struct kw *kw, int64_t *min, int64_t *max)
{
	member_range(kw, false, min, max);
}

void
number_put(void *member, uint32_t size, int64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(member,
	       size == 1   ? (const void *)&v8
	       : size == 2 ? (const void *)&v16
	       : size == 4 ? (const void *)&v32
			   : (const void *)&v,
	       size < 8 ? size : 8);
}

int64_t
number_get(const void *member, uint32_t size, bool is_signed)
{
	int64_t v = 0;
	uint32_t shift = 64 - 8 * (size < 8 ? size : 8);
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;

	switch (size) {
	case 1:
		memcpy(&v8, member, 1);
		v = v8;
		break;
	case 2:
		memcpy(&v16, member, 2);
		v = v16;
		break;
	case 4:
		memcpy(&v32, member, 4);
		v = v32;
		break;
	default:
		memcpy(&v, member, 8);
		break;
	}
	if (is_signed) /* sign extension */
		v = (int64_t)((uint64_t)v << shift) >> shift;
	return v;
}

static int
refuse_text(struct kw_in *in, uint32_t i, const char *expected)
{
	ctx_report(in->ctx, DIAG_INVALID_NUMBER, in->word[i].col, expected,
		   NULL, "invalid number '%s'", in->word[i].s);
	return -EINVAL;
}

/* Garbage behind a number: whether it is taken all the same. */
static bool
is_tolerated(struct kw_in *in, uint32_t i, const struct kw *kw)
{
	if (conf_ctx_opts(in->ctx)->is_test || kw == NULL ||
	    (kw->flags & KW_STRICT) != 0)
		return false;
	ctx_report(in->ctx, DIAG_WARNING, in->word[i].col, NULL, NULL,
		   "WARNING - invalid number '%s'", in->word[i].s);
	return true;
}

/* Digits that cannot overflow, as nearly all numbers are; NULL: something
 * else. */
static const char *
take_digits(const char *s, int64_t *v)
{
	const char *p = s;

	for (*v = 0; *p >= '0' && *p <= '9' && p - s < 18; p++)
		*v = *v * 10 + (*p - '0');
	return p > s && *p == '\0' ? p : NULL;
}

/* Saturates instead of overflowing; *end behind the digits. */
static int64_t
take_integer(const char *s, bool is_c, const char **end)
{
	char *e;
	int64_t v;

	*end = take_digits(s, &v);
	if (*end != NULL && !(is_c && *s == '0'))
		return v;
	errno = 0;
	v = strtoll(s, &e, is_c ? 0 : 10);
	*end = e;
	return v;
}

bool
number_take(const char *s, int64_t *v)
{
	const char *end;
	int64_t n = take_integer(s, false, &end);

	if (end == s || *end != '\0' || lex_is_blank(*s))
		return false;
	*v = n;
	return true;
}

/* Handles a value outside its range; true: *v was made usable. */
static bool
is_mended(struct kw_in *in, uint32_t i, const struct kw *kw, int64_t min,
	  int64_t max, int64_t *v)
{
	if (kw == NULL)
		return false;
	if (*v == 0 && min > 0 && (kw->flags & KW_ZERO_NOTE) != 0) {
		ctx_report(in->ctx, DIAG_NOTE, in->word[i].col, NULL, NULL,
			   "%s 0 %s", kw->name,
			   kw->note != NULL ? kw->note : "means off");
		return true;
	}
	if ((kw->flags & KW_CLAMP) != 0)
		*v = *v < min ? min : max;
	return false;
}

static const char *
range_words(int64_t min, int64_t max, char buf[static RANGE_LEN])
{
	(void)snprintf(buf, RANGE_LEN, "a number from %" PRId64 " to %" PRId64,
		       min, max);
	return buf;
}

int
number_parse(struct kw_in *in, uint32_t i, const struct kw *kw, int64_t min,
	     int64_t max, int64_t *v)
{
	const char *s = in->word[i].s, *end;
	bool is_c = kw != NULL && (kw->flags & KW_C_NUMBER) != 0;
	int64_t n = take_integer(s, is_c, &end);
	char expected[RANGE_LEN];

	if (end == s || (*end != '\0' && !is_tolerated(in, i, kw)))
		return refuse_text(in, i, range_words(min, max, expected));
	/* canonical text: rules may have set what nobody may write */
	if (kw != NULL && kw->type <= KW_INT && kw->type >= KW_UINT &&
	    conf_ctx_opts(in->ctx)->is_engine)
		member_range(kw, true, &min, &max);
	if (n < min || n > max) {
		if (is_mended(in, i, kw, min, max, &n)) {
			*v = n;
			return 0;
		}
		ctx_report(in->ctx, DIAG_INVALID_NUMBER, in->word[i].col,
			   range_words(min, max, expected), NULL,
			   "number '%s' outside range [%" PRId64 ", %" PRId64
			   "]",
			   s, min, max);
		if (kw == NULL || (kw->flags & KW_CLAMP) == 0)
			return -EINVAL;
	}
	*v = n;
	return 0;
}

int
kw_parse_int(struct kw_in *in, uint32_t i, int64_t min, int64_t max, int64_t *v)
{
	return number_parse(in, i, in->kw, min, max, v);
}

/* ---- decimals ---- */

int64_t
number_unit(const struct kw *kw)
{
	return kw->type == KW_USEC   ? 1000
	       : kw->type == KW_MSEC ? 1000000
				     : 1000000000;
}

void
number_print_time(const struct kw *kw, int64_t ns, struct buf *out)
{
	int64_t unit = number_unit(kw);
	uint64_t u = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t frac = u % (uint64_t)unit;

	if (ns < 0)
		buf_addc(out, '-');
	buf_addu(out, u / (uint64_t)unit);
	if (frac == 0)
		return;
	buf_addc(out, '.');
	for (uint64_t part = (uint64_t)unit / 10; frac > 0; part /= 10) {
		buf_addc(out, (char)('0' + frac / part));
		frac %= part;
	}
}

/* What a decimal number came to. */
struct decimal {
	int64_t ns;
	const char *end;
	bool is_cut; /* more decimals than allowed, rounded */
	bool is_negative;
};

/* digits[.digits] in units of unit ns, at most decimals places. */
static bool
take_decimal(const char *s, int64_t unit, uint8_t decimals, struct decimal *d)
{
	int64_t whole = 0, frac = 0, part = unit, least = unit;
	const char *digits;

	*d = (struct decimal){.is_negative = *s == '-'};
	if (*s == '-' || *s == '+')
		s++;
	for (digits = s; isdigit((unsigned char)*s); s++)
		if (whole < 100000000000)
			whole = whole * 10 + (*s - '0');
	if (whole > (INT64_MAX - unit) / unit)
		whole = (INT64_MAX - unit) / unit;
	for (uint8_t i = 0; i < decimals && least > 1; i++)
		least /= 10;
	d->end = s;
	if (s[0] != '.' || decimals == 0) {
		d->ns = whole * unit;
		return s > digits;
	}
	for (s++; isdigit((unsigned char)*s); s++) {
		if (part <= least) { /* round half up on the first digit */
			if (!d->is_cut && *s >= '5')
				frac += least;
			d->is_cut = true;
			continue;
		}
		part /= 10;
		frac += part * (*s - '0');
	}
	d->ns = whole * unit + frac;
	d->end = s;
	return s - digits > 1;
}

static void
report_range(struct kw_in *in, uint32_t i, const struct kw *kw,
	     const char *expected)
{
	struct buf b = BUF_INIT;

	number_print_time(kw, kw->min, &b);
	buf_adds(&b, ", ");
	number_print_time(kw, kw->max, &b);
	ctx_report(in->ctx, DIAG_INVALID_NUMBER, in->word[i].col, expected,
		   NULL, "number '%s' outside range [%s]", in->word[i].s,
		   buf_str(&b));
	buf_fini(&b);
}

int
kw_parse_decimal(struct kw_in *in, uint32_t i, const struct kw *kw, int64_t *ns)
{
	const char *s = in->word[i].s;
	int64_t max = kw->max > 0 ? kw->max : INT64_MAX;
	static const char expected[] = "a number of seconds",
			  expected_ms[] = "a number of milliseconds",
			  expected_us[] = "a number of microseconds";
	const char *what = kw->type == KW_USEC	 ? expected_us
			   : kw->type == KW_MSEC ? expected_ms
						 : expected;
	struct decimal d;

	while (lex_is_blank(*s))
		s++;
	if (!take_decimal(s, number_unit(kw), kw->decimals, &d) ||
	    (*d.end != '\0' && !is_tolerated(in, i, kw)))
		return refuse_text(in, i, what);
	if (d.is_negative)
		d.ns = -d.ns;
	if (d.is_cut)
		ctx_report(in->ctx, DIAG_INVALID_NUMBER, in->word[i].col, NULL,
			   NULL, "number '%s' has more than %u decimals",
			   in->word[i].s, kw->decimals);
	if ((d.ns < kw->min || d.ns > max) &&
	    !conf_ctx_opts(in->ctx)->is_engine &&
	    !is_mended(in, i, kw, kw->min, max, &d.ns)) {
		report_range(in, i, kw, what);
		if ((kw->flags & KW_CLAMP) == 0)
			return -EINVAL;
	}
	*ns = d.ns;
	return 0;
}
