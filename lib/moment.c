/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Moments by name; see moment.h. */
#include "lib/moment.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

/* The wall clock is looked at this often at least. */
#define LOOK 10

/* ---- words ---- */

/* Two digits, or four; -1 if there are none. */
static int
take_number(const char **s, int digits)
{
	int v = 0;

	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + *(*s)++ - '0';
	}
	return v;
}

static bool
take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
take_date(const char **s, struct moment *t)
{
	bool is_long = strcspn(*s, "-") == 4;

	t->year = take_number(s, is_long ? 4 : 2);
	if (t->year < 0 || !take_char(s, '-'))
		return false;
	t->year += is_long ? 0 : 2000;
	t->month = take_number(s, 2);
	if (t->month < 1 || t->month > 12 || !take_char(s, '-'))
		return false;
	t->day = take_number(s, 2);
	return t->day >= 1 && t->day <= 31 && take_char(s, ' ');
}

int
moment_parse(const char *s, struct moment *out)
{
	struct moment t = {.has_date = strchr(s, '-') != NULL};

	if (t.has_date && !take_date(&s, &t))
		return -EINVAL;
	t.hour = take_number(&s, 2);
	if (t.hour < 0 || t.hour > 23 || !take_char(&s, ':'))
		return -EINVAL;
	t.minute = take_number(&s, 2);
	if (t.minute < 0 || t.minute > 59 || !take_char(&s, ':'))
		return -EINVAL;
	t.second = take_number(&s, 2);
	t.is_utc = take_char(&s, 'Z');
	if (t.second < 0 || t.second > 59 || *s != '\0')
		return -EINVAL;
	*out = t;
	return 0;
}

/* ---- moments ---- */

static bool
has_name(time_t at, const struct tm *tm)
{
	struct tm is;

	return localtime_r(&at, &is) != NULL && is.tm_mday == tm->tm_mday &&
	       is.tm_hour == tm->tm_hour && is.tm_min == tm->tm_min &&
	       is.tm_sec == tm->tm_sec;
}

/* The first of the moments that the clocks on the wall call so. */
static time_t
local_moment(const struct tm *name)
{
	struct tm summer = *name, winter = *name;
	time_t a, b;

	summer.tm_isdst = 1;
	winter.tm_isdst = 0;
	a = mktime(&summer);
	b = mktime(&winter);
	if (has_name(a, name) && has_name(b, name))
		return a < b ? a : b;
	/* Left out: as the clocks before it count. */
	return has_name(a, name) ? a : b;
}

static int
seconds_of(const struct moment *t, const struct tm *day, int64_t *out)
{
	struct tm name = {
		.tm_year = day->tm_year,
		.tm_mon = day->tm_mon,
		.tm_mday = day->tm_mday,
		.tm_hour = t->hour,
		.tm_min = t->minute,
		.tm_sec = t->second,
	};
	struct tm noon = {.tm_year = name.tm_year,
			  .tm_mon = name.tm_mon,
			  .tm_mday = name.tm_mday,
			  .tm_hour = 12};

	/* Puts right what comes after the last day of a month ... */
	(void)timegm(&noon);
	/* ... which in a date is no day. */
	if (t->has_date && noon.tm_mday != name.tm_mday)
		return -EINVAL;
	name.tm_year = noon.tm_year;
	name.tm_mon = noon.tm_mon;
	name.tm_mday = noon.tm_mday;
	*out = t->is_utc ? timegm(&name) : local_moment(&name);
	return 0;
}

int
moment_next(const struct moment *t, int64_t now, int64_t *due)
{
	time_t at = (time_t)now;
	struct tm day;
	int64_t found = now;
	int r;

	if (t->has_date) {
		day = (struct tm){.tm_year = t->year - 1900,
				  .tm_mon = t->month - 1,
				  .tm_mday = t->day};
		r = seconds_of(t, &day, &found);
		if (r == 0 && found <= now)
			r = -ERANGE;
		if (r == 0)
			*due = found;
		return r;
	}
	if ((t->is_utc ? gmtime_r(&at, &day) : localtime_r(&at, &day)) == NULL)
		return -EINVAL;
	for (int i = 0; i < 2 && found <= now; i++, day.tm_mday++)
		(void)seconds_of(t, &day, &found); /* every day has one */
	if (found <= now)
		return -EINVAL;
	*due = found;
	return 0;
}

nsec_t
moment_wait(int64_t due, nsec_t now)
{
	/* In seconds first: a distant year has no nanoseconds. */
	if (due - now / SEC(1) > LOOK)
		return SEC(LOOK);
	return SEC(due) > now ? SEC(due) - now : 0;
}
