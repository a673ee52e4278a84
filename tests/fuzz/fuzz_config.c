/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Fuzz target: any bytes as a configuration of the daemon. */
#include "daemon/engines.h"
#include "tests/fuzz/config_roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	config_roundtrip(engines_modules, data, size);
	return 0;
}
