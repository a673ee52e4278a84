/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The parts of tracking that are the supervisor's; see tracker.h. */
#include "daemon/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/track_file.h"
#include "daemon/track_process.h"
#include "daemon/track_script.h"
#include "lib/util.h"
#include "vrrp/conf.h"

struct tracker {
	struct track_scripts *scripts;
	struct track_files *files;
	struct track_processes *processes;
};

struct tracker *
tracker_new(struct ev_loop *loop, const struct track_out *out)
{
	struct tracker *t = xcalloc(1, sizeof(*t));

	t->scripts = track_scripts_new(loop, out);
	t->files = track_files_new(loop, out);
	t->processes = track_processes_new(loop, out);
	return t;
}

void
tracker_free(struct tracker *t)
{
	if (t == NULL)
		return;
	track_scripts_free(t->scripts);
	track_files_free(t->files);
	track_processes_free(t->processes);
	free(t);
}

void
tracker_set_conf(struct tracker *t, const struct conf *c, unsigned who)
{
	const struct conf *vrrp = who & TRACK_FOR_VRRP ? c : NULL;

	track_files_set_conf(t->files, c, who);
	track_processes_set_conf(t->processes, vrrp);
	track_scripts_set_conf(t->scripts, vrrp);
}

void
tracker_resend(const struct tracker *t, unsigned who)
{
	track_files_resend(t->files, who);
	if (!(who & TRACK_FOR_VRRP))
		return;
	track_processes_resend(t->processes);
	track_scripts_resend(t->scripts);
}

bool
tracker_reap(struct tracker *t, pid_t pid, int status)
{
	return track_scripts_reap(t->scripts, pid, status);
}

static bool
is_in(const struct conf_list *list, const char *name)
{
	CONF_FOREACH (const struct conf_obj, o, list)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

static const struct conf_list *
list_of(enum msg_track_kind kind, const struct conf_list *script,
	const struct conf_list *file, const struct conf_list *process)
{
	switch (kind) {
	case MSG_TRACK_SCRIPT:
		return script;
	case MSG_TRACK_FILE:
		return file;
	case MSG_TRACK_PROCESS:
		return process;
	}
	return script;
}

bool
tracker_is_used(const struct conf *c, enum msg_track_kind kind,
		const char *name)
{
	const struct vrrp_conf *v = vrrp_conf_get(c);

	CONF_FOREACH (const struct vrrp_instance_conf, i, &v->vrrp_instance)
		if (is_in(list_of(kind, &i->track_script, &i->track_file,
				  &i->track_process),
			  name))
			return true;
	CONF_FOREACH (const struct vrrp_sync_group_conf, g, &v->vrrp_sync_group)
		if (is_in(list_of(kind, &g->track_script, &g->track_file,
				  &g->track_process),
			  name))
			return true;
	return false;
}
