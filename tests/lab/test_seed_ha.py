# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario seed-ha: the tutorial's keepalived pair, preemptive and not.

Two machines, 192.168.3.128 and .120, each with nginx, share 192.168.3.119.
check_web.sh starts a dead nginx again and ends the director where that fails.
What the tutorial asks of ps and systemctl, the script here asks of pid files,
since all machines of a lab see the same processes.  doc/howto/ha-pair.md.
"""

import os
import shutil
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from capture import Capture  # noqa: E402
from director import Director  # noqa: E402
from netlab import PATIENCE, holds, until  # noqa: E402
from world import fetch, nginx_conf  # noqa: E402

VIP = "192.168.3.119"
MACHINES = {"master": "192.168.3.128", "backup": "192.168.3.120"}
DOWN = 3.61   # 3 x advert + skew of the backup
SLACK = 2.0 * PATIENCE  # an emulated machine is slow
SCRIPT = 5.0  # interval of check_web


class Pair:
    """The two machines and a client; kind is preempt or nopreempt."""

    def __init__(self, lab, kind, program):
        self.lab, self.director = lab, {}
        self.client = lab.node("client")
        lab.plug(self.client, "ens33", "192.168.3.50/24")
        for name, address in MACHINES.items():
            node = lab.node(name)
            lab.plug(node, "ens33", address + "/24")
            self.director[name] = Director(node, self._conf(kind, name),
                                           program)

    def _conf(self, kind, name):
        """The configuration with this machine's own check_web.sh."""
        path = nginx_conf(self.lab.dir, name)
        script = self._at(name + "-check_web.sh")
        with open(os.path.join(HERE, "seed-ha", "check_web.sh")) as f:
            text = f.read()
        values = {"PIDFILE": self._at(name + ".pid"), "NGINX_CONF": path,
                  "DIRECTOR_PID": self._at("%s.director" % name)}
        for word, value in values.items():
            text = text.replace('"$%s"' % word, '"%s"' % value)
        with open(script, "w") as f:
            f.write(text)
        shutil.copymode(os.path.join(HERE, "seed-ha", "check_web.sh"), script)
        with open(os.path.join(HERE, "seed-ha",
                               "%s-%s.conf" % (kind, name))) as f:
            return f.read().replace("/data/scripts/check_web.sh", script)

    def _at(self, name):
        return os.path.join(self.lab.dir, name)

    def start(self, name):
        director = self.director[name].start()
        with open(self._at(name + ".director"), "w") as f:
            f.write("%d\n" % director.pid)

    def web_pid(self, name):
        """The process id of a machine's nginx; None if there is none."""
        try:
            with open(self._at(name + ".pid")) as f:
                pid = int(f.read())
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return None

    def kill_web(self, name):
        os.kill(self.web_pid(name), 9)
        until(lambda: self.web_pid(name) is None, 5, "nginx ended")

    def break_web(self, name):
        """From now on it cannot be started."""
        with open(self._at(name + ".nginx"), "w") as f:
            f.write("broken;\n")

    def holders(self):
        return [name for name in MACHINES
                if self.lab.node(name).has(VIP, "ens33")]

    def wait_at(self, names, timeout):
        until(lambda: self.holders() == names, timeout,
              lambda: "VIP at %s; at %s: %s" % (
                  names, self.holders(), self.logs()))

    def answer(self):
        return fetch(self.client, VIP)

    def logs(self):
        return "".join("--- %s\n%s" % (name, d.log()[-2500:])
                       for name, d in self.director.items())

    def close(self):
        for name in MACHINES:
            if self.director[name].running():
                self.director[name].stop()
            if self.web_pid(name) is not None:
                self.kill_web(name)


@pytest.fixture
def pair(request, lab):
    made = Pair(lab, request.param, request.config.getoption("--director"))
    # One after the other: where nobody preempts, who is first has it.
    made.start("master")
    made.wait_at(["master"], SCRIPT + DOWN + 3)
    made.start("backup")
    made.director["backup"].wait_log("Entering BACKUP STATE", 10)
    yield made
    made.close()


preempt = pytest.mark.parametrize("pair", ["preempt"], indirect=True)
nopreempt = pytest.mark.parametrize("pair", ["nopreempt"], indirect=True)


@preempt
def test_address_returns_to_the_better_director(pair):
    until(lambda: pair.answer() == "master", SCRIPT + SLACK,
          "check_web started nginx")
    assert pair.director["master"].stop() == 0
    pair.wait_at(["backup"], 1 + SLACK)  # priority 0: the skew only
    pair.start("master")
    pair.wait_at(["master"], SCRIPT + DOWN + SLACK)
    until(lambda: pair.answer() == "master", 3, "service by the master")


@preempt
def test_script_starts_the_web_server_again(pair):
    old = until(lambda: pair.web_pid("master"), SCRIPT + SLACK, "nginx")
    pair.kill_web("master")
    until(lambda: pair.web_pid("master") not in (None, old),
          SCRIPT + 2 + SLACK, "a new nginx")
    assert pair.holders() == ["master"]
    until(lambda: pair.answer() == "master", 3, "service")


@preempt
def test_script_gives_up_and_the_address_moves(pair):
    until(lambda: pair.web_pid("master"), SCRIPT + SLACK, "nginx")
    pair.break_web("master")
    pair.kill_web("master")
    until(lambda: not pair.director["master"].running(),
          SCRIPT + 2 + SLACK, "check_web ended the director")
    pair.wait_at(["backup"], 1 + SLACK)


@nopreempt
def test_address_stays_where_it_went(pair):
    until(lambda: pair.answer() == "master", SCRIPT + SLACK, "service")
    assert pair.director["master"].stop() == 0
    pair.wait_at(["backup"], 1 + SLACK)
    until(lambda: pair.answer() == "backup", SCRIPT + SLACK, "service")
    adverts = Capture(pair.lab.node("client"), "ens33")
    pair.start("master")
    pair.director["master"].wait_log("Entering BACKUP STATE", 10)
    holds(lambda: pair.holders() == ["backup"], DOWN + SLACK,
          lambda: "VIP at %s" % pair.holders())
    assert adverts.adverts(src=MACHINES["master"]) == []
    # And a crash of that one brings it back.
    pair.director["backup"].kill_all()
    pair.lab.node("backup").run("ip addr flush dev ens33")
    pair.wait_at(["master"], DOWN + SLACK)
    until(lambda: pair.answer() == "master", SCRIPT + SLACK, "service")


@nopreempt
def test_script_of_the_holder_gives_up(pair):
    """Why both machines need the script where nobody preempts."""
    until(lambda: pair.web_pid("master"), SCRIPT + SLACK, "nginx")
    pair.break_web("master")
    pair.kill_web("master")
    pair.wait_at(["backup"], SCRIPT + 3 + SLACK)
    until(lambda: pair.answer() == "backup", SCRIPT + SLACK, "service")


@preempt
def test_two_router_ids_are_told(pair):
    """As the tutorial prints it: 50 here, 51 there, one address.  Both hold
    it, which no protocol can see; the address itself can."""
    backup = pair.director["backup"]
    backup.write(backup.conf_text().replace("_id 50", "_id 51"))
    since = time.monotonic()
    backup.reload()
    pair.wait_at(["master", "backup"], DOWN + SLACK)
    for director in pair.director.values():
        director.wait_log(r"\(VI_1\) %s is also announced by" % VIP, 15)
    assert time.monotonic() - since < 60
