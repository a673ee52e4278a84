/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as an answer of the kernel's IPVS family.  What is
 * decoded must survive encoding and decoding, names and normal form included.
 */
#include <libmnl/libmnl.h>
#include <linux/ip_vs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipvs/codec_view.h"
#include "ipvs/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct nlmsghdr *
begin(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	ipvs_encode_cmd(nlh, IPVS_CMD_NEW_SERVICE);
	return nlh;
}

static void
check_svc(const struct msg_svc *s)
{
	_Alignas(4) char buf[1024];
	char name[IPVS_NAME_LEN];
	struct nlmsghdr *nlh = begin(buf);
	struct msg_svc again;

	ipvs_encode_svc(nlh, s);
	if (ipvs_decode_svc(nlh, &again) != 0 ||
	    memcmp(&again, s, sizeof(again)) != 0)
		abort();
	if (strlen(ipvs_svc_name(&s->key, name)) >= sizeof(name))
		abort();
	if (ipvs_svc_clean(s, &again) == 0 &&
	    ipvs_svc_key_compare(&again.key, &s->key) != 0)
		abort();
}

static void
check_dest(const struct msg_dest *d)
{
	_Alignas(4) char buf[1024];
	char name[IPVS_NAME_LEN];
	struct nlmsghdr *nlh = begin(buf);
	struct msg_dest again;

	ipvs_encode_dest(nlh, d);
	if (ipvs_decode_dest(nlh, &d->key.svc, &again) != 0 ||
	    memcmp(&again, d, sizeof(again)) != 0)
		abort();
	if (strlen(ipvs_dest_name(&d->key, name)) >= sizeof(name))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_svc_key key = {.addr = {.family = AF_INET}, .port = 80};
	struct nlmsghdr *nlh;
	struct msg_svc s;
	struct msg_dest d;
	struct ipvs_daemon daemon;
	struct ipvs_svc_view svc_view;
	struct ipvs_dest_view dest_view;
	struct ipvs_info info;
	struct ipvs_timeouts timeouts;
	uint16_t family;

	if (size < MNL_NLMSG_HDRLEN || size > 65536)
		return 0;
	/* Aligned and of exactly this size; the length as a transport that
	 * has checked it would leave it. */
	nlh = malloc(size);
	if (nlh == NULL)
		return 0;
	memcpy(nlh, data, size);
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN || nlh->nlmsg_len > size)
		nlh->nlmsg_len = (uint32_t)size;
	if (ipvs_decode_svc(nlh, &s) == 0)
		check_svc(&s);
	if (ipvs_decode_dest(nlh, &key, &d) == 0)
		check_dest(&d);
	(void)ipvs_decode_daemon(nlh, &daemon);
	(void)ipvs_decode_family(nlh, &family);
	(void)ipvs_decode_svc_view(nlh, &svc_view);
	(void)ipvs_decode_dest_view(nlh, &key, &dest_view);
	(void)ipvs_decode_info(nlh, &info);
	(void)ipvs_decode_timeouts(nlh, &timeouts);
	free(nlh);
	return 0;
}
