/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Dumps; see dump.h.
 *
 * An engine may not touch the disk, so the supervisor makes a new file under
 * a temporary name, hands its descriptor over and gives the file its real
 * name when the engine has answered the PING that follows.  Readers see old
 * content or new, never half of it, and nobody's symbolic link is followed.
 */
#include "daemon/dump.h"

#include <bsd/sys/queue.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/conf_global.h"
#include "daemon/spawn.h"
#include "daemon/super.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/print.h"
#include "parser/schema.h"

#define DATA_FILE  "keepalived.data"
#define STATS_FILE "keepalived.stats"
#define JSON_FILE  "keepalived.json"

struct dump {
	TAILQ_ENTRY(dump) link;
	struct engine *e;
	uint64_t pong; /* the answer that says it is written */
	char *temp, *path;
};

struct dumps {
	TAILQ_HEAD(, dump) pending;
	uint32_t serial; /* of temporary names */
	uint32_t early;	 /* set of enum msg_dump_kind: asked for too early */
};

struct dumps *
dumps_new(void)
{
	struct dumps *d = xcalloc(1, sizeof(*d));

	TAILQ_INIT(&d->pending);
	return d;
}

static void
dump_free(struct dumps *d, struct dump *one)
{
	TAILQ_REMOVE(&d->pending, one, link);
	free(one->temp);
	free(one->path);
	free(one);
}

static void
drop(struct dumps *d, struct dump *one)
{
	(void)unlink(one->temp); /* half a dump is none */
	dump_free(d, one);
}

void
dumps_free(struct dumps *d)
{
	struct dump *one;

	if (d == NULL)
		return;
	while ((one = TAILQ_FIRST(&d->pending)) != NULL)
		drop(d, one);
	free(d);
}

/* $TMPDIR if it is an absolute directory, else /tmp. */
static const char *
dump_dir(void)
{
	const char *dir = getenv("TMPDIR");
	struct stat st;

	if (dir != NULL && dir[0] == '/' && stat(dir, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return dir;
	return "/tmp";
}

char *
dump_name(const char *given, const char *usual, const char *part,
	  const char *suffix)
{
	struct buf b = BUF_INIT;
	const char *base, *dot;

	if (given == NULL)
		given = usual;
	if (given[0] != '/')
		buf_printf(&b, "%s/", dump_dir());
	buf_adds(&b, given);
	if (b.data[b.len - 1] == '/')
		buf_adds(&b, usual);
	base = strrchr(b.data, '/');
	dot = strrchr(base, '.');
	if (dot != NULL) {
		CLEANUP_FREE char *extension = xstrdup(dot);

		b.len = (size_t)(dot - b.data);
		buf_printf(&b, "%s%s%s", part, suffix, extension);
	} else {
		buf_printf(&b, "%s%s", part, suffix);
	}
	return b.data;
}

/* data_use_instance: ".NETNS_INSTANCE" before the extension. */
static char *
dump_path(const struct super *s, const char *given, const char *usual,
	  const char *part)
{
	char suffix[80] = "";

	if (daemon_conf_get(s->conf)->data_use_instance &&
	    s->setup.suffix != NULL)
		(void)snprintf(suffix, sizeof(suffix), ".%s", s->setup.suffix);
	return dump_name(given, usual, part, suffix);
}

/* A new file beside path: its descriptor and name, or -errno. */
static int
make_temp(struct super *s, const char *path, char **temp)
{
	struct buf b = BUF_INIT;
	int fd;

	buf_printf(&b, "%s.%d.%u", path, (int)getpid(), s->dumps->serial++);
	fd = open(b.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0644);
	if (fd < 0) {
		fd = -errno;
		log_err("%s: %s", b.data, strerror(-fd));
		buf_fini(&b);
		return fd;
	}
	*temp = b.data;
	return fd;
}

static void
finish(struct dumps *d, struct dump *one)
{
	struct stat st;

	/* An engine that has nothing to say leaves no file behind. */
	if (stat(one->temp, &st) == 0 && st.st_size == 0) {
		drop(d, one);
		return;
	}
	if (rename(one->temp, one->path) < 0)
		log_err("%s: %s", one->path, strerror(errno));
	dump_free(d, one);
}

static void
ask(struct engine *e, enum msg_dump_kind kind, char *path)
{
	struct super *s = e->s;
	struct msg_dump m = {.kind = kind};
	char *temp = NULL;
	CLEANUP_FREE char *own = path;
	CLEANUP_FD int fd = -1;
	struct dump *one;

	if (e->im == NULL)
		return;
	fd = make_temp(s, path, &temp);
	if (fd < 0)
		return;
	imsg_send(e->im, MSG_DUMP, &m, fd);
	imsg_send(e->im, MSG_PING, &(struct msg_empty){0}, -1);
	one = xcalloc(1, sizeof(*one));
	one->e = e;
	one->pong = ++e->pings;
	one->temp = temp;
	one->path = TAKE_PTR(own);
	TAILQ_INSERT_TAIL(&s->dumps->pending, one, link);
}

static void
describe_engines(const struct super *s, struct buf *out)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		const struct engine *e = &s->engine[i];

		if (e->row == NULL)
			continue;
		buf_printf(out, "# %s: ", e->row->label);
		if (spawn_is_running(e))
			buf_printf(out, "process %d, %u quick restarts\n",
				   (int)e->pid, e->failures);
		else
			buf_adds(out, e->is_wanted ? "waiting for respawn\n"
						   : "not configured\n");
	}
}

/* keepalived_parent.data: processes and the configuration in force. */
static void
dump_own(struct super *s)
{
	CLEANUP_FREE char *path =
		dump_path(s, daemon_conf_get(s->conf)->state_dump_file,
			  DATA_FILE, "_parent");
	CLEANUP_FREE char *temp = NULL;
	CLEANUP_FD int fd = make_temp(s, path, &temp);
	struct buf out = BUF_INIT;

	if (fd < 0)
		return;
	buf_printf(&out, "# supervisor: process %d, configuration %s\n",
		   (int)getpid(), s->conf_file);
	describe_engines(s, &out);
	conf_print_as(s->conf, engines_modules, CONF_MASK_ALL,
		      CONF_SECRETS_HIDDEN, &out);
	if (write(fd, out.data, out.len) != (ssize_t)out.len ||
	    rename(temp, path) < 0) {
		log_err("%s: %s", path, strerror(errno));
		(void)unlink(temp);
	}
	buf_fini(&out);
}

static void
dump_data(struct super *s)
{
	const char *given = daemon_conf_get(s->conf)->state_dump_file;

	ask(&s->engine[PROC_VRRP], MSG_DUMP_DATA,
	    dump_path(s, given, DATA_FILE, ""));
	ask(&s->engine[PROC_CHECK], MSG_DUMP_DATA,
	    dump_path(s, given, DATA_FILE, "_check"));
	ask(&s->engine[PROC_IPVS], MSG_DUMP_DATA,
	    dump_path(s, given, DATA_FILE, "_ipvs"));
	dump_own(s);
}

void
dumps_start(struct super *s, enum msg_dump_kind kind)
{
	const struct daemon_conf *c;

	if (s->conf == NULL) { /* nobody knows where to yet */
		s->dumps->early |= 1u << kind;
		return;
	}
	c = daemon_conf_get(s->conf);
	switch (kind) {
	case MSG_DUMP_DATA:
		dump_data(s);
		return;
	case MSG_DUMP_STATS:
	case MSG_DUMP_STATS_CLEAR:
		ask(&s->engine[PROC_VRRP], kind,
		    dump_path(s, c->stats_dump_file, STATS_FILE, ""));
		return;
	case MSG_DUMP_JSON:
	case MSG_DUMP_JSON_2:
		ask(&s->engine[PROC_VRRP],
		    c->json_version == 2 ? MSG_DUMP_JSON_2 : MSG_DUMP_JSON,
		    dump_path(s, c->json_dump_file, JSON_FILE, ""));
		/* keepalived's JSON is about VRRP only, this is ours. */
		ask(&s->engine[PROC_IPVS], MSG_DUMP_JSON,
		    dump_path(s, c->json_dump_file, JSON_FILE, "_ipvs"));
		return;
	}
}

void
dumps_start_early(struct super *s)
{
	uint32_t early = s->dumps->early;

	s->dumps->early = 0;
	for (uint32_t kind = 0; early >> kind != 0; kind++)
		if ((early >> kind & 1) != 0)
			dumps_start(s, (enum msg_dump_kind)kind);
}

void
dumps_on_pong(struct engine *e)
{
	struct dumps *d = e->s->dumps;
	struct dump *one, *next;

	e->pongs++;
	TAILQ_FOREACH_SAFE (one, &d->pending, link, next)
		if (one->e == e && one->pong <= e->pongs)
			finish(d, one);
}

void
dumps_on_death(struct engine *e)
{
	struct dumps *d = e->s->dumps;
	struct dump *one, *next;

	e->pings = e->pongs = 0;
	TAILQ_FOREACH_SAFE (one, &d->pending, link, next)
		if (one->e == e)
			drop(d, one);
}
