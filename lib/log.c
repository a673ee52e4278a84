/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The log; see log.h.  The one file with mutable globals: a log must be
 * reachable from everywhere.
 */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define HELD_BYTES     (64 << 10)
/* "Nov 20 22:12:43" within a stamp */
#define STAMP_DATE     4
#define STAMP_DATE_LEN 15

static struct {
	bool is_open;
	bool use_console;
	bool use_syslog;
	int facility;
	int detail;
	int fd; /* engine: datagrams to the supervisor; else /dev/log */
	bool is_engine;
	uint64_t lost;
	char ident[32];
	time_t stamp_at;
	char stamp[32];
	bool is_held;
	size_t n_held; /* bytes of held: lines, each with its NUL */
	char held[HELD_BYTES];
} lg = {.fd = -1};

static void
set_ident(const char *ident)
{
	(void)snprintf(lg.ident, sizeof(lg.ident), "%s", ident);
}

static void
connect_syslog(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

	if (lg.fd >= 0)
		(void)close(lg.fd);
	lg.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (lg.fd >= 0 &&
	    connect(lg.fd, (struct sockaddr *)&un, sizeof(un)) < 0) {
		(void)close(lg.fd);
		lg.fd = -1;
	}
}

void
log_open(const struct log_opts *o)
{
	log_close();
	lg.is_open = true;
	lg.is_engine = false;
	lg.use_console = o->use_console;
	lg.use_syslog = o->use_syslog;
	lg.facility = o->facility;
	lg.detail = o->detail;
	set_ident(o->ident);
	if (lg.use_syslog)
		connect_syslog();
}

void
log_open_fd(int fd, const char *ident, int detail)
{
	if (lg.fd == fd)
		lg.fd = -1; /* opened before: not to be closed now */
	log_close();
	lg.is_open = true;
	lg.is_engine = true;
	lg.is_held = false;
	lg.n_held = 0;
	lg.lost = 0; /* what the parent could not write is not ours to tell */
	lg.fd = fd;
	lg.detail = detail;
	set_ident(ident);
}

void
log_close(void)
{
	if (lg.fd >= 0)
		(void)close(lg.fd);
	lg.fd = -1;
	lg.is_open = false;
}

int
log_detail(void)
{
	return lg.detail;
}

/* "Fri Nov 20 22:12:43 2026", made once a second: strftime() looks at the
 * time zone's file each time. */
static const char *
stamp_now(void)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now == lg.stamp_at)
		return lg.stamp;
	lg.stamp_at = now;
	if (localtime_r(&now, &tm) == NULL ||
	    strftime(lg.stamp, sizeof(lg.stamp), "%a %b %e %H:%M:%S %Y", &tm) ==
		    0)
		lg.stamp[0] = '\0';
	return lg.stamp;
}

static void
to_console(const char *line)
{
	(void)fprintf(stderr, "%s: %s\n", stamp_now(), line);
}

static bool
send_line(const char *data, size_t len)
{
	return lg.fd >= 0 &&
	       send(lg.fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static void
to_syslog(const char *ident, int priority, const char *line)
{
	char out[LINE_MAX_BYTES + 96];
	const char *stamp = stamp_now();
	int len;

	if (*stamp != '\0')
		stamp += STAMP_DATE;
	len = snprintf(out, sizeof(out), "<%d>%.*s %s[%d]: %s",
		       lg.facility | priority, STAMP_DATE_LEN, stamp, ident,
		       (int)getpid(), line);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(out))
		len = sizeof(out) - 1;
	if (send_line(out, (size_t)len))
		return;
	if (errno != EAGAIN && errno != ENOBUFS) {
		connect_syslog(); /* syslogd was restarted */
		if (send_line(out, (size_t)len))
			return;
	}
	lg.lost++;
}

static void
send_or_count(const char *data, size_t len, uint64_t lines)
{
	if (!send_line(data, len))
		lg.lost += lines;
}

/* Keeps a line for log_release(); false: it is to be written now. */
static bool
hold_line(const char *data, size_t len)
{
	if (!lg.is_held)
		return false;
	if (lg.n_held + len + 1 > sizeof(lg.held)) {
		log_release();
		lg.is_held = true;
		return false;
	}
	memcpy(lg.held + lg.n_held, data, len);
	lg.n_held += len;
	lg.held[lg.n_held++] = '\0';
	return true;
}

void
log_hold(void)
{
	lg.is_held = lg.is_engine;
}

void
log_release(void)
{
	size_t at = 0, end = 0; /* of what goes next */
	uint64_t lines = 0;

	lg.is_held = false;
	while (end < lg.n_held) {
		size_t next = end + strlen(lg.held + end) + 1;

		if (next - at > LOG_DATAGRAM_MAX) {
			send_or_count(lg.held + at, end - at, lines);
			at = end;
			lines = 0;
		}
		end = next;
		lines++;
	}
	if (lines > 0)
		send_or_count(lg.held + at, end - at, lines);
	lg.n_held = 0;
}

static void
to_supervisor(int priority, const char *line)
{
	char out[LINE_MAX_BYTES + 96];
	int len;

	if (lg.lost > 0) {
		len = snprintf(out, sizeof(out), "%d %s %llu log lines lost",
			       LOG_WARNING, lg.ident,
			       (unsigned long long)lg.lost);
		if (len > 0 && send_line(out, (size_t)len))
			lg.lost = 0;
	}
	len = snprintf(out, sizeof(out), "%d %s %s", priority, lg.ident, line);
	if (len > 0 && (size_t)len >= sizeof(out))
		len = sizeof(out) - 1;
	if (len > 0 && !hold_line(out, (size_t)len))
		send_or_count(out, (size_t)len, 1);
}

void
log_relay(const char *ident, int priority, const char *line)
{
	if (lg.use_console)
		to_console(line);
	if (lg.use_syslog)
		to_syslog(ident, priority, line);
}

void
log_at(int priority, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int saved = errno;

	if (priority == LOG_DEBUG && lg.detail < 2)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!lg.is_open)
		(void)fprintf(stderr, "%s\n", line);
	else if (lg.is_engine)
		to_supervisor(priority, line);
	else
		log_relay(lg.ident, priority, line);
	errno = saved;
}

void
fatal(const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_release();
	log_err("%s", line);
	exit(1);
}

bool
log_limit_ok(struct log_limit *l, monotime_t now, uint32_t *missed)
{
	*missed = 0;
	if (l->used == 0 || monotime_sub(now, l->since) >= l->interval) {
		*missed = l->missed;
		l->missed = 0;
		l->used = 0;
		l->since = now;
	}
	if (l->used < l->burst) {
		l->used++;
		return true;
	}
	l->missed++;
	return false;
}
