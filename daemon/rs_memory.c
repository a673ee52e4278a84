/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What was changed by us; see rs_memory.h and rs_plan.h. */
#include "daemon/rs_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/rs_plan.h"
#include "lib/buf.h"
#include "lib/util.h"

#define TITLE	     "duumvir real server 1 "
#define FILE_MAX     (1u << 20)
#define WHERE_LEN    96
#define LINE_MAX_LEN 127

/* ---- in memory ---- */

void
rs_memory_fini(struct rs_memory *m)
{
	free(m->addr);
	*m = (struct rs_memory){0};
}

const struct rs_kept_sysctl *
rs_memory_find(const struct rs_memory *m, enum rs_rule rule, const char *ifname)
{
	for (size_t i = 0; i < m->n_sysctls; i++)
		if (m->sysctl[i].rule == rule &&
		    strcmp(m->sysctl[i].ifname, ifname) == 0)
			return &m->sysctl[i];
	return NULL;
}

void
rs_memory_sysctl(struct rs_memory *m, const struct rs_kept_sysctl *k)
{
	for (size_t i = 0; i < m->n_sysctls; i++)
		if (m->sysctl[i].rule == k->rule &&
		    strcmp(m->sysctl[i].ifname, k->ifname) == 0) {
			m->sysctl[i].made = k->made; /* what was, was */
			return;
		}
	if (m->n_sysctls < RS_SYSCTLS_MAX)
		m->sysctl[m->n_sysctls++] = *k;
}

void
rs_memory_up(struct rs_memory *m, const char *ifname)
{
	for (size_t i = 0; i < m->n_ups; i++)
		if (strcmp(m->up[i], ifname) == 0)
			return;
	if (m->n_ups < RS_UPS_MAX)
		str_fill(m->up[m->n_ups++], SNAP_NAME_LEN, ifname);
}

static size_t
fou_find(const struct rs_memory *m, const struct rs_fou *f)
{
	size_t i = 0;

	while (i < m->n_fous &&
	       (m->fou[i].family != f->family || m->fou[i].port != f->port))
		i++;
	return i;
}

void
rs_memory_fou(struct rs_memory *m, const struct rs_fou *f)
{
	if (fou_find(m, f) == m->n_fous && m->n_fous < RS_FOUS_MAX)
		m->fou[m->n_fous++] = *f;
}

static size_t
addr_find(const struct rs_memory *m, const char *ifname, const struct addr *a)
{
	size_t i = 0;

	while (i < m->n_addrs && (!addr_is_equal(&m->addr[i].addr, a) ||
				  strcmp(m->addr[i].ifname, ifname) != 0))
		i++;
	return i;
}

void
rs_memory_addr(struct rs_memory *m, const char *ifname, const struct addr *a)
{
	struct rs_kept_addr *k;

	if (addr_find(m, ifname, a) < m->n_addrs ||
	    m->n_addrs >= 2 * RS_VIPS_MAX)
		return;
	if ((m->n_addrs & (m->n_addrs - 1)) == 0) /* 0, 1, 2, 4, ... */
		m->addr = xrealloc(m->addr,
				   (m->n_addrs == 0 ? 1 : 2 * m->n_addrs) *
					   sizeof(m->addr[0]));
	k = &m->addr[m->n_addrs++];
	*k = (struct rs_kept_addr){.addr = *a};
	str_fill(k->ifname, sizeof(k->ifname), ifname);
}

static void
forget_sysctl(struct rs_memory *m, const struct rs_op *op)
{
	const struct rs_kept_sysctl *k =
		rs_memory_find(m, op->rule, op->ifname);

	if (k != NULL)
		m->sysctl[k - m->sysctl] = m->sysctl[--m->n_sysctls];
}

static void
forget_up(struct rs_memory *m, const char *ifname)
{
	for (size_t i = 0; i < m->n_ups; i++)
		if (strcmp(m->up[i], ifname) == 0) {
			memmove(m->up[i], m->up[--m->n_ups], SNAP_NAME_LEN);
			return;
		}
}

void
rs_memory_done(struct rs_memory *m, const struct rs_op *op)
{
	size_t i;

	switch (op->kind) {
	case RS_OP_SYSCTL_BACK:
		forget_sysctl(m, op);
		return;
	case RS_OP_DOWN:
		forget_up(m, op->ifname);
		return;
	case RS_OP_FOU_DEL:
		i = fou_find(m, &op->fou);
		if (i < m->n_fous)
			m->fou[i] = m->fou[--m->n_fous];
		return;
	case RS_OP_ADDR_DEL:
		i = addr_find(m, op->ifname, &op->addr);
		if (i < m->n_addrs)
			m->addr[i] = m->addr[--m->n_addrs];
		return;
	case RS_OP_SYSCTL:
	case RS_OP_DUMMY_ADD:
	case RS_OP_TUNNEL_ADD:
	case RS_OP_UP:
	case RS_OP_FOU_ADD:
	case RS_OP_ADDR_ADD:
	case RS_OP_ADDR_FIX:
	case RS_OP_LINK_DEL:
		return;
	}
}

/* ---- as text ---- */

void
rs_memory_print(const struct rs_memory *m, const char *where, struct buf *out)
{
	char text[ADDR_STR_LEN];

	buf_printf(out, TITLE "%s\n", where);
	for (size_t i = 0; i < m->n_sysctls; i++)
		buf_printf(out, "sysctl %d %s %" PRId32 " %" PRId32 "\n",
			   (int)m->sysctl[i].rule, m->sysctl[i].ifname,
			   m->sysctl[i].was, m->sysctl[i].made);
	for (size_t i = 0; i < m->n_ups; i++)
		buf_printf(out, "up %s\n", m->up[i]);
	for (size_t i = 0; i < m->n_fous; i++)
		buf_printf(out, "fou %d %u\n",
			   m->fou[i].family == AF_INET6 ? 6 : 4,
			   m->fou[i].port);
	for (size_t i = 0; i < m->n_addrs; i++)
		buf_printf(out, "addr %s %s\n", m->addr[i].ifname,
			   addr_print(&m->addr[i].addr, text, sizeof(text)));
}

static void
take_sysctl(const char *line, struct rs_memory *m)
{
	struct rs_kept_sysctl k = {0};
	int rule;

	if (sscanf(line, "sysctl %d %15s %" SCNd32 " %" SCNd32, &rule, k.ifname,
		   &k.was, &k.made) != 4 ||
	    rule < 0 || rule >= RS_RULES)
		return;
	k.rule = (enum rs_rule)rule;
	rs_memory_sysctl(m, &k);
}

static void
take_line(const char *line, struct rs_memory *m)
{
	char name[SNAP_NAME_LEN], text[ADDR_STR_LEN];
	struct rs_fou f;
	struct addr a;
	int version;

	take_sysctl(line, m);
	if (sscanf(line, "up %15s", name) == 1)
		rs_memory_up(m, name);
	if (sscanf(line, "fou %d %" SCNu16, &version, &f.port) == 2) {
		f.family = version == 6 ? AF_INET6 : AF_INET;
		rs_memory_fou(m, &f);
	}
	if (sscanf(line, "addr %15s %47s", name, text) == 2 &&
	    addr_parse(text, &a) == 0)
		rs_memory_addr(m, name, &a);
}

int
rs_memory_parse(const char *text, const char *where, struct rs_memory *m)
{
	size_t len = strcspn(text, "\n"), title = strlen(TITLE);
	char line[LINE_MAX_LEN + 1];

	if (strncmp(text, TITLE, title) != 0)
		return -EINVAL;
	if (len - title != strlen(where) ||
	    strncmp(text + title, where, len - title) != 0)
		return -ESTALE;
	for (text += len; *text != '\0'; text += len) {
		text++; /* the newline */
		len = strcspn(text, "\n");
		(void)snprintf(line, sizeof(line), "%.*s",
			       (int)(len < LINE_MAX_LEN ? len : LINE_MAX_LEN),
			       text);
		take_line(line, m);
	}
	return 0;
}

/* ---- the file ---- */

char *
rs_memory_path(const char *pidfile)
{
	size_t len = strlen(pidfile);
	struct buf b = BUF_INIT;

	if (len > 4 && strcmp(pidfile + len - 4, ".pid") == 0)
		len -= 4;
	buf_printf(&b, "%.*s.state", (int)len, pidfile);
	return b.data;
}

void
rs_memory_where(char *out, size_t size)
{
	CLEANUP_FD int fd =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char boot[40] = "?";
	struct stat st = {0};
	ssize_t n = fd < 0 ? -1 : read(fd, boot, sizeof(boot) - 1);

	boot[n > 0 ? n : 1] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	if (stat("/proc/self/ns/net", &st) < 0)
		st.st_ino = 0;
	(void)snprintf(out, size, "%s/%" PRIu64, boot, (uint64_t)st.st_ino);
}

int
rs_memory_load(const char *path, struct rs_memory *m)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_FREE char *text = NULL;
	char where[WHERE_LEN];
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	text = xcalloc(1, FILE_MAX + 1);
	while (n > 0 && len < FILE_MAX) {
		n = read(fd, text + len, FILE_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		return -errno;
	rs_memory_where(where, sizeof(where));
	return rs_memory_parse(text, where, m);
}

static bool
is_empty(const struct rs_memory *m)
{
	return m->n_sysctls + m->n_ups + m->n_fous + m->n_addrs == 0;
}

static int
write_file(const char *path, const struct buf *text)
{
	CLEANUP_FD int fd = -1;

	(void)unlink(path); /* left by one that was killed */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return -errno;
	return write(fd, text->data, text->len) == (ssize_t)text->len ? 0
								      : -EIO;
}

int
rs_memory_save(const char *path, const struct rs_memory *m)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	char where[WHERE_LEN];
	int r;

	if (is_empty(m))
		return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	rs_memory_where(where, sizeof(where));
	rs_memory_print(m, where, &text);
	buf_printf(&name, "%s.new", path);
	r = write_file(name.data, &text);
	if (r == 0 && rename(name.data, path) < 0)
		r = -errno;
	buf_fini(&text);
	buf_fini(&name);
	return r;
}
