/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sets of the kernel; see fw_ipset.h. */
#include "vrrp/fw_ipset.h"

#include <errno.h>
#include <libipset/ipset.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

struct failure {
	char *why;
	size_t size;
	bool is_set;
};

static void
fail(struct failure *f, const char *text)
{
	if (f->is_set)
		return; /* the first one is the cause */
	f->is_set = true;
	(void)snprintf(f->why, f->size, "%.*s", (int)strcspn(text, "\n"), text);
}

static int __attribute__((format(printf, 4, 5)))
on_usage(struct ipset *set, void *arg, int status, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	(void)set;
	(void)status; /* whichever: it was not done */
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(arg, text);
	return -1;
}

static int
on_error(struct ipset *set, void *arg)
{
	struct ipset_session *s = ipset_session(set);

	if (ipset_session_report_type(s) == IPSET_ERROR)
		fail(arg, ipset_session_report_msg(s));
	ipset_session_report_reset(s);
	return -1;
}

static int __attribute__((format(printf, 3, 4)))
on_output(struct ipset_session *s, void *arg, const char *fmt, ...)
{
	(void)s; /* nothing is asked for */
	(void)arg;
	(void)fmt;
	return 0;
}

int
fw_ipset_restore(const char *lines, char *why, size_t size)
{
	struct failure f = {.why = why, .size = size};
	struct ipset *set;
	FILE *in;

	ipset_load_types();
	set = ipset_init();
	if (set == NULL) {
		fail(&f, "the kernel has no ipset");
		return -EIO;
	}
	(void)ipset_custom_printf(set, on_usage, on_error, on_output, &f);
	in = fmemopen((void *)lines, strlen(lines), "r");
	if (in == NULL)
		fail(&f, strerror(errno));
	else if (ipset_parse_stream(set, in) != 0)
		fail(&f, "it is not understood");
	if (in != NULL)
		(void)fclose(in); /* only read */
	(void)ipset_fini(set);
	return f.is_set ? -EIO : 0;
}
