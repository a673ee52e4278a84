/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The VRRP engine process: CAP_NET_ADMIN and CAP_NET_RAW, nothing else. */
#ifndef DUUMVIR_VRRP_ENGINE_H
#define DUUMVIR_VRRP_ENGINE_H

#include "lib/proc.h"

extern const struct engine_ops vrrp_engine_ops;

#endif
