# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Sync groups on the real thing: two directors with two links, a virtual
router on each, alone and with Debian's keepalived as the other director."""

import re
import signal

import pytest

import vrrp_conf as vc
from netlab import holds, until

VIP1, VIP2, VIP3 = "10.9.0.100", "10.8.0.100", "10.9.0.103"
VIP6 = "fe80::100"
DV_KD = [("duumvir", "duumvir"), ("duumvir", "keepalived"),
         ("keepalived", "duumvir")]
kinds_of = pytest.mark.parametrize("kinds", DV_KD,
                                   ids=["dv-dv", "dv-kd", "kd-dv"])


def group(*members, lines=(), name="G1"):
    return "vrrp_sync_group %s {\n group {\n%s }\n%s}\n" % (
        name, "".join("  %s\n" % m for m in members),
        "".join(" %s\n" % line for line in lines))


def instances(priority, second=VIP2, **more):
    return (vc.instance("VI_1", priority, vips=(VIP1,), **more) +
            vc.instance("VI_2", priority, vrid=52, vips=(second,),
                        interface="eth1", **more))


def conf(priority, lines=(), second=VIP2, **more):
    return vc.conf(group("VI_1", "VI_2", lines=lines),
                   instances(priority, second, **more))


def has_all(node, *vips):
    return all(node.has(vip) for vip in vips)


def wait_owner(owner, other, *vips, timeout=15):
    vips = vips or (VIP1, VIP2)
    until(lambda: has_all(owner, *vips) and
          not any(other.has(vip) for vip in vips), timeout,
          "%s on %s alone" % (", ".join(vips), owner.name))


@pytest.fixture
def pair(lab):
    """a and b on two switches: eth0 in 10.9.0.0/24, eth1 in 10.8.0.0/24."""
    a, b = lab.node("a"), lab.node("b")
    for i, node in enumerate((a, b), 1):
        lab.plug(node, "eth0", "10.9.0.%d/24" % i)
        lab.plug(node, "eth1", "10.8.0.%d/24" % i, switch="sw1")
    for node in (a, b):  # a start with a link that is not yet up is FAULT
        until(lambda: len(re.findall(
            r"eth\d\S*\s+UP", node.out("ip -br link"))) == 2, 5,
              "links")
    return a, b


def start_pair(pair, director, kinds, high=None, low=None):
    """a of kinds[0] leads b of kinds[1]."""
    a, b = pair
    one = director(a, high or conf(150), kind=kinds[0])
    for name in ("VI_1", "VI_2"):
        one.wait_state(name, "MASTER")
    two = director(b, low or conf(100), kind=kinds[1])
    for name in ("VI_1", "VI_2"):
        two.wait_state(name, "BACKUP")
    wait_owner(a, b)
    return one, two


@kinds_of
def test_takeover_of_all(pair, director, kinds):
    a, b = pair
    one, two = start_pair(pair, director, kinds)
    one.kill_all()
    for node_if, vip in (("eth0", VIP1), ("eth1", VIP2)):
        a.run("ip addr del %s/32 dev %s" % (vip, node_if), check=False)
    wait_owner(b, a)
    two.wait_log(r"VRRP_Group\(G1\) Syncing instances to MASTER state")
    one.start()
    wait_owner(a, b)
    two.wait_log(r"VRRP_Group\(G1\) Syncing instances to BACKUP state")


@kinds_of
def test_one_link_moves_both(pair, director, kinds):
    a, b = pair
    one, two = start_pair(pair, director, kinds)
    a.link("eth1", False)
    for name in ("VI_1", "VI_2"):
        one.wait_state(name, "FAULT")
    one.wait_log(r"VRRP_Group\(G1\) Syncing instances to FAULT state")
    wait_owner(b, a)
    mark = two.log_mark()
    a.link("eth1")
    wait_owner(a, b)
    for name in ("VI_1", "VI_2"):
        two.wait_state(name, "BACKUP", since=mark)


@kinds_of
def test_orderly_stop(pair, director, kinds):
    a, b = pair
    one, _ = start_pair(pair, director, kinds)
    one.stop()
    wait_owner(b, a, timeout=5)


def test_one_deaf_link_moves_nothing(pair, director):
    """Adverts are lost on one link only: nobody takes over, nobody flaps."""
    a, b = pair
    _, two = start_pair(pair, director, ("duumvir", "duumvir"))
    hub = a.lab.switch("sw1")
    mark = two.log_mark()
    for words in ("add table bridge cut",
                  "add chain bridge cut f { type filter hook forward "
                  "priority 0 ; }",
                  "add rule bridge cut f ip protocol 112 drop"):
        hub.run("nft " + words)
    holds(lambda: has_all(a, VIP1, VIP2) and not b.has(VIP1) and
          not b.has(VIP2), 2, "everything where it was")
    hub.run("nft delete table bridge cut")
    assert "Entering" not in two.log()[mark:]


# ---- reloads ----
def gaps(seen, vrid, src):
    times = [advert.time for advert in seen.adverts(vrid=vrid, src=src)]
    return [b - a for a, b in zip(times, times[1:])]


def bigger(priority, interface="eth0"):
    third = vc.instance("VI_3", priority, vrid=53, vips=(VIP3,),
                        interface=interface)
    return vc.conf(group("VI_1", "VI_2", "VI_3"), instances(priority), third)


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["duumvir", "keepalived"])
def test_add_a_member(pair, director, capture, kind):
    a, b = pair
    one, two = start_pair(pair, director, ("duumvir", kind))
    seen = capture(b, "eth0")
    mark, mark2 = one.log_mark(), two.log_mark()
    one.write(bigger(150))
    one.reload()
    one.wait_state("VI_3", "MASTER", since=mark)
    until(lambda: len(seen.adverts(vrid=53)) > 10, 5, "adverts of VI_3")
    assert max(gaps(seen, 51, "10.9.0.1")) < 0.2
    two.write(bigger(100))
    if kind == "duumvir":
        two.reload()
        two.wait_state("VI_3", "BACKUP", since=mark2)
        until(lambda: len(seen.adverts(vrid=53)) > 30, 5, "more of them")
        assert "Entering MASTER" not in two.log()[mark2:]
    said = one.log()[mark:]
    assert "(VI_1) Entering" not in said and "(VI_2) Entering" not in said
    assert not seen.adverts(src="10.9.0.2")
    wait_owner(a, b, VIP1, VIP2, VIP3)
    # and it is one of them
    a.link("eth1", False)
    one.wait_state("VI_3", "FAULT", since=mark)
    if kind == "duumvir":
        wait_owner(b, a, VIP1, VIP2, VIP3)


@pytest.mark.alone
def test_add_an_unfit_member(pair, director, capture):
    a, b = pair
    one, _ = start_pair(pair, director, ("duumvir", "duumvir"))
    seen = capture(b, "eth0")
    mark = one.log_mark()
    one.write(bigger(150, interface="eth7"))
    one.reload()
    one.wait_state("VI_3", "FAULT", since=mark)
    one.wait_log(r"\(VI_3\) joins VRRP_Group\(G1\) when")
    until(lambda: len(seen.adverts(vrid=51)) > 20, 5, "more adverts")
    assert max(gaps(seen, 51, "10.9.0.1")) < 0.2
    wait_owner(a, b)
    a.lab.plug(a, "eth7", "10.7.0.1/24", switch="sw2")
    one.wait_state("VI_3", "MASTER", since=mark)
    assert "(VI_1) Entering" not in one.log()[mark:]


@pytest.mark.alone
def test_remove_a_member(pair, director, capture):
    a, b = pair
    one, two = start_pair(pair, director, ("duumvir", "duumvir"),
                          bigger(150), bigger(100))
    one.wait_state("VI_3", "MASTER")
    two.wait_state("VI_3", "BACKUP")
    seen = capture(b, "eth0")
    marks = one.log_mark(), two.log_mark()
    for d, priority in ((one, 150), (two, 100)):
        d.write(conf(priority))
        d.reload()
        until(lambda: "Entering" not in d.log()[marks[d is two]:] and
              len(seen.adverts(vrid=51)) > 20, 5, "adverts go on")
    until(lambda: not a.has(VIP3), 5, "its address is gone")
    holds(lambda: has_all(a, VIP1, VIP2) and not b.has(VIP3), 1.5,
          "everything where it was")
    assert max(gaps(seen, 51, "10.9.0.1")) < 0.2
    for d, mark in zip((one, two), marks):
        assert "Entering MASTER" not in d.log()[mark:]


# ---- what else ----
def test_two_families(pair, director):
    a, b = pair
    make = lambda priority: conf(priority, second=VIP6 + "/64")
    one = director(a, make(150))
    two = director(b, make(100))
    wait_owner(a, b, VIP1, VIP6)
    a.link("eth0", False)
    one.wait_state("VI_2", "FAULT")
    wait_owner(b, a, VIP1, VIP6)
    two.wait_state("VI_2", "MASTER")


def test_respawn_moves_nothing(pair, director, capture):
    a, b = pair
    one, two = start_pair(pair, director, ("duumvir", "duumvir"),
                          conf(150, advert=1), conf(100, advert=1))
    seen = capture(b, "eth1")
    mark = two.log_mark()
    one.kill_engine("vrrp")
    one.wait_log(r"\(VI_2\) Entering MASTER STATE \(goes on after")
    until(lambda: len(seen.adverts(vrid=52)) > 1, 10, "adverts again")
    assert not seen.garps(VIP2)
    wait_owner(a, b)
    assert "Entering" not in two.log()[mark:]


def test_scripts_and_status(pair, director, tmp_path):
    a, _ = pair
    out = tmp_path / "told"
    script = tmp_path / "tell"
    script.write_text("#!/bin/sh\necho \"$*\" >> %s\n" % out)
    script.chmod(0o755)
    lines = ["notify_master \"%s on-master\" root" % script,
             "notify_backup \"%s on-backup\" root" % script,
             "notify_stop \"%s on-stop\" root" % script,
             "notify \"%s\" root" % script]
    one = director(a, conf(100, lines=lines), env={"TMPDIR": str(tmp_path)})
    one.wait_state("VI_2", "MASTER")
    want = ["on-backup", "GROUP G1 BACKUP 0", "on-master",
            "GROUP G1 MASTER 0"]

    def told():
        return out.read_text().splitlines() if out.exists() else []
    until(lambda: told() == want, 5, lambda: "scripts: %s" % told())
    one.signal(signal.SIGUSR1)
    status = tmp_path / "keepalived.data"
    until(lambda: status.exists() and
          "VRRP Sync Group = G1, MASTER" in status.read_text(), 5, "status")
    assert one.stop() == 0
    until(lambda: told() == want + ["on-stop", "GROUP G1 STOP 0"], 5,
          lambda: "scripts: %s" % told())
