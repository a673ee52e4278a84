# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario conns: connections and counters. A reload, a weight, a dead engine
never resets what did not change; on_down in all its forms, with real flows."""

import re
import signal
import socket
import sys
import threading
import time

import pytest

from director import Director
from netlab import holds, until
from world import need_ipvs

VIP = "10.8.0.100"
SERVERS = {"rs1": "10.9.0.11", "rs2": "10.9.0.12"}

ECHO = r"""
import asyncio, sys
name = sys.argv[1].encode()

class Udp(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, addr):
        self.transport.sendto(name + b" " + data, addr)

async def tcp(reader, writer):
    while line := await reader.readline():
        writer.write(name + b" " + line)
        await writer.drain()
    writer.close()

async def main():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Udp, ("0.0.0.0", 7000))
    server = await asyncio.start_server(tcp, "0.0.0.0", 7000)
    await server.serve_forever()
asyncio.run(main())
"""

SERVICE = """
virtual_server 10.8.0.100 %(port)d {
    lvs_sched rr
    lvs_method NAT
    protocol %(protocol)s
    delay_loop 0.2
    retry 1
    connect_timeout 0.3
    delay_before_retry 0.1
    warmup 0
    %(words)s
%(servers)s
}
"""
SERVER = """
    real_server %s 7000 {
        weight %d
        TCP_CHECK { connect_port 7000 }
    }
"""


def service(protocol="TCP", port=7000, words="", **weights):
    weights = weights or {"rs1": 1, "rs2": 1}
    servers = "".join(SERVER % (SERVERS[n], w) for n, w in weights.items())
    return SERVICE % locals()


def conf(*services):
    return "global_defs {\n manage_sysctl\n}\n" + "".join(services)


class Tcp(threading.Thread):
    """A connection that is in use all the time."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.sock = client.call(
            lambda: socket.create_connection((VIP, 7000), 5))
        self.port = self.sock.getsockname()[1]
        self.sock.settimeout(8)
        self.count, self.dead, self.over = 0, None, False
        self.server = self.ask()
        self.start()

    def ask(self):
        self.sock.sendall(b"x\n")
        answer = self.sock.recv(100).decode()
        if not answer:
            raise OSError("closed")
        self.count += 1
        return answer.split()[0]

    def run(self):
        while not self.over:
            try:
                self.ask()
            except OSError as e:
                self.dead = e
                return
            time.sleep(0.05)

    def lives(self):
        """It is answered from now on, too."""
        was = self.count
        until(lambda: self.dead or self.count > was + 2, 10, "an answer")
        return self.dead is None

    def close(self):
        self.over = True
        self.join(10)
        self.sock.close()


class Udp(threading.Thread):
    """A flow of one datagram each 10 ms from one port."""

    def __init__(self, client):
        super().__init__(daemon=True)

        def make():
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect((VIP, 7000))
            return s
        self.sock = client.call(make)
        self.sock.settimeout(0.2)
        self.sent, self.over = 0, False
        self.answer = {}  # number -> server
        self.last = (0, "")
        threading.Thread(target=self.listen, daemon=True).start()
        self.start()

    def run(self):
        due = time.monotonic()
        while not self.over:
            try:
                self.sock.send(b"%d" % self.sent)
            except OSError:
                pass  # an ICMP error about an earlier one
            self.sent += 1
            due += 0.01
            time.sleep(max(0, due - time.monotonic()))

    def listen(self):
        while not self.over:
            try:
                name, number = self.sock.recv(100).decode().split()
            except OSError:
                continue
            self.answer[int(number)] = name
            self.last = (int(number), name)

    def wait(self, server=None, timeout=10):
        since = self.sent
        until(lambda: self.last[0] > since and
              self.last[1] == (server or self.last[1]), timeout,
              lambda: "answers of %s, last %s" % (server, self.last))
        return self.last[1]

    def lost(self, since):
        end = self.last[0]
        return sum(n not in self.answer for n in range(since, end))

    def close(self):
        self.over = True
        self.join(5)
        self.sock.close()


class World:
    def __init__(self, lab, kind):
        need_ipvs()
        self.lab, self.kind, self.flows = lab, kind, []
        self.d = lab.node("d")
        self.client = lab.node("c")
        lab.plug(self.client, "eth0", "10.8.0.50/24", "front")
        lab.plug(self.d, "eth0", ["10.8.0.1/24", VIP + "/24"], "front")
        lab.plug(self.d, "eth1", "10.9.0.1/24", "back")
        for name, address in SERVERS.items():
            node = lab.node(name)
            lab.plug(node, "eth0", address + "/24", "back")
            node.run("ip route add default via 10.9.0.1")
            node.popen([sys.executable, "-c", ECHO, name])
        self.director = None

    def start(self, *services):
        self.director = Director(self.d, conf(*services), self.kind).start()
        self.director.wait_log("Startup complete", 60)
        until(lambda: all(len(t) == 2 and 0 not in t.values()
                          for t in self.tables().values()) and
              len(self.tables()) == len(services), 60,
              lambda: "both servers, are %s" % self.tables())
        return self.director

    def reload(self, *services):
        mark = self.director.log_mark()
        self.director.write(conf(*services))
        self.director.reload()
        self.director.wait_log("Reload complete", 30, mark)

    def tables(self):
        """{"TCP 7000": {server: weight}}"""
        found, now = {}, None
        for line in self.d.out("ipvsadm -Ln").splitlines():
            word = line.split()
            if word[0] in ("TCP", "UDP"):
                now = found.setdefault(
                    word[0] + " " + word[1].rpartition(":")[2], {})
            elif word[0] == "->" and now is not None:
                address = word[1].rpartition(":")[0]
                name = [n for n, a in SERVERS.items() if a == address][0]
                now[name] = int(word[3])
        return found

    def table(self, name="TCP 7000"):
        return self.tables().get(name)

    def counters(self):
        """{(service, server): [conns, packets in]} of ipvsadm --stats."""
        found, svc = {}, None
        text = self.d.out("ipvsadm -Ln --stats --exact")
        for line in text.splitlines():
            word = line.split()
            if word[0] in ("TCP", "UDP"):
                svc = word[0] + " " + word[1]
                found[svc] = [int(x) for x in word[2:4]]
            elif word[0] == "->" and svc is not None:
                found[svc, word[1]] = [int(x) for x in word[2:4]]
        return found

    def ports(self):
        """Client ports of established connections, as ipvsadm -c says."""
        return {int(p) for p in re.findall(
            r"ESTABLISHED 10\.8\.0\.50:(\d+)", self.d.out("ipvsadm -Lnc"))}

    def tcp(self, n=1):
        made = [Tcp(self.client) for _ in range(n)]
        self.flows += made
        return made

    def udp(self):
        self.flows.append(Udp(self.client))
        return self.flows[-1]

    def on(self, name):
        """A connection to this server."""
        for _ in range(6):
            one = self.tcp()[0]
            if one.server == name:
                return one
        raise AssertionError("no connection goes to " + name)

    def vanish(self, name):
        self.lab.node(name).link("eth0", False)

    def status(self):
        self.director.signal(signal.SIGUSR1)
        path = self.director.dir + "/keepalived_check.data"
        time.sleep(0.3)
        with open(path) as f:
            return f.read()

    def close(self):
        for flow in self.flows:
            flow.close()
        if self.director is not None and self.director.running():
            self.director.stop(60)


@pytest.fixture
def world(lab, request):
    one = World(lab, request.config.getoption("--director"))
    yield one
    one.close()


# ---- nothing that did not change is touched ----

def test_counters_and_connections_under_load(world):
    both = [service(), service("UDP")]
    more = [*both, service(port=7001)]
    d = world.start(*both)
    flows = world.tcp(20)
    udp = world.udp()
    udp.wait()
    before = world.counters()
    started = udp.sent
    first = world.d.out("ipvsadm -Ln --stats --exact")

    def check(what):
        """Counters only grow, all connections are known and answered."""
        nonlocal before
        now = world.counters()
        for key, old in before.items():
            assert now[key][0] >= old[0] and now[key][1] >= old[1], (
                what, key, old, now[key], first)
        assert {f.port for f in flows} <= world.ports(), what
        before = {k: v for k, v in now.items()
                  if (k if isinstance(k, str) else k[0]).endswith(":7000")}
        assert all(f.dead is None for f in flows), what

    for what, services in (
            ("no change", both), ("another service", more),
            ("another's weight", [*both, service(port=7001, rs1=1, rs2=9)]),
            ("another service goes", both),
            ("a weight", [service(rs1=1, rs2=7), service("UDP")]),
            ("a weight again", both)):
        world.reload(*services)
        check(what)
    for name in ("check", "ipvs"):
        mark = d.log_mark()
        old = d.kill_engine(name)
        until(lambda: d.engine(name) not in (None, old), 30, name)
        d.wait_log("Starting %s process" % name, 30, mark)
        holds(lambda: world.tables() == {"TCP 7000": {"rs1": 1, "rs2": 1},
                                         "UDP 7000": {"rs1": 1, "rs2": 1}},
              1.5, lambda: str(world.tables()), every=0.1)
        check("kill -9 of " + name)
    assert all(f.lives() for f in flows)
    # Each new connection was counted where it went: 20, and the flow's one.
    total = {k: v[0] for k, v in world.counters().items()
             if isinstance(k, str)}
    assert total == {"TCP %s:7000" % VIP: 20, "UDP %s:7000" % VIP: 1}
    udp.wait()  # a starved guest loses datagrams by itself
    print("UDP lost %d of %d" % (udp.lost(started), udp.sent - started))


# ---- on_down ----

def sysctl(world, name):
    return world.d.out("sysctl -n net.ipv4.vs." + name).strip()


def test_expire(world):
    """UDP at 100 packets a second loses what the checks need to see it, 0.9 s
    here, and next to nothing once the server has left the table."""
    world.start(service("UDP", words="on_down expire"),
                service(words="on_down expire"))
    assert sysctl(world, "expire_nodest_conn") == "1"
    udp = world.udp()
    victim = udp.wait()
    other = "rs2" if victim == "rs1" else "rs1"
    tcp = world.on(victim)
    since = udp.sent
    world.vanish(victim)
    until(lambda: victim not in world.table("UDP 7000"), 10, "removal")
    gone = udp.sent
    udp.wait(other)
    udp.wait(other)
    assert udp.lost(since) > 0
    assert udp.lost(gone) < 50
    until(lambda: tcp.dead, 10, "the end of the connection")
    print("UDP lost %d packets of 100/s" % udp.lost(since))
    world.director.stop(60)
    assert sysctl(world, "expire_nodest_conn") == "0"


def test_keep(world):
    """The kernel's own way: the flow stays with the server that is gone."""
    world.start(service("UDP", words="on_down keep"))
    assert sysctl(world, "expire_nodest_conn") == "0"
    udp = world.udp()
    victim = udp.wait()
    world.vanish(victim)
    until(lambda: victim not in world.table("UDP 7000"), 5, "removal")
    since = udp.last[0]
    holds(lambda: udp.last[0] == since, 1.5, "silence")


def test_drain_by_reload(world):
    drain = "on_down drain 15"
    d = world.start(service(words=drain))
    old, stays = world.on("rs1"), world.on("rs2")
    began = time.monotonic()
    world.reload(service(words=drain, rs2=1))
    assert world.table() == {"rs1": 0, "rs2": 1}
    assert "Draining [10.9.0.11]:tcp:7000" in world.status()
    assert {f.server for f in world.tcp(4)} == {"rs2"}
    for name in ("check", "ipvs"):
        was = d.kill_engine(name)
        until(lambda: d.engine(name) not in (None, was), 30, name)
    while time.monotonic() < began + 12:
        assert world.table() == {"rs1": 0, "rs2": 1}
        time.sleep(0.2)
    assert old.dead is None and old.lives()
    until(lambda: world.table() == {"rs2": 1}, 20, lambda: world.tables())
    assert 14 < time.monotonic() - began < 30
    until(lambda: old.dead, 12, "its end")
    assert stays.lives()


def test_drain_ends_early(world):
    drain = "on_down drain 60"
    world.start(service(words=drain))
    old = world.on("rs1")
    world.reload(service(words=drain, rs2=1))
    assert world.table() == {"rs1": 0, "rs2": 1}
    world.reload(service(words=drain))
    assert world.table() == {"rs1": 1, "rs2": 1}
    assert old.lives()
    # By a failure that heals: the same.
    world.vanish("rs1")
    until(lambda: world.table() == {"rs1": 0, "rs2": 1}, 5, "weight 0")
    world.lab.node("rs1").link("eth0")
    world.lab.node("rs1").run("ip route replace default via 10.9.0.1")
    until(lambda: world.table() == {"rs1": 1, "rs2": 1}, 5, "its return")
    assert old.lives()
    # Who drains no more is deleted by the reload that says so.
    world.reload(service(words=drain, rs2=1))
    world.reload(service(words="on_down expire", rs2=1))
    assert world.table() == {"rs2": 1}


def test_contradictions_are_said(world):
    world.director = Director(
        world.d, conf(service(words="on_down expire"),
                      service("UDP", words="on_down keep")), world.kind)
    done = world.director.check_config()
    text = done.stdout + done.stderr
    assert re.search(r"keepalived.conf:\d+:\d+: on_down of virtual server "
                     r"\[10.8.0.100\]:udp:7000 contradicts", text), text
