/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What can be said from the tables alone: the manual's keyword sections, the
 * list of all paths, of pending ones, and a dictionary for fuzzers.
 */
#ifndef DUUMVIR_DOC_H
#define DUUMVIR_DOC_H

#include <stdint.h>

struct buf;
struct conf_module;
struct kw;

/* One line per row in the notation of the keyword list: path, args, default,
 * since, process, meaning; tab separated, with the parser's own rows. */
void doc_print_paths(const struct conf_module *const *modules, struct buf *out);
/* Paths of rows that nothing acts on yet, one per line. */
void doc_print_pending(const struct conf_module *const *modules,
		       struct buf *out);
/* Sections for duumvir.conf(5), roff with man(7) macros. */
void doc_print_man(const struct conf_module *const *modules, struct buf *out);
/* A libFuzzer dictionary. */
void doc_print_dict(const struct conf_module *const *modules, struct buf *out);
/* Synopsis of the arguments of a row: .args, or made from type and range. */
void kw_print_args(const struct kw *kw, struct buf *out);

#endif
