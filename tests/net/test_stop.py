# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The supervisor between the end of an engine and the news of it, and stops at
any moment of its life."""

import os
import signal

import pytest

from netlab import holds, until

CONF = """
global_defs {
    lvs_sync_daemon eth0 VI_1
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 255
    advert_int 1
    virtual_ipaddress {
        10.9.0.100
    }
}
virtual_server 10.9.0.100 80 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.9.0.7 80 { }
}
"""


@pytest.fixture
def node(lab):
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    return one


def state(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("victim", ["ipvs", "check"])
def test_a_state_is_told_while_an_engine_is_dead(node, director, victim):
    """In one wake-up the supervisor finds a channel closed, a VRRP state that
    the process behind it would be told of, and only then that it is dead."""
    d = director(node, CONF)
    d.wait_state("VI_1", "MASTER", 15)
    d.wait_log("Startup complete")
    dead = d.engine(victim)
    os.kill(d.pid, signal.SIGSTOP)
    os.kill(dead, signal.SIGKILL)
    until(lambda: state(dead) == "Z", 5, "its death")
    node.run("ip link set eth0 down")
    until(lambda: not node.has("10.9.0.100"), 5, "the address to go")
    holds(lambda: not node.has("10.9.0.100"), 0.2)  # and its state is said
    mark = d.log_mark()
    os.kill(d.pid, signal.SIGCONT)
    d.wait_log("Starting %s process" % victim, 10, mark)
    d.wait_log(r"\(VI_1\) Entering FAULT STATE")
    assert d.stop() == 0
