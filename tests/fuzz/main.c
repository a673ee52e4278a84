/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Replays inputs through a fuzz target, so that everything the fuzzer ever
 * found is an ordinary test with any compiler.  It fuzzes nothing itself.
 *
 * Usage: fuzz_NAME FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_INPUT_BYTES (16u << 20)

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data, *exact;
	size_t size;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	data = malloc(MAX_INPUT_BYTES);
	size = data != NULL ? fread(data, 1, MAX_INPUT_BYTES, f) : 0;
	(void)fclose(f); /* only read from */
	/* A block of the exact size lets ASan see a read past the end. */
	exact = data != NULL ? realloc(data, size > 0 ? size : 1) : NULL;
	if (exact == NULL) {
		free(data);
		perror("malloc");
		return -1;
	}
	(void)LLVMFuzzerTestOneInput(exact, size); /* returns 0 or aborts */
	free(exact);
	return 0;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (replay_file(argv[i]) != 0)
			return 1;
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
