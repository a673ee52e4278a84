/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Polls the carrier of links; see linkbeat.h. */
#include "daemon/linkbeat.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/event.h"
#include "lib/log.h"
#include "lib/util.h"

#define INTERVAL  SEC(1)
#define LINKS_MAX 4096

/* In the order in which they are tried; the numbers are the message's, 0:
 * any. */
enum method {
	METHOD_MII = 1,
	METHOD_ETHTOOL,
	METHOD_IOCTL,
};

struct beat_link {
	char name[IFNAMSIZ];
	uint32_t wish, method; /* asked for; that works: 0 not yet known */
	bool was_told, has_link;
};

struct linkbeat {
	struct ev_loop *loop;
	struct ev_timer timer;
	void (*tell)(void *arg, const struct msg_link_beat *m);
	void *arg;
	int fd;
	struct beat_link *links;
	size_t n, room;
};

/* ---- asking one link: 1, 0 or -errno ---- */

static int
ask_mii(int fd, struct ifreq *ifr)
{
	struct mii_ioctl_data *mii = (struct mii_ioctl_data *)&ifr->ifr_data;

	if (ioctl(fd, SIOCGMIIPHY, ifr) < 0)
		return -errno;
	mii->reg_num = MII_BMSR;
	/* The bit is latched: the second reading is about now. */
	if (ioctl(fd, SIOCGMIIREG, ifr) < 0 || ioctl(fd, SIOCGMIIREG, ifr) < 0)
		return -errno;
	return (mii->val_out & BMSR_LSTATUS) != 0;
}

static int
ask_ethtool(int fd, struct ifreq *ifr)
{
	struct ethtool_value v = {.cmd = ETHTOOL_GLINK};

	ifr->ifr_data = (void *)&v;
	return ioctl(fd, SIOCETHTOOL, ifr) < 0 ? -errno : v.data != 0;
}

static int
ask_flags(int fd, struct ifreq *ifr)
{
	if (ioctl(fd, SIOCGIFFLAGS, ifr) < 0)
		return -errno;
	return (ifr->ifr_flags & IFF_RUNNING) != 0;
}

static int
ask(int fd, const char *name, uint32_t method)
{
	struct ifreq ifr = {0};

	str_fill(ifr.ifr_name, sizeof(ifr.ifr_name), name);
	switch ((enum method)method) {
	case METHOD_MII:
		return ask_mii(fd, &ifr);
	case METHOD_ETHTOOL:
		return ask_ethtool(fd, &ifr);
	case METHOD_IOCTL:
		return ask_flags(fd, &ifr);
	}
	return -EINVAL;
}

/* The method wished for if the link knows it, else the first that works. */
static int
find_method(int fd, struct beat_link *k)
{
	int r = k->wish != 0 ? ask(fd, k->name, k->wish) : -EOPNOTSUPP;

	k->method = k->wish;
	for (uint32_t m = METHOD_MII; r < 0 && m <= METHOD_IOCTL; m++) {
		r = ask(fd, k->name, m);
		k->method = m;
	}
	if (r < 0)
		k->method = 0; /* the link is not there */
	else if (k->wish != 0 && k->method != k->wish)
		log_info("%s cannot be polled as asked for, using another way",
			 k->name);
	return r;
}

static void
poll_one(struct linkbeat *l, struct beat_link *k)
{
	struct msg_link_beat m = {0};
	int r = k->method != 0 ? ask(l->fd, k->name, k->method) : -ENODEV;

	if (r < 0) /* gone, or made anew as something else */
		r = find_method(l->fd, k);
	if (k->was_told && k->has_link == (r > 0))
		return;
	k->was_told = true;
	k->has_link = r > 0;
	m.has_link = k->has_link;
	memcpy(m.ifname, k->name, sizeof(m.ifname));
	l->tell(l->arg, &m);
}

static void
on_timer(void *arg, monotime_t now)
{
	struct linkbeat *l = arg;

	for (size_t i = 0; i < l->n; i++)
		poll_one(l, &l->links[i]);
	if (l->n > 0)
		ev_timer_at(&l->timer, monotime_add(now, INTERVAL));
}

/* ---- life ---- */

struct linkbeat *
linkbeat_new(struct ev_loop *loop,
	     void (*tell)(void *arg, const struct msg_link_beat *m), void *arg)
{
	struct linkbeat *l = xcalloc(1, sizeof(*l));

	l->loop = loop;
	l->tell = tell;
	l->arg = arg;
	l->fd = -1;
	ev_timer_init(&l->timer, loop, on_timer, l);
	return l;
}

void
linkbeat_free(struct linkbeat *l)
{
	if (l == NULL)
		return;
	ev_timer_fini(&l->timer);
	util_close_p(&l->fd);
	free(l->links);
	free(l);
}

void
linkbeat_on_poll(struct linkbeat *l, const struct msg_link_poll *m)
{
	struct beat_link *k;

	if (m->is_first)
		l->n = 0;
	if (m->ifname[0] == '\0' || m->method > METHOD_IOCTL ||
	    l->n == LINKS_MAX)
		return;
	if (l->fd < 0)
		l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->n == l->room) {
		l->room = l->room * 2 + 8;
		l->links = xrealloc(l->links, l->room * sizeof(*l->links));
	}
	k = &l->links[l->n++];
	*k = (struct beat_link){.wish = m->method};
	memcpy(k->name, m->ifname, sizeof(k->name) - 1);
	ev_timer_at(&l->timer, monotime_now());
}
