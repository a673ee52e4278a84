# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario groups: virtual_server_group in all its forms and nftables_ipvs,
given to duumvir and to Debian's keepalived side by side: both leave the same
table in IPVS and the same marks in nf_tables, at the start, after reloads
and after the stop.  Then what only duumvir does, and IPVS (and its marks) in
another network namespace than the checks, with real traffic.
"""

import json
import os
import socket
import subprocess
import threading

import pytest

from director import Director
from netlab import until
from world import need_ipvs

SETTLE = 25
TABLE = "keepalived_ipvs"
MARKED = "global_defs {\n nftables_ipvs%s\n}\n"


def group(name, *entries):
    return "virtual_server_group %s {\n%s\n}\n" % (
        name, "\n".join(" " + e for e in entries))


def user(name, protocol="TCP", method="NAT", servers=("10.9.0.2 80",),
         words=()):
    return ("virtual_server group %s {\n delay_loop 1\n lvs_sched rr\n"
            " lvs_method %s\n protocol %s\n%s%s}\n" % (
                name, method, protocol,
                "".join(" %s\n" % w for w in words),
                "".join(" real_server %s {\n }\n" % s for s in servers)))


FOUR, SIX = ("10.9.0.2 80", "10.9.0.3 80"), ("fd09::2 80", "fd09::3 80")

# (keepalived 2.2.7 loses its way where a range goes beyond the last octet.)
PLAIN = "".join([
    group("one", "10.8.0.1 80", "10.8.0.2 81", "10.8.0.10-20 443",
          "10.8.1.0/28 8080", "10.8.2.240-10.8.2.250 80"),
    user("one", servers=FOUR), user("one", "UDP", servers=FOUR),
    user("one", "SCTP", "DR", FOUR),
    group("six", "fd08::1 80", "fd08::20-2f 443", "fd08:1::/124 80",
          "fd08::100-fd08::110 80"),
    user("six", servers=SIX), user("six", "UDP", "DR", SIX),
    group("all_ports", "10.8.4.1", "10.8.4.2 0"),
    user("all_ports", method="DR", servers=FOUR),
    group("marks", "fwmark 3", "fwmark 4 inet", "fwmark 5"),
    user("marks", servers=FOUR),
    group("marks6", "fwmark 3", "fwmark 4"),
    user("marks6", servers=SIX),
    group("mixed_kinds", "10.8.5.1 80", "fwmark 7", "10.8.5.2-4 80"),
    user("mixed_kinds", servers=FOUR, words=("persistence_timeout 50",)),
    group("both", "10.8.6.1 80", "fd08:6::1 80", "fwmark 8 inet",
          "fwmark 9 inet6"),
    user("both", method="TUN", servers=("10.9.0.2 80", "fd09::2 80")),
    group("tunnelled_marks", "fwmark 10"),
    user("tunnelled_marks", method="TUN", servers=("fd09::2 80",)),
    "virtual_server fwmark 11 {\n lvs_sched rr\n lvs_method NAT\n"
    " real_server fd09::2 80 {\n }\n}\n",
    "virtual_server fwmark 12 {\n lvs_sched rr\n lvs_method TUN\n"
    " ip_family inet6\n real_server 10.9.0.2 0 {\n }\n}\n",
    "virtual_server fwmark 13 {\n lvs_sched rr\n lvs_method TUN\n"
    " real_server fd09::2 0 {\n }\n}\n",
    # Refused by both, each with its reason.
    group("both_nat", "10.8.7.1 80", "fd08:7::1 80"),
    user("both_nat", servers=FOUR),
    group("other_family", "10.8.7.2 80"), user("other_family", servers=SIX),
    group("mixed_marks", "fwmark 20 inet", "fwmark 21 inet6"),
    user("mixed_marks", servers=FOUR),
    group("unmarked_family", "10.8.7.3 80", "fd08:7::3 80", "fwmark 22"),
    user("unmarked_family", method="TUN", servers=FOUR),
])


def marked(names="abc", first="10.8.0.5-10 443", words=" "):
    """Groups under nftables_ipvs; each letter is one."""
    number = {n: i for i, n in enumerate("abcdef")}
    text = MARKED % words
    for n in names:
        text += group(n, "10.8.%d.1 80" % number[n],
                      "10.8.%d.0/28 8080" % number[n],
                      *([first] if n == "a" else []))
        text += user(n, servers=FOUR, words=("persistence_timeout 60",))
    text += user(names[0], "UDP", "DR", FOUR)
    text += group("six", "fd08::1 80", "fd08::20-2f 443")
    text += user("six", "SCTP", servers=SIX)
    text += group("both", "10.8.9.1 80", "fd08:9::1 80")
    text += user("both", method="TUN", servers=("10.9.0.2 80",))
    text += group("marks", "10.8.9.2 80", "fwmark 7")
    text += user("marks", servers=FOUR)
    return text


def rules(node):
    """{family: (hook, priority, {map: elements}, rules)} of nft's table."""
    found = {}
    for family in ("ip", "ip6"):
        done = node.run("nft -s -j list table %s %s" % (family, TABLE),
                        check=False)
        if done.returncode != 0:
            continue
        maps, chain, lines = {}, None, []
        for thing in json.loads(done.stdout)["nftables"]:
            if "map" in thing and thing["map"].get("elem"):
                maps[thing["map"]["name"]] = sorted(
                    json.dumps(e) for e in thing["map"]["elem"])
            elif "chain" in thing:
                chain = (thing["chain"]["hook"], thing["chain"]["prio"],
                         thing["chain"]["type"])
            elif "rule" in thing:
                lines.append(json.dumps(thing["rule"]["expr"]))
        lines = sorted(line for line in lines
                       if any('"@%s"' % name in line for name in maps))
        found[family] = (chain, maps, lines)
    return {f: t for f, t in found.items() if t[1]}


def services(node):
    return sorted(line for line in node.out("ipvsadm -Sn").splitlines()
                  if line)


class Pair:
    """A director of each kind, on machines of their own."""

    def __init__(self, lab):
        need_ipvs()
        self.ours = Director(lab.node("ours"), "")
        self.theirs = Director(lab.node("theirs"), "", "keepalived")

    def write(self, text):
        for d in (self.ours, self.theirs):
            d.write(text)
            if d.running():
                d.reload()
            else:
                d.options = ["-C"]
                d.start()

    def same(self, has=lambda table: len(table) > 0):
        """Waits until both tables are the same and as they should be."""
        def both():
            table = services(self.theirs.node)
            return (table == services(self.ours.node) and has(table) and
                    rules(self.ours.node) == rules(self.theirs.node))
        until(both, SETTLE, self.difference, 0.3)
        return services(self.ours.node), rules(self.ours.node)

    def difference(self):
        a, b = services(self.ours.node), services(self.theirs.node)
        return "ours only: %s\ntheirs only: %s\n%s\n%s\n%s" % (
            [x for x in a if x not in b], [x for x in b if x not in a],
            rules(self.ours.node), rules(self.theirs.node),
            self.ours.log()[-3000:])

    def stop(self):
        for d in (self.ours, self.theirs):
            d.stop(20)
        assert rules(self.ours.node) == rules(self.theirs.node) == {}
        assert services(self.ours.node) == []


@pytest.fixture
def pair(lab):
    return Pair(lab)


def test_every_kind_of_entry(pair):
    pair.write(PLAIN)
    pair.same(lambda table: len(table) > 300)
    log = pair.ours.log()
    for line in ("both_nat: virtual server group with IPv4 & IPv6 doesn't",
                 "other_family: address family doesn't match",
                 "mixed_marks: virtual server group with IPv4 & IPv6",
                 "group unmarked_family cannot have IPv4, IPv6 and fwmark"):
        assert line in log and "keepalived.conf:" in log
    pair.stop()


def test_marks_are_keepalived_s_over_reloads(pair):
    pair.write(marked())
    table, nft = pair.same(lambda t: any("-f 1005" in x for x in t))
    assert set(nft) == {"ip", "ip6"}
    assert nft["ip"][0] == ("input", -1, "filter")
    # One more before the others, one away, and later back with a new mark.
    pair.write(marked("dabc", "10.8.0.5-12 443"))
    pair.same(lambda t: any("-f 1006" in x for x in t))
    pair.write(marked("dac"))
    pair.same(lambda t: not any("-f 1001 " in x for x in t))
    pair.write(marked("dacb"))
    pair.same(lambda t: any("-f 1007 " in x for x in t))
    pair.stop()


def test_words_of_the_table(pair):
    pair.write(marked(words="\n nftables_ipvs_priority -150\n"
                            " nftables_ipvs_start_fwmark 70000"))
    _, nft = pair.same(lambda t: any("-f 70000" in x for x in t))
    assert list(nft["ip"][0])[1] == -150
    pair.stop()


def test_a_flush_is_undone(lab):
    need_ipvs()
    d = Director(lab.node("ours"), marked(), options=["-C"]).start()
    # Both tables come in one transaction, but are read one after the other.
    until(lambda: len(rules(d.node)) == 2, SETTLE, d.log)
    before = rules(d.node)
    d.node.run("nft flush ruleset")
    until(lambda: rules(d.node) == before, 5, "the table is back")
    d.node.run("nft delete element ip %s tcp_map { 10.8.0.1 . 80 }" % TABLE)
    until(lambda: rules(d.node) == before, 5, "the element is back")
    d.node.run("nft add rule ip %s in drop" % TABLE)
    until(lambda: "drop" not in d.node.out("nft list ruleset"), 5)
    assert rules(d.node) == before
    assert "was changed by another" in d.log()
    d.stop(20)


# ---- IPVS elsewhere ----

def serve(node, address, port, name):
    """Says its name to whoever connects."""
    sock = node.call(lambda: socket.create_server((address, port)))

    def run():
        while True:
            try:
                peer, _ = sock.accept()
            except OSError:
                return
            with peer:
                peer.sendall(name.encode())
    threading.Thread(target=run, daemon=True).start()
    return sock


def ask(node, address, port):
    def body():
        try:
            with socket.create_connection((address, port), 2) as sock:
                sock.settimeout(2)
                return sock.recv(64).decode()
        except OSError:
            return ""
    return node.call(body)


class Home:
    """The initial namespace, which has no name."""

    def run(self, command, check=True):
        return subprocess.run(command, shell=True, check=check, text=True,
                              capture_output=True, timeout=30)

    def out(self, command):
        return self.run(command).stdout


class Elsewhere:
    """Checks go from the director's machine, the service's packets through
    another namespace: named (where is a node), or the initial one."""

    VIPS = ("10.7.0.80", "10.7.0.81")

    def __init__(self, lab, is_named):
        self.director = lab.node("director")
        lab.plug(self.director, "eth0", "10.6.0.1/24")
        self.client, self.server = lab.node("client"), lab.node("server")
        lab.plug(self.server, "eth0", "10.6.0.2/24")
        self.server.run("ip addr add 10.6.0.3/24 dev eth0")
        self.where = lab.node("lvs") if is_named else Home()
        self.name = self.where.ns if is_named else None
        self.made = []
        for i, (node, net) in enumerate(((self.client, "10.7.0"),
                                         (self.server, "10.6.1"))):
            self._join(node, "dvg%d" % i, net)
        self.where.run("sysctl -w net.ipv4.ip_forward=1")
        for vip in self.VIPS:
            self.where.run("ip addr add %s/32 dev dvg0" % vip)
        self.server.run("ip route add 10.7.0.0/24 via 10.6.1.1")
        # What the director's machine asks, and the other one uses.
        self.where.run("ip route add 10.6.0.0/24 via 10.6.1.2")
        self.sockets = {a: serve(self.server, a, 80, a)
                        for a in ("10.6.0.2", "10.6.0.3")}

    def _join(self, node, ifname, net):
        """A wire from there to a node: .1 and .2."""
        far = node.ns
        self.where.run("ip link add %s type veth peer name dvpeer netns %s" %
                       (ifname, far))
        self.made.append(ifname)
        self.where.run("ip addr add %s.1/24 dev %s" % (net, ifname))
        self.where.run("ip link set %s up" % ifname)
        node.run("ip addr add %s.2/24 dev dvpeer" % net)
        node.run("ip link set dvpeer up")

    def close(self):
        for ifname in self.made:
            self.where.run("ip link del " + ifname, check=False)
        self.where.run("sysctl -w net.ipv4.ip_forward=0", check=False)

    def conf(self):
        return ("net_namespace_ipvs %s\n" % (self.name or "") +
                MARKED % "" + group("web", "10.7.0.80-81 80") +
                user("web", servers=()).rstrip("}\n") + "\n" +
                "".join(" real_server %s 80 {\n  TCP_CHECK {\n"
                        "   connect_timeout 1\n   retry 0\n  }\n }\n" % a
                        for a in sorted(self.sockets)) + "}\n")

    def weights(self):
        return sorted(line.split()[4] for line in
                      self.where.out("ipvsadm -Sn").splitlines()
                      if line.startswith("-a -f 1000"))


@pytest.mark.parametrize("is_named", (True, False), ids=("named", "initial"))
def test_ipvs_in_another_namespace(lab, is_named):
    need_ipvs()
    world = Elsewhere(lab, is_named)
    try:
        d = Director(world.director, world.conf()).start()
        until(lambda: world.weights() == ["10.6.0.2:80", "10.6.0.3:80"],
              SETTLE, d.log)
        for vip in world.VIPS:
            until(lambda: {ask(world.client, vip, 80) for _ in range(4)} ==
                  {"10.6.0.2", "10.6.0.3"}, 10, d.log)
        assert TABLE in world.where.out("nft list ruleset")
        # Nothing of it is where the checks are.
        assert services(world.director) == []
        assert world.director.out("nft list ruleset").strip() == ""
        # The checks see over there what the table is told of here.
        world.sockets["10.6.0.2"].close()
        until(lambda: world.weights() == ["10.6.0.3:80"], SETTLE, d.log)
        until(lambda: {ask(world.client, world.VIPS[0], 80)
                       for _ in range(4)} == {"10.6.0.3"}, 10, d.log)
        world.where.run("nft flush ruleset")
        until(lambda: TABLE in world.where.out("nft list ruleset"), 5, d.log)
        d.write(d.conf_text().replace("net_namespace_ipvs",
                                      "net_namespace_ipvs other #"))
        mark = d.log_mark()
        d.reload()
        d.wait_log("net_namespace_ipvs cannot change while running", 10, mark)
        d.stop(20)
        assert world.where.out("ipvsadm -Sn").strip() == ""
        assert TABLE not in world.where.out("nft list ruleset")
    finally:
        world.close()
