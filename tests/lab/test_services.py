# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario services: every word about services, schedulers, servers and
tunnels, given to duumvir and to Debian's keepalived side by side; both leave
the same table in the kernel, as ipvsadm tells it: at the start, after a
reload that changes each thing, and after the stop.

No server is checked here (test_checks does that): without a check they are
up.  The directors live in namespaces of their own and need no network.
"""

import itertools

import pytest

from director import Director
from netlab import until
from world import need_ipvs

OURS, THEIRS = "ours", "theirs"  # the nodes of the directors
SETTLE = 25
SCHEDULERS = ("rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos").split()
MISSING = "twos"  # this kernel has no module of it
FLAGS = ("flag-1", "flag-2", "flag-3")
HASH_FLAGS = ("port", "fallback")


class Pool:
    """One virtual server as text: two servers unless it says otherwise."""

    def __init__(self, head, *words, servers=(), method="NAT",
                 protocol="TCP", sched="rr"):
        self.head, self.words, self.servers = head, list(words), servers
        self.method, self.protocol, self.sched = method, protocol, sched

    def text(self):
        lines = ["virtual_server %s {" % self.head,
                 " delay_loop 1", " retry 1", " delay_before_retry 1",
                 " lvs_sched " + self.sched, " lvs_method " + self.method]
        if self.protocol:
            lines.append(" protocol " + self.protocol)
        lines += [" " + word for word in self.words]
        for server in self.servers:
            address, *words = server.split(";")
            lines += [" real_server %s {" % address.strip()]
            lines += ["  " + word.strip() for word in words] + [" }"]
        return "\n".join(lines) + "\n}\n"


V4 = ("10.9.0.1 80", "10.9.0.2 80;weight 3")
V6 = ("fd09::1 80", "fd09::2 80;weight 3")


class Numbers:
    """Addresses for the services of a list, one after another."""

    def __init__(self):
        self._next = itertools.count(1)

    def v4(self, port=80):
        n = next(self._next)
        return "10.8.%d.%d %d" % (n // 250, n % 250 + 1, port)

    def v6(self, port=80):
        return "fd08::%x %d" % (next(self._next), port)


def schedulers():
    """All of them, with each of their flags alone and together."""
    at = Numbers()
    for sched in SCHEDULERS:
        yield Pool(at.v4(), sched=sched, servers=V4)
        yield Pool(at.v6(), sched=sched, servers=V6)
        for flag in FLAGS:
            yield Pool(at.v4(), flag, sched=sched, servers=V4)
        yield Pool(at.v4(), *FLAGS, sched=sched, servers=V4)
    for sched in ("sh", "mh"):
        flags = ["%s-%s" % (sched, flag) for flag in HASH_FLAGS]
        for some in ([flags[0]], [flags[1]], flags, ["hashed"]):
            yield Pool(at.v4(), *some, sched=sched, servers=V4)
            yield Pool(at.v6(), *some, sched=sched, servers=V6)


def changed_schedulers():
    """Each becomes the next one; the flags go round as well."""
    following = {s: t for s, t in zip(
        SCHEDULERS, SCHEDULERS[1:] + SCHEDULERS[:1]) if t != MISSING}
    for pool in schedulers():
        words = [w for w in pool.words if w in FLAGS]
        words = ["flag-2"] if words == ["flag-1"] else words[1:]
        yield Pool(pool.head, *words, sched=following.get(pool.sched, "rr"),
                   servers=pool.servers)


def kinds():
    """Protocols, families, forwarding methods, mapped ports, marks."""
    at = Numbers()
    for protocol in ("TCP", "UDP", "SCTP"):
        for method in ("NAT", "DR", "TUN"):
            yield Pool(at.v4(), protocol=protocol, method=method, servers=V4)
            yield Pool(at.v6(), protocol=protocol, method=method, servers=V6)
        yield Pool(at.v4(), protocol=protocol,
                   servers=("10.9.0.1 8080", "10.9.0.2 8081", "10.9.0.2 80"))
        yield Pool(at.v6(), protocol=protocol,
                   servers=("fd09::1 8080", "fd09::2 8081", "fd09::2 80"))
    for number, method in enumerate(("NAT", "DR", "TUN"), 1):
        yield Pool("fwmark %d" % number, "ip_family inet", protocol="",
                   method=method, servers=V4)
        yield Pool("fwmark %d" % number, "ip_family inet6", protocol="",
                   method=method, servers=V6)
    yield Pool("fwmark 4294967295", protocol="", servers=V4)
    yield Pool(at.v4(0), "persistence_timeout 60", servers=V4)
    yield Pool(at.v4(0), servers=("10.9.0.1 0", "10.9.0.2 0"))
    yield Pool(at.v6(0), method="DR", servers=("fd09::1 0", "fd09::2 0"))
    yield Pool(at.v4(65535), servers=("10.9.0.1 65535",))
    yield Pool(at.v4(), "ops", protocol="UDP", sched="sh", servers=V4)
    yield Pool(at.v6(), "ops", "sh-port", protocol="UDP", sched="sh",
               servers=V6)
    yield Pool("fwmark 7", "ops", "ip_family inet", protocol="", servers=V4)


def changed_kinds():
    """One is gone, the others lose a server and have another scheduler."""
    for pool in list(kinds())[1:]:
        words = [w for w in pool.words if w != "sh-port"]
        yield Pool(pool.head, *words, servers=pool.servers[:1],
                   method=pool.method, protocol=pool.protocol, sched="wlc")


def persistence():
    at = Numbers()
    for words in ([], ["persistence_timeout"], ["persistence_timeout 1"],
                  ["persistence_timeout 2678400"]):
        yield Pool(at.v4(), *words, servers=V4)
        yield Pool(at.v6(), *words, servers=V6)
        yield Pool(at.v4(), *words, "persistence_granularity 255.255.255.0",
                   servers=V4)
        yield Pool(at.v6(), *words, "persistence_granularity 64", servers=V6)
    for mask in ("128.0.0.0", "255.0.255.0", "255.255.255.255", "255"):
        yield Pool(at.v4(), "persistence_granularity " + mask, servers=V4)
    for length in (1, 127, 128):
        yield Pool(at.v6(), "persistence_granularity %d" % length, servers=V6)
    for address, servers in ((at.v4, V4), (at.v6, V6)):
        yield Pool(address(5060), "persistence_engine sip",
                   "persistence_timeout 300", protocol="UDP", servers=servers)
    yield Pool("fwmark 1", "persistence_timeout 5", "ip_family inet",
               "persistence_granularity 255.255.0.0", protocol="", servers=V4)
    yield Pool("fwmark 1", "persistence_timeout 5", "ip_family inet6",
               "persistence_granularity 48", protocol="", servers=V6)


def changed_persistence():
    """What had it loses it and the other way round, and values change."""
    for number, pool in enumerate(persistence()):
        is_v6 = ":" in pool.head or "ip_family inet6" in pool.words
        words = [w for w in pool.words if w.startswith("ip_family")]
        if number % 3 == 0:
            words += ["persistence_timeout 77", "persistence_granularity " +
                      ("32" if is_v6 else "255.255.0.0")]
        elif number % 3 == 1:
            words += ["persistence_timeout"]
        yield Pool(pool.head, *words, protocol=pool.protocol,
                   servers=pool.servers)


# A server that is down from its first moment to the end.
DOWN = "alpha;TCP_CHECK {;connect_ip 127.0.0.1;connect_port 9;}"


def servers(weight=5, limit=100):
    """Weights, thresholds, servers that are down, sorry servers."""
    at = Numbers()
    some = ("10.9.0.1 80;weight 0", "10.9.0.2 80;weight %d" % weight,
            "10.9.0.3 80;weight 2147483647")
    yield Pool(at.v4(), sched="wrr", servers=some)
    yield Pool(at.v4(), "weight %d" % (weight + 1), sched="wlc", servers=V4)
    yield Pool(at.v4(), servers=(
        "10.9.0.1 80;uthreshold %d;lthreshold %d" % (limit, limit // 2),
        "10.9.0.2 80;uthreshold %d" % (2 * limit),
        "10.9.0.3 80;uthreshold 4294967295;lthreshold 4294967295"))
    yield Pool(at.v6(), servers=(
        "fd09::1 80;uthreshold %d;lthreshold 1" % limit, "fd09::2 80"))
    yield Pool(at.v4(), servers=(
        "10.9.0.1 80;lvs_method DR", "10.9.0.2 80;lvs_method NAT",
        "10.9.0.3 80;lvs_method TUN", "10.9.0.4 80"))
    yield Pool(at.v4(), servers=("10.9.0.1 8080;lvs_method NAT",
                                 "10.9.0.2 80;lvs_method DR"))
    for words in ([], ["inhibit_on_failure"], ["alpha"], ["omega"],
                  ["alpha", "omega", "inhibit_on_failure"]):
        yield Pool(at.v4(), *words, servers=V4 + (
            "10.9.0.3 80;%s" % DOWN,
            "10.9.0.4 80;inhibit_on_failure;weight %d;%s" % (weight, DOWN),
            "10.9.0.5 80;inhibit_on_failure off;%s" % DOWN))
    for words in ([], ["sorry_server_inhibit"],
                  ["sorry_server_lvs_method TUN"],
                  ["sorry_server_lvs_method DR", "sorry_server_inhibit"],
                  ["sorry_server_lvs_method TUN type gue port 6080 csum"]):
        sorry = ["sorry_server 10.9.0.9 80"] + words
        yield Pool(at.v4(), *sorry, servers=V4)
        yield Pool(at.v4(), *sorry, method="DR",
                   servers=("10.9.0.1 80;%s" % DOWN,))
        yield Pool(at.v4(), *sorry, servers=(
            "10.9.0.1 80;inhibit_on_failure;%s" % DOWN,))
    yield Pool(at.v6(), "sorry_server fd09::9 80",
               servers=("fd09::1 80;%s" % DOWN,))
    yield Pool(at.v4(), "sorry_server 10.9.0.9 8080",
               servers=("10.9.0.1 80;%s" % DOWN,))


TUNNELS = ("", " type ipip", " type gre", " type gre nocsum", " type gre csum",
           " type gue port 6080", " type gue port 6080 nocsum",
           " type gue port 6080 csum", " type gue port 65535 remcsum")


def tunnels(turn=0):
    """Each kind and checksum option; IPv4 and IPv6 in either."""
    at = Numbers()
    order = TUNNELS[turn:] + TUNNELS[:turn]
    for tunnel in order:
        method = "TUN" + tunnel
        yield Pool(at.v4(), method=method, servers=V4)
        yield Pool(at.v6(), method=method, servers=V6)
        yield Pool(at.v4(), method=method, protocol="UDP", servers=V6)
        yield Pool(at.v6(), method=method, protocol="UDP", servers=V4)
    for address, there in ((at.v4, "10.9.0.%d"), (at.v6, "fd09::%d")):
        yield Pool(address(), servers=[
            (there + " 80;lvs_method TUN%s") % (n, tunnel)
            for n, tunnel in enumerate(order, 1)])
    yield Pool(at.v4(), servers=("10.9.0.1 80;lvs_method NAT",
                                 "10.9.0.2 80;lvs_method DR",
                                 "fd09::1 80;lvs_method TUN"))
    yield Pool("fwmark 9", "ip_family inet", protocol="", method="TUN",
               servers=("10.9.0.1 80", "fd09::1 80"))


# Each part of the table: what it is at first and after the reload.
PARTS = {
    "schedulers": (schedulers, changed_schedulers),
    "kinds": (kinds, changed_kinds),
    "persistence": (persistence, changed_persistence),
    "servers": (servers, lambda: servers(9, 10)),
    "tunnels": (tunnels, lambda: tunnels(1)),
}
HEAD = "global_defs {\n lvs_timeouts %s\n}\n"


def text(pools, timeouts="tcp 1000 tcpfin 100"):
    return HEAD % timeouts + "".join(pool.text() for pool in pools)


VIEWS = ("-Ln", "-Ln --thresholds", "-Ln --persistent-conn",
         "-Ln --tun-info", "--list --timeout")


class Kernel:
    """What ipvsadm tells of a node's table, in an order of its own."""

    def __init__(self, node):
        self.node = node

    def saved(self):
        return sorted(self.node.out("ipvsadm -Sn").split("\n"))

    def view(self, how):
        """Services in order, each with its servers in order."""
        blocks = []
        for line in self.node.out("ipvsadm " + how).splitlines():
            if line.startswith("  ->") and "RemoteAddress" not in line:
                blocks[-1][1].append(" ".join(line.split()))
            else:
                blocks.append((" ".join(line.split()), []))
        return sorted((head, sorted(rest)) for head, rest in blocks)

    def all(self):
        return [self.saved()] + [self.view(how) for how in VIEWS]


class Pair:
    """duumvir and keepalived, each with a table of its own."""

    def __init__(self, lab, kind):
        self.lab = lab
        self.directors, self.kernels = {}, {}
        for name, kind in ((OURS, kind), (THEIRS, "keepalived")):
            node = lab.node(name)
            self.kernels[name] = Kernel(node)
            self.directors[name] = Director(node, "", kind)

    def each(self, function):
        for director in self.directors.values():
            function(director)

    def write(self, conf):
        self.each(lambda director: director.write(conf))

    def same(self):
        ours, theirs = (k.all() for k in self.kernels.values())
        return ours if ours == theirs else None

    def difference(self):
        text = []
        ours, theirs = (k.all() for k in self.kernels.values())
        for how, a, b in zip(("-Sn",) + VIEWS, ours, theirs):
            for label, some, other in (("ours", a, b), ("theirs", b, a)):
                text += ["%s, only %s: %s" % (how, label, line)
                         for line in some if line not in other]
        return "\n".join(text + [d.log()[-3000:]
                                 for d in self.directors.values()])

    def await_same(self, condition=lambda saved: True):
        """Both have one table, of which the condition is true."""
        def reached():
            table = self.same()
            return table if table and condition(table[0]) else None
        return until(reached, SETTLE, self.difference, every=0.5)


@pytest.fixture
def pair(request, lab):
    need_ipvs()
    return Pair(lab, request.config.getoption("--director"))


def count(pools, saved):
    """Whether as many services are there as were asked for, but those of a
    scheduler that this kernel has not."""
    return sum(line.startswith("-A") for line in saved) == sum(
        pool.sched != MISSING for pool in pools)


@pytest.mark.parametrize("part", PARTS)
def test_part(pair, part):
    """Start, a reload that changes each service, stop.  keepalived is
    started anew instead: its reload leaves some of it as it was (2.2.7:
    thresholds)."""
    before, after = (list(make()) for make in PARTS[part])
    ours, theirs = pair.directors[OURS], pair.directors[THEIRS]
    for kernel in pair.kernels.values():
        kernel.node.run("ipvsadm --set 500 60 70")
    pair.write(text(before))
    pair.each(Director.start)
    pair.await_same(lambda saved: count(before, saved))
    if any(pool.sched == MISSING for pool in before):
        ours.wait_log("cannot add virtual service .*: the kernel has no "
                      "scheduler '%s' .modprobe ip_vs_%s" %
                      (MISSING, MISSING))
    pair.write(text(after, "udp 200"))
    theirs.stop(30)
    theirs.start()
    ours.reload()
    pair.await_same(lambda saved: count(after, saved))
    pair.each(lambda director: director.stop(30))
    pair.await_same(lambda saved: count([], saved))


FOREIGN = "-A -t 10.7.0.1:80 -s rr"


@pytest.mark.parametrize("words,options", [
    ("", ()), ("lvs_flush", ()), ("lvs_flush_on_stop", ()),
    ("lvs_flush_on_stop VS", ()), ("", ("--dont-release-ipvs",)),
    ("lvs_flush", ("--dont-release-ipvs",))])
def test_flush(pair, words, options):
    """What becomes of somebody else's service, and of ours at the stop."""
    mine = list(persistence())[:4]
    for kernel in pair.kernels.values():
        kernel.node.run("ipvsadm " + FOREIGN)
    for director in pair.directors.values():
        director.options += options
        director.write("global_defs {\n %s\n}\n%s" % (
            words, "".join(pool.text() for pool in mine)))
    pair.each(Director.start)
    saved = pair.await_same(lambda saved: len(mine) == sum(
        line.startswith("-A") and line != FOREIGN for line in saved))[0]
    assert (FOREIGN in saved) == (words != "lvs_flush")
    pair.each(lambda director: director.stop(30))
    left = pair.await_same(lambda saved: bool(options) or count(
        mine[:FOREIGN in saved], saved))[0]
    assert (FOREIGN in left) == (not words or words.endswith("VS"))
    assert count(mine, [line for line in left if line != FOREIGN]) == \
        bool(options)
