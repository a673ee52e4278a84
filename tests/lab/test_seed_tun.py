# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario seed-tun: real servers in other networks, reached through tunnels.

A client and two directors on one network, a router, and behind it two web
servers in a network each.  Requests travel client, director, tunnel, server;
answers go from the server straight to the client.  The servers are prepared by
duumvir --realserver from the director's own file.  doc/howto/lvs-tun.md.
"""

import os
import socket
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from capture import Capture  # noqa: E402
from director import Director  # noqa: E402
from netlab import Lab, until  # noqa: E402
from world import fetch, need_ipvs, nginx_conf  # noqa: E402

DIRECTORS = {"master": 10, "backup": 11}
SERVERS = {"rs1": 1, "rs2": 2}
CLIENT = {4: "192.0.2.50", 6: "2001:db8:f::50"}
TURN = 4 + 2 + 1     # delay_loop, the retry, some slack: a server leaves
DOWN = 3.61 + 2      # 3 x advert + skew, and an emulated machine is slow
SERVICES = {         # address: how it travels, and the share of 12 requests
    "192.0.2.100": ("ipip", {"rs1": 9, "rs2": 3}),
    "192.0.2.101": ("gre", {"rs1": 6, "rs2": 6}),
    "192.0.2.102": ("gre with checksum", {"rs1": 6, "rs2": 6}),
    "192.0.2.103": ("gue", {"rs1": 6, "rs2": 6}),
    "192.0.2.104": ("gue with remcsum", {"rs1": 6, "rs2": 6}),
    "192.0.2.105": ("IPv4 in IPv6", {"rs1": 6, "rs2": 6}),
    "2001:db8:f::100": ("IPv6 in IPv6", {"rs1": 6, "rs2": 6}),
    "2001:db8:f::101": ("IPv6 in IPv4", {"rs1": 6, "rs2": 6}),
}


def conf(name):
    with open(os.path.join(HERE, "seed-tun", name + ".conf")) as f:
        return f.read()


class World:
    """The machines; heal() brings everything up."""

    def __init__(self, directory):
        need_ipvs()
        for module in ("ip_vs_wrr", "ipip", "ip_gre", "sit", "ip6_tunnel"):
            subprocess.run(["modprobe", "-q", module], check=False)
        self.lab = Lab(directory)
        self.web, self.director, self.server = {}, {}, {}
        self._add_router()
        self.client = self._add_front("client", 50)
        for name, host in DIRECTORS.items():
            node = self._add_front(name, host)
            self.director[name] = Director(node, conf(name))
        for name, net in SERVERS.items():
            self._add_server(name, net)

    def _add_router(self):
        router = self.lab.node("router")
        self.lab.plug(router, "front",
                      ["192.0.2.1/24", "2001:db8:f::1/64"])
        for net in SERVERS.values():
            self.lab.plug(router, "back%d" % net,
                          ["10.%d.0.1/24" % net, "2001:db8:%d::1/64" % net],
                          switch="back%d" % net)
        router.sysctl("ipv4/ip_forward", 1)
        router.sysctl("ipv6/conf/all/forwarding", 1)

    def _add_front(self, name, host):
        node = self.lab.node(name)
        self.lab.plug(node, "eth0", ["192.0.2.%d/24" % host,
                                     "2001:db8:f::%d/64" % host])
        node.run("ip route add default via 192.0.2.1")
        node.run("ip -6 route add default via 2001:db8:f::1")
        return node

    def _add_server(self, name, net):
        node = self.lab.node(name)
        # As many distributions have it: tunnels must do nevertheless.
        node.sysctl("ipv4/conf/all/rp_filter", 1)
        self.lab.plug(node, "eth0",
                      ["10.%d.0.2/24" % net, "10.%d.0.3/24" % net,
                       "2001:db8:%d::2/64" % net], switch="back%d" % net)
        node.run("ip route add default via 10.%d.0.1" % net)
        node.run("ip -6 route add default via 2001:db8:%d::1" % net)
        # The director's file, word by word.
        self.server[name] = Director(node, conf("master"),
                                     options=["--realserver"])

    def start_web(self, name):
        node = self.lab.node(name)
        path = nginx_conf(self.lab.dir, name, "listen 80; listen [::]:80;",
                          " $remote_addr $content_length")
        self.web[name] = node.popen(["nginx", "-c", path])
        until(lambda: fetch(node, "127.0.0.1"), 20, "nginx on " + name)

    def stop_web(self, name):
        self.web.pop(name).kill()

    def heal(self):
        for name in SERVERS:
            if name not in self.web:
                self.start_web(name)
            if not self.server[name].running():
                self.server[name].start()
            self.server[name].wait_log("Real server for 8 virtual", 30)
        for director in self.director.values():
            if not director.running():
                director.start()
        until(lambda: self.holders() == ["master"], 60,
              lambda: "VIP at the master only; %s" % self.logs())
        for name in DIRECTORS:
            until(lambda: self.in_use(name) == 2 * len(SERVICES), 60,
                  lambda: "all servers in the table of %s: %s" % (
                      name, self.logs()))

    def holders(self):
        return [name for name in DIRECTORS
                if self.lab.node(name).has("192.0.2.100", "eth0")]

    def table(self, name):
        return self.lab.node(name).out("ipvsadm -Ln")

    def in_use(self, name):
        """Lines of servers with a weight in a director's table."""
        lines = [line.split() for line in self.table(name).splitlines()
                 if "Tunnel" in line]
        return sum(int(word[3]) > 0 for word in lines)

    def ask(self, vip, count):
        """{server: answers} of requests; each saw the client's address."""
        tally, family = {}, 6 if ":" in vip else 4
        for _ in range(count):
            word = fetch(self.client, vip).split()
            assert not word or word[1] == CLIENT[family], word
            name = word[0] if word else ""
            tally[name] = tally.get(name, 0) + 1
        return tally

    def logs(self):
        all_of = {**self.director, **self.server}
        return "".join("--- %s\n%s" % (name, d.log()[-2000:])
                       for name, d in all_of.items())


@pytest.fixture(scope="module")
def machines(directory):
    world = World(directory)
    yield world
    world.lab.close()


@pytest.fixture
def world(machines):
    try:
        machines.heal()
    except AssertionError:
        print(machines.logs())
        raise
    return machines


@pytest.mark.parametrize("vip", SERVICES)
def test_every_way_is_shared(world, vip):
    way, share = SERVICES[vip]
    assert world.ask(vip, 12) == share, way


def test_weights_three_to_one(world):
    assert world.ask("192.0.2.100", 40) == {"rs1": 30, "rs2": 10}


def test_answers_pass_by_the_director(world):
    """A request comes to the director, its answer does not."""
    vip = socket.inet_aton("192.0.2.100")
    client = Capture(world.client, "eth0")
    director = Capture(world.lab.node("master"), "eth0")
    assert sum(world.ask("192.0.2.100", 4).values()) == 4

    def answers(seen):
        return seen.select(lambda p: p.frame[12:14] == b"\x08\0" and
                           p.frame[23] == 6 and p.frame[26:30] == vip)

    until(lambda: len(answers(client)) >= 8, 5, "answers at the client")
    assert answers(director) == []
    mac = world.lab.node("router").mac("front")
    assert {p.frame[6:12].hex(":") for p in answers(client)} == {mac}


def test_a_large_request_learns_the_way(world):
    """A full packet does not fit into the tunnel: the director says so, the
    client's packets become smaller, and nothing is lost."""
    def body():
        data = b"x" * 200000
        with socket.create_connection(("192.0.2.100", 80), 5) as sock:
            sock.settimeout(5)
            sock.sendall(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n" %
                         len(data) + data)
            text = b""
            while True:
                more = sock.recv(4096)
                if not more:
                    return text.partition(b"\r\n\r\n")[2].decode()
                text += more

    assert world.client.call(body).split()[1:] == [CLIENT[4], "200000"]
    assert "mtu 1480" in world.client.out("ip route get 192.0.2.100")


def test_a_dead_server_leaves_and_returns(world):
    world.stop_web("rs2")
    until(lambda: world.in_use("master") == len(SERVICES), TURN + 5,
          lambda: "rs2 out of the table: " + world.table("master"))
    for vip in ("192.0.2.100", "192.0.2.104", "2001:db8:f::101"):
        assert world.ask(vip, 3) == {"rs1": 3}
    world.start_web("rs2")
    until(lambda: world.in_use("master") == 2 * len(SERVICES), TURN,
          "rs2 back in the table")
    assert world.ask("192.0.2.101", 4) == {"rs1": 2, "rs2": 2}


def test_a_director_dies_and_returns(world):
    world.director["master"].kill_all()
    until(lambda: "backup" in world.holders(), DOWN, "the backup took over")
    for vip in ("192.0.2.100", "192.0.2.103", "2001:db8:f::100"):
        until(lambda: world.ask(vip, 1).get("") is None, 5, "service again")
    assert world.ask("192.0.2.101", 4) == {"rs1": 2, "rs2": 2}
    world.director["master"].start()
    until(lambda: world.holders() == ["master"], DOWN + 3, "master is back")
    until(lambda: world.in_use("master") == 2 * len(SERVICES), TURN, "table")
    until(lambda: world.ask("192.0.2.101", 4) == {"rs1": 2, "rs2": 2}, 5,
          "service by the master")


def state(node):
    """All that a real server's daemon may change."""
    links = node.out("ip -o link show").splitlines()
    names = sorted(line.split()[1] for line in links)
    numbers = node.out(["sh", "-c", "cat /proc/sys/net/ipv4/conf/*/arp_* "
                        "/proc/sys/net/ipv4/conf/*/rp_filter"])
    ports = node.out("ip fou show") + node.out("ip -6 fou show")
    return (names, numbers, ports, sorted(node.addrs("lo")))


def check(server):
    return server.node.run(server.argv("--check"), check=False)


def test_preparing_is_undone(world):
    server = world.server["rs2"]
    node = world.lab.node("rs2")
    assert check(server).returncode == 0, check(server).stdout
    assert server.stop() == 0
    before = state(node)
    assert before[2] == "" and not node.has("192.0.2.100")
    told = check(server)
    assert told.returncode == 1
    for line in ("nothing takes ipip to 10.2.0.2",
                 "nothing takes gre with checksum to 10.2.0.3",
                 "nothing takes ip6tnl to 2001:db8:2::2",
                 "nothing takes gue on UDP port 6081",
                 "192.0.2.100/32 is not on lo"):
        assert "missing: " + line in told.stdout
    # What it says is what helps.
    commands = [line.strip() for line in told.stdout.splitlines()
                if line.startswith("\t")]
    for command in commands:
        node.run(["sh", "-c", command])
    assert check(server).returncode == 0, check(server).stdout
    assert world.ask("192.0.2.104", 2) == {"rs1": 1, "rs2": 1}
    for line in node.out("ip -o link show").splitlines():
        name = line.split()[1].split("@")[0].rstrip(":")
        if name.startswith("dv"):
            node.run("ip link del " + name)
    node.run("ip addr flush dev lo")
    node.run("ip addr add 127.0.0.1/8 dev lo")
    node.run("ip -6 addr add ::1/128 dev lo", check=False)
    for port in ("6080", "6081"):
        node.run("ip fou del port " + port)
    for word in ("all", "lo"):
        node.sysctl("ipv4/conf/%s/arp_ignore" % word, 0)
        node.sysctl("ipv4/conf/%s/arp_announce" % word, 0)
    assert state(node) == before
    # A killed one leaves all to the next, which takes it back.
    server.start()
    server.wait_log("Real server for 8 virtual", 30, server.log_mark())
    server.kill_all()
    assert node.has("192.0.2.100", "lo")
    mark = server.log_mark()
    server.start()
    server.wait_log("Real server for 8 virtual", 30, mark)
    assert "added" not in server.log()[mark:]
    assert server.stop() == 0
    assert state(node) == before
