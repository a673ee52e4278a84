/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Inside of parser/: what the steps of one reading share.  Nothing outside
 * parser/ includes this.
 *
 *	source  files and texts as a stack of lines
 *	expand  conditions, definitions, loops, variables, include
 *	lex     a line as statements of words
 *	schema  the tables made ready for look-up
 *	parse   statements into objects
 *	value   words into members
 *	resolve references, after reading
 */
#ifndef DUUMVIR_READER_H
#define DUUMVIR_READER_H

#include <stdarg.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/parse.h"
#include "parser/schema.h"

/* ---- source ---- */

/* One physical or made line, before or after expansion. */
struct src_line {
	char *s; /* NUL or line end behind len bytes; may be written to */
	size_t len;
	uint32_t no;
	uint16_t file;
};

/* A stretch of lines: a file, or text that stands for one line of it. */
struct src_frame {
	char *p, *end;
	uint32_t no;
	uint16_t file;
	bool is_file;
	bool has_nul, has_nbsp;
	const char *dir;	/* absolute; for relative include and _PWD */
	uint32_t include_check; /* to restore when the file ends */
	struct loop *loop;	/* ~SEQ, ~LST: makes its next line itself */
	const char *path;	/* a file not opened yet */
	uint32_t strict;	/* of the include that named it */
};

struct source {
	struct src_frame *frame;
	uint32_t n, size;
	uint32_t n_files, n_nested; /* read in all; files on the stack */
	uint64_t n_lines, n_made;
	size_t bytes;
};

/* Files that match pattern relative to dir, pushed so that the first is read
 * first.  strict: bits of enum conf_include_check. */
void source_include(struct conf_ctx *ctx, const char *pattern, uint32_t strict);
/* The main file or glob; false: there is nothing to read. */
bool source_open_main(struct conf_ctx *ctx, const char *path);
/* Text that stands for the line it is used on. */
void source_push_text(struct conf_ctx *ctx, char *text, size_t len);
void source_push_loop(struct conf_ctx *ctx, struct loop *loop);
/* A stretch of the main input whose first line is this one. */
void source_push_part(struct conf_ctx *ctx, char *text, size_t len,
		      uint32_t line);
/* The main input as text. */
void source_push_main(struct conf_ctx *ctx, const char *name, char *text,
		      size_t len);
/* Next line or false at the end of all.  Line ends are not part of it. */
bool source_next(struct conf_ctx *ctx, struct src_line *l);
struct src_frame *source_file(struct conf_ctx *ctx);
void source_fini(struct source *src);

/* ---- expand ---- */

struct macro;

struct expand {
	struct macro *macros; /* uthash by name */
	uint64_t steps;	      /* replacements so far, limited */
	uint64_t made;	      /* bytes of expanded text, limited */
	uint64_t max_steps, max_made, max_lines;
	uint64_t random;
	const char *config_id;
	bool is_over; /* a limit was hit: reading ends */
};

/* Next line ready for the lexer; false at the end. */
bool expand_next(struct conf_ctx *ctx, struct src_line *l);
void expand_init(struct conf_ctx *ctx);
void expand_fini(struct conf_ctx *ctx);
/* The next line of a loop into l; false: it is over. */
bool loop_next(struct conf_ctx *ctx, struct loop *loop, struct src_line *l);
/* Handles a ~SEQ, ~SEQx or ~LST line; false: it is none. */
bool loop_start(struct conf_ctx *ctx, const struct src_line *l);
void macro_set(struct conf_ctx *ctx, const char *name, size_t len,
	       const char *value, size_t value_len);
void count_text(struct conf_ctx *ctx, size_t len);
/* Replaces the variables of l; the new text lives in the arena. */
void expand_line(struct conf_ctx *ctx, struct src_line *l);

/* ---- lex ---- */

enum lex_end {
	LEX_EOL,
	LEX_OPEN,  /* { */
	LEX_CLOSE, /* } */
};

struct lex {
	char *p, *end;
	const char *start;	   /* of the line, for columns */
	const char *raw, *raw_end; /* of the last statement */
	struct kw_word *word;
	uint32_t n, size;
};

void lex_start(struct lex *lx, const struct src_line *l);
/* The next statement; false: the line is used up.  Words are not yet
 * terminated (raw is whole); lex_terminate() does that. */
bool lex_next(struct conf_ctx *ctx, struct lex *lx, enum lex_end *end);
void lex_terminate(struct lex *lx);
/* Length of the line without comment and trailing blanks. */
size_t lex_strip(const char *s, size_t len);
bool lex_is_blank(char c);
/* Whether the word needs quotes to come back as it is. */
bool lex_needs_quotes(const char *s);
/* The second tokeniser: words of level 1; of level 2 with escapes.  Returns
 * their number, or -EINVAL for an unclosed quote (given in *quote). */
int lex_split(struct arena *a, const char *s, bool escapes, const char ***word,
	      char *quote);

/* The same over the arguments of a keyword; complains about open quotes. */
int lex_split_arguments(struct kw_in *in, bool escapes, const char ***word,
			char *quote);

/* ---- schema ---- */

/* A row ready for look-up. */
struct row {
	const struct kw *kw;
	const struct kw_block *block; /* that it stands in */
	uint32_t index;		      /* in block */
	enum conf_module_id module;
	struct table *sub;
	bool needs_raw;
};

/* A block ready for look-up. */
struct table {
	const struct kw_block *block;
	struct row *row;
	uint32_t n;
	uint32_t *slot; /* open addressing, row index + 1 */
	uint32_t mask;
	void *template;	    /* a new object; NULL: flat */
	struct table *next; /* all tables of a schema */
	uint32_t *list;	    /* offsets of the lists to initialise */
	uint32_t n_lists;
	uint32_t lists_size;
};

struct schema {
	struct table *root, *global; /* rows of all modules */
	struct table *tables;
};

/* Makes the tables of opts ready; allocates the module roots in mask. */
void schema_init(struct conf_ctx *ctx);
/* The table of a block, or NULL. */
const struct table *schema_find(const struct conf_ctx *ctx,
				const struct kw_block *block);
const struct row *table_find(const struct table *t, const char *s, size_t len);
/* A new object of a table: the template copied, lists initialised. */
void *table_new_object(struct conf_ctx *ctx, const struct table *t);
/* Nearest keyword of the table, or NULL. */
const char *table_nearest(const struct table *t, const char *word);

/* ---- the reading ---- */

/* An open block. */
struct level {
	struct table *table; /* NULL: skipped whole */
	const struct row *row;
	void *base;   /* struct that the rows' offsets count from */
	void *parent; /* struct around it */
	struct conf_obj *obj;
	struct conf_list *list;	  /* obj goes here when it closes */
	struct conf_words *words; /* KW_WORD_BLOCK */
	uint32_t words_size;
	bool is_value; /* lines, not keywords */
	bool is_fresh; /* value block: a first '{' may still come */
};

struct ref {
	struct ref *next;
	const struct kw *kw;
	struct conf_obj *obj; /* that holds it; for lines the line */
	struct conf_obj *owner;
	const char **member; /* NULL: line */
	struct conf_list *list;
	struct conf_pos pos;
	uint32_t row;
};

struct index_entry;

struct conf_ctx {
	const struct conf_opts *opts;
	struct arena *arena;   /* of the configuration, or of an object */
	struct arena *scratch; /* ends with the reading */
	struct diag_sink *sink;
	struct conf *conf;
	struct conf_result *result;
	struct schema schema;
	struct source source;
	struct expand expand;
	struct lex lex;
	struct conf_pos pos; /* of what is being parsed */
	struct level level[CONF_MAX_DEPTH];
	uint32_t depth;
	const struct row *pending; /* a block keyword waits for its '{' */
	struct level next;	   /* the level it will open */
	int64_t braces;		   /* open ones, as counted */
	uint32_t skip;		   /* depth inside a skipped block */
	struct index_entry *index; /* uthash by list and name */
	struct ref *refs, **refs_tail;
	uint32_t include_check;
	const char *known_ifname; /* the interface that was looked up last */
	bool has_scripts, is_stopped, is_quiet, include_failed;
	bool has_told_blocks; /* what becomes of unknown ones */
	struct again *again;  /* see conf_read_again() */
	/* keepalived reads a file once per process and a missing argument ends
	 * the pass that it stands in; see ctx_stop_pass(). */
	int pass;      /* of the top level statement being read; -1: of all */
	int stop_pass; /* INT_MAX: no argument was missing */
};

/* Place and text of a complaint; col 0: the statement's. */
void ctx_report(struct conf_ctx *ctx, enum diag_class cls, uint32_t col,
		const char *expected, const char *near, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/*
 * A keyword lacks its argument: exit code 2.  The rest is still read for the
 * complaints that keepalived has made before it comes to this one: those of
 * the passes before.
 */
void ctx_stop_pass(struct conf_ctx *ctx, const char *keyword);
/* Notes the module of a top level statement; NULL: unknown. */
void ctx_set_pass(struct conf_ctx *ctx, const struct row *row);
uint16_t ctx_add_file(struct conf_ctx *ctx, const char *name);

/* ---- read, again ---- */

/* The steps of a reading. */
struct conf_ctx *reading_new(const struct conf_opts *opts,
			     struct diag_sink *sink);
/* Statements of all that was pushed. */
void reading_lines(struct conf_ctx *ctx);
/* The end of the input. */
void reading_close(struct conf_ctx *ctx);
/* References, rules of the modules; *r has the tree. */
void reading_resolve(struct conf_ctx *ctx, struct conf_result *r);
void reading_free(struct conf_ctx *ctx);
/* Whether rules of this module have something to look at. */
bool again_concerns(const struct conf_ctx *ctx, const struct conf_module *m);
/* The words of the statement from this one on are copied, if its row may keep
 * them and the text does not stay. */
void again_keep_words(struct conf_ctx *ctx, const struct kw *kw, uint32_t from);
/* conf_free() of what conf_read_again() has read. */
void parts_free(struct conf *c);

/* ---- block ---- */

/* The innermost open block. */
struct level *ctx_top(struct conf_ctx *ctx);
/* The struct that a row's member lies in, and who notes that it was given;
 * NULL: its module is not being read. */
void *row_base(struct conf_ctx *ctx, const struct row *row,
	       struct conf_obj **holder);
/* A block keyword; the block opens now or at a later '{'. */
void block_start(struct conf_ctx *ctx, const struct row *row, struct kw_in *in,
		 enum lex_end end);
/* A list keyword: its lines are taken from here to the next '}'. */
void block_start_list(struct conf_ctx *ctx, const struct row *row,
		      const struct kw_in *in, enum lex_end end);
/* Opens a level, and that of its lines if it has no keywords. */
void block_open(struct conf_ctx *ctx, const struct level *l);
/* The pending block's keyword was not followed by '{'. */
void block_missing_brace(struct conf_ctx *ctx);
/* Ends the innermost block: its rules, then its place in the tree. */
void block_close(struct conf_ctx *ctx);
/* The same for a '}' of the text. */
void block_close_brace(struct conf_ctx *ctx);
void block_unexpected_brace(struct conf_ctx *ctx);
/* A row's text with its one %s replaced. */
const char *ctx_with_name(struct conf_ctx *ctx, const char *text,
			  const char *name);

/* ---- line, parse ---- */

/* A statement inside a list. */
void line_statement(struct conf_ctx *ctx, enum lex_end end);
/* Any statement: ctx->lex has its words. */
void parse_statement(struct conf_ctx *ctx, enum lex_end end);

/* ---- value ---- */

/* Parses in->word[1..] into the member of in->obj; how many words were taken
 * or -EINVAL after reporting. */
int value_parse(struct kw_in *in, const struct row *row);
bool value_is_equal(const struct kw *kw, const void *a, const void *b);
/* Arguments, each after a blank; false: nothing sensible to print. */
void value_print(const struct kw *kw, const void *member, struct buf *out);
/* KW_STRING in a char[]; a KW_BOOL that is true; nothing in the member. */
bool value_is_array(const struct kw *kw);
bool value_is_true(const struct kw *kw, const void *member);
bool value_is_unset(const struct kw *kw, const void *member);
/* Keeps the words of a statement for printing. */
void raw_keep(struct conf_ctx *ctx, struct conf_obj *obj, uint32_t row,
	      const struct kw_word *word, uint32_t n, const char *told);
const struct conf_raw *raw_find(const struct conf_obj *obj, uint32_t row);
bool raw_is_equal(const struct conf_raw *a, const struct conf_raw *b);
/* Whether a row prints and compares the words as written. */
bool kw_is_raw(const struct kw *kw);

/* ---- resolve ---- */

void index_add(struct conf_ctx *ctx, const struct conf_list *list,
	       struct conf_obj *obj);
struct conf_obj *index_find(struct conf_ctx *ctx, const struct conf_list *list,
			    const char *name);
/* Next number of a nameless object of this keyword in the list. */
uint32_t index_count(struct conf_ctx *ctx, const struct conf_list *list,
		     const struct kw *kw);
void index_fini(struct conf_ctx *ctx);
void ref_note(struct conf_ctx *ctx, const struct ref *ref);
void resolve_refs(struct conf_ctx *ctx);

/* ---- tree ---- */

static inline bool
obj_is_given(const struct conf_obj *o, uint32_t row)
{
	return o->given[row / 64] >> (row % 64) & 1;
}

static inline void
obj_set_given(struct conf_obj *o, uint32_t row, bool is_given)
{
	uint64_t bit = (uint64_t)1 << (row % 64);

	if (is_given)
		o->given[row / 64] |= bit;
	else
		o->given[row / 64] &= ~bit;
}

#endif
