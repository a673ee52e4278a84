/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What must hold for any bytes read as a configuration: reading ends, its
 * canonical text is read back without a complaint that would change it,
 * prints the same again, and compares equal.
 */
#ifndef DUUMVIR_CONFIG_ROUNDTRIP_H
#define DUUMVIR_CONFIG_ROUNDTRIP_H

#include <stddef.h>
#include <stdint.h>

struct conf_module;

/* Aborts with a message if something does not hold. */
void config_roundtrip(const struct conf_module *const *modules,
		      const uint8_t *data, size_t size);

#endif
