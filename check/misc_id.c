/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names of scripts; see misc_id.h.  Pure. */
#include "check/misc_id.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/util.h"

static void
add_word(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_adds(b, s);
	buf_addc(b, '\0'); /* so that words do not run together */
}

void
misc_id_add(struct buf *b, const struct misc_check_conf *m)
{
	buf_add(b, &m->misc_timeout, sizeof(m->misc_timeout));
	add_word(b, m->misc_path.user);
	add_word(b, m->misc_path.group);
	for (uint32_t i = 0; i < m->misc_path.argc; i++)
		add_word(b, m->misc_path.argv[i]);
}

uint64_t
misc_id(const struct misc_check_conf *m)
{
	CLEANUP(buf_fini) struct buf b = BUF_INIT;

	misc_id_add(&b, m);
	return hash64(b.data, b.len);
}
