# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario schedulers: what each scheduler promises, counted with real
requests: one after another, or connections that are held.

A director between a client's network and that of three servers (NAT); each
service has a port of its own."""

import contextlib
import socket
import threading

import pytest

from director import Director
from netlab import Lab, until
from world import need_ipvs

VIP = "10.20.0.100"
CLIENTS = ["10.20.0.%d" % n for n in range(50, 62)]
SERVERS = ["10.21.0.11", "10.21.0.12", "10.21.0.13"]
LOCAL = "10.21.0.1"  # the director, seen by the servers
A, B, C = SERVERS

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
LIMITED, LOCALS = 1020, {1031: "NAT", 1032: "DR", 1033: "TUN"}


def service(port, sched, words, servers, method="NAT"):
    return "virtual_server %s %d {\n lvs_sched %s\n lvs_method %s\n" \
        " protocol TCP\n %s\n%s}\n" % (VIP, port, sched, method, words, "".join(
            " real_server %s {\n  %s\n }\n" % one for one in servers))


def conf():
    text = "global_defs {\n manage_sysctl\n}\n"
    for port, (sched, words, weights) in SERVICES.items():
        text += service(port, sched, words, [
            ("%s 80" % server, "weight %d" % weight)
            for server, weight in zip(SERVERS, weights)])
    text += service(LIMITED, "wlc", "", [
        (A + " 80", "weight 100\n  uthreshold 2\n  lthreshold 1"),
        (B + " 80", "weight 1")])
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
        self.answers.append(Answers(self.node, LOCAL, 8080, LOCAL))
        for port in LOCALS:
            if LOCALS[port] != "NAT":  # not rewritten: it comes to the VIP
                self.answers.append(Answers(self.node, VIP, port, LOCAL))
        self.director = Director(self.node, conf(), kind).start()
        services = len(SERVICES) + 1 + len(LOCALS)
        until(lambda: self.saved().count("-A ") == services, 40, self.saved)

    def saved(self):
        return self.node.out("ipvsadm -Sn")

    def call(self, port, source=CLIENTS[0]):
        """(server that answered, the open socket)"""
        def body():
            sock = socket.create_connection((VIP, port), 5, (source, 0))
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
