# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario director-rs: two machines that are directors and web servers.

Each runs duumvir twice with one file: as the director, and with --realserver.
The trouble of such a pair is that the backup has the virtual service in its
kernel, too, and sends on what the master has sent to it, half of it straight
back.  lvs_sync_daemon tells the kernel who is the backup, and
net.ipv4.vs.backup_only makes the backup answer itself: set by manage_sysctl.
doc/howto/director-as-real-server.md.
"""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from director import Director  # noqa: E402
from netlab import Lab, until  # noqa: E402
from world import VIP, fetch, need_ipvs, nginx_conf  # noqa: E402

MACHINES = {"a": "192.168.3.11", "b": "192.168.3.12"}
DOWN = 3.61 + 2      # 3 x advert + skew, and an emulated machine is slow
TURN = 2 + 1 + 2     # delay_loop, the retry, some slack


class World:
    def __init__(self, directory):
        need_ipvs()
        self.lab = Lab(directory)
        self.director, self.server, self.web = {}, {}, {}
        self.client = self.lab.node("client")
        self.lab.plug(self.client, "ens33", "192.168.3.50/24")
        for name, address in MACHINES.items():
            node = self.lab.node(name)
            self.lab.plug(node, "ens33", address + "/24")
            with open(os.path.join(HERE, "director-rs", name + ".conf")) as f:
                conf = f.read()
            self.director[name] = Director(node, conf)
            self.server[name] = Director(node, conf, tag="-server",
                                         options=["--realserver"])

    def start_web(self, name):
        node = self.lab.node(name)
        conf = nginx_conf(self.lab.dir, name)
        self.web[name] = node.popen(["nginx", "-c", conf])
        until(lambda: fetch(node, "127.0.0.1") == name, 20,
              "nginx on " + name)

    def stop_web(self, name):
        web = self.web.pop(name)
        web.kill()
        web.wait(10)

    def heal(self):
        for name in MACHINES:
            if name not in self.web:
                self.start_web(name)
            for daemon in (self.server[name], self.director[name]):
                if not daemon.running():
                    daemon.start()
        until(lambda: self.holders() == ["a"], 30,
              lambda: "VIP at a: %s %s" % (self.holders(), self.logs()))
        for name in MACHINES:
            self.wait_active(name, set(MACHINES.values()))
            self.wait_role(name, "master" if name == "a" else "backup")

    def holders(self):
        return [name for name in MACHINES
                if self.lab.node(name).has(VIP, "ens33")]

    def active(self, name):
        out = self.lab.node(name).out("ipvsadm -Sn")
        return {w.split()[4].rpartition(":")[0] for w in out.splitlines()
                if w.startswith("-a") and not w.endswith("-w 0")}

    def wait_active(self, name, servers):
        until(lambda: self.active(name) == servers, 20,
              lambda: "%s in the table of %s: %s %s" % (
                  servers, name, self.active(name), self.logs()))

    def wait_role(self, name, role):
        until(lambda: role in self.lab.node(name).out("ipvsadm -l --daemon"),
              10, "sync daemon of %s is %s" % (name, role))

    def share(self, count):
        tally = {}
        for _ in range(count):
            name = fetch(self.client, VIP)
            tally[name] = tally.get(name, 0) + 1
        return tally

    def scheduled(self, name):
        """Connections that a machine's kernel has sent somewhere.  It adds
        its counters up every two seconds."""
        seen = []

        def is_settled():
            seen.append(self._scheduled(name))
            return len(seen) > 11 and len(set(seen[-11:])) == 1
        until(is_settled, 20, "counters of %s settle" % name, every=0.25)
        return seen[-1]

    def _scheduled(self, name):
        for line in self.lab.node(name).out(
                "ipvsadm -Ln --stats --exact").splitlines():
            if line.startswith("TCP"):
                return int(line.split()[2])
        return 0

    def logs(self):
        return "".join("--- %s\n%s" % (name, d.log()[-2000:])
                       for daemons in (self.director, self.server)
                       for name, d in daemons.items())


@pytest.fixture(scope="module")
def machines(directory):
    made = World(directory)
    yield made
    made.lab.close()


@pytest.fixture
def world(machines):
    machines.heal()
    return machines


def backup_only(world, name):
    return world.lab.node(name).out("sysctl -n net.ipv4.vs.backup_only")


def test_both_serve_and_the_backup_sends_nothing_on(world):
    before = {name: world.scheduled(name) for name in MACHINES}
    assert backup_only(world, "b") == "1\n"
    assert world.share(20) == {"a": 10, "b": 10}
    assert world.scheduled("a") - before["a"] == 20
    assert world.scheduled("b") == before["b"]


def test_without_backup_only_the_backup_sends_on(world):
    """What the howto page warns of is so, and said."""
    director = world.director["b"]
    conf = director.conf_text()
    mark = director.log_mark()
    director.write(conf.replace("manage_sysctl", ""))
    director.reload()
    director.wait_log("backup_only.* is 0", 30, mark)  # the next look
    before = world.scheduled("b")
    world.share(20)
    assert backup_only(world, "b") == "0\n"
    try:
        assert world.scheduled("b") > before
    finally:
        director.write(conf)
        director.reload()
        until(lambda: backup_only(world, "b") == "1\n", 10, "set again")


def test_a_web_server_dies(world):
    for name, other in (("a", "b"), ("b", "a")):
        world.stop_web(name)
        for director in MACHINES:
            world.wait_active(director, {MACHINES[other]})
        assert world.share(6) == {other: 6}
        world.start_web(name)
        for director in MACHINES:
            world.wait_active(director, set(MACHINES.values()))
    assert world.share(6) == {"a": 3, "b": 3}


def test_the_roles_change_with_the_address(world):
    """The stopped director's machine goes on as a web server."""
    assert world.director["a"].stop() == 0
    until(lambda: world.holders() == ["b"], DOWN, "VIP at b")
    world.wait_role("b", "master")
    until(lambda: fetch(world.client, VIP) != "", 5, "service")
    assert world.share(10) == {"a": 5, "b": 5}
    world.director["a"].start()
    until(lambda: world.holders() == ["a"], DOWN + 4, "VIP back at a")
    world.wait_role("b", "backup")
    world.wait_active("a", set(MACHINES.values()))
    assert world.share(10) == {"a": 5, "b": 5}


def test_the_master_crashes(world):
    """Director and real server's daemon at once; the address stays on lo,
    where nobody sees it."""
    world.director["a"].kill_all()
    until(lambda: "b" in world.holders(), DOWN, "VIP at b")
    until(lambda: fetch(world.client, VIP) != "", 5, "service")


def test_stop_gives_the_sysctl_back(world):
    for name in ("b", "a"):
        assert world.director[name].stop() == 0
        assert backup_only(world, name) == "0\n"
        assert world.server[name].stop() == 0
        assert not world.lab.node(name).has(VIP, "lo")
