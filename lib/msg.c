/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The message table as data, and the questions asked of it; see msg.h.  It
 * never touches a socket.
 */
#include "lib/msg.h"

#include "lib/util.h"

static const struct msg_row rows[MSG_COUNT] = {
#define MSG(name, from, to, payload, fd)                                       \
	[MSG_##name] = {#name, from, to, sizeof(payload), fd},
	MSG_TABLE(MSG)
#undef MSG
};

const struct msg_row *
msg_row_find(uint32_t type)
{
	return type < ARRAY_LEN(rows) ? &rows[type] : NULL;
}

/* Does the table's word for a process mean this one? */
static bool
is_meant(enum proc_id word, enum proc_id id)
{
	return word == PROC_ENGINE ? id != PROC_SUPER : word == id;
}

bool
msg_is_permitted(const struct msg_row *row, enum proc_id from, enum proc_id to)
{
	return from < PROC_COUNT && to < PROC_COUNT && from != to &&
	       is_meant(row->from, from) && is_meant(row->to, to);
}

bool
msg_has_channel(enum proc_id a, enum proc_id b)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (msg_is_permitted(&rows[i], a, b) ||
		    msg_is_permitted(&rows[i], b, a))
			return true;
	return false;
}

const char *
proc_name(enum proc_id id)
{
	switch (id) {
	case PROC_SUPER:
		return "supervisor";
	case PROC_VRRP:
		return "vrrp";
	case PROC_CHECK:
		return "check";
	case PROC_IPVS:
		return "ipvs";
	case PROC_COUNT:
	case PROC_ENGINE:
		break;
	}
	return "unknown";
}
