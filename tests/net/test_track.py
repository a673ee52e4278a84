# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Tracked interfaces, scripts, files, processes, routes and gateways, live:
priorities and states follow, through reloads and the death of engines, and
with keepalived as the other director."""

import json
import os
import signal
import subprocess
import time

import pytest

import vrrp_conf as vc
from netlab import holds, until

GLOBALS = """global_defs {
	vrrp_version 3
	script_user root
	enable_script_security
}
"""


def instance(track="", name="VI_1", vrid=51, vip=vc.VIP, priority=100,
             more=""):
    return """vrrp_instance %s {
	interface eth0
	virtual_router_id %d
	priority %d
	advert_int 0.1
	virtual_ipaddress {
		%s/24
	}
%s
%s
}
""" % (name, vrid, priority, vip, track, more)


@pytest.fixture
def script(tmp_path):
    """A script whose exit status is in a file; see its methods."""

    class Script:
        def __init__(self):
            # Owned by root all the way down, or security refuses it.
            self.dir = "/run/dvtrack%d" % os.getpid()
            os.makedirs(self.dir, mode=0o755, exist_ok=True)
            self.path = self.dir + "/check.sh"
            self.write("exit $(cat %s/status)" % self.dir)
            self.set(0)

        def write(self, text):
            with open(self.path + ".new", "w") as f:
                f.write("#!/bin/sh\necho run >>%s/runs\n%s\n" %
                        (self.dir, text))
            os.chmod(self.path + ".new", 0o755)
            os.rename(self.path + ".new", self.path)

        def set(self, status):
            with open(self.dir + "/status.new", "w") as f:
                f.write("%d\n" % status)
            os.rename(self.dir + "/status.new", self.dir + "/status")

        def runs(self):
            try:
                with open(self.dir + "/runs") as f:
                    return len(f.readlines())
            except FileNotFoundError:
                return 0

        def block(self, name="chk", interval=0.2, more=""):
            return ("vrrp_script %s {\n\tscript %s\n\tinterval %g\n\t%s\n}\n" %
                    (name, self.path, interval, more))

    one = Script()
    yield one
    subprocess.run(["rm", "-rf", one.dir], check=False)


def node_a(pair):
    return pair[0]


def priority_is(seen, priority, src="10.9.0.1", timeout=5):
    until(lambda: [p for p in seen.adverts(src=src)[-1:]
                   if p.priority == priority], timeout,
          "adverts of %s with priority %d" % (src, priority))


def data(d):
    """The instances of the JSON dump by name."""
    path = os.path.join(d.dir, "keepalived.json")
    if os.path.exists(path):
        os.unlink(path)
    d.signal(signal.SIGRTMIN + 2)

    def read():
        try:
            with open(path) as f:
                return json.load(f)
        except (OSError, ValueError):
            return None
    return {i["data"]["iname"]: i["data"] for i in until(read, 5, "JSON")}


# ---- scripts ----

def test_script_weight_and_fault(pair, director, capture, script):
    a = node_a(pair)
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + script.block("w", more="weight 20\n\trise 2") +
                 script.block("z", more="fall 2") +
                 instance("track_script {\nw\n}") +
                 instance("track_script {\nz\n}", "VI_2", 52, "10.9.0.102"))
    d.wait_state("VI_1", "MASTER")
    d.wait_state("VI_2", "MASTER")
    priority_is(seen, 120)
    script.set(3)
    d.wait_log(r"Script `w` now returning 3")
    d.wait_log(r"VRRP_Script\(w\) failed \(exited with status 3\)")
    d.wait_log(r"\(VI_1\) Changing effective priority from 120 to 100")
    d.wait_log(r"VI_2\) Entering FAULT STATE \(tracked script z is down\)")
    until(lambda: not a.has("10.9.0.102") and a.has(vc.VIP), 5, "addresses")
    one = data(d)["VI_2"]["tracked"][0]
    assert (one["kind"], one["name"], one["state"], one["fault"]) == (
        "script", "z", "down", True)
    script.set(0)
    d.wait_log(r"VRRP_Script\(z\) succeeded", since=d.log().index("FAULT"))
    d.wait_state("VI_2", "MASTER", since=d.log().index("FAULT"))
    d.wait_log(r"\(VI_1\) Changing effective priority from 100 to 120",
               since=d.log().index("FAULT"))


def test_instance_waits_for_the_first_result(pair, director, script):
    """No weight, no result: neither FAULT nor BACKUP before there is one."""
    a = node_a(pair)
    script.write("while [ ! -e %s/go ]; do sleep 0.05; done" % script.dir)
    d = director(a, GLOBALS + script.block(interval=5) +
                 instance("track_script {\nchk\n}"))
    until(lambda: script.runs() > 0, 5, "a run")
    d.wait_log("Startup complete")
    assert data(d)["VI_1"]["state"] == "INIT"
    assert "STATE" not in d.log()
    with open(script.dir + "/go", "w"):
        pass
    d.wait_state("VI_1", "BACKUP")
    d.wait_state("VI_1", "MASTER")


def test_hanging_script_dies_with_all_it_started(pair, director, script):
    a = node_a(pair)
    d = director(a, GLOBALS +
                 script.block(interval=1, more="timeout 0.5") +
                 instance("track_script {\nchk\n}"))
    d.wait_state("VI_1", "MASTER")
    script.write("trap '' TERM\n(trap '' TERM; sleep 99.%d & sleep 98.%d)" %
                 (os.getpid(), os.getpid()))
    d.wait_log(r"VRRP_Script\(chk\) timed_out")
    d.wait_state("VI_1", "FAULT")

    def sleepers():
        done = subprocess.run(["pgrep", "-fc",
                               "^sleep 9[89].%d$" % os.getpid()],
                              stdout=subprocess.PIPE, text=True, check=False)
        return int(done.stdout)
    script.write("exit 0")
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    until(lambda: sleepers() == 0, 5, "no sleeper left")


@pytest.mark.alone
def test_script_that_floods_forks_and_vanishes(pair, director, capture,
                                               script):
    a = node_a(pair)
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + script.block(more="weight -10") +
                 instance("track_script {\nchk\n}"))
    d.wait_state("VI_1", "MASTER")
    mark = seen.mark()
    script.write("yes | head -c 50000000\nfor i in 1 2 3 4 5 6 7 8\ndo\n"
                 "sleep 0.3 &\ndone\nexit 1")
    d.wait_log(r"VRRP_Script\(chk\) failed")
    script.write("kill -9 $$")
    d.wait_log(r"\(VI_1\) Changing effective priority from 100 to 90")
    os.unlink(script.path)
    d.wait_log(r"track script chk: .*check.sh: No such file")
    # Swapped: now others could change it, and it would run as root.
    script.write("exit 0")
    os.chown(script.path, 65534, 65534)
    d.wait_log(r"track script chk: .*others can change it")
    os.chown(script.path, 0, 0)
    d.wait_log(r"\(VI_1\) Changing effective priority from 90 to 100")
    times = [p.time for p in seen.adverts(src="10.9.0.1", since=mark)]
    gaps = [y - x for x, y in zip(times, times[1:])]
    assert max(gaps) < 0.25, sorted(gaps)[-3:]


def test_reload_and_respawn_keep_states(pair, director, capture, script):
    a = node_a(pair)
    script.set(1)
    conf = (GLOBALS + script.block(interval=3600, more="weight -30") +
            script.block("slow", interval=3600) +
            instance("track_script {\nchk\n}") +
            instance("track_script {\nslow\n}", "VI_2", 52, "10.9.0.102"))
    seen = capture(a, "eth0")
    d = director(a, conf)
    d.wait_state("VI_1", "MASTER")
    d.wait_state("VI_2", "FAULT")
    until(lambda: script.runs() == 2, 5, "two runs")
    priority_is(seen, 70)
    for change in ("advert_int 0.2", "advert_int 0.1"):
        mark, log = seen.mark(), d.log_mark()
        d.write(conf.replace("advert_int 0.1", change))
        d.reload()
        d.wait_log("Reload complete", since=log)
        until(lambda: len(seen.adverts(src="10.9.0.1", since=mark)) > 3, 5)
        assert {p.priority for p in seen.adverts(src="10.9.0.1", since=mark)
                if p.vrid == 51} == {70}
        assert "STATE" not in d.log()[log:]
    mark, log = seen.mark(), d.log_mark()
    d.kill_engine("vrrp")
    d.wait_state("VI_1", "MASTER", since=log)
    d.wait_state("VI_2", "FAULT", since=log)
    until(lambda: len(seen.adverts(src="10.9.0.1", since=mark)) > 3, 5)
    assert {p.priority for p in seen.adverts(src="10.9.0.1", since=mark)
            if p.vrid == 51} == {70}
    assert script.runs() == 2, "nothing was run again"
    # Another weight of the script is another priority, without a flap.
    log = d.log_mark()
    d.write(conf.replace("weight -30", "weight -40"))
    d.reload()
    d.wait_log(r"\(VI_1\) Changing effective priority from 70 to 60",
               since=log)
    assert "STATE" not in d.log()[log:]


@pytest.mark.alone
def test_255_scripts_a_second_do_not_stall(pair, director, capture):
    a = node_a(pair)
    seen = capture(a, "eth0")
    blocks = "".join("vrrp_script s%d {\n\tscript /bin/true\n\tinterval 1\n"
                     "\tweight 1\n}\n" % i for i in range(255))
    names = "\n".join("s%d weight %d" % (i, i % 2) for i in range(255))
    d = director(a, GLOBALS + blocks +
                 instance("track_script {\n%s\n}" % names, priority=60))
    d.wait_state("VI_1", "MASTER", 20)
    priority_is(seen, 187, timeout=20)
    mark = seen.mark()
    holds(d.running, 3)
    times = [p.time for p in seen.adverts(src="10.9.0.1", since=mark)]
    gaps = [y - x for x, y in zip(times, times[1:])]
    assert len(gaps) > 20 and max(gaps) < 0.25, sorted(gaps)[-3:]
    assert "skipping run" not in d.log()


# ---- files, processes, interfaces ----

def test_file(pair, director, capture, tmp_path):
    a = node_a(pair)
    path = tmp_path / "value"
    link = tmp_path / "link"
    other = tmp_path / "other"
    os.symlink(other, link)
    seen = capture(a, "eth0")
    conf = (GLOBALS + "track_file f {\nfile %s\nweight 2\ninit_file 7\n}\n"
            "track_file g {\nfile %s\n}\n" % (path, link) +
            instance("track_file {\nf\ng\n}"))
    d = director(a, conf)
    d.wait_state("VI_1", "MASTER")
    assert path.read_text().strip() == "7"
    priority_is(seen, 114)
    path.write_text("-20\n")
    priority_is(seen, 60)
    new = tmp_path / "new"
    new.write_text("10 and words\n")
    new.rename(path)
    priority_is(seen, 120)
    path.unlink()
    priority_is(seen, 100)
    other.write_text("5")  # behind a link: seen by the slow look
    priority_is(seen, 105)
    path.write_text("-127")  # -254: that is FAULT
    d.wait_log(r"Entering FAULT STATE \(tracked file f is bad\)")
    path.write_text("0")
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    d.write(conf.replace("weight 2", "weight 3"))
    path.write_text("1")
    priority_is(seen, 107)
    d.reload()
    priority_is(seen, 108)


def test_process(pair, director, capture):
    a = node_a(pair)
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + """vrrp_track_process one {
	process sleep 4711
	quorum 2
	weight 10
}
vrrp_track_process none {
	process sleep 4712
	quorum_max 0
	terminate_delay 0.5
}
""" + instance("track_process {\none\nnone\n}"))
    d.wait_state("VI_1", "MASTER")
    priority_is(seen, 100)
    first = a.popen(["sleep", "4711"])
    second = a.popen(["sleep", "4711"])
    d.wait_log("Quorum gained for tracked process one")
    priority_is(seen, 110)
    first.kill()
    first.wait()
    d.wait_log("Quorum lost for tracked process one")
    priority_is(seen, 100)
    bad = a.popen(["sleep", "4712"])
    d.wait_log("Quorum lost for tracked process none")
    d.wait_state("VI_1", "FAULT")
    bad.kill()
    bad.wait()
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    second.kill()
    second.wait()


def test_interface(pair, lab, director, capture):
    a = node_a(pair)
    lab.plug(a, "eth1", switch="sw2")
    lab.plug(a, "eth2", switch="sw2")
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + instance("track_interface {\neth1 weight -25\n"
                                       "eth2\n}"))
    d.wait_state("VI_1", "MASTER")
    a.link("eth1", up=False)
    priority_is(seen, 75)
    a.link("eth2", up=False)
    d.wait_log(r"FAULT STATE \(tracked interface eth2 is down\)")
    a.link("eth1")
    a.link("eth2")
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    priority_is(seen, 100)


def test_group_tracks_for_its_members(pair, director, script):
    a = node_a(pair)
    d = director(a, GLOBALS + script.block() +
                 "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n"
                 "track_script {\nchk\n}\n}\n" + instance() +
                 instance("", "VI_2", 52, "10.9.0.102"))
    d.wait_state("VI_1", "MASTER")
    d.wait_state("VI_2", "MASTER")
    script.set(1)
    d.wait_state("VI_1", "FAULT")
    d.wait_state("VI_2", "FAULT")
    script.set(0)
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    d.wait_state("VI_2", "MASTER", since=d.log().index("FAULT"))


# ---- routes and gateways ----

def test_route(pair, director, capture):
    a = node_a(pair)
    a.run("ip route add 192.0.2.0/24 via 10.9.0.2")
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + instance(
        "track_route {\n192.0.2.0/24 weight -20\n"
        "198.51.100.0/24 table 77 weight 10\n2001:db8:9::/48\n}"), start=False)
    a.run("ip -6 route add 2001:db8:9::/48 dev eth0")
    d.start()
    d.wait_state("VI_1", "MASTER")
    priority_is(seen, 100)
    a.run("ip route add 198.51.100.0/24 via 10.9.0.2 table 77")
    priority_is(seen, 110)
    a.run("ip route del 192.0.2.0/24")
    priority_is(seen, 90)
    a.run("ip route add 192.0.2.0/25 via 10.9.0.2")  # another prefix
    a.run("ip -6 route del 2001:db8:9::/48")
    d.wait_log(r"FAULT STATE \(tracked route 2001:db8:9::/48 is down\)")
    a.run("ip -6 route add 2001:db8:9::/48 dev eth0")
    d.wait_state("VI_1", "MASTER", since=d.log().index("FAULT"))
    priority_is(seen, 90)
    log = d.log_mark()
    d.kill_engine("vrrp")
    d.wait_state("VI_1", "MASTER", since=log)
    priority_is(seen, 90)


@pytest.mark.alone
def test_gateway(pair, lab, director, capture):
    a, b = pair
    gw = lab.node("gw")
    lab.plug(gw, "eth0", ["10.9.0.254/24", "2001:db8:9::254/64"])
    a.run("ip addr add 2001:db8:9::1/64 dev eth0 nodad")
    seen = capture(a, "eth0")
    d = director(a, GLOBALS + instance(
        "track_gateway {\n10.9.0.254 interval 0.2 weight 20\n"
        "2001:db8:9::254 interval 0.2 weight 5\n}") + instance(
            "track_gateway {\n10.9.0.254 interval 0.2\n}", "VI_2", 52,
            "10.9.0.102"))
    d.wait_state("VI_1", "MASTER")
    d.wait_state("VI_2", "MASTER")
    priority_is(seen, 125)
    mark = time.monotonic()
    gw.link("eth0", up=False)
    d.wait_state("VI_2", "FAULT")
    assert time.monotonic() - mark > 0.3, "one missed answer is no failure"
    priority_is(seen, 100)
    gw.link("eth0")
    gw.run("ip addr add 2001:db8:9::254/64 dev eth0 nodad", check=False)
    d.wait_state("VI_2", "MASTER", since=d.log().index("FAULT"))
    priority_is(seen, 125)
    one = data(d)["VI_2"]["tracked"][0]
    assert (one["kind"], one["state"]) == ("gateway", "up")


# ---- with keepalived ----

@pytest.mark.parametrize("kinds", [("keepalived", "duumvir"),
                                   ("duumvir", "keepalived")],
                         ids=["keepalived-fails", "duumvir-fails"])
def test_weight_moves_the_master(pair, director, script, kinds):
    """The leader's script fails: the other one takes over, and gives back."""
    a, b = pair
    conf = """global_defs {
	script_user root
	enable_script_security
	vrrp_version 3
}
""" + script.block(interval=1, more="weight -60\n\tfall 2\n\trise 2")
    one = director(a, conf + instance("track_script {\nchk\n}", priority=150),
                   kind=kinds[0])
    one.wait_state("VI_1", "MASTER", 20)
    two = director(b, GLOBALS + instance(priority=100), kind=kinds[1])
    two.wait_state("VI_1", "BACKUP")
    script.set(1)
    one.wait_log(r"\(VI_1\) Changing effective priority from 150 to 90", 15)
    two.wait_state("VI_1", "MASTER")
    until(lambda: b.has(vc.VIP) and not a.has(vc.VIP), 5, "on b alone")
    script.set(0)
    one.wait_log(r"\(VI_1\) Changing effective priority from 90 to 150", 15)
    until(lambda: a.has(vc.VIP) and not b.has(vc.VIP), 10, "on a alone")
