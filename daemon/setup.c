/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The process and its surroundings; see setup.h. */
#include "daemon/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "daemon/conf_global.h"
#include "daemon/conf_save.h"
#include "daemon/confio.h"
#include "daemon/netns.h"
#include "daemon/super.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/sysctl.h"
#include "lib/util.h"
#include "parser/tree.h"
#include "vrrp/conf.h"

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
/* When the configuration has no umask: files are the owner's. */
#define DEFAULT_UMASK 0177

static void
open_log(struct super *s)
{
	const struct options *o = s->opt;
	struct log_opts log = {
		.ident = s->setup.ident,
		.facility = o->log_facility,
		.use_console = o->log_console && o->foreground,
		.use_syslog = !o->no_syslog,
		.detail = o->log_detail,
	};

	log_open(&log);
}

/* The file's name must hold when the working directory no longer does. */
static char *
absolute(const char *path)
{
	CLEANUP_FREE char *cwd = NULL;
	struct buf b = BUF_INIT;

	if (path[0] != '/')
		cwd = getcwd(NULL, 0);
	if (cwd != NULL)
		buf_printf(&b, "%s/", cwd);
	buf_adds(&b, path);
	return b.data;
}

void
setup_begin(struct super *s)
{
	const char *file = s->opt->conf_file;

	(void)snprintf(s->setup.ident, sizeof(s->setup.ident), "%s",
		       s->opt->realserver ? "duumvir_realserver" : "duumvir");
	open_log(s);
	s->conf_file = absolute(file != NULL ? file : SETUP_DEFAULT_CONF);
	log_info("Starting Duumvir v%s", PACKAGE_VERSION);
	log_info("Configuration file %s", s->conf_file);
}

struct conf *
setup_read(struct super *s)
{
	struct confio_file f = confio_read(s->conf_file, s->opt);

	if (f.conf != NULL)
		conf_save(f.conf, &s->n_saved);
	bool is_usable = !f.is_missing && !f.is_stopped && f.conf != NULL;

	if (is_usable && f.errors > 0 &&
	    daemon_conf_get(f.conf)->reload_check_config != NULL)
		is_usable = false; /* who wants checks wants them at start */
	if (is_usable) {
		s->conf_errors = f.errors;
		s->is_realserver = s->opt->realserver ||
				   daemon_conf_get(f.conf)->is_realserver;
		return f.conf;
	}
	log_err("cannot run: %s", f.reason);
	s->exit_status = f.is_missing ? 6 : 2;
	conf_free(f.conf);
	return NULL;
}

/* ---- users ---- */

/* A local user, found without loading a name service into each process. */
static bool
find_user(const char *name, uid_t *uid, gid_t *gid)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && (pw = fgetpwent(f)) != NULL)
		if (strcmp(pw->pw_name, name) == 0) {
			*uid = pw->pw_uid;
			*gid = pw->pw_gid;
			found = true;
		}
	(void)fclose(f); /* only read */
	return found;
}

/* Engines run as their own users where those exist, else as nobody. */
static void
choose_users(struct super *s)
{
	uid_t nobody = 65534;
	gid_t nogroup = 65534;

	s->mail_uid = geteuid();
	s->mail_gid = getegid();
	if (geteuid() != 0)
		return; /* as who we are */
	(void)find_user("nobody", &nobody, &nogroup);
	s->engine_uid = s->check_uid = s->mail_uid = nobody;
	s->engine_gid = s->check_gid = s->mail_gid = nogroup;
	(void)find_user("duumvir", &s->engine_uid, &s->engine_gid);
	(void)find_user("duumvir-check", &s->check_uid, &s->check_gid);
	(void)find_user("duumvir-mail", &s->mail_uid, &s->mail_gid);
}

/* ---- core dumps ---- */

static char *
read_line(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(line, sizeof(line), f) != NULL;

	if (f != NULL)
		(void)fclose(f); /* only read */
	if (!ok)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

static void
write_line(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		log_warn("%s: %s", path, strerror(errno));
}

static void
allow_core_dumps(struct super *s)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (!s->opt->core_dump)
		return;
	if (setrlimit(RLIMIT_CORE, &all) < 0)
		log_warn("core dumps: %s", strerror(errno));
	if (s->opt->core_pattern == NULL)
		return;
	s->setup.core_pattern = read_line(CORE_PATTERN);
	write_line(CORE_PATTERN, s->opt->core_pattern);
}

void
setup_fini(struct setup *u)
{
	if (u->core_pattern != NULL)
		write_line(CORE_PATTERN, u->core_pattern);
	free(TAKE_PTR(u->core_pattern));
}

/* ---- names, namespace, pid files ---- */

/* Instance and namespace show in log tags; each implies the pid directory. */
static void
choose_names(struct super *s, const struct daemon_conf *c, const char *netns)
{
	struct setup *u = &s->setup;

	u->use_pid_dir = c->use_pid_dir || c->instance != NULL || netns != NULL;
	if (c->instance == NULL && netns == NULL)
		return;
	(void)snprintf(u->own_suffix, sizeof(u->own_suffix), "%s%s%s",
		       netns != NULL ? netns : "",
		       netns != NULL && c->instance != NULL ? "_" : "",
		       c->instance != NULL ? c->instance : "");
	u->suffix = u->own_suffix;
	(void)snprintf(u->ident, sizeof(u->ident), "duumvir%s_%s",
		       s->opt->realserver ? "_realserver" : "", u->own_suffix);
	open_log(s);
}

static bool
enter_namespace(struct super *s, const char *netns)
{
	const char *what = "";
	int r;

	if (netns == NULL)
		return true;
	r = netns_enter(netns, &what);
	if (r == 0)
		return true;
	log_err("%s '%s': %s", what, netns, strerror(-r));
	s->exit_status = r == -EPERM ? 4 : 1;
	return false;
}

static bool
take_pidfile(struct super *s, const struct daemon_conf *c)
{
	char *path = pidfile_path(s->opt->pid[PID_MAIN],
				  s->is_realserver ? "duumvir-realserver"
						   : "keepalived",
				  s->setup.use_pid_dir, c->instance);
	CLEANUP_FREE char *name = xstrdup(path);
	int r = pidfile_open(&s->pidfile, path);

	if (r == 0)
		r = pidfile_write(&s->pidfile, getpid());
	if (r == 0)
		return true;
	if (r == -EAGAIN) {
		log_err("daemon is already running");
		s->exit_status = 0; /* as keepalived: what is wanted is so */
		return false;
	}
	log_err("pid file %s: %s", name, strerror(-r));
	s->exit_status = r == -EACCES || r == -EPERM ? 4 : 1;
	return false;
}

void
setup_engine_pidfile(struct engine *e)
{
	struct super *s = e->s;
	const struct engine_row *row = e->row;
	const char *instance = NULL;
	CLEANUP_FREE char *name = NULL;
	char *path;
	int r;

	if (row->pidfile == NULL)
		return;
	if (s->conf != NULL)
		instance = daemon_conf_get(s->conf)->instance;
	else if (s->txn.next != NULL)
		instance = daemon_conf_get(s->txn.next)->instance;
	path = pidfile_path(s->opt->pid[row->pid_option], row->pidfile,
			    s->setup.use_pid_dir, instance);
	name = xstrdup(path);
	r = pidfile_open(&e->pidfile, path);
	if (r == 0)
		r = pidfile_write(&e->pidfile, e->pid);
	/* Another daemon's file is no reason not to run. */
	if (r < 0)
		log_warn("pid file %s: %s", name,
			 r == -EAGAIN ? "another daemon has it" : strerror(-r));
}

/* disable_local_igmp: no reports for 224.0.0.0/24, which no switch needs. */
static void
quieten_igmp(const struct conf *c)
{
	int r;

	if (!vrrp_conf_get(c)->global.disable_local_igmp)
		return;
	r = sysctl_set("ipv4/igmp_link_local_mcast_reports", "", 0);
	if (r < 0)
		log_warn("disable_local_igmp: "
			 "net.ipv4.igmp_link_local_mcast_reports: %s - "
			 "ignoring",
			 strerror(-r));
}

bool
setup_environment(struct super *s, const struct conf *c)
{
	const struct daemon_conf *d = daemon_conf_get(c);
	const char *netns = s->opt->namespace != NULL ? s->opt->namespace
						      : d->net_namespace;
	const char *name = d->process_name;

	if (s->opt->has_umask)
		(void)umask(s->opt->umask);
	else
		(void)umask(d->has_umask ? d->umask : DEFAULT_UMASK);
	choose_names(s, d, netns);
	if (!enter_namespace(s, netns) || !take_pidfile(s, d))
		return false;
	if (name != NULL)
		(void)prctl(PR_SET_NAME, name); /* only a name */
	allow_core_dumps(s);
	choose_users(s);
	if (!s->is_realserver)
		quieten_igmp(c);
	return true;
}
