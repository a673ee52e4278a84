/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Servers and services by the names operators know from keepalived's log,
 * FIFO and messages.  Pure.
 */
#ifndef DUUMVIR_CHECK_NAME_H
#define DUUMVIR_CHECK_NAME_H

#include "check/conf.h"
#include "lib/msg.h"

/* "[192.168.3.128]:tcp:80"; protocol 0 leaves the middle out. */
#define SERVER_NAME_LEN 64
const char *server_name(const struct addr_port *ap, uint16_t protocol,
			char buf[static SERVER_NAME_LEN]);
/* "[192.168.3.110]:tcp:80", "FWM 5" or "[GROUP]:0" (the first user of this
 * group), cut to MSG_VS_NAME_LEN.
 * This is the vs member of struct msg_rs_state and struct msg_vs_state. */
const char *service_name(const struct virtual_server_conf *vs,
			 char buf[static MSG_VS_NAME_LEN]);

#endif
