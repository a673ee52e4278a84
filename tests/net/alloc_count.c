/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Preloaded into a daemon under test: counts what a process allocates, in a
 * file that the test maps (ALLOC_DIR/PID).  While the file's second number is
 * not 0 it also prints, for the first allocations, who asked.
 */
#define _GNU_SOURCE
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRACES 8

static volatile uint64_t nothing[2];
static volatile uint64_t *count = nothing;
static __thread int is_inside;
static int traced;

static void
map_file(void)
{
	const char *dir = getenv("ALLOC_DIR");
	char path[4096];
	void *p;
	int fd;

	if (dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%d", dir, (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, 16) < 0)
		return;
	p = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		count = p;
}

__attribute__((constructor)) static void
begin(void)
{
	void *frames[2];

	(void)backtrace(frames, 2); /* it allocates at its first use */
	map_file();
	pthread_atfork(NULL, NULL, map_file);
}

static void
note(void)
{
	void *frames[24];

	count[0]++;
	if (count[1] == 0 || is_inside || traced++ >= TRACES)
		return;
	is_inside = 1;
	dprintf(2, "allocation:\n");
	backtrace_symbols_fd(frames, backtrace(frames, 24), 2);
	is_inside = 0;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *
malloc(size_t size)
{
	note();
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	note();
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	note();
	return __libc_realloc(p, size);
}
