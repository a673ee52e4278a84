/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Other names of the program; see ipvsadm_called.h.  Words that are no options
 * do nothing, as with Debian's. */
#include "cli/ipvsadm_called.h"

#include <stdbool.h>
#include <string.h>

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n >= k && strcmp(name + n - k, end) == 0;
}

const char *const *
ipvsadm_called(const char *name, const char *const *word, size_t *n)
{
	static const char *const save[] = {"-S", "-n"};
	static const char *const restore[] = {"-R"};
	bool is_numeric = false;

	if (ends_in(name, "ipvsadm-restore")) {
		*n = 1;
		return restore;
	}
	if (!ends_in(name, "ipvsadm-save"))
		return word;
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(word[i], "-n") == 0)
			is_numeric = true;
		else if (word[i][0] == '-')
			return NULL;
	}
	*n = is_numeric ? 2 : 1;
	return save;
}
