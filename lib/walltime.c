/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Wall time in words; see walltime.h.  The locale is always C. */
#include "lib/walltime.h"

#include <stdbool.h>
#include <time.h>

static bool
local_now(struct tm *tm)
{
	time_t now = time(NULL);

	return localtime_r(&now, tm) != NULL;
}

const char *
walltime_mail(char *buf, size_t size)
{
	struct tm tm;

	if (!local_now(&tm) ||
	    strftime(buf, size, "%a, %d %b %Y %H:%M:%S %z", &tm) == 0)
		buf[0] = '\0'; /* a clock that has no name for now */
	return buf;
}

const char *
walltime_stamp_at(int64_t at, char *buf, size_t size)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		buf[0] = '\0'; /* a year beyond all calendars */
	return buf;
}

const char *
walltime_stamp(char *buf, size_t size)
{
	return walltime_stamp_at(time(NULL), buf, size);
}
