/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The language in which keyword tables are written.
 *
 * One keyword is one struct kw.  From that row come parsing, range checks,
 * defaults, diagnostics, canonical printing, comparing two configurations,
 * the manual and the fuzz dictionary.  Rows stand in a struct kw_block (the
 * inside of one block, or the option words of one line); blocks belong to a
 * struct conf_module.  Tables are const data: nothing here is ever written.
 *
 *	static const struct kw instance_rows[] = {
 *		{.name = "priority", .type = KW_UINT,
 *		 KW_MEMBER(struct vrrp_instance_conf, priority),
 *		 KW_RANGE(1, 255), .def = "100", .flags = KW_NEED | KW_STRICT,
 *		 .reload = KW_LIVE, .doc = "Election priority ..."},
 *		...
 *	};
 *	static const struct kw_block instance_block = {
 *		KW_ROWS(instance_rows),
 *		.size = sizeof(struct vrrp_instance_conf),
 *		.head = KW_HEAD_NAME,
 *		.check = instance_check,
 *	};
 */
#ifndef DUUMVIR_SCHEMA_H
#define DUUMVIR_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/util.h"
#include "parser/diag.h"
#include "parser/tree.h"

struct arena;
struct buf;
struct conf_ctx;
struct kw_in;

/*
 * What a keyword takes and what its member is.  "n words" is how many words
 * the type takes; further words on a keyword's line are ignored silently (as
 * keepalived does) unless the row has option words (.sub).
 *
 * A row without member (no KW_MEMBER) is still checked by its type and
 * range; its words are kept and printed as written and two configurations
 * are compared by those words.  Good for pending rows.
 */
enum kw_type {
	KW_FLAG,       /* bool = true; with KW_INVERT false.  0 words */
	KW_SET,	       /* integer = .min.  0 words */
	KW_BOOL,       /* bool or enum conf_tri; bare = true, else on|off|true|
		  * false|yes|no.  0..1 words (0 as option word) */
	KW_UINT,       /* unsigned integer of any width, .min .max.  1 word */
	KW_INT,	       /* signed integer of any width, .min .max.  1 word */
	KW_SECONDS,    /* nsec_t; .min .max in ns, .decimals allowed.  1 word */
	KW_MSEC,       /* nsec_t; written in milliseconds */
	KW_USEC,       /* nsec_t; written in microseconds */
	KW_STRING,     /* const char *, or char[] (NUL padded, maybe not
		     * terminated; longer is an error); .max: most bytes */
	KW_PATH,       /* const char *: as KW_STRING */
	KW_IFNAME,     /* const char *: 1..15 bytes */
	KW_WORDS,      /* struct conf_words: the rest of the line */
	KW_WORD_BLOCK, /* struct conf_words: { words, over lines }.  With .ops
			* its parse looks them over at the '}' (no words of
			* its own); may take some out */
	KW_ENUM,       /* integer: one of .words */
	KW_BITS,       /* integer: the OR of one or more of .words; blanks or
			* '|' between them */
	KW_ADDR,       /* struct addr; .family restricts, KW_MCAST demands */
	KW_ADDR_PORT,  /* struct addr_port: ADDR [PORT].  1..2 words */
	KW_PREFIX,     /* struct conf_prefix: ADDR[/LEN] */
	KW_SCRIPT,     /* struct conf_script: command, user, group */
	KW_USER,       /* struct conf_user: USER [[:]GROUP].  1..2 words */
	KW_REF,	       /* const char *: name of an object under the top
			* level keyword .ref; verified after reading */
	KW_BLOCK,      /* { .sub }, may stand more than once (rows add up).
			* Member: a struct that begins with struct conf_obj,
			* embedded.  See kw_block.is_flat.  Without .sub: the
			* global_defs block that the modules share */
	KW_BLOCKS,     /* [head words] { .sub }, repeatable: each becomes an
			* object at the end of the member, a conf_list.
			* Several rows may share one list (checkers) */
	KW_LINES,      /* { one object per line }: member is a conf_list; .sub
			* tells positional words (open) and option words.
			* With the name "" as first row of a block: all lines
			* of that block, which then has no keywords */
	KW_LINE,       /* an object on the keyword's own line: .sub as for
			* KW_LINES; member as for KW_BLOCK */
	KW_ALIAS,      /* another name for row .alias of the same block */
	KW_CUSTOM,     /* .ops; a .sub is for the manual only */
	KW_IGNORED,    /* accepted, does nothing, .note says why; with a
			* following { } block skipped whole */
	KW_DOC,	       /* never matches: a row of the manual, e.g. for a
			* positional word; a name that begins with ':' stands
			* for a word in the head of its block */
};

enum kw_flag {
	KW_PENDING = 1u << 0, /* nothing acts on it yet */
	/* Without its first argument: message and exit code 2 at once.  Not
	 * set and argument missing: class MISSING_PARAMETER, line ignored. */
	KW_NEED = 1u << 1,
	KW_BARE = 1u << 2, /* the argument may be missing: row is marked as
			    * given, member untouched */
	KW_FIRST_WINS = 1u << 3, /* a repeat is complained about, ignored */
	KW_MULTI = 1u << 4,	 /* repeats are wanted: no note, all kept */
	KW_DEPRECATED = 1u << 5, /* complaint; .note: "please use 'x'" */
	KW_STRICT = 1u << 6,	 /* number: no leading-number leniency */
	KW_CLAMP = 1u << 7,	 /* number: complaint, nearest limit used */
	KW_ZERO_NOTE = 1u << 8,	 /* number: 0 below .min is taken as 0 with a
				  * note (.note) instead of a complaint */
	KW_C_NUMBER = 1u << 9,	 /* number: 0x.. and 0.. as in C */
	KW_NOCASE = 1u << 10,	 /* enum, bits: any case */
	KW_INVERT = 1u << 11,	 /* flag: false */
	KW_MCAST = 1u << 12,	 /* addr: must be multicast */
	KW_UNIQUE = 1u << 13,	 /* blocks, lines: a second object of the same
				  * name is complained about and skipped;
				  * .note: text with one %s for the name, or
				  * NULL.  With KW_MULTI just a note */
	KW_EXTRA = 1u << 14,	 /* not one of keepalived's keywords: not in
				  * the list of paths */
	KW_SECURITY = 1u << 15,	 /* script: counts as a script that runs */
	KW_ESCAPES = 1u << 16,	 /* string: one word of the second tokeniser,
				  * with its escapes (regex) */
	KW_TRUNCATE = 1u << 17,	 /* string: a longer one is cut, complaint */
	KW_EXACT = 1u << 18,	 /* a further word is a complaint, the line is
				  * ignored */
	KW_SECRET = 1u << 19,	 /* the last word is no one's business: logs,
				  * dumps and plans do not show it */
};

/* How a change of this row is applied on reload; the worst decides. */
enum kw_reload {
	KW_RESTART, /* the object stops and starts anew (the default) */
	KW_LIVE,    /* swap the configuration, step(EV_RECONF) */
	KW_FIXED,   /* needs a restart of the daemon: reload is refused */
};

/* Words of KW_ENUM and KW_BITS; ends with word NULL.  The first word of a
 * value is the canonical one. */
struct kw_word_value {
	const char *word;
	int64_t value;
};

/*
 * KW_CUSTOM.  Only parse is needed: without print the words are printed as
 * written, without equal they are compared.
 */
struct kw_ops {
	/*
	 * in->word[0] is the keyword, member is where .offset points (NULL
	 * without member).  Returns how many words after word[0] it took, or
	 * -EINVAL after it has reported why (the row then counts as not
	 * given).
	 */
	int (*parse)(struct kw_in *in, void *member);
	/* Appends the arguments, each after a blank (kw_print_word()). */
	void (*print)(struct buf *out, const void *member);
	bool (*equal)(const void *a, const void *b);
};

struct kw {
	const char *name;
	enum kw_type type;
	uint32_t flags; /* enum kw_flag */
	enum kw_reload reload;
	uint32_t offset;  /* KW_MEMBER() */
	uint32_t size;	  /* 0: no member */
	int64_t min, max; /* both 0: the whole range of the member */
	uint8_t decimals;
	uint16_t family; /* addresses: AF_INET, AF_INET6, 0 both */
	/* Default in configuration syntax (arguments only); it is applied to
	 * each new object and shown in the manual. */
	const char *def;
	const char *def_doc; /* shown instead, or where no literal exists */
	const char *args;    /* synopsis; NULL: derived from the type */
	const char *unit;    /* for a derived synopsis, e.g. "seconds" */
	const char *since;   /* keepalived version; NULL: "2.2.7" */
	const char *doc;     /* one or more sentences for the manual */
	const char *note;
	const char *ref;       /* KW_REF and tracked lines: top level keyword */
	const char *ref_label; /* e.g. "track script" in messages */
	const char *alias;
	const struct kw_word_value *words;
	const struct kw_block *sub; /* inside of a block; option words */
	const struct kw_ops *ops;
};

#define KW_MEMBER(type, member)                                                \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define KW_RANGE(lo, hi) .min = (lo), .max = (hi)
#define KW_ROWS(rows)	 .row = (rows), .n_rows = ARRAY_LEN(rows)

/* What stands between a block's keyword and its '{'. */
enum kw_head {
	KW_HEAD_NONE,  /* nothing; in a list the name becomes "KEYWORD",
			* "KEYWORD#2", ... */
	KW_HEAD_NAME,  /* one word: the name */
	KW_HEAD_WORDS, /* several, parsed by open(), which sets obj->name to
			* their canonical form, printed as it is */
};

/* The inside of a block, or the words of a line.  At most 128 rows. */
struct kw_block {
	const struct kw *row;
	uint32_t n_rows;
	uint32_t size; /* of the C struct; 0 for a flat block */
	enum kw_head head;
	/* The rows' offsets count from the struct around it; the member of
	 * the block's own row is then just a struct conf_obj. */
	bool is_flat;
	/* Lines: words that no row knows go to open() only; without this they
	 * are complained about. */
	bool ignores_unknown;
	/* open() makes a name of its own and keeps no word of the head. */
	bool makes_name;
	/* More defaults, once per table into a template (zeroed, .def applied)
	 * that is copied for each object.  Not for lists. */
	void (*init)(void *obj);
	/*
	 * Head or positional words: in->word[1..] (for KW_LINES word[0..]).
	 * Sets obj->name.  Returns how many words it took (option words
	 * follow), or -EINVAL after reporting: the block is skipped whole, the
	 * line is ignored.  Without it the first word is the name of a line
	 * or of KW_HEAD_NAME.
	 */
	int (*open)(struct kw_in *in, void *obj);
	/*
	 * After the closing brace or the end of the line: cross-field rules.
	 * May report and fix up; false drops the object (after reporting).
	 * parent is the struct around it.  References are not resolved yet.
	 */
	bool (*check)(struct conf_ctx *ctx, void *obj, void *parent);
	/*
	 * Of top level objects: whether one with this head (the rest of its
	 * line, as printed) depends on, and is depended on by, no other object
	 * for which this is true; see conf_read_again().  The module's resolve
	 * leaves those alone that are is_taken, and encloses what it does with
	 * another one in conf_enter() and conf_leave().
	 */
	bool (*stands_alone)(const char *head);
};

enum conf_module_id {
	CONF_DAEMON,
	CONF_COMMON,
	CONF_VRRP,
	CONF_CHECK,
	CONF_IPVS,
	CONF_BFD,
	CONF_MODULE_COUNT,
};
_Static_assert((int)CONF_MODULE_COUNT <= CONF_MODULES_MAX, "modules");

#define CONF_MASK(id) (1u << (id))
#define CONF_MASK_ALL ((1u << CONF_MODULE_COUNT) - 1)

/* The words of one area.  Its root struct begins with struct conf_obj. */
struct conf_module {
	enum conf_module_id id;
	const char *name;
	const char *process;  /* column of the keyword list: "vrrp", ... */
	struct kw_block root; /* top level rows; .size: the root struct */
	/* Rows for the global_defs block, which all modules share: offsets
	 * count from the root struct; global_offset is a struct conf_obj in
	 * the root that notes which were given.  n_rows 0: none. */
	struct kw_block global;
	uint32_t global_offset;
	/*
	 * After all was read and references were resolved, in module order:
	 * inheritance, effective values, rules across objects; may report and
	 * remove objects (conf_drop()).  Reads other modules' roots through
	 * conf, which may be NULL for modules that were not asked for.
	 */
	void (*resolve)(struct conf_ctx *ctx, struct conf *conf, void *root);
};

/* ---- for callbacks: what is being parsed ---- */

struct kw_word {
	/* NUL terminated, lives as long as the configuration: keep freely (the
	 * keyword itself, word[0] of a row, does not) */
	const char *s;
	uint32_t len;
	uint16_t col; /* 1-based */
	bool is_quoted;
};

struct kw_in {
	struct conf_ctx *ctx;
	const struct kw *kw; /* the row; NULL for a line */
	void *obj;	     /* the struct that the member lies in */
	void *parent;	     /* for open(): the struct around it */
	const struct kw_word *word;
	uint32_t n;
	/* The line from word[0] on, comments removed and variables replaced,
	 * for the second tokeniser: gone after the reading. */
	const char *raw;
	/* Set by parse(): what the engines are told instead of the last word
	 * (conf_raw.told). */
	const char *told;
};

/* Options of this reading that rules need. */
struct conf_opts;
const struct conf_opts *conf_ctx_opts(const struct conf_ctx *ctx);
struct arena *conf_ctx_arena(struct conf_ctx *ctx);
/* What conf_ctx_arena() is in between: that of a top level object. */
void conf_enter(struct conf_ctx *ctx, const struct conf_obj *obj);
void conf_leave(struct conf_ctx *ctx);
/* Only objects that are not is_taken have come: what all others are to each
 * other was settled before. */
bool conf_is_again(const struct conf_ctx *ctx);
/* The configuration so far (open and check run while it is still read). */
struct conf *conf_ctx_conf(struct conf_ctx *ctx);

/* Reports at the line that is being parsed. */
void conf_report(struct conf_ctx *ctx, enum diag_class cls, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));
/* The same with what was expected (NULL: nothing to say). */
void conf_report_expected(struct conf_ctx *ctx, enum diag_class cls,
			  const char *expected, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* At an object, after reading. */
void conf_report_at(struct conf_ctx *ctx, const struct conf_pos *pos,
		    enum diag_class cls, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* An ordinary error that also ends reading: exit code 2. */
void conf_report_stop(struct conf_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* for (each row i that was given, in order) */
#define OBJ_FOREACH_GIVEN(o, i)                                                \
	for (uint32_t w_ = 0, i; w_ < ARRAY_LEN((o)->given); w_++)             \
		for (uint64_t left_ = (o)->given[w_];                          \
		     left_ != 0 &&                                             \
		     (i = w_ * 64 + (uint32_t)__builtin_ctzll(left_), true);   \
		     left_ &= left_ - 1)

/* Whether a row was given, by its keyword; no, if the table has none such.
 * Asked many times for every server: only the few words that were written are
 * looked at.  That keyword is one at all is for tests/lint/keywords. */
static inline bool
conf_is_given(const struct conf_obj *obj, const char *keyword)
{
	const struct kw *row = obj->block->row;

	OBJ_FOREACH_GIVEN (obj, i) {
		const char *name = row[i].name;

		/* the first letters spare most calls */
		if (name[0] == keyword[0] && name[1] == keyword[1] &&
		    strcmp(name, keyword) == 0)
			return true;
	}
	return false;
}
/* Was any keyword written whose value begins within these bytes of it? */
bool conf_is_given_within(const struct conf_obj *obj, size_t offset,
			  size_t size);
/* The same of a word of the top level or of global_defs, whichever module has
 * it; no, if that module is not being read. */
bool conf_has_given(struct conf_ctx *ctx, const char *keyword);
/* Was it given in any top level block of this kind? */
bool conf_any_given(struct conf_ctx *ctx, const char *kind,
		    const char *keyword);
/* Marks a row as given or not, for fix-ups that must (not) be printed. */
void conf_set_given(struct conf_obj *obj, const char *keyword, bool is_given);
/* How strict include is from here on, to the end of the file (the row
 * include_check sets it). */
enum conf_include_check {
	CONF_INCLUDE_READ = 1,
	CONF_INCLUDE_MATCH = 2,
	CONF_INCLUDE_WILDCARD = 4,
	CONF_INCLUDE_BRACE = 8,
	CONF_INCLUDE_ALL = 15,
};
/* ${_RANDOM} begins a sequence that this number decides. */
void conf_ctx_seed_random(struct conf_ctx *ctx, uint32_t seed);
void conf_ctx_set_include_check(struct conf_ctx *ctx, uint32_t bits);
uint32_t conf_ctx_include_check(const struct conf_ctx *ctx);

/* Takes an object out of its list (it dies with the arena).  Walks the list:
 * for many objects see conf_filter(). */
void conf_drop(struct conf_list *list, struct conf_obj *obj);
/* Takes out of the list each object that keep refuses, in one walk, in order.
 * keep must not look at the list: it is being rebuilt. */
void conf_filter(struct conf_list *list,
		 bool (*keep)(void *arg, struct conf_obj *obj), void *arg);
/* A top level object by keyword and name, e.g. "vrrp_script", "chk"; NULL. */
struct conf_obj *conf_find(struct conf_ctx *ctx, const char *keyword,
			   const char *name);
/* Whether the module that owns this top level keyword is being read. */
bool conf_has_kind(struct conf_ctx *ctx, const char *keyword);
/* Marks that a script runs as configured (see KW_SECURITY). */
void conf_note_script(struct conf_ctx *ctx);
bool conf_has_scripts(const struct conf_ctx *ctx);

/* ---- for custom rows: the types' own parsers ---- */

/*
 * Each parses one word and reports what is wrong with it in keepalived's
 * words; 0 or -EINVAL with the result untouched.
 */
int kw_parse_int(struct kw_in *in, uint32_t i, int64_t min, int64_t max,
		 int64_t *v);
/* decimals digits after the point; unit: ns per 1. */
int kw_parse_decimal(struct kw_in *in, uint32_t i, const struct kw *range,
		     int64_t *ns);
int kw_parse_bool(struct kw_in *in, uint32_t i, bool *v);
int kw_parse_addr(struct kw_in *in, uint32_t i, uint16_t family,
		  struct addr *a);
int kw_parse_enum(struct kw_in *in, uint32_t i,
		  const struct kw_word_value *words, bool nocase, int64_t *v);
/* Option words from word[i] on, by a word table, into obj (offsets count
 * from it); unknown ones are reported unless the table ignores them.  Returns
 * how many words were taken. */
int kw_parse_words(struct kw_in *in, uint32_t i, const struct kw_block *words,
		   void *obj);
/* Whether kw_parse_words() accepted any word from word[i] on. */
bool kw_has_words(const struct kw_in *in, uint32_t i);
/* The second tokeniser (quotes ' and ", gluing, escapes) over in->raw after
 * the keyword: command, user, group. */
int kw_parse_script(struct kw_in *in, struct conf_script *script);

/* Appends " word", quoted if the lexer needs it. */
void kw_print_word(struct buf *out, const char *word);
void kw_print_fmt(struct buf *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
