/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Fuzz target: any bytes as a configuration in the parser tests' language. */
#include "tests/fuzz/config_roundtrip.h"
#include "tests/unit/parser_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	config_roundtrip(world_modules, data, size);
	return 0;
}
