# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario away: what a reload takes away while the ipvs process is dead, or
in the moment of its death, leaves the kernel's table; a stranger's service
stays whatever happens."""

import os
import signal

import pytest

from director import Director
from netlab import holds, until
from world import need_ipvs

SERVICE = """
virtual_server 192.168.3.110 %d {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.168.3.128 %d {
        weight 3
    }
}
"""
FOREIGN = "-A -t 192.168.3.99:80 -s rr"


def services(*ports):
    return "".join(SERVICE % (port, port) for port in ports)


@pytest.fixture
def node(lab):
    need_ipvs()
    one = lab.node("d")
    lab.plug(one, "ens33", "192.168.3.130/24")
    return one


@pytest.fixture
def director(node, request):
    made = Director(node, services(80, 81, 82), "duumvir")
    request.node.directors = [made]
    node.out("ipvsadm -A -t 192.168.3.99:80 -s rr")
    made.start()
    await_services(node, 80, 81, 82)
    return made


def table(node):
    return sorted(line for line in node.out("ipvsadm -Sn").splitlines()
                  if line.startswith("-A"))


def await_services(node, *ports, timeout=30):
    want = sorted([FOREIGN] + ["-A -t 192.168.3.110:%d -s rr" % port
                               for port in ports])
    until(lambda: table(node) == want, timeout,
          lambda: "%s is %s" % (want, table(node)), every=0.1)


def kill_ipvs(director, times=1):
    """The more often, the longer it stays away."""
    for _ in range(times):
        pid = until(lambda: director.engine("ipvs"), 30, "an ipvs process")
        os.kill(pid, signal.SIGKILL)
        until(lambda: director.engine("ipvs") != pid, 10, "its end")


def test_taken_away_while_it_is_dead(node, director):
    kill_ipvs(director, times=5)
    director.write(services(80))
    director.reload()
    assert "-A -t 192.168.3.110:81 -s rr" in table(node)
    await_services(node, 80)
    holds(lambda: FOREIGN in table(node), 3)


def reload_to(director, *ports):
    mark = director.log_mark()
    director.write(services(*ports))
    director.reload()
    director.wait_log("Reload complete", 30, mark)


def test_taken_away_in_the_moment_of_its_death(node, director):
    for _ in range(3):
        reload_to(director, 80)  # a death before that would refuse it
        kill_ipvs(director)
        await_services(node, 80)
        reload_to(director, 80, 81, 82)
        await_services(node, 80, 81, 82)


def test_what_came_back_stays(node, director):
    kill_ipvs(director, times=4)
    for ports in ((80,), (80, 81), (82,), (81, 82)):
        director.write(services(*ports))
        director.reload()
    await_services(node, 81, 82)
    holds(lambda: len(table(node)) == 3, 3)
