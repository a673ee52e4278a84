/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Log lines of engines; see relay.h. */
#include "daemon/relay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/super.h"
#include "lib/log.h"
#include "lib/util.h"

enum {
	/* Of one wake-up: what is left waits for the next, ... */
	LINES_PER_WAKE = 512,
	/* ... and of one that has ended, for which there is none: as many as
	 * its socket holds. */
	LINES_LEFT = 1 << 18,
};

/* "PRIORITY IDENT TEXT" as lib/log.c writes it in an engine. */
static void
relay_line(struct engine *e, const char *line)
{
	const char *ident, *text;
	char *end;
	long priority = strtol(line, &end, 10);

	if (end == line || *end != ' ' || priority < 0 || priority > LOG_DEBUG)
		return;
	ident = end + 1;
	text = strchr(ident, ' ');
	if (text == NULL)
		return;
	log_relay(e->row->ident, (int)priority, text + 1);
}

static void
read_lines(struct engine *e, int max)
{
	char lines[LOG_DATAGRAM_MAX + 1];

	for (int i = 0; i < max;) {
		ssize_t n =
			recv(e->log_fd, lines, sizeof(lines) - 1, MSG_DONTWAIT);

		if (n == 0)
			ev_io_set(&e->log_io, 0); /* it is gone */
		if (n <= 0)
			return;
		lines[n] = '\0';
		for (const char *at = lines; at < lines + n;
		     at += strlen(at) + 1, i++)
			relay_line(e, at);
	}
}

static void
on_log(void *arg, int what)
{
	(void)what;
	read_lines(arg, LINES_PER_WAKE);
}

void
relay_open(struct engine *e, int fd)
{
	e->log_fd = fd;
	ev_io_init(&e->log_io, e->s->loop, fd, EVENT_READ, on_log, e);
}

void
relay_close(struct engine *e)
{
	if (e->log_fd < 0)
		return;
	read_lines(e, LINES_LEFT);
	ev_io_fini(&e->log_io);
	util_close_p(&e->log_fd);
}
