# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario no-ipvs: a kernel without IPVS takes nothing else down; the reason
is said once, and when IPVS appears the table follows."""

import os

import pytest

from director import Director
from netlab import holds, until

CONF = """
vrrp_instance VI_1 {
    interface ens33
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.2
    virtual_ipaddress {
        192.168.3.110
    }
}
virtual_server 192.168.3.110 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.168.3.128 80 {
        weight 3
    }
}
"""


@pytest.fixture
def node(lab):
    one = lab.node("d")
    lab.plug(one, "ens33", "192.168.3.130/24")
    return one


@pytest.fixture
def no_modules():
    """The kernel finds no module for IPVS, until .restore() is called."""
    path = "/proc/sys/kernel/modprobe"
    with open(path) as f:
        before = f.read()

    def write(text):
        with open(path, "w") as f:
            f.write(text)

    assert not os.path.exists("/proc/net/ip_vs"), "IPVS is loaded already"
    write("/bin/false\n")
    yield lambda: write(before)
    write(before)


def test_vrrp_goes_on_and_ipvs_follows(node, no_modules, request):
    director = Director(node, CONF, request.config.getoption("--director"))
    director.start()
    director.wait_state("VI_1", "MASTER")
    until(lambda: node.has("192.168.3.110", "ens33"), 5, "the VIP")
    director.wait_log("IPVS")

    def complaints():
        return [line for line in director.log().splitlines()
                if "IPVS" in line]
    until(complaints, 5, "a word about it")
    count = len(complaints())
    holds(lambda: len(complaints()) == count, 5,
          lambda: "said once: %s" % complaints())
    assert director.engine("vrrp") and node.has("192.168.3.110", "ens33")
    no_modules()
    until(lambda: "-r 192.168.3.128:80 -g -w 3" in
          node.out("ipvsadm -Sn", check=False), 90, "the table", every=0.5)
    assert node.has("192.168.3.110", "ens33")
    assert director.stop() == 0
