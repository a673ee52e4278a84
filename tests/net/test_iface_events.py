# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Links as VRRP sees them: delays, polling, settings that go back, and every
order of events with a VMAC on top.  (Orders without one: test_vrrp.py.)"""

import itertools
import json
import os
import signal

import pytest

import vrrp_conf as vc
from netlab import holds, until


def conf4(node, path):
    return int(node.out(["cat", "/proc/sys/net/ipv4/%s" % path]))


def start(node, director, *blocks, lines=(), **kw):
    one = director(node, vc.conf(vc.instance(**kw), *blocks, lines=lines),
                   env={"TMPDIR": node.lab.dir})
    one.wait_state("VI_1", "MASTER")
    return one


def dump(one):
    """The status as SIGUSR1 writes it; "" while it is not there."""
    one.signal(signal.SIGUSR1)
    try:
        with open(os.path.join(one.node.lab.dir, "keepalived.data")) as f:
            return f.read()
    except OSError:
        return ""


def names(node):
    return {x["ifname"]: x for x in json.loads(node.out("ip -j link"))}


def test_a_flapping_link_is_seen_late(pair, director, lab):
    a, _ = pair
    one = start(a, director, "interface_up_down_delays {\n eth0 0.9 1\n}\n",
                advert=1)
    mark = one.log_mark()
    port = [n for n in names(lab.switch()) if n.endswith("-a")][0]
    for _ in range(10):
        lab.switch().link(port, False)
        lab.switch().link(port, True)
    assert "Entering" not in one.log()[mark:]
    lab.switch().link(port, False)
    one.wait_state("VI_1", "FAULT", since=mark)
    mark = one.log_mark()
    lab.switch().link(port, True)
    until(lambda: "up delay" in dump(one), 5, "the delay in the status")
    one.wait_state("VI_1", "MASTER", since=mark, timeout=15)


@pytest.mark.parametrize("method", ["", "MII", "ETHTOOL", "IOCTL"])
def test_polling_sees_the_carrier(pair, director, lab, method):
    a, _ = pair
    one = start(a, director, "linkbeat_interfaces {\n eth0 %s\n}\n" % method)
    mark = one.log_mark()
    port = [n for n in names(lab.switch()) if n.endswith("-a")][0]
    lab.switch().link(port, False)
    one.wait_state("VI_1", "FAULT", since=mark)
    lab.switch().link(port, True)
    one.wait_state("VI_1", "MASTER", since=mark)


def test_settings_go_back(pair, director):
    a, _ = pair
    assert conf4(a, "igmp_link_local_mcast_reports") == 1
    a.sysctl("ipv4/conf/eth0/promote_secondaries", 0)
    one = director(a, vc.conf(vc.instance(lines=("promote_secondaries",)),
                              lines=("disable_local_igmp",)))
    one.wait_state("VI_1", "MASTER")
    assert conf4(a, "igmp_link_local_mcast_reports") == 0
    assert conf4(a, "conf/eth0/promote_secondaries") == 1
    assert one.stop() == 0
    assert conf4(a, "conf/eth0/promote_secondaries") == 0


STEPS = {
    "down": ("ip link set eth0 down", "ip link set eth0 up"),
    "addr": ("ip addr del 10.9.0.1/24 dev eth0",
             "ip addr add 10.9.0.1/24 dev eth0"),
    "rename": ("ip link set eth0 name eth9", "ip link set eth9 name eth0"),
    "vmac": ("ip link del vrrp.51", "true"),
}


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS, 2)),
                         ids="-".join)
def test_orders_end_the_same(pair, director, order):
    """Harm in one order, healing in the other: master again, on a VMAC of
    the right parent, and nothing left behind."""
    a, _ = pair
    one = director(a, vc.conf(vc.instance(lines=("use_vmac",))))
    one.wait_state("VI_1", "MASTER")
    for step in order:
        name = "eth9" if "eth9" in names(a) else "eth0"
        a.run(STEPS[step][0].replace("eth0", name)
              if step != "rename" else STEPS[step][0], check=False)
    for step in reversed(order):
        name = "eth9" if "eth9" in names(a) else "eth0"
        a.run(STEPS[step][1] if step == "rename" else
              STEPS[step][1].replace("eth0", name), check=False)
    until(lambda: a.has(vc.VIP, "vrrp.51"), 10, "the address")
    have = names(a)
    assert set(have) == {"lo", "eth0", "vrrp.51"}
    assert have["vrrp.51"]["link"] == "eth0"
    holds(lambda: a.has(vc.VIP, "vrrp.51"), 0.5, "it stays")
