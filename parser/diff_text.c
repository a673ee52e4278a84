/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A changed row in words; see diff_text.h.
 */
#include "parser/diff_text.h"

#include "lib/arena.h"
#include "lib/buf.h"
#include "parser/print.h"
#include "parser/reader.h"

static void
print_words_of(const struct conf_words *w, struct buf *out)
{
	for (uint32_t i = 0; i < w->n; i++)
		kw_print_word(out, w->word[i]);
}

/* The arguments of a row as they would be printed. */
static void
print_side(const struct kw *kw, uint32_t row, const struct conf_obj *holder,
	   const char *base, struct buf *out)
{
	const struct conf_raw *raw =
		holder != NULL && kw_is_raw(kw) ? raw_find(holder, row) : NULL;
	size_t before = out->len;

	if ((kw->flags & KW_SECRET) != 0) {
		kw_print_word(out, CONF_SECRET_SHOWN);
		return;
	}
	for (uint32_t i = 0; raw != NULL && i < raw->n; i++)
		kw_print_word(out, raw->word[i]);
	if (!kw_is_raw(kw) && kw->type == KW_FLAG)
		buf_adds(out, *(const bool *)(base + kw->offset) ==
					      ((kw->flags & KW_INVERT) == 0)
				      ? " on"
				      : " off");
	else if (!kw_is_raw(kw) && kw->type == KW_BOOL)
		buf_adds(out,
			 value_is_true(kw, base + kw->offset) ? " on" : " off");
	else if (!kw_is_raw(kw) && kw->type == KW_WORD_BLOCK)
		print_words_of((const void *)(base + kw->offset), out);
	else if (!kw_is_raw(kw))
		value_print(kw, base + kw->offset, out);
	if (out->len == before)
		buf_adds(out, " (none)");
}

const char *
diff_change_text(struct arena *a, const struct kw *kw, uint32_t row,
		 const struct conf_obj *ho, const struct conf_obj *hn,
		 const char *old, const char *now)
{
	struct buf b = BUF_INIT;
	char *text;

	buf_adds(&b, kw->name);
	print_side(kw, row, ho, old, &b);
	buf_adds(&b, " ->");
	print_side(kw, row, hn, now, &b);
	text = arena_strdup(a, buf_str(&b));
	buf_fini(&b);
	return text;
}
