/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Configurations for unit tests; see conf_world.h. */
#include "tests/unit/conf_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

struct conf *
conf_world_read_as(const char *text, uint32_t mask, bool is_engine)
{
	const struct conf_opts opts = {.modules = engines_modules,
				       .mask = mask,
				       .is_engine = is_engine};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_text("text", text, strlen(text), &opts, sink);

	diag_sink_free(sink);
	assert_false(r.is_stopped);
	return r.conf;
}

struct conf *
conf_world_read(const char *text)
{
	return conf_world_read_as(text, CONF_MASK_ALL, true);
}
