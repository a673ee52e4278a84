/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The tree as canonical text; see print.h.  Typed members are printed from
 * their values, everything else as it was written.
 */
#include "parser/print.h"

#include <string.h>

#include "lib/util.h"
#include "parser/number.h"
#include "parser/reader.h"

enum { LISTS_KNOWN = 8 };

struct lists {
	const struct kw_block *block;
	uint64_t bit[2]; /* as conf_obj.given */
};

struct printer {
	struct buf *out;
	uint32_t depth;
	enum conf_secrets secrets;
	struct lists lists[LISTS_KNOWN]; /* of the last blocks, by address */
};

static void
print_bare_word(struct buf *out, const char *word)
{
	if (lex_needs_quotes(word))
		buf_printf(out, "\"%s\"", word);
	else
		buf_adds(out, word);
}

void
kw_print_word(struct buf *out, const char *word)
{
	buf_addc(out, ' ');
	print_bare_word(out, word);
}

void
kw_print_fmt(struct buf *out, const char *fmt, ...)
{
	va_list ap;

	buf_addc(out, ' ');
	va_start(ap, fmt);
	buf_vprintf(out, fmt, ap);
	va_end(ap);
}

/* ---- scripts: inside double quotes, escapes of the second tokeniser ---- */

static void
print_escaped(struct buf *out, const char *s)
{
	if (*s == '\0')
		buf_adds(out, "''");
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f ||
		    strchr("\"'\\$", *s) != NULL || (unsigned char)*s == 0xc2)
			buf_printf(out, "\\x%02x", (unsigned char)*s);
		else
			buf_addc(out, *s);
}

static void
print_script(struct buf *out, const struct conf_script *s)
{
	if (s->argv == NULL)
		return;
	buf_adds(out, " \"");
	for (uint32_t i = 0; i < s->argc; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		print_escaped(out, s->argv[i]);
	}
	buf_addc(out, '"');
	if (s->user != NULL)
		kw_print_word(out, s->user);
	if (s->group != NULL)
		kw_print_word(out, s->group);
}

/* ---- values ---- */

static void
print_string(const struct kw *kw, const void *member, struct buf *out)
{
	bool is_array = value_is_array(kw);
	const char *s = is_array ? member : *(const char *const *)member;
	struct buf b = BUF_INIT;

	if (s == NULL)
		return;
	buf_add(&b, s, is_array ? strnlen(s, kw->size) : strlen(s));
	if ((kw->flags & KW_ESCAPES) != 0) {
		buf_adds(out, " \"");
		print_escaped(out, buf_str(&b));
		buf_addc(out, '"');
	} else {
		kw_print_word(out, buf_str(&b));
	}
	buf_fini(&b);
}

static void
print_words(const struct conf_words *w, struct buf *out)
{
	for (uint32_t i = 0; i < w->n; i++)
		kw_print_word(out, w->word[i]);
}

static void
print_enum(const struct kw *kw, const void *member, struct buf *out)
{
	int64_t v = number_get(member, kw->size, false);

	for (const struct kw_word_value *w = kw->words; w->word != NULL; w++)
		if (number_get(&w->value, 8, false) == v) {
			kw_print_word(out, w->word);
			return;
		}
}

static void
print_bits(const struct kw *kw, const void *member, struct buf *out)
{
	int64_t left = number_get(member, kw->size, false);

	for (const struct kw_word_value *w = kw->words; w->word != NULL; w++)
		if (w->value != 0 && (left & w->value) == w->value) {
			kw_print_word(out, w->word);
			left &= ~w->value;
		}
}

/* A word that cannot need quotes. */
static void
print_plain_word(struct buf *out, const char *word)
{
	buf_addc(out, ' ');
	buf_adds(out, word);
}

static void
print_integer(struct buf *out, int64_t v)
{
	buf_adds(out, v < 0 ? " -" : " ");
	buf_addu(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void
print_addr(const struct addr *a, struct buf *out)
{
	char text[ADDR_STR_LEN];

	if (addr_is_set(a))
		print_plain_word(out, addr_print(a, text, sizeof(text)));
}

static void
print_pointed(const struct kw *kw, const void *member, struct buf *out)
{
	const struct addr_port *ap = member;
	const struct conf_prefix *p = member;
	const struct conf_user *u = member;

	if (kw->type == KW_ADDR_PORT) {
		print_addr(&ap->addr, out);
		if (ap->port != 0)
			print_integer(out, ap->port);
	} else if (kw->type == KW_PREFIX) {
		print_addr(&p->addr, out);
		if (p->has_len)
			buf_printf(out, "/%u", p->len);
	} else if (kw->type == KW_USER && u->user != NULL) {
		kw_print_word(out, u->user);
		if (u->group != NULL)
			kw_print_word(out, u->group);
	}
}

void
value_print(const struct kw *kw, const void *member, struct buf *out)
{
	switch (kw->type) {
	case KW_FLAG:
	case KW_SET:
		break;
	case KW_BOOL:
		if (!value_is_true(kw, member))
			buf_adds(out, " off");
		break;
	case KW_UINT:
	case KW_INT:
		print_integer(out,
			      number_get(member, kw->size, kw->type == KW_INT));
		break;
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
		buf_addc(out, ' ');
		number_print_time(kw, *(const int64_t *)member, out);
		break;
	case KW_STRING:
	case KW_PATH:
	case KW_IFNAME:
	case KW_REF:
		print_string(kw, member, out);
		break;
	case KW_WORDS:
		print_words(member, out);
		break;
	case KW_ENUM:
		print_enum(kw, member, out);
		break;
	case KW_BITS:
		print_bits(kw, member, out);
		break;
	case KW_ADDR:
		print_addr(member, out);
		break;
	case KW_ADDR_PORT:
	case KW_PREFIX:
	case KW_USER:
		print_pointed(kw, member, out);
		break;
	case KW_SCRIPT:
		print_script(out, member);
		break;
	case KW_CUSTOM:
		kw->ops->print(out, member);
		break;
	case KW_WORD_BLOCK:
	case KW_BLOCK:
	case KW_BLOCKS:
	case KW_LINES:
	case KW_LINE:
	case KW_ALIAS:
	case KW_IGNORED:
	case KW_DOC:
		break;
	}
}

/* ---- rows ---- */

static void
start_line(struct printer *p, const char *word)
{
	for (uint32_t i = 0; i < p->depth; i++)
		buf_addc(p->out, '\t');
	buf_adds(p->out, word);
}

static void
print_raw_words(const struct printer *p, const struct kw *kw,
		const struct conf_raw *raw)
{
	for (uint32_t i = 0; i < raw->n; i++) {
		const char *word = raw->word[i];

		if (i + 1 == raw->n && raw->told != NULL &&
		    p->secrets == CONF_SECRETS_TOLD)
			word = raw->told;
		if (i + 1 == raw->n && (kw->flags & KW_SECRET) != 0 &&
		    p->secrets == CONF_SECRETS_HIDDEN)
			word = CONF_SECRET_SHOWN;
		kw_print_word(p->out, word);
	}
}

/* All lines of a row that were kept, oldest first. */
static void
print_raw_row(struct printer *p, const struct conf_obj *obj, uint32_t row,
	      const struct kw *kw)
{
	const struct conf_raw *list[256];
	uint32_t n = 0;

	for (const struct conf_raw *r = obj->raw; r != NULL; r = r->next)
		if (r->row == row && n < ARRAY_LEN(list)) {
			list[n++] = r;
			if ((kw->flags & KW_MULTI) == 0)
				break;
		}
	while (n-- > 0) {
		start_line(p, kw->name);
		print_raw_words(p, kw, list[n]);
		buf_addc(p->out, '\n');
	}
}

/* A flag that a rule took back prints nothing. */
static bool
is_printable(const struct kw *kw, const void *member)
{
	if (kw->type == KW_FLAG)
		return *(const bool *)member == ((kw->flags & KW_INVERT) == 0);
	if (kw->type == KW_SET)
		return number_get(member, kw->size, true) == kw->min;
	return true;
}

/* Whether a type cannot stand without an argument. */
static bool
must_have_value(const struct kw *kw)
{
	return kw->type != KW_FLAG && kw->type != KW_SET &&
	       kw->type != KW_BOOL && kw->type != KW_CUSTOM &&
	       (kw->flags & KW_BARE) == 0;
}

static void
print_value_row(struct printer *p, const struct conf_obj *holder, uint32_t row,
		const struct kw *kw, const char *base)
{
	const void *member = base + kw->offset;
	size_t begin = p->out->len, value;

	if (kw_is_raw(kw)) {
		print_raw_row(p, holder, row, kw);
		return;
	}
	if (!is_printable(kw, member))
		return;
	start_line(p, kw->name);
	value = p->out->len;
	if ((kw->flags & KW_BARE) == 0 || !value_is_unset(kw, member))
		value_print(kw, member, p->out);
	if (p->out->len > value && (kw->flags & KW_SECRET) != 0 &&
	    p->secrets == CONF_SECRETS_HIDDEN) {
		buf_cut(p->out, value);
		kw_print_word(p->out, CONF_SECRET_SHOWN);
	}
	if (p->out->len > value || !must_have_value(kw))
		buf_addc(p->out, '\n');
	else
		buf_cut(p->out, begin);
}

static void
print_word_block(struct printer *p, const struct kw *kw,
		 const char *const *word, uint32_t n)
{
	start_line(p, kw->name);
	buf_adds(p->out, " {\n");
	p->depth++;
	for (uint32_t i = 0; i < n; i++) {
		start_line(p, "");
		print_bare_word(p->out, word[i]);
		buf_addc(p->out, '\n');
	}
	p->depth--;
	start_line(p, "}\n");
}

static void
print_lines(struct printer *p, const struct kw *kw,
	    const struct conf_list *list)
{
	bool is_bare =
		kw->name[0] == '\0'; /* the block around it is the list */
	struct conf_obj *o;

	if (!is_bare) {
		start_line(p, kw->name);
		buf_adds(p->out, " {\n");
		p->depth++;
	}
	STAILQ_FOREACH (o, list, link) {
		const struct conf_raw *raw = raw_find(o, CONF_RAW_LINE);

		if (raw == NULL)
			continue;
		start_line(p, "");
		for (uint32_t i = 0; i < raw->n; i++) {
			if (i > 0)
				buf_addc(p->out, ' ');
			print_bare_word(p->out, raw->word[i]);
		}
		buf_addc(p->out, '\n');
	}
	if (is_bare)
		return;
	p->depth--;
	start_line(p, "}\n");
}

static void print_rows(struct printer *p, const struct conf_obj *holder,
		       const struct kw_block *block, const char *base);

static void
print_block(struct printer *p, const struct kw *kw, const struct conf_obj *obj,
	    const char *base)
{
	start_line(p, kw->name);
	if (kw->sub->head == KW_HEAD_NAME && obj->name != NULL)
		kw_print_word(p->out, obj->name);
	else if (kw->sub->head == KW_HEAD_WORDS && obj->name != NULL)
		print_plain_word(p->out, obj->name);
	buf_adds(p->out, " {\n");
	p->depth++;
	print_rows(p, obj, kw->sub, base);
	p->depth--;
	start_line(p, "}\n");
}

/* The row among those that share a list under which an object stands. */
static const struct kw *
row_of_object(const struct kw_block *block, uint32_t offset,
	      const struct conf_obj *o)
{
	for (uint32_t i = 0; i < block->n_rows; i++)
		if (block->row[i].type == KW_BLOCKS &&
		    block->row[i].offset == offset &&
		    block->row[i].sub == o->block)
			return &block->row[i];
	return NULL;
}

/* Whether an earlier row has the same list. */
static bool
is_shared_before(const struct kw_block *block, uint32_t row)
{
	for (uint32_t i = 0; i < row; i++)
		if (block->row[i].type == KW_BLOCKS &&
		    block->row[i].offset == block->row[row].offset)
			return true;
	return false;
}

static void
print_blocks(struct printer *p, const struct kw_block *block, uint32_t row,
	     const char *base)
{
	uint32_t offset = block->row[row].offset;
	const struct conf_list *list = (const void *)(base + offset);
	struct conf_obj *o;

	if (STAILQ_EMPTY(list) || is_shared_before(block, row))
		return;
	STAILQ_FOREACH (o, list, link) {
		const struct kw *kw = row_of_object(block, offset, o);

		if (kw != NULL)
			print_block(p, kw, o, (const char *)o);
	}
}

static void
print_row(struct printer *p, const struct conf_obj *holder,
	  const struct kw_block *block, uint32_t row, const char *base)
{
	const struct kw *kw = &block->row[row];
	const struct conf_obj *sub = (const void *)(base + kw->offset);
	const struct conf_words *words = (const void *)(base + kw->offset);
	const struct conf_raw *raw;

	if (kw->type == KW_BLOCKS) {
		print_blocks(p, block, row, base);
		return;
	}
	if (!obj_is_given(holder, row))
		return;
	if (kw->type == KW_BLOCK && kw->sub != NULL) {
		print_block(p, kw, kw->size > 0 ? sub : holder,
			    kw->sub->is_flat ? base : (const char *)sub);
	} else if (kw->type == KW_LINES) {
		print_lines(p, kw, (const void *)(base + kw->offset));
	} else if (kw->type == KW_WORD_BLOCK && kw->size > 0) {
		print_word_block(p, kw, words->word, words->n);
	} else if (kw->type == KW_WORD_BLOCK) {
		raw = raw_find(holder, row);
		if (raw != NULL)
			print_word_block(p, kw, raw->word, raw->n);
	} else if (kw->type != KW_BLOCK) {
		print_value_row(p, holder, row, kw, base);
	}
}

/* Which rows of this block are lists of blocks, by the bit. */
static const struct lists *
lists_of(struct printer *p, const struct kw_block *block)
{
	struct lists *l =
		&p->lists[(uintptr_t)block / sizeof(*block) % LISTS_KNOWN];

	if (l->block == block)
		return l;
	*l = (struct lists){.block = block};
	for (uint32_t i = 0; i < block->n_rows; i++)
		if (block->row[i].type == KW_BLOCKS)
			l->bit[i / 64] |= (uint64_t)1 << (i % 64);
	return l;
}

/* Of some ninety rows a server has three or four. */
static void
print_rows(struct printer *p, const struct conf_obj *holder,
	   const struct kw_block *block, const char *base)
{
	uint64_t bit[2];

	memcpy(bit, lists_of(p, block)->bit, sizeof(bit));
	for (uint32_t w = 0; w < ARRAY_LEN(bit); w++)
		for (uint64_t left = bit[w] | holder->given[w]; left != 0;
		     left &= left - 1)
			print_row(p, holder, block,
				  w * 64 + (uint32_t)__builtin_ctzll(left),
				  base);
}

static bool
is_block_row(const struct kw *kw)
{
	return kw->type == KW_BLOCK || kw->type == KW_BLOCKS ||
	       kw->type == KW_LINES || kw->type == KW_WORD_BLOCK;
}

static void
print_root_rows(struct printer *p, const struct conf *c,
		const struct conf_module *m, bool want_blocks)
{
	const char *root = c->module[m->id];

	for (uint32_t i = 0; i < m->root.n_rows; i++)
		if (is_block_row(&m->root.row[i]) == want_blocks)
			print_row(p, (const void *)root, &m->root, i, root);
}

void
conf_print(const struct conf *c, const struct conf_module *const *modules,
	   uint32_t mask, struct buf *out)
{
	conf_print_as(c, modules, mask, CONF_SECRETS_WRITTEN, out);
}

void
conf_print_as(const struct conf *c, const struct conf_module *const *modules,
	      uint32_t mask, enum conf_secrets secrets, struct buf *out)
{
	struct printer p = {.out = out, .secrets = secrets};
	struct buf global = BUF_INIT;
	struct printer g = {.out = &global, .depth = 1, .secrets = secrets};

	for (size_t i = 0; modules[i] != NULL; i++)
		if ((mask & CONF_MASK(modules[i]->id)) != 0 &&
		    c->module[modules[i]->id] != NULL)
			print_root_rows(&p, c, modules[i], false);
	for (size_t i = 0; modules[i] != NULL; i++) {
		const struct conf_module *m = modules[i];
		const char *root = c->module[m->id];

		if ((mask & CONF_MASK(m->id)) != 0 && root != NULL &&
		    m->global.n_rows > 0)
			print_rows(&g, (const void *)(root + m->global_offset),
				   &m->global, root);
	}
	if (global.len > 0)
		buf_printf(out, "global_defs {\n%s}\n", buf_str(&global));
	buf_fini(&global);
	for (size_t i = 0; modules[i] != NULL; i++)
		if ((mask & CONF_MASK(modules[i]->id)) != 0 &&
		    c->module[modules[i]->id] != NULL)
			print_root_rows(&p, c, modules[i], true);
}
