/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What must hold for any bytes read as a configuration: reading ends, without
 * a crash; and if nothing was complained about, an engine that reads its
 * canonical text prints the same again and has the same configuration.
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
