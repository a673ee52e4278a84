# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario fullnat: a director pair whose real servers are in another network,
behind a router that knows nothing of the directors' side, with a gateway of
their own.  Plain NAT cannot work there: an answer to a client would leave by
that gateway.

A server answers each request with its name and the address that it saw.
"""

import os
import select
import socket
import subprocess
import threading

import pytest

from director import Director
from netlab import Lab, fresh_port, until
from world import need_ipvs

HERE = os.path.dirname(os.path.abspath(__file__))
VIP, VIP6 = "10.8.0.100", "fd08::100"
GROUP = {"10.9.0.10", "10.9.0.11", "10.9.0.12"}
GROUP6 = {"fd09::10", "fd09::11", "fd09::12"}
OWN = {"master": "1", "backup": "2"}
TABLE = "duumvir_fullnat"
MODULES = ["nf_conntrack", "nf_tables", "nft_chain_nat", "nft_ct", "nft_nat",
           "nft_masq", "nft_hash"]


class Server:
    """TCP 8080 and UDP 5353 of both families on a node; the answer is
    "NAME PEER\\n".  A TCP client that goes on asking is answered again."""

    def __init__(self, node):
        self.node, self.stopping = node, False
        self.sockets = node.call(self._open)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _open(self):
        tcp = socket.create_server(("::", 8080), family=socket.AF_INET6,
                                   dualstack_ipv6=True, backlog=128)
        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        udp.bind(("::", 5353))
        return {tcp: "listen", udp: "udp"}

    def _answer(self, peer):
        return ("%s %s\n" % (self.node.name,
                             peer[0].replace("::ffff:", ""))).encode()

    def _run(self):
        while not self.stopping:
            for sock in select.select(list(self.sockets), [], [], 0.1)[0]:
                try:
                    self._serve(sock)
                except OSError:
                    self._drop(sock)
        for sock in list(self.sockets):
            self._drop(sock)

    def _serve(self, sock):
        kind = self.sockets[sock]
        if kind == "listen":
            fresh, peer = sock.accept()
            self.sockets[fresh] = self._answer(peer)
        elif kind == "udp":
            _, peer = sock.recvfrom(2048)
            sock.sendto(self._answer(peer), peer)
        elif sock.recv(2048):
            sock.sendall(kind)
        else:
            self._drop(sock)

    def _drop(self, sock):
        del self.sockets[sock]
        sock.close()

    def stop(self):
        self.stopping = True
        self.thread.join()


class World:
    """client -- front -- directors -- mid -- router -- back -- servers, and
    the servers' own gateway, which leads to the client, too."""

    def __init__(self, directory):
        need_ipvs()
        # An emulated machine loads them slowly; else the kernel does it.
        for module in MODULES:
            subprocess.run(["modprobe", module], check=True)
        self.lab = Lab(directory)
        self.servers, self.director = {}, {}
        self.client = self._node("client", front="50")
        for name, last in OWN.items():
            node = self._node(name, front=last, mid=last)
            node.run("ip route add 10.20.0.0/24 via 10.9.0.254")
            node.run("ip -6 route add fd20::/64 via fd09::254")
            with open(os.path.join(HERE, "fullnat", name + ".conf")) as f:
                self.director[name] = Director(node, f.read())
        self.texts = {d: d.conf_text() for d in self.director.values()}
        for name, mid, last in (("router", "254", "254"),
                                ("gateway", None, "253")):
            node = self._node(name, back=last, **(
                {"mid": mid} if mid else {"front": "253"}))
            node.sysctl("ipv4/ip_forward", 1)
            node.sysctl("ipv6/conf/all/forwarding", 1)
        for number in "123":
            node = self._node("rs" + number, back=number)
            node.run("ip route add 10.9.0.0/24 via 10.20.0.254")
            node.run("ip -6 route add fd09::/64 via fd20::254")
            node.run("ip route add default via 10.20.0.253")
            node.run("ip -6 route add default via fd20::253")

    NETS = {"front": "8", "mid": "9", "back": "20"}

    def _node(self, name, **places):
        node = self.lab.node(name)
        for i, (net, last) in enumerate(places.items()):
            number = self.NETS[net]
            self.lab.plug(node, "eth%d" % i, switch=net, address=[
                "10.%s.0.%s/24" % (number, last),
                "fd%s::%s/64" % (number.zfill(2), last)])
        return node

    def close(self):
        for server in self.servers.values():
            server.stop()
        self.lab.close()

    def logs(self):
        return "".join("--- %s\n%s" % (name, d.log()[-2500:])
                       for name, d in self.director.items())

    # ---- healing ----
    def heal(self):
        for director, text in self.texts.items():
            if director.conf_text() != text:
                director.write(text)
                if director.running():
                    director.reload()
        for number in "123":
            name = "rs" + number
            if name not in self.servers:
                self.servers[name] = Server(self.lab.node(name))
        for name, director in self.director.items():
            if not director.running():
                director.start()
        until(lambda: self.holder() == ["master"], 60,
              lambda: "the master has the VIP\n" + self.logs())
        for name in self.director:
            until(lambda: self.active(name) == {"1", "2", "3"}, 60,
                  lambda: "all servers at %s\n%s" % (name, self.logs()))

    def stop_server(self, name):
        self.servers.pop(name).stop()

    def holder(self):
        return [n for n in OWN if self.lab.node(n).has(VIP, "eth0") and
                self.lab.node(n).has(VIP6, "eth0")]

    def active(self, name, service="-t %s:80" % VIP):
        """Last digits of the servers in the table of a service."""
        done = self.lab.node(name).run(["ipvsadm", "-Ln"] + service.split(),
                                       check=False)
        return {line.split()[1].split(":")[0].split(".")[-1]
                for line in done.stdout.splitlines()
                if line.split()[:1] == ["->"] and line.split()[3] == "1"}

    def tables(self, name):
        """The text of our nft tables, with handles."""
        node = self.lab.node(name)
        return "".join(node.run(["nft", "-a", "list", "table", family, TABLE],
                                check=False).stdout
                       for family in ("ip", "ip6"))

    # ---- asking ----
    def ask(self, host=VIP, port=80, kind=socket.SOCK_STREAM, timeout=2):
        """(server, address seen there), or None."""
        def body():
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, kind) as sock:
                sock.settimeout(timeout)
                try:
                    sock.bind(("", fresh_port()))
                    # A connected socket takes answers from there only.
                    sock.connect((host, port))
                    sock.sendall(b"?")
                    return tuple(sock.recv(2048).decode().split())
                except OSError:
                    return None
        return self.client.call(body)

    def tally(self, count, **how):
        """({server: answers}, addresses seen) of so many requests."""
        servers, seen = {}, set()
        for _ in range(count):
            answer = self.ask(**how)
            assert answer, self.logs()
            servers[answer[0]] = servers.get(answer[0], 0) + 1
            seen.add(answer[1])
        return servers, seen

    def connect(self):
        """A connection of the client that stays."""
        return self.client.call(
            lambda: socket.create_connection((VIP, 80), 5))


@pytest.fixture(scope="module")
def machines(directory):
    world = World(directory)
    yield world
    world.close()


@pytest.fixture
def world(machines):
    machines.heal()
    return machines


def talk(sock):
    """One more request over a connection."""
    sock.settimeout(5)
    sock.sendall(b"?")
    return sock.recv(2048).decode().split()


THIRDS = {"rs1": 20, "rs2": 20, "rs3": 20}
HALVES = {"rs1": 10, "rs2": 10}


def test_tcp(world):
    servers, seen = world.tally(60)
    assert servers == THIRDS
    assert seen == GROUP
    servers, seen = world.tally(60, host=VIP6)
    assert servers == THIRDS
    assert seen == GROUP6


def test_udp(world):
    for host, group in ((VIP, GROUP), (VIP6, GROUP6)):
        servers, seen = world.tally(20, host=host, port=53,
                                    kind=socket.SOCK_DGRAM)
        assert servers == HALVES
        assert seen <= group and len(seen) > 1


def test_without_a_group(world):
    for host, own in ((VIP, "10.9.0.1"), (VIP6, "fd09::1")):
        servers, seen = world.tally(20, host=host, port=81)
        assert servers == HALVES
        # IPv6 may choose any address of the interface.
        assert seen == {own} or (":" in host and seen <= GROUP6 | {own})


def test_groups_and_marks(world):
    for port in (8000, 8001):
        servers, seen = world.tally(5, port=port)
        assert servers == {"rs3": 5} and seen <= GROUP
    node = world.lab.node("master")
    node.run(["nft", "add table ip t; add chain ip t c { type filter hook "
              "prerouting priority -150; }; add rule ip t c ip daddr %s "
              "tcp dport 8080 meta mark set 7" % VIP])
    # A service by mark has no port to map: the server's own.
    servers, seen = world.tally(5, port=8080)
    node.run("nft delete table ip t")
    assert servers == {"rs3": 5} and seen <= GROUP


def test_server_dies_and_returns(world):
    before = world.tables("master")
    world.stop_server("rs2")
    until(lambda: world.active("master") == {"1", "3"}, 10, world.logs)
    servers, seen = world.tally(20)
    assert servers == {"rs1": 10, "rs3": 10} and seen <= GROUP
    world.servers["rs2"] = Server(world.lab.node("rs2"))
    until(lambda: world.active("master") == {"1", "2", "3"}, 10, world.logs)
    assert world.tally(60)[0] == THIRDS
    assert world.tables("master") == before


def connections(world, name="master"):
    out = world.lab.node(name).out("ipvsadm -Ln --stats --exact -t %s:80" % VIP)
    line = [x for x in out.splitlines() if x.startswith("TCP")][0]
    return int(line.split()[2])


def test_reload_keeps_connections_and_counters(world):
    director = world.director["master"]
    text = director.conf_text()
    sock = world.connect()
    first = talk(sock)
    before, tables = connections(world), world.tables("master")
    # Nothing new: not one change in the firewall either.
    mark = director.log_mark()
    director.reload()
    director.wait_log("Reload", 10, mark)
    assert world.tables("master") == tables
    # A service less, a smaller group.
    mark = director.log_mark()
    start = text.index("virtual_server 10.8.0.100 81")
    end = text.index("virtual_server fd08::100 81")
    director.write((text[:start] + text[end:]).replace("10.9.0.10-12",
                                                       "10.9.0.10-11"))
    director.reload()
    until(lambda: "10.9.0.12" not in world.tables("master"), 10,
          lambda: world.tables("master") + world.logs())
    assert talk(sock) == first
    servers, seen = world.tally(30)
    assert seen == {"10.9.0.10", "10.9.0.11"}
    # The kernel adds them up every two seconds.
    until(lambda: connections(world) >= before + 30, 10, world.logs)
    assert world.ask(port=81, timeout=0.3) is None
    director.write(text)
    director.reload()
    until(lambda: "10.9.0.12" in world.tables("master"), 10, world.logs)
    assert talk(sock) == first
    sock.close()


def test_flush_is_healed(world):
    director, node = world.director["master"], world.lab.node("master")
    sock = world.connect()
    first = talk(sock)
    want = node.out("nft list table ip " + TABLE)
    mark = director.log_mark()
    node.run("nft flush ruleset")
    director.wait_log("was changed by another, putting it back", 3, mark)
    until(lambda: node.run("nft list table ip " + TABLE,
                           check=False).stdout == want, 3, world.logs)
    assert talk(sock) == first
    assert world.tally(30)[1] == GROUP
    node.run("nft delete table ip6 " + TABLE)
    until(lambda: world.ask(host=VIP6, timeout=0.5), 5, world.logs)
    sock.close()


def test_ruleset_can_be_saved_and_loaded(world):
    node = world.lab.node("master")
    saved = os.path.join(world.lab.dir, "saved.nft")
    with open(saved, "w") as f:
        f.write("flush ruleset\n" + node.out("nft list ruleset"))
    node.run(["nft", "-c", "-f", saved])


def test_failover_keeps_connections(world):
    """The local addresses move with the VIP and a connection gets the same
    one on the other director, which knows it by lvs_sync_daemon."""
    socks = [world.connect() for _ in range(6)]
    first = [talk(s) for s in socks]
    for _ in range(4):  # from the third packet on they are told
        assert [talk(s) for s in socks] == first
    ports = {str(s.getsockname()[1]) for s in socks}

    def known():
        out = world.lab.node("backup").out("ipvsadm -Lnc")
        return {x.split()[3].rpartition(":")[2] for x in out.splitlines()
                if "ESTABLISHED" in x}
    until(lambda: known() >= ports, 10, world.logs)
    world.director["master"].kill_all()
    for address in GROUP | {VIP}:
        world.lab.node("master").run("ip addr flush to %s" % address)
    until(lambda: "backup" in world.holder(), 10, world.logs)
    until(world.ask, 10, world.logs)
    assert world.tally(30)[1] == GROUP
    assert [talk(s) for s in socks] == first
    for sock in socks:
        sock.close()


def test_address_that_is_not_here(world):
    director = world.director["backup"]
    text = director.conf_text()
    mark = director.log_mark()
    director.write(text.replace("10.9.0.10-12", "10.9.0.10-13"))
    director.reload()
    director.wait_log("local_address_group back: 10.9.0.13 is not an address "
                      "of this machine", 15, mark)
    director.write(text)
    director.reload()


def test_without_conntrack_it_is_said(world):
    director, node = world.director["backup"], world.lab.node("backup")
    assert node.out("sysctl -n net.ipv4.vs.conntrack").strip() == "1"
    text = director.conf_text()
    mark = director.log_mark()
    director.write(text.replace("manage_sysctl\n", "\n"))
    director.reload()
    until(lambda: node.out("sysctl -n net.ipv4.vs.conntrack").strip() == "0",
          5, "what was set goes back")
    director.write(text.replace("manage_sysctl\n", "\n") + "\n")
    mark = director.log_mark()
    director.reload()
    director.wait_log("net.ipv4.vs.conntrack is 0, needed is 1", 10, mark)
    director.write(text)
    director.reload()


def test_stop_leaves_nothing(world):
    for name, director in world.director.items():
        node = world.lab.node(name)
        assert TABLE in world.tables(name)
        assert director.stop() == 0
        assert "duumvir" not in node.out("nft list ruleset")
        assert "10.8.0.100" not in node.out("ipvsadm -Ln")
        assert node.out("sysctl -n net.ipv4.vs.conntrack").strip() == "0"
