/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The tables as lists, manual and dictionary; see doc.h. */
#include "parser/doc.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "lib/util.h"
#include "parser/number.h"
#include "parser/reader.h"
#include "parser/rows.h"

#define DOC_DEPTH_MAX 12

/* ---- synopses ---- */

static void
print_unit(const struct kw *kw, struct buf *out)
{
	if (kw->unit != NULL)
		buf_printf(out, " %s", kw->unit);
}

static void
print_int_args(const struct kw *kw, struct buf *out)
{
	int64_t min, max;

	number_range(kw, &min, &max);
	buf_printf(out, "<INT %" PRId64 "..%" PRId64, min, max);
	print_unit(kw, out);
	buf_addc(out, '>');
}

static void
print_time_args(const struct kw *kw, struct buf *out)
{
	buf_adds(out, kw->decimals > 0 ? "<DECIMAL " : "<INT ");
	number_print_time(kw, kw->min, out);
	if (kw->max > 0) {
		buf_adds(out, "..");
		number_print_time(kw, kw->max, out);
	} else {
		buf_adds(out, "..");
	}
	if (kw->unit != NULL)
		print_unit(kw, out);
	else
		buf_adds(out, kw->type == KW_MSEC   ? " ms"
			      : kw->type == KW_USEC ? " microseconds"
						    : " seconds");
	buf_addc(out, '>');
}

static void
print_choice(const struct kw *kw, struct buf *out)
{
	for (const struct kw_word_value *w = kw->words; w->word != NULL; w++)
		buf_printf(out, "%s%s", w == kw->words ? "" : "|", w->word);
	if (kw->type == KW_BITS)
		buf_adds(out, " ...");
}

static const char *
fixed_args(const struct kw *kw)
{
	switch (kw->type) {
	case KW_BOOL:
		return "[<BOOL>]";
	case KW_STRING:
		return "<STRING>";
	case KW_PATH:
		return "<PATH>";
	case KW_IFNAME:
		return "<IFNAME>";
	case KW_WORDS:
		return "<STRING> ...";
	case KW_WORD_BLOCK:
		return "{ <STRING> ... }";
	case KW_ADDR:
		return kw->family == AF_INET	? "<IPv4>"
		       : kw->family == AF_INET6 ? "<IPv6>"
						: "<IPADDR>";
	case KW_ADDR_PORT:
		return "<IPADDR> [<PORT>]";
	case KW_PREFIX:
		return "<IPADDR>[/<PREFIX>]";
	case KW_SCRIPT:
		return "<QUOTED-STRING> [<USER> [[:]<GROUP>]]";
	case KW_USER:
		return "<USER> [[:]<GROUP>]";
	case KW_REF:
		return "<NAME>";
	case KW_BLOCK:
		return "{...block...}";
	case KW_BLOCKS:
		return kw->sub != NULL && kw->sub->head == KW_HEAD_NONE
			       ? "{...block...}"
			       : "<NAME> {...block...}";
	case KW_LINES:
		return "{ one per line }";
	case KW_FLAG:
	case KW_SET:
	case KW_UINT:
	case KW_INT:
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
	case KW_ENUM:
	case KW_BITS:
	case KW_LINE:
	case KW_ALIAS:
	case KW_CUSTOM:
	case KW_IGNORED:
	case KW_DOC:
		break;
	}
	return "";
}

void
kw_print_args(const struct kw *kw, struct buf *out)
{
	if (kw->args != NULL)
		buf_adds(out, kw->args);
	else if (kw->type == KW_UINT || kw->type == KW_INT)
		print_int_args(kw, out);
	else if (kw->type == KW_SECONDS || kw->type == KW_MSEC ||
		 kw->type == KW_USEC)
		print_time_args(kw, out);
	else if ((kw->type == KW_ENUM || kw->type == KW_BITS) &&
		 kw->words != NULL)
		print_choice(kw, out);
	else
		buf_adds(out, fixed_args(kw));
}

/* ---- walking the tables ---- */

struct walk {
	void (*fn)(struct walk *w, const struct kw *kw, bool is_word);
	struct buf *out;
	struct buf path;
	const char *process;
	uint32_t depth;
	bool is_pending; /* nothing acts on it, or on what it stands in */
};

static void walk_block(struct walk *w, const struct kw_block *block,
		       bool is_word);

static bool
has_word_table(const struct kw *kw)
{
	return kw->sub != NULL && kw->type != KW_BLOCK && kw->type != KW_BLOCKS;
}

static void
walk_row(struct walk *w, const struct kw *kw, bool is_word)
{
	size_t len = w->path.len;
	bool was_pending = w->is_pending;

	if ((kw->flags & KW_EXTRA) != 0 || w->depth >= DOC_DEPTH_MAX)
		return;
	if (len > 0 && kw->name[0] != '\0' && kw->name[0] != ':')
		buf_addc(&w->path, is_word ? ':' : '/');
	buf_adds(&w->path, kw->name);
	w->is_pending |= (kw->flags & KW_PENDING) != 0;
	if (kw->name[0] != '\0')
		w->fn(w, kw, is_word);
	if (kw->sub != NULL) {
		w->depth++;
		walk_block(w, kw->sub, has_word_table(kw));
		w->depth--;
	}
	w->is_pending = was_pending;
	w->path.len = len;
	w->path.data[len] = '\0';
}

static void
walk_block(struct walk *w, const struct kw_block *block, bool is_word)
{
	for (uint32_t i = 0; i < block->n_rows; i++)
		walk_row(w, &block->row[i], is_word);
}

/* Rows of global_defs of all modules, where the keyword stands. */
static void
walk_globals(struct walk *w, const struct conf_module *const *modules)
{
	const char *process = w->process;

	w->process = "global";
	for (size_t i = 0; modules[i] != NULL; i++) {
		size_t len = w->path.len;

		buf_adds(&w->path, "global_defs");
		w->depth++;
		walk_block(w, &modules[i]->global, false);
		w->depth--;
		w->path.len = len;
		w->path.data[len] = '\0';
	}
	w->process = process;
}

static void
walk_all(struct walk *w, const struct conf_module *const *modules)
{
	for (size_t i = 0; modules[i] != NULL; i++) {
		const struct kw_block *root = &modules[i]->root;

		w->process = modules[i]->process;
		for (uint32_t k = 0; k < root->n_rows; k++) {
			walk_row(w, &root->row[k], false);
			if (root->row[k].type == KW_BLOCK &&
			    root->row[k].sub == NULL)
				walk_globals(w, modules);
		}
	}
	buf_fini(&w->path);
}

static const char *
default_text(const struct kw *kw)
{
	return kw->def_doc != NULL ? kw->def_doc
	       : kw->def != NULL   ? kw->def
				   : "";
}

static void
print_path(struct walk *w, const struct kw *kw, bool is_word)
{
	struct buf args = BUF_INIT;

	(void)is_word;
	kw_print_args(kw, &args);
	buf_printf(w->out, "%s\t%s\t%s\t%s\t%s\t%s\n", buf_str(&w->path),
		   buf_str(&args), default_text(kw),
		   kw->since != NULL ? kw->since : "2.2.7", w->process,
		   kw->doc != NULL ? kw->doc : "");
	buf_fini(&args);
}

void
doc_print_paths(const struct conf_module *const *modules, struct buf *out)
{
	struct walk w = {.fn = print_path, .out = out, .path = BUF_INIT};

	buf_adds(out, "path\targs\tdefault\tsince\tprocess\tmeaning\n");
	walk_all(&w, modules);
	w.path = BUF_INIT;
	w.process = "parser";
	buf_adds(&w.path, "(parser)");
	for (uint32_t i = 0; i < parser_n_rows; i++)
		walk_row(&w, &parser_rows[i], false);
	buf_fini(&w.path);
}

static void
print_pending(struct walk *w, const struct kw *kw, bool is_word)
{
	(void)is_word;
	(void)kw;
	if (w->is_pending)
		buf_printf(w->out, "%s\n", buf_str(&w->path));
}

void
doc_print_pending(const struct conf_module *const *modules, struct buf *out)
{
	struct walk w = {.fn = print_pending, .out = out, .path = BUF_INIT};

	walk_all(&w, modules);
}

static void
print_dict(struct walk *w, const struct kw *kw, bool is_word)
{
	(void)is_word;
	if (kw->type == KW_DOC)
		return;
	buf_printf(w->out, "\"%s\"\n", kw->name);
	if (kw->words == NULL)
		return;
	for (const struct kw_word_value *v = kw->words; v->word != NULL; v++)
		buf_printf(w->out, "\"%s\"\n", v->word);
}

void
doc_print_dict(const struct conf_module *const *modules, struct buf *out)
{
	static const char *const own[] = {
		" {\\x0a",  "}\\x0a",	   "~SEQ(A,1,3) ", "~LST(A,x,y) ",
		"$A=",	    "${A}",	   "${_PWD}",	   "${_RANDOM 1 9}",
		"@^id ",    "include ",	   "\\x0a",	   "\\\"",
		"10.0.0.1", "10.0.0.0/24", "fe80::1",	   "\\xc2\\xa0",
	};
	struct walk w = {.fn = print_dict, .out = out, .path = BUF_INIT};

	walk_all(&w, modules);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		buf_printf(out, "\"%s\"\n", own[i]);
}

/* ---- the manual ---- */

static void
roff_text(struct buf *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		buf_adds(out, "\\&");
	for (; *s != '\0'; s++)
		if (*s == '\\')
			buf_adds(out, "\\e");
		else if (*s == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, *s);
}

static void
print_man_row(struct walk *w, const struct kw *kw, bool is_word)
{
	struct buf args = BUF_INIT;
	bool is_section = w->depth == 0 &&
			  (kw->type == KW_BLOCK || kw->type == KW_BLOCKS ||
			   kw->type == KW_LINES);

	(void)is_word; /* the path says it */
	kw_print_args(kw, &args);
	buf_adds(w->out, is_section ? ".SS " : ".TP\n.B ");
	roff_text(w->out, buf_str(&w->path));
	if (args.len > 0) {
		buf_adds(w->out, is_section ? " " : "\\fR ");
		roff_text(w->out, buf_str(&args));
	}
	buf_addc(w->out, '\n');
	roff_text(w->out, kw->doc != NULL ? kw->doc : "");
	if (*default_text(kw) != '\0') {
		buf_adds(w->out, "\nDefault: ");
		roff_text(w->out, default_text(kw));
		buf_addc(w->out, '.');
	}
	if (w->is_pending)
		buf_adds(w->out, "\nAccepted, but nothing acts on it yet.");
	buf_addc(w->out, '\n');
	buf_fini(&args);
}

void
doc_print_man(const struct conf_module *const *modules, struct buf *out)
{
	struct walk w = {.fn = print_man_row, .out = out, .path = BUF_INIT};

	buf_adds(out, ".SH KEYWORDS\n");
	walk_all(&w, modules);
	w.path = BUF_INIT;
	w.depth = 1;
	buf_adds(out, ".SH PREPROCESSOR AND SYNTAX\n");
	for (uint32_t i = 0; i < parser_n_rows; i++)
		walk_row(&w, &parser_rows[i], false);
	buf_fini(&w.path);
}
