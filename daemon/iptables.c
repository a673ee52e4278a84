/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The filter by iptables; see iptables.h.  A text goes through a sealed
 * memory file that the program opens by its name under /proc.
 */
#include "daemon/iptables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/runner.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/tree.h"
#include "vrrp/fw_ipset.h"
#include "vrrp/fw_iptables.h"
#include "vrrp/fw_want.h"

#define LIMIT SEC(10)
/* Of waiting for another iptables. */
#define WAIT_S "5"

static const struct family {
	int family;
	const char *command, *restore;
} families[] = {
	{AF_INET, "iptables", "iptables-restore"},
	{AF_INET6, "ip6tables", "ip6tables-restore"},
};

/* The exit status, or -errno. */
static int
run(struct runner *r, const char *const *argv)
{
	struct conf_script s = {.argv = (const char **)argv, .user = "root"};
	int status = runner_ask_now(r, &s, LIMIT);

	if (status < 0)
		return status;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

bool
iptables_is_there(struct runner *r)
{
	const char *argv[] = {"iptables-restore", "-V", NULL};

	return run(r, argv) == 0;
}

bool
iptables_has_sets(bool with_namespace)
{
	struct stat own, first;
	struct utsname u;
	unsigned int major = 0, minor = 0;

	if (with_namespace || uname(&u) < 0 ||
	    sscanf(u.release, "%u.%u", &major, &minor) != 2 || major > 3 ||
	    (major == 3 && minor >= 13))
		return true;
	return stat("/proc/self/ns/net", &own) == 0 &&
	       stat("/proc/1/ns/net", &first) == 0 &&
	       own.st_ino == first.st_ino;
}

static bool
has_jump(struct runner *r, const struct family *fam, const struct fw_want *w,
	 bool is_out)
{
	const char *from = is_out ? w->chain_out : w->chain_in;
	char to[FW_CHAIN_LEN];
	const char *argv[] = {fam->command, "-w", WAIT_S, "-C",
			      from,	    "-j", to,	  NULL};

	fw_iptables_chain(w, is_out, to);
	return from[0] != '\0' && run(r, argv) == 0;
}

static int
restore(struct runner *r, const struct family *fam, const struct buf *text)
{
	CLEANUP_FD int fd = memfd_create("duumvir-iptables", MFD_CLOEXEC);
	char path[64];
	const char *argv[] = {fam->restore, "-n", "-w", WAIT_S, path, NULL};
	int status;

	if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	status = run(r, argv);
	if (status > 0)
		log_err("firewall: %s failed (status %d); the chains that "
			"vrrp_iptables names must exist",
			fam->restore, status);
	return status > 0 ? -EIO : status;
}

static int
sets(const struct buf *lines)
{
	char why[256] = "";
	int r = 0;

	if (lines->len > 0)
		r = fw_ipset_restore(lines->data, why, sizeof(why));
	if (r < 0)
		log_err("firewall: ipset: %s", why);
	return r;
}

static int
set_rules(struct runner *r, const struct family *fam, const struct fw_want *w)
{
	bool jumps[2] = {has_jump(r, fam, w, false), has_jump(r, fam, w, true)};
	struct buf text = BUF_INIT;
	int e;

	fw_iptables_rules(w, fam->family, jumps, &text);
	e = restore(r, fam, &text);
	buf_fini(&text);
	return e;
}

static int
unset_rules(struct runner *r, const struct family *fam, const struct fw_want *w)
{
	bool jumps[2] = {has_jump(r, fam, w, false), has_jump(r, fam, w, true)};
	struct buf text = BUF_INIT;
	int e;

	fw_iptables_rules_away(w, jumps, &text);
	e = restore(r, fam, &text);
	buf_fini(&text);
	return e;
}

int
iptables_set(struct runner *r, const struct fw_want *w)
{
	struct buf lines = BUF_INIT;
	int e;

	fw_iptables_sets(w, &lines);
	e = sets(&lines);
	buf_fini(&lines);
	for (size_t i = 0; e == 0 && i < ARRAY_LEN(families); i++)
		if (fw_want_has_family(w, families[i].family))
			e = set_rules(r, &families[i], w);
	return e;
}

/* The same chains of the user and of ours? */
static bool
is_same_place(const struct fw_want *a, const struct fw_want *b)
{
	return b->by == FW_BY_IPTABLES &&
	       strcmp(a->chain_in, b->chain_in) == 0 &&
	       strcmp(a->chain_out, b->chain_out) == 0 &&
	       a->uses_sets == b->uses_sets &&
	       memcmp(a->set, b->set, sizeof(a->set)) == 0;
}

int
iptables_unset(struct runner *r, const struct fw_want *was,
	       const struct fw_want *now)
{
	struct buf lines = BUF_INIT;
	bool is_same = is_same_place(was, now);
	int e = 0;

	for (size_t i = 0; e == 0 && i < ARRAY_LEN(families); i++)
		if (fw_want_has_family(was, families[i].family) &&
		    !(is_same && fw_want_has_family(now, families[i].family)))
			e = unset_rules(r, &families[i], was);
	fw_iptables_sets_gone(was, is_same ? now : NULL, &lines);
	if (e == 0)
		e = sets(&lines);
	buf_fini(&lines);
	return e;
}
