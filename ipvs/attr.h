/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The attributes of an answer of the IPVS family, for its decoders (codec.c,
 * codec_view.c).  PURE.  Nothing in an answer is believed: what is too short
 * or torn makes it -EBADMSG.
 */
#ifndef DUUMVIR_IPVS_ATTR_H
#define DUUMVIR_IPVS_ATTR_H

#include <stddef.h>
#include <stdint.h>

struct nlattr;
struct nlmsghdr;

/* Fills tb[0..max] with the attributes that need[] asks for: its shortest
 * payload, or 0.  0 or -EBADMSG. */
int attr_parse(const struct nlattr *a, size_t len, const uint8_t *need,
	       uint16_t max, const struct nlattr **tb);
/* The nested attribute of that name (IPVS_CMD_ATTR_*) in an answer. */
int attr_parse_cmd(const struct nlmsghdr *nlh, int which,
		   const struct nlattr **nest);
/* attr_parse() of what is in a nested attribute. */
int attr_parse_nest(const struct nlattr *nest, const uint8_t *need,
		    uint16_t max, const struct nlattr **tb);

/* A name with or without its NUL; out has room for size with NUL and begins
 * as zeros. */
int attr_word(const struct nlattr *a, char *out, size_t size);
uint32_t attr_u32_or(const struct nlattr *a, uint32_t other);
/* A port in host order; 0 if a is NULL. */
uint16_t attr_port_or_0(const struct nlattr *a);

#endif
