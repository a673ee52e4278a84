/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration between file, supervisor and engines; see confio.h.
 * What the words mean is the tables' business, never this file's.
 */
#include "daemon/confio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/conf_global.h"
#include "daemon/engines.h"
#include "daemon/options.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/diff.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "parser/schema.h"

#define PENDING_SHOWN 40

/* A real server does not care for interfaces and users of directors. */
static uint32_t
confio_mask(const struct options *o)
{
	return o->realserver ? CONF_MASK(CONF_DAEMON) | CONF_MASK(CONF_COMMON) |
				       CONF_MASK(CONF_CHECK)
			     : CONF_MASK_ALL;
}

struct conf_opts
confio_opts(const struct options *o)
{
	return (struct conf_opts){
		.modules = engines_modules,
		.mask = confio_mask(o),
		.config_id = o->config_id,
		.all_config = o->all_config,
	};
}

/* More than a remark: something of what was written is not in force. */
static bool
is_error(enum diag_class cls)
{
	switch (cls) {
	case DIAG_NOTE:
	case DIAG_FILE_NOT_FOUND:
	case DIAG_BAD_IF:
	case DIAG_MULTIPLE_FILES:
	case DIAG_WARNING:
	case DIAG_DEPRECATED:
	case DIAG_SECURITY:
	case DIAG_CLASS_COUNT:
		return false;
	case DIAG_FATAL:
	case DIAG_UNKNOWN_KEYWORD:
	case DIAG_BRACES:
	case DIAG_QUOTE:
	case DIAG_MISSING_PARAMETER:
	case DIAG_INVALID_NUMBER:
	case DIAG_GENERAL:
		break;
	}
	return true;
}

static void
log_complaints(const struct diag_sink *sink, struct confio_file *f)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < diag_count(sink); i++) {
		const struct diag *d = diag_get(sink, i);

		buf_reset(&line);
		diag_print(d, &line);
		if (line.len > 0 && line.data[line.len - 1] == '\n')
			line.data[--line.len] = '\0';
		if (d->cls == DIAG_FILE_NOT_FOUND) {
			f->is_missing = true; /* and it was said to be needed */
		} else if (is_error(d->cls)) {
			f->errors++;
		} else {
			log_info("%s", buf_str(&line));
			continue;
		}
		log_warn("%s", buf_str(&line));
		if (f->reason[0] == '\0')
			(void)snprintf(f->reason, sizeof(f->reason), "%s",
				       buf_str(&line));
	}
	buf_fini(&line);
}

struct confio_file
confio_read(const char *path, const struct options *o)
{
	struct conf_opts opts = confio_opts(o);
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_file(path, &opts, sink);
	struct confio_file f = {
		.conf = r.conf,
		.is_missing = r.is_missing,
		.is_stopped = r.is_stopped,
	};

	log_complaints(sink, &f);
	if (r.is_missing && f.reason[0] == '\0')
		(void)snprintf(f.reason, sizeof(f.reason),
			       "no configuration file '%s'", path);
	diag_sink_free(sink);
	return f;
}

void
confio_log_pending(const struct conf *c, const struct options *o)
{
	const char *path[PENDING_SHOWN];
	size_t n = conf_pending(c, engines_modules, path, PENDING_SHOWN);
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < n && i < PENDING_SHOWN; i++)
		buf_printf(&line, " %s", path[i]);
	for (unsigned int i = 0; i < o->n_pending; i++)
		buf_printf(&line, " --%s", o->pending[i]);
	if (line.len > 0)
		log_notice("accepted, but nothing acts on it yet:%s",
			   buf_str(&line));
	buf_fini(&line);
}

void
confio_log(const struct conf *c)
{
	struct buf text = BUF_INIT;
	char *next;

	conf_print_as(c, engines_modules, CONF_MASK_ALL, CONF_SECRETS_HIDDEN,
		      &text);
	for (char *line = text.data; line != NULL && *line != '\0';
	     line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		log_info("%s", line);
	}
	buf_fini(&text);
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- what engines are given ---- */

static int
seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS,
		     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
			       0
		       ? -errno
		       : 0;
}

static int
seal_in_memory(const struct buf *text)
{
	CLEANUP_FD int fd =
		memfd_create("duumvir.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, buf_str(text), text->len);
	if (r == 0)
		r = seal(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* tmp_config_directory: a file without a name, which the engine may read. */
static int
seal_in_file(const char *dir, const struct buf *text)
{
	CLEANUP_FD int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[32];
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, buf_str(text), text->len);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int
confio_seal(const struct conf *c, const struct engine_row *row,
	    uint64_t *digest)
{
	const char *dir = daemon_conf_get(c)->tmp_config_directory;
	struct buf text = BUF_INIT;
	int fd = -ENOENT;

	conf_print_as(c, engines_modules, row->modules, CONF_SECRETS_TOLD,
		      &text);
	/* Of the user's own text: nobody gains by making two alike. */
	*digest = hash64_long(buf_str(&text), text.len);
	if (dir != NULL)
		fd = seal_in_file(dir, &text);
	if (dir != NULL && fd < 0)
		log_warn("tmp_config_directory %s: %s; the configuration is "
			 "held in memory",
			 dir, strerror(-fd));
	if (fd < 0)
		fd = seal_in_memory(&text);
	buf_fini(&text);
	return fd;
}

struct conf *
confio_parse_engine(enum proc_id id, const char *text, size_t len,
		    const struct conf *old, char *reason)
{
	struct conf_opts opts = {
		.modules = engines_modules,
		.mask = engines_find(id)->modules,
		.is_engine = true,
	};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_again("(canonical)", text, len, &opts, sink, old);
	struct buf first = BUF_INIT;

	if (r.conf == NULL) {
		if (diag_count(sink) > 0)
			diag_print(diag_get(sink, 0), &first);
		(void)snprintf(reason, MSG_TEXT_LEN,
			       "its own text does not parse: %s",
			       buf_str(&first));
		buf_fini(&first);
	}
	diag_sink_free(sink);
	return r.conf;
}

static bool
has_words(const struct conf_obj *o)
{
	return o->given[0] != 0 || o->given[1] != 0;
}

bool
confio_is_empty(const struct conf *c)
{
	for (size_t i = 0; engines_modules[i] != NULL; i++) {
		const struct conf_module *m = engines_modules[i];
		const char *root = c->module[m->id];

		if (root == NULL)
			continue;
		if (has_words((const void *)root) ||
		    (m->global.n_rows > 0 &&
		     has_words((const void *)(root + m->global_offset))))
			return false;
	}
	return true;
}

bool
confio_fixed_changes(const struct conf *old, const struct conf *now,
		     struct buf *names)
{
	struct arena *a = arena_new();
	const struct plan *p = conf_diff_fixed(old, now, engines_modules, a);
	size_t before = names->len;

	for (uint32_t i = 0; i < p->n_items; i++) {
		const struct plan_item *it = &p->item[i];

		for (uint32_t n = 0; it->op == PLAN_CHANGE && n < it->n_fields;
		     n++)
			if (it->field[n]->reload == KW_FIXED)
				buf_printf(names, "%s%s",
					   names->len > before ? ", " : "",
					   it->field[n]->name);
	}
	arena_free(a);
	return names->len > before;
}
