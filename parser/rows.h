/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The parser's own constructs, for the manual and the list of paths. */
#ifndef DUUMVIR_ROWS_H
#define DUUMVIR_ROWS_H

#include "parser/schema.h"

extern const struct kw parser_rows[];
extern const uint32_t parser_n_rows;

#endif
