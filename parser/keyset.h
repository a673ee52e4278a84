/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Objects by a key of bytes: for rules across many objects (duplicates,
 * members by name) that must not compare each with each.
 */
#ifndef DUUMVIR_KEYSET_H
#define DUUMVIR_KEYSET_H

#include <stddef.h>

struct keyset;

struct keyset *keyset_new(void);
/* The objects stay; NULL is allowed. */
void keyset_free(struct keyset *s);
/* Remembers obj under the key (copied) and returns NULL; or returns the object
 * that was put under it before and changes nothing. */
void *keyset_put(struct keyset *s, const void *key, size_t len, void *obj);
/* The object under the key, or NULL. */
void *keyset_find(const struct keyset *s, const void *key, size_t len);

#endif
