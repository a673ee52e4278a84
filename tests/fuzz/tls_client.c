/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A TLS client without chance; see tls_client.h. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/fuzz/tls_client.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/probe.h"
#include "check/tls.h"
#include "check/tls_files.h"
#include "check/tls_param.h"

static const char ca[] = "-----BEGIN CERTIFICATE-----\n"
#include "tests/fuzz/tls_ca.inc"
			 "-----END CERTIFICATE-----\n";

static uint64_t counter;

/* splitmix64 */
static int
rand_bytes(unsigned char *out, int n)
{
	for (int i = 0; i < n; i++) {
		uint64_t z = counter += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		out[i] = (unsigned char)(z >> 32);
	}
	return 1;
}

static int
rand_status(void)
{
	return 1;
}

static const RAND_METHOD no_chance = {
	.bytes = rand_bytes,
	.pseudorand = rand_bytes,
	.status = rand_status,
};

static struct tls *
contexts(void)
{
	static struct tls *t;
	struct tls_files *files;
	int fd;

	if (t != NULL)
		return t;
	RAND_set_rand_method(&no_chance);
	files = tls_files_new();
	fd = memfd_create("ca", MFD_CLOEXEC);
	if (fd < 0 || write(fd, ca, sizeof(ca) - 1) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	(void)tls_files_set(files, tls_file_id("/ca"), fd, 0);
	t = tls_new(files);
	return t;
}

struct tls_link *
tls_client_open(uint8_t choice)
{
	/* Links point to it. */
	static struct tls_param param[8];
	struct tls_param *p = &param[choice & 7];
	struct check_result why;
	struct tls_want want = {.param = p, .sni = "www.example.org"};
	struct tls_link *l;

	p->verify_peer = (choice & TLS_CLIENT_VERIFY) != 0;
	p->ca_file = (char *)(uintptr_t) "/ca";
	p->wants_h2 = (choice & TLS_CLIENT_H2) != 0;
	p->certificate_days = (choice & TLS_CLIENT_DAYS) != 0 ? 30 : 0;
	/* A context draws numbers too; only the first time. */
	if (!tls_is_ready(contexts(), &want, &why))
		abort();
	counter = 0;
	l = tls_link_new(contexts(), &want, &why);
	if (l == NULL)
		abort();
	return l;
}
