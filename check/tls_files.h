/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Certificates, keys and CAs as they were read from descriptors that the
 * supervisor opened: this process has no file system.
 */
#ifndef DUUMVIR_CHECK_TLS_FILES_H
#define DUUMVIR_CHECK_TLS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check_conf;
struct tls_files;

/* A system's bundle of CAs has 250 KB. */
#define TLS_FILE_MAX_BYTES (1 << 20)
#define TLS_FILES_MAX	   512

struct tls_files *tls_files_new(void);
void tls_files_free(struct tls_files *f);

/* A descriptor for the file of this id, which is read and closed, or why there
 * is none (fd -1, error).  True if that changed anything. */
bool tls_files_set(struct tls_files *f, uint64_t id, int fd, int error);
/* Forgets all that this configuration does not name. */
void tls_files_sweep(struct tls_files *f, const struct check_conf *c);

/* The bytes of a path, NULL and *error (errno) if there are none. */
const void *tls_files_get(const struct tls_files *f, const char *path,
			  size_t *len, int *error);

#endif
