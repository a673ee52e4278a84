/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration as an immutable typed tree.  Every block and every line
 * of a list is a C struct that begins with struct conf_obj; a member is named
 * like its keyword ('-' becomes '_').  The tree lives in one arena.
 */
#ifndef DUUMVIR_TREE_H
#define DUUMVIR_TREE_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/monotime.h"

struct arena;
struct conf_parts;
struct kw_block;

/* Where something stood: index into the list of files read, 1-based line and
 * column. */
struct conf_pos {
	uint16_t file;
	uint16_t col;
	uint32_t line;
};

/* Words of a line as they were given, kept where a row has no typed member
 * or prints what was written.  See parser/print.h. */
struct conf_raw {
	struct conf_raw *next;
	uint32_t
		row; /* index into the schema; CONF_RAW_LINE: the line itself */
	uint32_t n;
	/* What the engines are told instead of the last word, e.g. the content
	 * of a file that they cannot read; NULL: as written. */
	const char *told;
	const char *word[];
};
#define CONF_RAW_LINE UINT32_MAX

/* Head of every block, list line, module root and global_defs section. */
struct conf_obj {
	STAILQ_ENTRY(conf_obj) link;
	const struct kw_block *block; /* its schema */
	struct conf_raw *raw;
	/* Identity among its siblings, e.g. an instance's name or
	 * "192.168.3.110 80"; NULL for a block that can stand once. */
	const char *name;
	/* What two configurations match it by; NULL: the name.  Set by rules
	 * that know better: a service is its protocol, too. */
	const char *key;
	/* While reading: was refused, but those who refer to it are not to
	 * blame; it goes, and they go, without another word. */
	bool is_void;
	/* See conf_read_again(): this object has an arena of its own; it is
	 * the one of the configuration before, to the last byte. */
	bool is_alone, is_taken;
	struct conf_pos pos;
	uint64_t given[2]; /* bit i: row i of the schema stood in the file */
};

STAILQ_HEAD(conf_list, conf_obj);

/* for (type *var over list): every item starts with struct conf_obj. */
#define CONF_FOREACH(type, var, list)                                          \
	for (type *var = (type *)STAILQ_FIRST(list); var != NULL;              \
	     var = (type *)STAILQ_NEXT((struct conf_obj *)var, link))

/* A list of words. */
struct conf_words {
	const char **word;
	uint32_t n;
};

/* A script: command line split into argv, optional user and group words as
 * written (NULL: script_user). */
struct conf_script {
	const char **argv; /* NULL terminated; NULL: no script */
	uint32_t argc;
	const char *user;
	const char *group;
};

/* KW_PREFIX: len is the full length if none was written. */
struct conf_prefix {
	struct addr addr;
	uint8_t len;
	bool has_len;
};

/* KW_USER */
struct conf_user {
	const char *user;
	const char *group; /* NULL: not written */
	bool is_bad;	   /* written, but there is no such user or group */
};

/* One value of a tri-state word: unset, off, on. */
enum conf_tri {
	CONF_UNSET,
	CONF_OFF,
	CONF_ON,
};

#define CONF_MODULES_MAX 8

/*
 * A whole configuration.  Each module (daemon, common, vrrp, check, ipvs,
 * bfd: see parser/schema.h) has one root struct in it; get it with the
 * module's own accessor, e.g. vrrp_conf_get(conf).
 */
struct conf {
	struct arena *arena;
	void *module[CONF_MODULES_MAX];
	const char **file; /* names of the files read, see conf_pos */
	uint32_t n_files;
	struct conf_parts *parts; /* of conf_read_again(); else NULL */
};

void conf_free(struct conf *c);

#endif
