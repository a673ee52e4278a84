/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The check engine: a process without privilege that probes servers and tells
 * the ipvs engine which of them shall serve.
 */
#ifndef DUUMVIR_CHECK_ENGINE_H
#define DUUMVIR_CHECK_ENGINE_H

struct engine_ops;

extern const struct engine_ops check_engine_ops;

#endif
