# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario sync: the kernel's connection sync daemon follows the VRRP
instance, heals, and hands connections over to the other director."""

import re

import pytest

from director import Director
from netlab import until
from world import need_ipvs

CONF = """
global_defs {
    %(sync)s
}
vrrp_instance VI_1 {
    interface ens33
    virtual_router_id 51
    priority %(priority)d
    version 3
    advert_int 0.2
    %(more)s
    virtual_ipaddress {
        192.168.3.110
    }
}
"""


@pytest.fixture
def pair(lab):
    need_ipvs()
    nodes = [lab.node(name) for name in "ab"]
    for i, node in enumerate(nodes):
        lab.plug(node, "ens33", "192.168.3.%d/24" % (130 + i))
    return nodes


@pytest.fixture
def start(pair, request):
    made = []

    def make(node, priority=100, sync="", more=""):
        one = Director(node, CONF % locals(),
                       request.config.getoption("--director"))
        made.append(one.start())
        return one
    request.node.directors = made
    yield make
    for one in made:
        if one.running():
            one.stop()


def daemons(node):
    """{"master": "ens33 51", ...} of what runs in the node's kernel."""
    out = node.out("ipvsadm -L --daemon")
    return {m[0]: m[1] + " " + m[2] for m in re.findall(
        r"^(master|backup) sync daemon \(mcast=(\S+?), syncid=(\d+)", out,
        re.M)}


def wait_daemons(node, wanted):
    until(lambda: daemons(node) == wanted, 20,
          lambda: "%r, it is %r" % (wanted, daemons(node)))


def test_follows_the_instance(pair, start):
    """Master's and backup's roles change places with the directors."""
    sync = "lvs_sync_daemon ens33 inst VI_1"
    a = start(pair[0], 150, sync)
    b = start(pair[1], 100, sync)
    wait_daemons(pair[0], {"master": "ens33 51"})
    wait_daemons(pair[1], {"backup": "ens33 51"})
    a.stop()
    wait_daemons(pair[0], {})
    wait_daemons(pair[1], {"master": "ens33 51"})
    assert b.running()


def test_without_instance_both_roles_run(pair, start):
    one = start(pair[0], sync="lvs_sync_daemon ens33 id 7 maxlen 1400 "
                              "port 8849 ttl 3 group 224.0.0.82")
    wait_daemons(pair[0], {"master": "ens33 7", "backup": "ens33 7"})
    out = pair[0].out("ipvsadm -L --daemon")
    for word in ("maxlen=1400", "group=224.0.0.82", "port=8849", "ttl=3"):
        assert word in out
    one.stop()
    wait_daemons(pair[0], {})


def test_old_keyword(pair, start):
    start(pair[0], more="lvs_sync_daemon_interface ens33")
    wait_daemons(pair[0], {"master": "ens33 51"})


def test_heals_and_survives(pair, start):
    """What somebody stops is started again; a killed engine leaves it."""
    one = start(pair[0], sync="lvs_sync_daemon ens33 inst VI_1")
    wait_daemons(pair[0], {"master": "ens33 51"})
    pair[0].run("ipvsadm --stop-daemon master")
    wait_daemons(pair[0], {"master": "ens33 51"})
    mark = one.log_mark()
    one.kill_engine("ipvs")
    one.wait_log("Starting ipvs process", since=mark)
    wait_daemons(pair[0], {"master": "ens33 51"})


def test_reload_changes_and_removes(pair, start):
    one = start(pair[0], sync="lvs_sync_daemon ens33 inst VI_1")
    wait_daemons(pair[0], {"master": "ens33 51"})
    one.write(one.conf_text().replace("VI_1\n}", "VI_1 id 9\n}"))
    one.reload()
    wait_daemons(pair[0], {"master": "ens33 9"})
    one.write(one.conf_text().replace("lvs_sync_daemon ens33 inst VI_1 id 9",
                                      ""))
    one.reload()
    wait_daemons(pair[0], {})


def test_a_strangers_daemon_is_let_be(pair, start):
    pair[0].run("ipvsadm --start-daemon backup --mcast-interface ens33 "
                "--syncid 77")
    one = start(pair[0])
    one.wait_state("VI_1", "MASTER")
    one.stop()
    assert daemons(pair[0]) == {"backup": "ens33 77"}


def test_connections_arrive(pair, start):
    """A connection of the master is known to the backup."""
    sync = "lvs_sync_daemon ens33 inst VI_1"
    start(pair[0], 150, sync)
    start(pair[1], 100, sync)
    wait_daemons(pair[0], {"master": "ens33 51"})
    wait_daemons(pair[1], {"backup": "ens33 51"})
    for node in pair:
        node.sysctl("ipv4/vs/sync_threshold", "'0 1'")
        node.run("ipvsadm -A -t 192.168.3.110:80 -s rr")
        node.run("ipvsadm -a -t 192.168.3.110:80 -r 192.168.3.7:80 -g")
    client = pair[0].lab.node("c")
    pair[0].lab.plug(client, "ens33", "192.168.3.50/24")
    pair[0].lab.plug(pair[0].lab.node("rs"), "ens33", "192.168.3.7/24")
    rs = pair[0].lab.node("rs")
    for word in ("all/arp_ignore 1", "all/arp_announce 2"):
        rs.sysctl("ipv4/conf/" + word.split()[0], word.split()[1])
    rs.run("ip addr add 192.168.3.110/32 dev lo")
    rs.popen(["/usr/bin/python3", "-m", "http.server", "80"])
    until(lambda: client.run(
        "curl -s -o /dev/null --max-time 2 http://192.168.3.110/",
        check=False).returncode == 0, 30, "an answer", every=0.3)
    until(lambda: client.run(
        "curl -s -o /dev/null --max-time 2 http://192.168.3.110/",
        check=False) and "192.168.3.50" in pair[1].out("ipvsadm -Lnc"), 30,
        "the connection at the backup", every=0.5)
