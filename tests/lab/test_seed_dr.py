# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario seed-dr: the tutorial's LVS-DR pair on a kernel with real IPVS.

One test per promise: spread, a dead server, an orderly stop, a crash,
preemption, the death of one engine, an unchanged reload.  Time bounds follow
from the configuration: adverts every second (down after 3.6 s), checks every
6 s, three retries 3 s apart.
"""

import time

import pytest

from capture import Capture
from netlab import PATIENCE, holds, until
from world import SERVERS, VIP, Load, Requests

RETRIES = 6 + 3 * 3 + 3  # delay_loop, the retries, and some slack
BACK = 6 + 3             # delay_loop and some slack
DOWN = 3.61              # 3 x advert + skew of the backup
SLACK = 2.0 * PATIENCE   # an emulated machine is slow


def test_spread_evenly(world):
    assert world.share(40) == {"rs1": 20, "rs2": 20}
    assert world.holders() == ["master"]


def test_weights_three_to_one(world):
    """wrr: a round of four requests goes 3:1, also after one was away."""
    for name, director in world.director.items():
        text = director.conf_text()
        director.write(text.replace("lb_algo rr", "lb_algo wrr").replace(
            "weight 1", "weight 3", 1))
        director.reload()
    address = SERVERS["rs1"]
    until(lambda: all((world.table(name) or {}).get(address) == 3
                      for name in world.director), 10, "the weight")
    assert world.share(40) == {"rs1": 30, "rs2": 10}
    world.stop_web("rs1")
    until(lambda: world.active("master") == {"rs2"}, RETRIES, "rs1 leaves")
    assert world.share(4) == {"rs2": 4}
    world.start_web("rs1")
    until(lambda: world.active("master") == set(SERVERS), BACK,
          "rs1 is back")
    assert world.share(40) == {"rs1": 30, "rs2": 10}
    for director in world.director.values():
        director.write(director.conf_text().replace("wrr", "rr").replace(
            "weight 3", "weight 1"))
        director.reload()
    until(lambda: all((world.table(name) or {}).get(address) == 1
                      for name in world.director), 10, "the weight")


def test_servers_are_prepared_and_undone(world):
    """Of the directors' file the server takes what it needs, and gives it
    back."""
    server = world.server["rs1"]
    assert server.stop() == 0
    assert not server.node.has(VIP)
    told = server.node.run(server.argv("--check"), check=False)
    assert told.returncode == 1
    assert "ip addr add %s/32 dev lo scope host" % VIP in told.stdout
    world.prepare("rs1")
    told = server.node.run(server.argv("--check"), check=False)
    assert told.returncode == 0, told.stdout
    assert world.share(4) == {"rs1": 2, "rs2": 2}


def test_dead_server_leaves_and_returns(world):
    started = time.monotonic()
    world.stop_web("rs2")
    until(lambda: world.active("master") == {"rs1"}, RETRIES,
          "rs2 out of the table")
    # Not at the first failure: two retries 3 s apart come first.
    assert time.monotonic() - started > 5.5
    assert world.share(10) == {"rs1": 10}
    until(lambda: world.active("backup") == {"rs1"}, RETRIES,
          "rs2 out of the backup's table")
    world.start_web("rs2")
    until(lambda: world.active("master") == set(SERVERS), BACK,
          "rs2 back in the table")
    assert world.share(10) == {"rs1": 5, "rs2": 5}


def test_stop_moves_the_address(world):
    load = Load(world)
    assert world.director["master"].stop() == 0
    # Priority 0 is sent: only the skew time passes.
    until(lambda: world.holders() == ["backup"], 1 + SLACK, "VIP moved")
    assert world.table("master") is None
    until(lambda: world.fetch() != "", 2, "service by the backup")
    load.stop()
    assert load.gap() < 0.65 + SLACK
    assert world.share(10) == {"rs1": 5, "rs2": 5}
    # Preemption: the better director comes back and takes over.
    world.director["master"].start()
    until(lambda: world.holders() == ["master"], DOWN + 3 + SLACK,
          "VIP returned")
    until(lambda: world.active("master") == set(SERVERS), BACK, "table")
    assert world.share(10) == {"rs1": 5, "rs2": 5}


def test_crash_moves_the_address(world):
    load = Load(world)
    before = world.lab.node("client").mac("ens33")
    assert before
    world.director["master"].kill_all()
    until(lambda: "backup" in world.holders(), DOWN + SLACK,
          "the backup took the VIP")
    backup = world.lab.node("backup").mac("ens33")
    until(lambda: _neighbour(world) == backup, 2,
          "the client sends to the backup")
    until(lambda: world.fetch() != "", 2, "service by the backup")
    load.stop()
    assert load.gap() < DOWN + SLACK
    world.director["master"].start()
    until(lambda: world.holders() == ["master"], DOWN + 3 + SLACK,
          "VIP returned to the restarted master only")
    until(lambda: world.share(4) == {"rs1": 2, "rs2": 2}, BACK + SLACK,
          "service by the master")


def _neighbour(world):
    out = world.client.out(["ip", "neigh", "show", VIP])
    words = out.split()
    return words[words.index("lladdr") + 1] if "lladdr" in words else ""


def test_check_engine_dies_while_a_server_is_dead(world):
    world.stop_web("rs2")
    until(lambda: world.active("master") == {"rs1"}, RETRIES,
          "rs2 out of the table")
    master = world.director["master"]
    load = Load(world)
    old = master.kill_engine("check")
    until(lambda: master.engine("check") not in (None, old), 10,
          "check engine respawned")
    holds(lambda: world.active("master") == {"rs1"}, RETRIES,
          lambda: "rs2 stays out: %s" % world.table("master"))
    load.stop()
    assert load.seen() == {"rs1"}
    assert [a for a in load.answers if not a[1]] == []
    world.start_web("rs2")
    until(lambda: world.active("master") == set(SERVERS), BACK + 3,
          "rs2 back in the table")


def test_vrrp_engine_dies(world):
    master = world.director["master"]
    adverts = Capture(world.lab.node("backup"), "ens33")
    load = Load(world)
    old = master.kill_engine("vrrp")
    until(lambda: master.engine("vrrp") not in (None, old), 10,
          "vrrp engine respawned")
    adverts.wait_advert(5, vrid=51, src="192.168.3.130",
                        since=adverts.mark())
    holds(lambda: world.holders() == ["master"], 6,
          lambda: "VIP at %s" % world.holders())
    load.stop()
    assert adverts.adverts(src="192.168.3.94") == []
    assert [a for a in load.answers if not a[1]] == []


@pytest.mark.parametrize("name", ["ipvs"])
def test_ipvs_engine_dies(world, name):
    master = world.director["master"]
    load = Load(world)
    old = master.kill_engine(name)
    until(lambda: master.engine(name) not in (None, old), 10,
          name + " engine respawned")
    holds(lambda: world.active("master") == set(SERVERS), 4,
          lambda: "table stays: %s" % world.table("master"))
    load.stop()
    assert [a for a in load.answers if not a[1]] == []


def test_unchanged_reload_is_silent(world):
    master = world.director["master"]
    requests = Requests(world.lab.node("master"))
    adverts = Capture(world.lab.node("backup"), "ens33")
    adverts.wait_advert(3, vrid=51, src="192.168.3.130")
    load = Load(world)
    for _ in range(3):
        mark = master.log_mark()
        master.reload()
        until(lambda: master.log()[mark:], 5, "a word about the reload")
        seen = len(adverts.adverts(src="192.168.3.130"))
        until(lambda: len(adverts.adverts(src="192.168.3.130")) > seen + 1,
              5, "two adverts after the reload")
    load.stop()
    assert requests.writes() == []
    times = [a.time for a in adverts.adverts(src="192.168.3.130")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert max(gaps) < 1.5, "an advert was missed: %s" % gaps
    assert adverts.adverts(src="192.168.3.94") == []
    assert {a.priority for a in adverts.adverts()} == {100}
    assert [a for a in load.answers if not a[1]] == []
    # The monitor is not deaf: a change is seen, and undone again.
    text = open(master.conf_path).read()
    address = SERVERS["rs1"]
    for conf, weight in ((text.replace("weight 1", "weight 2", 1), 2),
                         (text, 1)):
        mark = requests.mark()
        master.write(conf)
        master.reload()
        until(lambda: world.table("master")[address] == weight, 5,
              "weight %d" % weight)
        assert requests.writes(mark) != []


def test_server_without_the_address(world):
    """via_forwarding: a server that lost the VIP accepts every ordinary
    check and drops every client; it leaves both tables and returns."""
    texts = {}
    for name, director in world.director.items():
        texts[name] = director.conf_text()
        director.write(texts[name].replace(
            "connect_timeout 10", "connect_timeout 1\n via_forwarding"))
        mark = director.log_mark()
        director.reload()
        director.wait_log("Forwarded TCP connection to .* success", 20, mark)
    assert world.server["rs2"].stop() == 0
    for name in texts:
        until(lambda: world.active(name) == {"rs1"}, RETRIES + 4 * 1,
              "rs2 out of the table of " + name)
    assert world.share(10) == {"rs1": 10}
    world.prepare("rs2")
    for name, director in world.director.items():
        until(lambda: world.active(name) == set(SERVERS), BACK,
              "rs2 back in the table of " + name)
        director.write(texts[name])
        director.reload()
    assert world.share(10) == {"rs1": 5, "rs2": 5}


def test_stop_leaves_nothing(world):
    for name in ("backup", "master"):
        assert world.director[name].stop() == 0
        assert world.table(name) is None
        assert not world.lab.node(name).has(VIP, "ens33")
