/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ipvs engine: the only process that writes the virtual server table. */
#ifndef DUUMVIR_IPVS_ENGINE_H
#define DUUMVIR_IPVS_ENGINE_H

#include "lib/proc.h"

extern const struct engine_ops ipvs_engine_ops;

#endif
