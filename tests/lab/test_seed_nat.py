# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario seed-nat: LVS-NAT as the seeds draw it.  Two directors with two
interfaces each; the servers stand on the inner network and have the
directors' inner virtual address as their gateway; port 80 is mapped to 8080.
doc/howto/lvs-nat.md tells it with the same files (seed-nat/)."""

import os
import socket

import pytest

from director import Director
from netlab import Lab, until
from world import HERE, fetch, need_ipvs, nginx_conf

VIP, VIP6 = "10.10.0.100", "fd0a::100"
GATEWAY, GATEWAY6 = "192.168.10.1", "fd0b::1"
CLIENT, CLIENT6 = "10.10.0.50", "fd0a::50"
SERVERS = {"rs1": 11, "rs2": 12}
DIRECTORS = {"master": 2, "backup": 3}
SETTLE = 40


class Nat:
    """The machines, each on its networks; nothing runs yet."""

    def __init__(self, directory, kind):
        need_ipvs()
        self.lab = Lab(directory)
        self.web, self.director = {}, {}
        self.client = self.lab.node("client")
        self._plug(self.client, "ens33", "out", 50, "10.10.0", "fd0a")
        for name, number in DIRECTORS.items():
            node = self.lab.node(name)
            self._plug(node, "ens33", "out", number, "10.10.0", "fd0a")
            self._plug(node, "ens34", "in", number, "192.168.10", "fd0b")
            if kind != "duumvir":  # which does it itself: manage_sysctl
                node.sysctl("ipv4/ip_forward", 1)
                node.sysctl("ipv6/conf/all/forwarding", 1)
                node.sysctl("ipv4/vs/expire_nodest_conn", 1)
            here = os.path.join(HERE, "seed-nat")
            node.run(["nft", "-f", os.path.join(here, "masquerade.nft")])
            with open(os.path.join(here, name + ".conf")) as f:
                self.director[name] = Director(node, f.read(), kind)
        for name, number in SERVERS.items():
            node = self.lab.node(name)
            self._plug(node, "ens33", "in", number, "192.168.10", "fd0b")
            node.run("ip route add default via " + GATEWAY)
            node.run("ip -6 route add default via " + GATEWAY6)

    def _plug(self, node, ifname, switch, number, v4, v6):
        self.lab.plug(node, ifname, ["%s.%d/24" % (v4, number),
                                     "%s::%d/64" % (v6, number)], switch)

    def start_web(self, name):
        node = self.lab.node(name)
        conf = nginx_conf(self.lab.dir, name,
                          "listen 8080; listen [::]:8080 ipv6only=on;",
                          " $remote_addr $server_port")
        self.web[name] = node.popen(["nginx", "-c", conf])

    def stop_web(self, name):
        self.web[name].kill()
        self.web.pop(name).wait(10)

    def heal(self):
        for name in SERVERS:
            if name not in self.web:
                self.start_web(name)
        for director in self.director.values():
            if not director.running():
                director.start()
        until(lambda: self.holders() == ["master"], SETTLE, self.logs)
        for name in DIRECTORS:
            self.await_servers(name, set(SERVERS))

    def holders(self):
        """The directors that have the virtual addresses; all of them or
        none at each."""
        found = []
        for name in DIRECTORS:
            has = [self.lab.node(name).has(a, i) for a, i in (
                (VIP, "ens33"), (VIP6, "ens33"), (GATEWAY, "ens34"),
                (GATEWAY6, "ens34"))]
            if any(has):
                found.append(name if all(has) else name + " in part")
        return found

    def servers(self, name, service):
        """Names of the servers in a service of a director's table."""
        text = self.lab.node(name).out("ipvsadm -Sn")
        ends = {":%d]:8080" % n: rs for rs, n in SERVERS.items()}
        ends.update({".%d:8080" % n: rs for rs, n in SERVERS.items()})
        return {rs for line in text.splitlines()
                if line.startswith("-a -t " + service)
                for end, rs in ends.items() if end in line}

    def await_servers(self, name, servers):
        until(lambda: all(self.servers(name, s) == servers
                          for s in ("10.10.", "[fd0a")), SETTLE, self.logs)

    def share(self, vip, count):
        """{server: answers}; each server saw the client's own address and
        its own port."""
        tally = {}
        for _ in range(count):
            answer = fetch(self.client, vip).split()
            if answer:
                assert answer[1:] == [CLIENT6 if ":" in vip else CLIENT,
                                      "8080"]
            name = answer[0] if answer else ""
            tally[name] = tally.get(name, 0) + 1
        return tally

    def reach_out(self, name, host):
        """What address a host outside sees when a server connects to it."""
        listener = self.client.call(lambda: socket.create_server(
            (host, 7000), family=socket.AF_INET6 if ":" in host
            else socket.AF_INET))
        listener.settimeout(5)
        try:
            caller = self.lab.node(name).call(
                lambda: socket.create_connection((host, 7000), 5))
            with caller, listener.accept()[0] as called:
                return called.getpeername()[0]
        finally:
            listener.close()

    def logs(self):
        return "".join("--- %s\n%s\n%s" % (
            name, self.lab.node(name).out("ipvsadm -Ln"), d.log()[-2500:])
            for name, d in self.director.items())

    def close(self):
        self.lab.close()


@pytest.fixture(scope="module")
def machines(request, directory):
    nat = Nat(directory, request.config.getoption("--director"))
    yield nat
    nat.close()


@pytest.fixture
def nat(machines):
    machines.heal()
    return machines


@pytest.mark.parametrize("vip", [VIP, VIP6])
def test_shares(nat, vip):
    """wrr with weights 3 and 1: of each four requests, three and one."""
    for _ in range(5):
        assert nat.share(vip, 4) == {"rs1": 3, "rs2": 1}


@pytest.mark.parametrize("vip", [VIP, VIP6])
def test_server_fails_and_returns(nat, vip):
    """Nobody waits for a dead server once its check has seen it."""
    nat.stop_web("rs1")
    for name in DIRECTORS:
        nat.await_servers(name, {"rs2"})
    assert nat.share(vip, 8) == {"rs2": 8}
    nat.start_web("rs1")
    for name in DIRECTORS:
        nat.await_servers(name, set(SERVERS))
    assert nat.share(vip, 8) == {"rs1": 6, "rs2": 2}


def test_servers_reach_out(nat):
    """Under the director's own outer address."""
    assert nat.reach_out("rs1", CLIENT) == "10.10.0.2"
    assert nat.reach_out("rs2", CLIENT6) in ("fd0a::2", VIP6)


def test_one_side_is_lost(nat):
    """A cable at the inner side: both addresses move, never one alone."""
    master = nat.lab.node("master")
    master.link("ens34", up=False)
    until(lambda: nat.holders() == ["backup"], SETTLE, nat.logs)
    assert nat.share(VIP, 8) == {"rs1": 6, "rs2": 2}
    assert nat.reach_out("rs1", CLIENT) == "10.10.0.3"
    master.link("ens34")
    master.run("ip -6 addr replace fd0b::2/64 dev ens34 nodad")
    until(lambda: nat.holders() == ["master"], SETTLE, nat.logs)
    nat.await_servers("master", set(SERVERS))
    assert nat.share(VIP, 8) == {"rs1": 6, "rs2": 2}


def test_director_dies_and_returns(nat):
    """The other one serves, both families and the way out."""
    nat.director["master"].kill_all()
    nat.lab.node("master").link("ens33", up=False)  # as a machine does
    nat.lab.node("master").link("ens34", up=False)
    until(lambda: nat.holders()[-1:] == ["backup"], SETTLE, nat.logs)
    for vip in (VIP, VIP6):
        assert nat.share(vip, 8) == {"rs1": 6, "rs2": 2}
    assert nat.reach_out("rs2", CLIENT) == "10.10.0.3"
    for ifname, v6 in (("ens33", "fd0a::2"), ("ens34", "fd0b::2")):
        nat.lab.node("master").link(ifname)
        nat.lab.node("master").run(
            "ip -6 addr replace %s/64 dev %s nodad" % (v6, ifname))
    nat.heal()
    for vip in (VIP, VIP6):
        assert nat.share(vip, 8) == {"rs1": 6, "rs2": 2}


def test_orderly_stop(nat):
    """The one that stops hands over at once, both addresses together, and
    leaves no service."""
    assert nat.director["master"].stop(20) == 0
    until(lambda: nat.holders() == ["backup"], SETTLE, nat.logs)
    assert nat.lab.node("master").out("ipvsadm -Sn").strip() == ""
    for vip in (VIP, VIP6):
        assert nat.share(vip, 8) == {"rs1": 6, "rs2": 2}
    assert nat.reach_out("rs1", CLIENT) == "10.10.0.3"
