/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Files for TLS; see tls_files.h. */
#include "check/tls_files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "check/tls_param.h"
#include "lib/util.h"

struct tls_file {
	UT_hash_handle hh;
	uint64_t id;
	void *data; /* NULL: there is none, because of error */
	size_t len;
	int error;
	bool is_named; /* while sweeping */
};

struct tls_files {
	struct tls_file *by_id;
};

struct tls_files *
tls_files_new(void)
{
	return xcalloc(1, sizeof(struct tls_files));
}

static void
clear(struct tls_file *file)
{
	if (file->data != NULL)
		explicit_bzero(file->data, file->len);
	free(file->data);
	file->data = NULL;
	file->len = 0;
}

static void
drop(struct tls_files *f, struct tls_file *file)
{
	HASH_DEL(f->by_id, file);
	clear(file);
	free(file);
}

void
tls_files_free(struct tls_files *f)
{
	struct tls_file *file, *next;

	if (f == NULL)
		return;
	HASH_ITER (hh, f->by_id, file, next)
		drop(f, file);
	free(f);
}

/* All of it or -errno; a file that grows while we read is cut at the cap. */
static int
read_all(int fd, char *data, size_t *len)
{
	size_t have = 0;
	ssize_t n;

	while (have < TLS_FILE_MAX_BYTES) {
		n = read(fd, data + have, TLS_FILE_MAX_BYTES - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*len = have;
	return have < TLS_FILE_MAX_BYTES ? 0 : -EFBIG;
}

static struct tls_file *
find(const struct tls_files *f, uint64_t id)
{
	struct tls_file *file;

	HASH_FIND(hh, f->by_id, &id, sizeof(id), file);
	return file;
}

static struct tls_file *
get(struct tls_files *f, uint64_t id)
{
	struct tls_file *file = find(f, id);

	if (file != NULL || HASH_COUNT(f->by_id) >= TLS_FILES_MAX)
		return file;
	file = xcalloc(1, sizeof(*file));
	file->id = id;
	file->error = ENOENT;
	HASH_ADD(hh, f->by_id, id, sizeof(file->id), file);
	return file;
}

bool
tls_files_set(struct tls_files *f, uint64_t id, int fd, int error)
{
	CLEANUP_FD int own = fd;
	struct tls_file *file = get(f, id);
	char *data;
	size_t len = 0;
	bool is_same;

	if (file == NULL)
		return false; /* the supervisor sends no more than the limit */
	data = xcalloc(1, TLS_FILE_MAX_BYTES);
	if (own >= 0)
		error = -read_all(own, data, &len);
	if (error != 0)
		len = 0;
	is_same = file->error == error && file->len == len &&
		  (len == 0 || memcmp(file->data, data, len) == 0);
	if (!is_same) {
		clear(file);
		file->error = error;
		if (error == 0) {
			file->data = xcalloc(1, len + 1);
			memcpy(file->data, data, len);
			file->len = len;
		}
	}
	explicit_bzero(data, len);
	free(data);
	return !is_same;
}

static void
mark(void *arg, const char *path)
{
	struct tls_file *file = find(arg, tls_file_id(path));

	if (file != NULL)
		file->is_named = true;
}

void
tls_files_sweep(struct tls_files *f, const struct check_conf *c)
{
	struct tls_file *file, *next;

	tls_file_each(c, mark, f);
	HASH_ITER (hh, f->by_id, file, next) {
		if (!file->is_named)
			drop(f, file);
		else
			file->is_named = false;
	}
}

const void *
tls_files_get(const struct tls_files *f, const char *path, size_t *len,
	      int *error)
{
	const struct tls_file *file = find(f, tls_file_id(path));

	*error = file != NULL ? file->error : ENOENT;
	*len = file != NULL ? file->len : 0;
	return file != NULL && file->error == 0 ? file->data : NULL;
}
