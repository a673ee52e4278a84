/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Configurations for unit tests: text read by the tables of all modules. */
#ifndef DUUMVIR_TESTS_CONF_WORLD_H
#define DUUMVIR_TESTS_CONF_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/engines.h" /* engines_modules */

/* The text as an engine of these modules reads it, or the supervisor; fails
 * the test if reading stops.  The caller frees it. */
struct conf *conf_world_read_as(const char *text, uint32_t mask,
				bool is_engine);
/* All modules, as an engine. */
struct conf *conf_world_read(const char *text);

#endif
