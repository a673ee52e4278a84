/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A small language for the parser's own tests: every type of row once, two
 * modules that share global_defs.  It looks like keepalived's on purpose, but
 * shares nothing with the real tables.
 */
#ifndef DUUMVIR_PARSER_WORLD_H
#define DUUMVIR_PARSER_WORLD_H

#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "parser/schema.h"

struct addr_line {
	struct conf_obj obj;
	struct addr addr;
	const char *dev;
	const char *label;
	bool home;
	int32_t weight;
};

struct router {
	struct conf_obj obj;
	uint8_t priority;
	nsec_t advert_int;
	const char *interface;
	bool nopreempt, smtp_alert;
	uint32_t state;
	struct conf_obj authentication;
	uint32_t auth_type;
	char auth_pass[8];
	struct conf_list addrs; /* addr_line */
	struct conf_list track; /* addr_line: names of scripts */
	struct conf_script notify;
	struct addr source;
	struct conf_words group;
};

struct script_block {
	struct conf_obj obj;
	struct conf_script script;
	int32_t weight;
	bool reverse;
	const char *user_of; /* a router's name */
};

struct probe {
	struct conf_obj obj;
	uint16_t port;
	const char *regex;
};

struct server {
	struct conf_obj obj;
	struct addr_port addr;
	uint32_t weight;
	struct conf_list probe; /* TCP and HTTP */
};

struct service {
	struct conf_obj obj;
	struct addr_port addr;
	nsec_t delay_loop;
	struct conf_list server;
};

struct alpha {
	struct conf_obj obj;
	struct conf_obj global_defs;
	const char *router_id;
	struct conf_words email;
	uint32_t umask;
	nsec_t interval;
	uint32_t bits;
	struct conf_user user;
	struct conf_prefix net;
	bool resolved;
	struct conf_list router, script;
};

struct beta {
	struct conf_obj obj;
	struct conf_obj global_defs;
	bool flush;
	struct conf_list service;
};

extern const struct conf_module alpha_module, beta_module;
extern const struct conf_module *const world_modules[];

/* A reading with all that it came to. */
struct world {
	struct diag_sink *sink;
	struct conf_result r;
	struct conf_opts opts;
};

void world_read(struct world *w, const char *text);
void world_read_file(struct world *w, const char *path);
void world_fini(struct world *w);
struct alpha *world_alpha(const struct world *w);
struct beta *world_beta(const struct world *w);
/* All complaints as "LINE class: text\n", without notes if asked. */
char *world_complaints(const struct world *w, bool with_notes);
/* Canonical text; free() it. */
char *world_print(const struct world *w);

/* Asserts that text gives exactly these complaints (no notes). */
#define assert_complaints(text, want)                                          \
	do {                                                                   \
		struct world w_ = {0};                                         \
		char *got_;                                                    \
		world_read(&w_, text);                                         \
		got_ = world_complaints(&w_, false);                           \
		assert_string_equal(got_, want);                               \
		free(got_);                                                    \
		world_fini(&w_);                                               \
	} while (0)

#endif
