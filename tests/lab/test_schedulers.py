# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario schedulers: what each scheduler promises, counted with real
requests: one after another, or connections that are held.  And local node:
servers that are the director itself.

A director between a client's network and that of three servers (NAT); each
service has a port of its own."""

import contextlib
import os
import re
import signal
import socket
import struct
import threading

import pytest

from director import BUILD, Director
from netlab import Lab, fresh_port, until
from world import ipvs_family, need_ipvs

VIP = "10.20.0.100"
CLIENTS = ["10.20.0.%d" % n for n in range(50, 62)]
SERVERS = ["10.21.0.11", "10.21.0.12", "10.21.0.13"]
LOCAL = "10.21.0.1"  # the director, seen by the servers
A, B, C = SERVERS
SETTLE = 30
TOOL = os.path.join(BUILD, "duumvir-ipvsadm")

# Port: words, then weights of the servers or addresses with words.
SERVICES = {
    1001: ("rr", "", (1, 1, 1)),
    1002: ("wrr", "", (3, 2, 1)),
    1003: ("lc", "", (1, 1, 1)),
    1004: ("wlc", "", (3, 2, 1)),
    1005: ("sed", "", (3, 2, 1)),
    1006: ("nq", "", (4, 1, 1)),
    1007: ("sh", "", (1, 1, 1)),
    1008: ("mh", "", (1, 1, 1)),
    1009: ("dh", "", (1, 1, 1)),
    1010: ("lblc", "", (1, 1, 1)),
    1011: ("lblcr", "", (1, 1, 1)),
    1012: ("fo", "", (1, 3, 2)),
    1013: ("ovf", "", (1, 3, 2)),
    1014: ("sh", "sh-port", (1, 1, 1)),
    1015: ("mh", "mh-port", (1, 1, 1)),
    1016: ("rr", "persistence_timeout 60", (1, 1, 1)),
    1017: ("rr", "persistence_timeout 60\n"
           " persistence_granularity 255.255.255.0", (1, 1, 1)),
    1018: ("rr", "", (1, 0, 1)),
}
# Of UDP, whose connections end soon after their last packet.
DATAGRAMS = {
    2001: ("rr", "persistence_timeout 4", (1, 1, 1)),
    2002: ("rr", "persistence_timeout 60\n persistence_engine sip\n"
           " persistence_granularity 255.255.255.0", (1, 1, 1)),
}
LIMITED, LOCALS = 1020, {1031: "NAT", 1032: "DR", 1033: "TUN"}


def service(port, sched, words, servers, method="NAT", protocol="TCP"):
    return "virtual_server %s %d {\n lvs_sched %s\n lvs_method %s\n" \
        " protocol %s\n %s\n%s}\n" % (
            VIP, port, sched, method, protocol, words, "".join(
                " real_server %s {\n  %s\n }\n" % one for one in servers))


def weighted(port, table, protocol="TCP"):
    sched, words, weights = table[port]
    return service(port, sched, words, [
        ("%s 80" % server, "weight %d" % weight)
        for server, weight in zip(SERVERS, weights)], protocol=protocol)


def conf(services=SERVICES):
    text = "global_defs {\n manage_sysctl\n lvs_timeouts udp 2\n}\n"
    text += "".join(weighted(port, services) for port in services)
    text += "".join(weighted(port, DATAGRAMS, "UDP") for port in DATAGRAMS)
    for protocol in ("TCP", "UDP"):
        text += service(LIMITED, "wlc", "", [
            (A + " 80", "weight 100\n  uthreshold 2\n  lthreshold 1"),
            (B + " 80", "weight 1")], protocol=protocol)
    for port, method in LOCALS.items():
        own = port if method != "NAT" else 8080
        other = port if method != "NAT" else 80
        text += service(port, "rr", "", [("%s %d" % (LOCAL, own), ""), (
            "%s %d" % (A, other), "lvs_method NAT")], method)
    return text


class Answers:
    """Listens and tells each caller its name; held calls stay open."""

    def __init__(self, node, address, port, name):
        self.name = name
        self.socket = node.call(
            lambda: socket.create_server((address, port), backlog=64))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                call, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(call,),
                                 daemon=True).start()

    def _serve(self, call):
        with call, contextlib.suppress(OSError):
            call.sendall(self.name.encode())
            call.recv(1)


class Echoes(Answers):
    """The same for datagrams."""

    def __init__(self, node, address, port, name):
        self.name = name
        self.socket = node.call(
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.bind((address, port))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                _, client = self.socket.recvfrom(2048)
                self.socket.sendto(self.name.encode(), client)


class Requests(threading.Thread):
    """Asks a service again and again; stop() tells who answered each, ""
    for nobody."""

    def __init__(self, farm, port):
        super().__init__(daemon=True)
        self._farm, self._port, self._answers = farm, port, []
        self._over = threading.Event()
        self.start()

    def run(self):
        while not self._over.wait(0.05):
            try:
                self._answers += self._farm.ask(self._port, 1)
            except OSError:
                self._answers.append("")

    def stop(self):
        self._over.set()
        self.join()
        return self._answers


def _heard(sock):
    with contextlib.suppress(socket.timeout):
        return sock.recv(64).decode()
    return ""


class Farm:
    def __init__(self, directory, kind):
        need_ipvs()
        self.lab = lab = Lab(directory)
        self.client, self.node = lab.node("client"), lab.node("director")
        lab.plug(self.client, "eth0", [c + "/24" for c in CLIENTS], "out")
        lab.plug(self.node, "eth0", ["10.20.0.1/24", VIP + "/32"], "out")
        lab.plug(self.node, "eth1", LOCAL + "/24", "in")
        self.answers = []
        for server in SERVERS:
            node = lab.node("rs" + server[-2:])
            lab.plug(node, "eth0", server + "/24", "in")
            node.run("ip route add default via " + LOCAL)
            for port in (80,) + tuple(LOCALS):
                self.answers.append(Answers(node, server, port, server))
            self.answers.append(Echoes(node, server, 80, server))
        self.answers.append(Answers(self.node, LOCAL, 8080, LOCAL))
        for port in LOCALS:
            if LOCALS[port] != "NAT":  # not rewritten: it comes to the VIP
                self.answers.append(Answers(self.node, VIP, port, LOCAL))
        self.director = Director(self.node, conf(), kind).start()
        self.settle()

    def settle(self):
        """All services are there with all their servers."""
        services = len(SERVICES) + len(DATAGRAMS) + 2 + len(LOCALS)
        servers = 3 * (len(SERVICES) + len(DATAGRAMS)) + 4 + 2 * len(LOCALS)
        until(lambda: (self.saved().count("-A "),
                       self.saved().count("-a ")) == (services, servers),
              SETTLE, self.logs)

    def saved(self):
        return self.node.out("ipvsadm -Sn")

    def weights(self, port):
        """{server: weight} of a TCP service."""
        return {w[4].partition(":")[0]: int(w[-1]) for w in map(
            str.split, self.saved().splitlines())
            if w[:3] == ["-a", "-t", "%s:%d" % (VIP, port)]}

    def reload(self, port, weights):
        """Gives that service other weights; None: without that server."""
        sched, words, _ = SERVICES[port]
        text = conf({p: s for p, s in SERVICES.items() if p != port})
        want = {s: w for s, w in zip(SERVERS, weights) if w is not None}
        self.director.write(text + service(port, sched, words, [
            ("%s 80" % s, "weight %d" % w) for s, w in want.items()]))
        self.director.reload()
        until(lambda: self.weights(port) == want, SETTLE, self.logs)

    def burst(self, port, count, text="x", source=CLIENTS[0]):
        """Who answered so many datagrams, each from a new port, sent at
        once; "" for nobody."""
        def body():
            with contextlib.ExitStack() as stack:
                socks = [stack.enter_context(socket.socket(
                    socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(count)]
                for sock in socks:
                    sock.settimeout(5)
                    sock.bind((source, 0))
                for sock in socks:
                    sock.sendto(text.encode(), (VIP, port))
                return [_heard(sock) for sock in socks]
        return self.client.call(body)

    def tell(self, port, text="x", source=CLIENTS[0]):
        return self.burst(port, 1, text, source)[0]

    def kept(self, port):
        """Entries of connections and of persistence at that service."""
        place = "%s:%d" % (VIP, port)
        return [line for line in self.node.out("ipvsadm -Lcn").splitlines()
                if place in line.split()]

    def call(self, port, source=CLIENTS[0]):
        """(server that answered, the open socket)"""
        def body():
            sock = socket.create_connection((VIP, port), 5,
                                            (source, fresh_port()))
            return sock.recv(64).decode(), sock
        return self.client.call(body)

    def ask(self, port, count, source=CLIENTS[0]):
        """Who answered so many requests, one after another."""
        names = []
        for _ in range(count):
            name, sock = self.call(port, source)
            sock.close()
            names.append(name)
        return names

    def hold(self, port, count):
        """The same with connections that stay open all together."""
        calls = [self.call(port) for _ in range(count)]
        for _, sock in calls:
            sock.close()
        return [name for name, _ in calls]

    def figure(self, name):
        """One of the director's figures about IPVS, as it says them now."""
        path = os.path.join(self.director.dir, "keepalived_ipvs.data")
        with contextlib.suppress(OSError):
            os.unlink(path)
        self.director.signal(signal.SIGUSR1)

        def read():
            with contextlib.suppress(OSError), open(path) as f:
                found = re.search("^ *%s = ([0-9]+)$" % name, f.read(), re.M)
                return found and found.group(1)
        return int(until(read, SETTLE, "%s in %s" % (name, path)))

    def logs(self):
        return self.saved() + self.director.log()[-2500:]

    def close(self):
        for one in self.answers:
            one.socket.close()
        self.lab.close()


@pytest.fixture(scope="module")
def machines(request, directory):
    made = Farm(directory, request.config.getoption("--director"))
    yield made
    made.close()


def tally(names):
    return tuple(names.count(server) for server in SERVERS)


def test_in_turn(machines):
    """rr and wrr are exact; weight 0 gets nothing."""
    assert tally(machines.ask(1001, 12)) == (4, 4, 4)
    assert tally(machines.ask(1002, 12)) == (6, 4, 2)
    assert tally(machines.ask(1018, 12)) == (6, 0, 6)


def test_by_connections(machines):
    """lc and wlc even out what is open, sed asks who would be done first,
    nq does not let anybody stand idle."""
    assert tally(machines.hold(1003, 12)) == (4, 4, 4)
    assert tally(machines.hold(1004, 12)) == (6, 4, 2)
    assert tally(machines.hold(1005, 12)) == (6, 4, 2)
    assert sorted(machines.hold(1006, 3)) == sorted(SERVERS)


def test_by_address(machines):
    """sh and mh: a client has one server, many clients have several; dh:
    one address, one server; with the port, one client has several."""
    for port in (1007, 1008):
        seen = {c: set(machines.ask(port, 3, c)) for c in CLIENTS}
        assert all(len(s) == 1 for s in seen.values()), seen
        assert len(set.union(*seen.values())) > 1, seen
    assert len({n for c in CLIENTS for n in machines.ask(1009, 1, c)}) == 1
    for port in (1014, 1015):
        assert len(set(machines.ask(port, 24))) > 1


def test_by_locality(machines):
    """lblc and lblcr: the same address, the same server, while it copes."""
    for port in (1010, 1011):
        assert len(set(machines.ask(port, 6))) == 1


def test_failover(machines):
    """fo: the highest weight gets all; the next one, when that is 0 or
    away, and the first again."""
    assert set(machines.ask(1012, 6)) == {B}
    for weights, who in (((1, 0, 2), C), ((1, 0, None), A),
                         ((1, None, 2), C), (SERVICES[1012][2], B)):
        machines.reload(1012, weights)
        assert set(machines.ask(1012, 4)) == {who}
    machines.settle()


def test_overflow(machines):
    """ovf: the highest weight until it has more connections than that, then
    the next one; the first again as soon as they are closed."""
    assert machines.hold(1013, 9) == [B] * 4 + [C] * 3 + [A] * 2
    until(lambda: machines.ask(1013, 1) == [B], SETTLE, machines.logs)


def test_persistence(machines):
    """A client stays where it was first; with a mask, a whole network."""
    by_client = {c: set(machines.ask(1016, 3, c)) for c in CLIENTS}
    assert all(len(s) == 1 for s in by_client.values())
    assert len(set.union(*by_client.values())) == 3
    assert len({n for c in CLIENTS for n in machines.ask(1017, 2, c)}) == 1


def test_persistence_ends(machines):
    """After its time the client is in turn like everybody."""
    def stays():
        seen = set(machines.burst(2001, 4))
        return seen.pop() if len(seen) == 1 else None
    first = until(stays, SETTLE, machines.logs)
    assert first in SERVERS
    until(lambda: not machines.kept(2001), 60, machines.logs)
    assert machines.tell(2001) in set(SERVERS) - {first}


def test_persistence_by_call(machines):
    """sip: one call has one server, whoever of the network speaks; calls
    are in turn."""
    def say(number, source):
        return machines.tell(2002, "INVITE sip:a@b SIP/2.0\r\n"
                             "Call-ID: %d@test\r\n\r\n" % number, source)
    by_call = {n: {say(n, c) for c in CLIENTS[:4]} for n in range(3)}
    assert all(len(s) == 1 for s in by_call.values()), by_call
    assert set.union(*by_call.values()) == set(SERVERS)


def test_thresholds(machines):
    """A server with uthreshold 2 has two connections at once, whatever its
    weight, and gets new ones when there are less than its lthreshold."""
    assert tally(machines.hold(LIMITED, 8))[0] == 2
    until(lambda: B in machines.burst(LIMITED, 4), SETTLE, machines.logs)
    until(lambda: machines.tell(LIMITED) == A, SETTLE, machines.logs)


@pytest.mark.parametrize("port", LOCALS)
def test_local_node(machines, port):
    """The director is one of the servers: by NAT at its own address and
    another port, by DR and TUN (no packet leaves, none is wrapped) at the
    virtual address."""
    assert sorted(machines.ask(port, 8)) == [LOCAL] * 4 + [A] * 4


def test_nothing_to_repair(machines):
    """The kernel tells of each server, those of the director's own among
    them, what it was told; so says duumvir-ipvsadm, too."""
    compared = machines.figure("Comparisons")
    until(lambda: machines.figure("Comparisons") > compared + 1, SETTLE)
    assert machines.figure("Changes of others put back") == 0
    for how in ("-Ln", "-Sn", "-Ln --thresholds"):
        assert machines.node.out("ipvsadm " + how) == machines.node.out(
            TOOL + " " + how)


def _attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (
        -len(data) % 4)


def _make_local(service, server, port):
    """Tells the kernel that this server is a local one, which ipvsadm cannot
    (SET_DEST of linux/ip_vs.h); its answer's error."""
    def end(address):
        return socket.inet_aton(address).ljust(16, b"\0")
    number = struct.pack("!H", port)
    text = _attr(1, _attr(1, struct.pack("=H", socket.AF_INET)) + _attr(
        2, struct.pack("=H", 6)) + _attr(3, end(service)) + _attr(4, number))
    text += _attr(2, _attr(1, end(server)) + _attr(2, number) + b"".join(
        _attr(kind, struct.pack("=I", value))
        for kind, value in ((3, 1), (4, 1), (5, 0), (6, 0))))
    head = struct.pack("=IHHIIBBH", 20 + len(text), ipvs_family(), 5, 1, 0,
                       6, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        sock.sendto(head + text, (0, 0))
        return struct.unpack_from("=i", sock.recv(4096), 16)[0]


def test_local_as_ipvsadm_prints_it(machines):
    """Old kernels call a server of the director's own "Local"."""
    node, service = machines.node, "10.20.0.1:9"
    node.run("ipvsadm -A -t %s -s rr" % service)
    node.run("ipvsadm -a -t %s -r 10.20.0.1:9 -g" % service)
    assert node.call(lambda: _make_local("10.20.0.1", "10.20.0.1", 9)) == 0
    for how in ("-Ln", "-Sn"):
        said = node.out("ipvsadm " + how)
        assert how != "-Ln" or " Local " in said
        assert node.out(TOOL + " " + how) == said
    node.run("ipvsadm -D -t " + service)


def test_director_dies_and_returns(machines):
    """One director alone: the kernel goes on, the next one takes over what
    is there, and no request is lost; an orderly stop takes all away."""
    before = machines.saved()
    load = Requests(machines, 1001)
    machines.director.kill_all()
    assert tally(machines.ask(1001, 6)) != (0, 0, 0)
    mark = machines.director.log_mark()
    machines.director.start()
    machines.director.wait_log(r"IPVS: in place: .*added 0, changed 0, "
                               "deleted 0", SETTLE, mark)
    answers = load.stop()
    assert answers and set(answers) == set(SERVERS), answers
    assert machines.saved() == before
    assert machines.director.stop(30) == 0
    assert machines.saved().strip() == ""
    machines.director.start()
    machines.settle()
