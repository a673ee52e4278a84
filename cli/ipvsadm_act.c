/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's commands; see ipvsadm_act.h. */
#include "cli/ipvsadm_act.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "cli/ipvsadm_list.h"

bool
act_op(const struct ipvsadm_order *o, struct ipvs_op *op)
{
	static const int kinds[IPA_CMDS] = {
		[IPA_ADD] = IPVS_OP_SVC_ADD,
		[IPA_EDIT] = IPVS_OP_SVC_EDIT,
		[IPA_DELETE] = IPVS_OP_SVC_DEL,
		[IPA_ADD_SERVER] = IPVS_OP_DEST_ADD,
		[IPA_EDIT_SERVER] = IPVS_OP_DEST_EDIT,
		[IPA_DELETE_SERVER] = IPVS_OP_DEST_DEL,
	};

	switch (o->cmd) {
	case IPA_ADD:
	case IPA_EDIT:
	case IPA_DELETE:
		op->kind = (enum ipvs_op_kind)kinds[o->cmd];
		op->svc = o->svc;
		return true;
	case IPA_ADD_SERVER:
	case IPA_EDIT_SERVER:
	case IPA_DELETE_SERVER:
		op->kind = (enum ipvs_op_kind)kinds[o->cmd];
		op->dest = o->dest;
		return true;
	case IPA_CLEAR:
	case IPA_RESTORE:
	case IPA_SAVE:
	case IPA_LIST:
	case IPA_ZERO:
	case IPA_SET:
	case IPA_START_DAEMON:
	case IPA_STOP_DAEMON:
	case IPA_HELP:
	case IPA_CMDS:
		break;
	}
	return false;
}

static void
on_result(void *arg, size_t i, int error)
{
	(void)i; /* there is one */
	*(int *)arg = error;
}

int
act_run(struct ipvs_genl *g, const struct ipvsadm_order *o)
{
	struct ipvs_op op;
	int err, result = 0;

	if (act_op(o, &op)) {
		err = ipvs_genl_apply(g, &op, 1, on_result, &result);
		return err < 0 ? err : result;
	}
	switch ((int)o->cmd) {
	case IPA_CLEAR:
		return ipvs_genl_flush(g);
	case IPA_SAVE:
	case IPA_LIST:
		return list_run(g, o);
	case IPA_ZERO:
		return ipvs_genl_ask(g, IPVS_CMD_ZERO,
				     ipvsadm_has(o, IPA_SERVICE) ? &o->svc.key
								 : NULL,
				     NULL, NULL);
	case IPA_SET:
		return ipvs_genl_set_timeouts(g, &o->timeouts);
	case IPA_START_DAEMON:
		return ipvs_genl_start_daemon(g, &o->daemon);
	case IPA_STOP_DAEMON:
		return ipvs_genl_stop_daemon(g, o->daemon.state);
	default:
		return -EINVAL;
	}
}

int
act_status(enum ipvsadm_cmd cmd)
{
	return cmd == IPA_LIST || cmd == IPA_SAVE ? 1 : 255;
}

static const char *
explain_daemon(int error)
{
	switch (-error) {
	case EEXIST:
		return "Daemon has already run";
	case ESRCH:
		return "No daemon is running";
	}
	return NULL;
}

static const char *
explain_server(int error)
{
	switch (-error) {
	case EEXIST:
		return "Destination already exists";
	case ENOENT:
		return "No such destination";
	case ESRCH:
		return "Service not defined";
	}
	return NULL;
}

static const char *
explain_service(int error)
{
	switch (-error) {
	case EEXIST:
		return "Service already exists";
	case ENOENT:
		return "Scheduler or persistence engine not found";
	case ESRCH:
		return "No such service";
	}
	return NULL;
}

const char *
act_explain(enum ipvsadm_cmd cmd, int error)
{
	const char *words;

	if (cmd == IPA_START_DAEMON || cmd == IPA_STOP_DAEMON)
		words = explain_daemon(error);
	else if (cmd == IPA_ADD_SERVER || cmd == IPA_EDIT_SERVER ||
		 cmd == IPA_DELETE_SERVER)
		words = explain_server(error);
	else
		words = explain_service(error);
	if (words != NULL)
		return words;
	switch (-error) {
	case EINVAL:
		return "Invalid operation.  Possibly wrong module version, "
		       "address not unicast, ...";
	case EPERM:
		return "Permission denied (you must be root)";
	}
	return strerror(-error);
}
