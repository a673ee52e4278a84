/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Configurations for unit tests: the tables of all modules, and text read by
 * them. */
#ifndef DUUMVIR_TESTS_CONF_WORLD_H
#define DUUMVIR_TESTS_CONF_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct conf_module;

extern const struct conf_module *const conf_world_modules[];

/* The text as an engine of these modules reads it, or the supervisor; fails
 * the test if reading stops.  The caller frees it. */
struct conf *conf_world_read_as(const char *text, uint32_t mask,
				bool is_engine);
/* All modules, as an engine. */
struct conf *conf_world_read(const char *text);

#endif
