# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario checks: duumvir and Debian's keepalived side by side on real IPVS,
with the same configuration and the same servers, end with the same table,
however those servers break.

Two directors in namespaces of their own look at one farm (farm.py).  Both
tables are read by ipvsadm and compared as text.
"""

import hashlib
import random
import time

import pytest

import farm
from director import Director
from netlab import Lab, Timeout, until
from world import need_ipvs

OURS, THEIRS = "ours", "theirs"  # the nodes of the directors
SETTLE = 60  # checks every second, time-outs of 2 s, an emulated machine
STEADY = 2.5 # the same for as long as a failure takes to be seen


class Service:
    """One virtual server: its servers' class and what the file says."""

    def __init__(self, number, kind, checker, count=2, head="", body="",
                 server="", protocol="TCP", port=80):
        self.number, self.kind, self.checker = number, kind, checker
        self.count, self.head, self.body = count, head, body
        self.server, self.protocol, self.port = server, protocol, port

    def address(self, i):
        return "10.1.%d.%d" % (self.number, i + 1)

    def text(self, hosts, weight):
        head = self.head or "10.1.%d.100 %d" % (self.number, self.port)
        lines = ["virtual_server %s {" % head,
                 " delay_loop 1\n retry 1\n delay_before_retry 1\n warmup 0",
                 " connect_timeout 2\n lvs_sched wrr\n lvs_method NAT",
                 " protocol %s" % self.protocol, self.body]
        if "fwmark" in head:
            lines.remove(" protocol %s" % self.protocol)
        for host in hosts:
            lines.append(" real_server %s %d {\n weight %d\n %s" % (
                host.address, self.port, weight, self.server))
            lines.append(self.checker % {"dir": host.dir, "name":
                                         host.address} + "\n }")
        return "\n".join(lines) + "\n}\n"


HTTP = """ %s {
  url {
   path /index.html
   digest """ + "DIGEST" + """
   status_code 200
  }
 }"""

SERVICES = [
    Service(1, farm.Tcp, " TCP_CHECK {\n }", 3, port=8080,
            body=" quorum 2\n hysteresis 0\n sorry_server 10.1.1.50 80"),
    Service(2, farm.Web, HTTP % "HTTP_GET", body=" inhibit_on_failure"),
    Service(3, farm.Web, HTTP % "SSL_GET", port=443),
    Service(4, farm.Mail, " SMTP_CHECK {\n  helo_name lab.test\n }", port=25,
            server=" inhibit_on_failure"),
    Service(5, farm.Dns, " DNS_CHECK {\n  type A\n  name www.test\n"
            "  retry 1\n }", protocol="UDP", port=53),
    Service(6, farm.Udp, " UDP_CHECK {\n  payload 70696e67\n"
            "  require_reply 706f6e67\n }", protocol="UDP", port=7),
    Service(7, farm.Script, " MISC_CHECK {\n  misc_path \"%(dir)s/check\"\n"
            "  misc_timeout 5\n  misc_dynamic\n  user root\n }"),
    Service(8, farm.Host, " PING_CHECK {\n }",
            body=" sorry_server 10.1.8.50 80\n sorry_server_inhibit"),
    Service(9, farm.File, " FILE_CHECK {\n  track_file f_%(name)s\n"
            "  weight 2\n }"),
    Service(10, farm.Tcp, " TCP_CHECK {\n }", head="fwmark 7",
            port=8080, body=" ip_family inet\n alpha"),
    Service(11, farm.Tcp, " TCP_CHECK {\n }\n PING_CHECK {\n }",
            head="group G", port=8080, body=" quorum 3\n hysteresis 1"),
]


class Checks:
    """The farm and the two directors."""

    def __init__(self, directory, kind):
        need_ipvs()
        self.lab = Lab(directory)
        node = self.lab.node("farm")
        self.lab.plug(node, "eth0", "10.1.254.1/16")
        farm.start_nginx(node)
        self.hosts = {s: [s.kind(node, s.address(i)) for i in range(s.count)]
                      for s in SERVICES}
        self.directors = {}
        self.left_out = None  # what the lines of one service contain
        for i, (name, kind) in enumerate(((OURS, kind),
                                          (THEIRS, "keepalived"))):
            there = self.lab.node(name)
            self.lab.plug(there, "eth0", "10.1.255.%d/16" % (i + 1))
            self.directors[name] = Director(there, self.text(), kind)

    def text(self, weight=2):
        digest = hashlib.md5(farm.Web.page.encode()).hexdigest()
        lines = ["global_defs {\n script_user root\n}",
                 "virtual_server_group G {\n 10.1.11.100-102 80\n"
                 " 10.1.11.110 8080\n}"]
        lines += ["track_file f_%s {\n file %s/number\n weight 1\n}" % (
            h.address, h.dir) for s in SERVICES if s.kind is farm.File
            for h in self.hosts[s]]
        lines += [s.text(self.hosts[s], weight) for s in SERVICES]
        return "\n".join(lines).replace("DIGEST", digest)

    def each_host(self):
        return [h for s in SERVICES for h in self.hosts[s]]

    def table(self, name):
        """ipvsadm's words about a director's kernel, sorted."""
        text = self.lab.node(name).out("ipvsadm -Sn")
        return sorted(line.strip() for line in text.splitlines()
                      if self.left_out is None or self.left_out not in line)

    def same(self):
        """The table, when both have the same one; else None."""
        ours, theirs = self.table(OURS), self.table(THEIRS)
        return ours if ours == theirs else None

    def difference(self):
        ours, theirs = set(self.table(OURS)), set(self.table(THEIRS))
        broken = {h.address: h.how for h in self.each_host() if h.how}
        return "only ours: %s; only keepalived's: %s; broken: %s\n%s" % (
            sorted(ours - theirs), sorted(theirs - ours), broken,
            "".join("--- %s\n%s" % (k, d.log()[-2500:])
                    for k, d in self.directors.items()))

    def await_same(self, condition=lambda table: True):
        """Both have the same table, for which the condition is true, for
        longer than an interval; returns it."""
        since = [None]

        def reached():
            table = self.same()
            if table is None or not condition(table):
                since[0] = None
                return None
            since[0] = since[0] or time.monotonic()
            return table if time.monotonic() - since[0] > STEADY else None
        try:
            return until(reached, SETTLE, self.difference, every=0.4)
        except Timeout:
            if not self.is_peer_stuck():
                raise
        self.directors[THEIRS].reload()
        return until(reached, SETTLE, self.difference, every=0.4)

    def is_peer_stuck(self):
        """Debian's keepalived may never look again at a server that vanished
        in the middle of a TLS handshake, as on a slow machine; a reload
        frees it."""
        ours, theirs = set(self.table(OURS)), set(self.table(THEIRS))
        gone = [h.address for s in SERVICES if "SSL_GET" in s.checker
                for h in self.hosts[s] if h.how == "vanish"]
        return ours < theirs and all(
            any(" -r %s:" % address in line for address in gone)
            for line in theirs - ours)

    def heal(self):
        self.left_out = None
        for host in self.each_host():
            host.mend()
        for director in self.directors.values():
            if not director.running():
                director.start()
        servers = sum(s.count for s in SERVICES) + 3 * 2 - 2  # of the group
        return self.await_same(lambda table: sum(
            line.startswith("-a") and "-w 2" in line
            for line in table) == servers + 2)

    def logs(self):
        return self.difference()

    def close(self):
        self.lab.close()


@pytest.fixture(scope="module")
def machines(request, directory):
    world = Checks(directory, request.config.getoption("--director"))
    yield world
    world.close()


@pytest.fixture
def world(machines):
    machines.healthy = machines.heal()
    return machines


def about(service, table):
    """The lines of a table that are about one service."""
    marks = {"group G": "10.1.11.", "fwmark 7": "-f 7"}
    mark = marks.get(service.head, "10.1.%d.100:" % service.number)
    return [line for line in table if mark in line]


@pytest.mark.parametrize("turn", range(2))
def test_each_way_to_break(world, turn):
    """All servers break, those of a service in different ways, in both turns
    in each way there is; both see it alike (quorum, sorry servers, empty
    services), and their return."""
    for service in SERVICES:
        for i, host in enumerate(world.hosts[service]):
            host.break_by(host.hows[(2 * turn + i) % len(host.hows)])
    world.await_same(lambda table: all(
        about(s, table) != about(s, world.healthy) for s in SERVICES))
    for host in world.each_host():
        host.mend()
    world.await_same(lambda table: table == world.healthy)


@pytest.mark.parametrize("seed", [1])
def test_random_failures(world, seed):
    """Any mixture, with reloads in between.  After one, keepalived gives a
    server of misc_dynamic weight 0 for status 0: that service is left out."""
    world.left_out = "10.1.7.100"
    chance = random.Random(seed)
    weight = 2
    for _ in range(2):
        for host in world.each_host():
            if host.how is not None and chance.random() < 0.5:
                host.mend()
            elif host.how is None and chance.random() < 0.4:
                host.break_by(chance.choice(host.hows))
        world.await_same()
        weight = 5 - weight
        for director in world.directors.values():
            director.write(world.text(weight))
            director.reload()
        world.await_same()
    for director in world.directors.values():
        director.stop(30)
