# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario sync: the kernel's connection sync daemon follows the VRRP
instance, heals, and hands connections over to the other director."""

import json
import os
import re
import signal
import socket
import sys
import threading
import time

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
    wait_daemons(pair[0], {"master": "ens33 0"})


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


# ---- every form, beside keepalived's ----

FORMS = (
    ("lvs_sync_daemon ens33 inst VI_1", ""),
    ("lvs_sync_daemon ens33 VI_1 7", ""),
    ("lvs_sync_daemon ens33 inst VI_1 id 0 maxlen 1200 port 9000 ttl 5 "
     "group 224.0.0.99", ""),
    ("lvs_sync_daemon ens33 id 255 group ff02::81 ttl 2", ""),
    ("lvs_sync_daemon ens33", ""),
    ("", "lvs_sync_daemon_interface ens33"),
)


def shown(node):
    """What ipvsadm says of the daemons, in a fixed order."""
    return sorted(node.out("ipvsadm -L --daemon").split("\n"))


def test_every_form_as_keepalived(pair):
    """The same words make the same daemons."""
    node = pair[0]
    node.run("ip -6 addr add fd00::130/64 dev ens33 nodad")
    for sync, more in FORMS:
        seen = {}
        for kind in ("keepalived", "duumvir"):
            text = CONF % {"sync": sync, "more": more, "priority": 100}
            one = Director(node, text + SERVICE, kind).start()
            one.wait_state("VI_1", "MASTER", 20)
            until(lambda: "master sync" in node.out("ipvsadm -L --daemon"),
                  30, lambda: "%s of %s; %s" % (sync, kind, one.log()))
            seen[kind] = shown(node)
            one.stop(60)
            until(lambda: daemons(node) == {}, 30, "the end of " + sync)
        assert seen["duumvir"] == seen["keepalived"], sync


# ---- connections that survive ----

SERVICE = """
virtual_server 192.168.3.110 7000 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 192.168.3.7 7000 { }
}
"""
ECHO = """
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("0.0.0.0", 7000), Echo).serve_forever()
"""


class Talk(threading.Thread):
    """A connection in use all the time."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.sock = node.call(lambda: socket.create_connection(
            ("192.168.3.110", 7000), 3))
        self.port = self.sock.getsockname()[1]
        self.sock.settimeout(15)
        self.count, self.dead = 0, None
        self.start()

    def run(self):
        try:
            while self.sock.send(b"x\n") and self.sock.recv(9):
                self.count += 1
                time.sleep(0.02)
            self.dead = "closed"
        except OSError as e:
            self.dead = e

    def lives(self):
        was = self.count
        until(lambda: self.dead or self.count > was + 3, 20, "an answer")
        return self.dead is None


@pytest.fixture
def served(pair, start):
    """Two directors, a real server, a client."""
    lab = pair[0].lab
    client, rs = lab.node("c"), lab.node("rs")
    lab.plug(client, "ens33", "192.168.3.50/24")
    lab.plug(rs, "ens33", "192.168.3.7/24")
    rs.sysctl("ipv4/conf/all/arp_ignore", 1)
    rs.sysctl("ipv4/conf/all/arp_announce", 2)
    rs.run("ip addr add 192.168.3.110/32 dev lo")
    rs.popen([sys.executable, "-c", ECHO])
    return client


def talk(client):
    """A connection, as soon as there is somebody to talk to."""
    made = []

    def ready():
        try:
            made.append(Talk(client))
        except OSError:
            return False
        return True
    until(ready, 20, "a connection", every=0.2)
    return made[0]


def test_a_connection_survives_failover_and_return(pair, start, served):
    """sync_hold: who returns knows the connections before it takes them."""
    sync = "lvs_sync_daemon ens33 inst VI_1"
    more = "sync_hold 4\n"
    a = start(pair[0], 150, sync, more)
    b = start(pair[1], 100, sync)
    for one in (a, b):
        one.wait_log("Startup complete", 60)
        one.write(one.conf_text() + SERVICE)
        one.reload()
    wait_daemons(pair[0], {"master": "ens33 51"})
    wait_daemons(pair[1], {"backup": "ens33 51"})
    old = talk(served)
    until(lambda: ":%d " % old.port in pair[1].out("ipvsadm -Lnc"), 20,
          "the connection at the backup")
    # Both statuses count it: the one director has it, the other heard of it.
    for one, role in ((a, "master"), (b, "backup")):
        until(lambda: shown_connections(one) == (1, 0), 20,
              lambda: written(one, "keepalived_ipvs.data"))
        state = json.loads(written(one, "keepalived_ipvs.json"))["ipvs"]
        assert (state["active"], state["inactive"]) == (1, 0)
        assert [(d["role"], d["interface"], d["id"], d["ours"])
                for d in state["sync_daemon"]] == [(role, "ens33", 51, True)]
        assert " Sync daemon = %s on ens33, id 51, for " % role in written(
            one, "keepalived_ipvs.data")
    a.kill_all()
    pair[0].run("ip addr del 192.168.3.110/32 dev ens33")
    pair[0].run("ipvsadm -C")
    for role in ("master", "backup"):
        pair[0].run("ipvsadm --stop-daemon " + role, check=False)
    wait_daemons(pair[1], {"master": "ens33 51"})
    assert old.lives(), old.dead
    new = talk(served)  # while the first is away
    mark = a.log_mark()
    a.start()
    a.wait_log(r"\(VI_1\) does not displace a lower master", 10, mark)
    began = time.monotonic()
    shown = written(a, "keepalived.data")
    assert "Sync hold = 4.000 s" in shown and "not displaced" in shown, shown
    hold = json.loads(written(a, "keepalived.json"))[0]["data"]["sync_hold"]
    assert hold["seconds"] == 4 and 0 <= hold["held_for"] <= 4
    until(lambda: ":%d " % new.port in pair[0].out("ipvsadm -Lnc"), 20,
          "the new connection where the old master returns")
    a.wait_state("VI_1", "MASTER", 20, mark)
    assert 3.5 < time.monotonic() - began < 12
    wait_daemons(pair[1], {"backup": "ens33 51"})
    assert new.lives(), new.dead
    assert old.lives(), old.dead


def written(d, name):
    """What the director writes into a file now that it is asked."""
    path = os.path.join(d.dir, name)
    if os.path.exists(path):
        os.remove(path)
    d.signal(signal.SIGRTMIN + 2 if name.endswith("json") else signal.SIGUSR1)
    until(lambda: os.path.exists(path), 20, path)
    with open(path) as f:
        return f.read()


def shown_connections(d):
    """Active and inactive ones of the service, as the status has them."""
    found = re.search(r"^ \[192\.168\.3\.110\]:tcp:7000 rr, connections (\d+) "
                      r"active, (\d+) inactive$", written(d, "keepalived_ipvs.data"), re.M)
    return found and tuple(int(n) for n in found.groups())
