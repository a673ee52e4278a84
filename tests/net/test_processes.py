# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Processes of one real daemon: privileges, death and respawn, reload,
pid files, exit codes, signals, sd_notify, scripts, and growth."""

import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from director import binary
from netlab import Timeout, holds, until

VRRP = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state MASTER
    priority %(priority)s
    advert_int 0.2
    version 3
    virtual_ipaddress {
        10.9.0.100/24
        %(more)s
    }
    %(words)s
}
"""

CHECK = """
virtual_server 10.9.0.100 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.9.0.1 8080 { TCP_CHECK { connect_timeout 1 } }
}
"""


def vrrp(priority=150, more="", words=""):
    return VRRP % {"priority": priority, "more": more, "words": words}


@pytest.fixture
def node(lab):
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    return one


def wait_master(d, timeout=10):
    d.wait_state("VI_1", "MASTER", timeout)
    until(lambda: d.node.has("10.9.0.100"), 5, "the VIP")


def wait_started(d, timeout=10):
    d.wait_log("Startup complete", timeout)


def status(pid):
    """/proc/PID/status as a dictionary."""
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1)
                    for line in f if ":\t" in line)


def state(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def is_gone(pid):
    return state(pid) in ("", "Z")


def engine(d, name):
    return until(lambda: d.engine(name), 5, "engine " + name)


def count_fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


# ---- privileges ----

def test_privileges_of_each_process(node, director):
    d = director(node, vrrp() + CHECK)
    wait_started(d)
    want = {  # uid is root, effective capabilities, seccomp
        "vrrp": ("0000000000003000", "2"),
        "check": ("0000000000000000", "2"),
        "ipvs": ("0000000000001000", "2"),
    }
    for name, (caps, seccomp) in want.items():
        s = status(engine(d, name))
        uids = set(s["Uid"].split())
        assert "0" not in uids and len(uids) == 1, (name, s["Uid"])
        assert "0" not in s["Gid"].split(), (name, s["Gid"])
        assert s["Groups"].strip() == "", name
        assert s["CapEff"] == caps and s["CapPrm"] == caps, (name, s)
        for empty in ("CapInh", "CapBnd", "CapAmb"):
            assert int(s[empty], 16) == 0, (name, empty)
        assert s["NoNewPrivs"] == "1", name
        assert s["Seccomp"] == seccomp, name


def test_check_and_ipvs_have_no_files(node, director):
    d = director(node, CHECK)
    wait_started(d)
    for name in ("check", "ipvs"):
        assert os.listdir("/proc/%d/root" % engine(d, name)) == [], name


def test_engines_have_few_descriptors(node, director):
    d = director(node, CHECK)
    wait_started(d)
    for name in ("check", "ipvs"):
        for fd in os.listdir("/proc/%d/fd" % engine(d, name)):
            link = os.readlink("/proc/%d/fd/%s" % (engine(d, name), fd))
            assert not re.match(r"/(?!dev/null)", link) or int(fd) == 2, link


def comm(pid):
    return read("/proc/%d/comm" % pid).strip()


def nice(pid):
    return os.getpriority(os.PRIO_PROCESS, pid)


def test_names_of_processes(node, director):
    d = director(node, vrrp() + CHECK)
    wait_started(d)
    assert comm(d.pid) == "duumvir"
    for name in ("vrrp", "check", "ipvs"):
        assert comm(engine(d, name)) == "duumvir_" + name


def test_configured_names(node, director):
    d = director(node, "global_defs {\n process_name main\n process_names\n"
                 " checker_process_name watcher\n}\n" + vrrp() + CHECK)
    wait_started(d)
    assert comm(d.pid) == "main"
    names = {comm(p) for p in d.pids() if p != d.pid}
    assert names == {"keepalived_vrrp", "watcher", "duumvir_ipvs"}


def test_scheduling_of_processes(node, director):
    words = "global_defs {\n%s\n}\n" + vrrp() + CHECK
    d = director(node, words % ("vrrp_priority -5\nchecker_priority 7\n"
                                "vrrp_rt_priority 10\nvrrp_no_swap\n"
                                "checker_cpu_affinity 0"))
    wait_started(d)
    one, two = engine(d, "vrrp"), engine(d, "check")
    assert os.sched_getscheduler(one) & 0xff == os.SCHED_RR
    assert os.sched_getparam(one).sched_priority == 10
    # AddressSanitizer (terabytes of shadow) makes mlockall() do nothing.
    size, locked = (int(status(one)[k].split()[0])
                    for k in ("VmSize", "VmLck"))
    assert (locked > 1000) == (size < 1 << 30)
    assert nice(two) == 7 and os.sched_getaffinity(two) == {0}
    assert nice(d.pid) == 0
    mark = d.log_mark()
    d.write(words % "vrrp_priority -3\nchecker_priority 3")
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert (engine(d, "vrrp"), engine(d, "check")) == (one, two)
    assert os.sched_getscheduler(one) == os.SCHED_OTHER and nice(one) == -3
    assert nice(two) == 3
    assert os.sched_getaffinity(two) == os.sched_getaffinity(d.pid)


# ---- sections and processes ----

def test_only_configured_sections_run(node, director):
    d = director(node, vrrp())
    wait_started(d)
    assert d.engine("vrrp") and not d.engine("check")
    assert not d.engine("ipvs")
    d.write(vrrp() + CHECK)
    mark = d.log_mark()
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert d.engine("check") and d.engine("ipvs")
    mark = d.log_mark()
    d.write(vrrp())
    d.reload()
    d.wait_log("Reload complete", since=mark)
    until(lambda: not d.engine("check") and not d.engine("ipvs"), 5,
          "end of the engines without section")
    assert d.running() and d.engine("vrrp")


@pytest.mark.parametrize("option,runs,absent", [
    ("-P", ["vrrp"], ["check", "ipvs"]),
    ("-C", ["check", "ipvs"], ["vrrp"]),
])
def test_parts_by_option(node, director, option, runs, absent):
    d = director(node, vrrp() + CHECK, options=[option])
    wait_started(d)
    for name in runs:
        assert d.engine(name), name
    for name in absent:
        assert not d.engine(name), name


def test_all_runs_without_sections(node, director):
    d = director(node, "", options=["--all"])
    wait_started(d)
    for name in ("vrrp", "check", "ipvs"):
        assert d.engine(name), name


# ---- death and respawn ----

@pytest.mark.parametrize("victim", ["vrrp", "check", "ipvs"])
def test_killed_engine_comes_back(node, director, victim):
    d = director(node, vrrp() + CHECK)
    wait_master(d)
    others = {n: engine(d, n) for n in ("vrrp", "check", "ipvs")
              if n != victim}
    mark = d.log_mark()
    old = d.kill_engine(victim)
    until(lambda: d.engine(victim) not in (None, old), 5, "respawn")
    d.wait_log(r"%s process %d died \(signal 9, Killed\): respawning" %
               (victim, old), since=mark)
    assert node.has("10.9.0.100")
    assert {n: d.engine(n) for n in others} == others
    # The new one has the configuration: it takes part in a reload.
    mark = d.log_mark()
    d.reload()
    d.wait_log(r"Reload complete.*%s: " % victim, since=mark)


def test_vip_stays_while_vrrp_is_respawned(node, director):
    d = director(node, vrrp())
    wait_master(d)
    mark = d.log_mark()
    d.kill_engine("vrrp")
    holds(lambda: node.has("10.9.0.100"), 2, "the VIP")
    assert "Entering FAULT" not in d.log()[mark:]
    # It goes on as master, and the scripts' state did not change.
    until(lambda: d.engine("vrrp"), 5, "respawn")


def test_respawn_backs_off(node, director):
    d = director(node, CHECK)
    wait_started(d)
    for delay in (0, 250, 500, 1000):
        mark = d.log_mark()
        old = d.kill_engine("check")
        d.wait_log(r"check process %d died.*respawning in %d ms" %
                   (old, delay), since=mark)
        until(lambda: d.engine("check") not in (None, old), 10, "respawn")


def two_routers(*names):
    text = ""
    for name in names:
        n = {"VI_1": 51, "VI_2": 52}[name]
        text += ("vrrp_instance %s {\n interface eth0\n virtual_router_id %d\n"
                 " state MASTER\n priority 150\n advert_int 0.2\n version 3\n"
                 " virtual_ipaddress {\n 10.9.0.%d/24\n }\n}\n" %
                 (name, n, 49 + n))
    return text


def kill_for_a_while(d, name):
    """Kills it until its respawn waits for a second."""
    for delay in (0, 250, 500, 1000):
        mark = d.log_mark()
        old = d.kill_engine(name)
        d.wait_log(r"%s process %d died.*respawning in %d ms" %
                   (name, old, delay), since=mark)
        if delay < 1000:
            until(lambda: d.engine(name) not in (None, old), 10, "respawn")


def test_reload_while_dead_leaves_no_address(node, director, capture):
    d = director(node, two_routers("VI_1", "VI_2"))
    wait_master(d)
    until(lambda: node.has("10.9.0.101"), 5, "the second VIP")
    monitor = node.popen(["ip", "-o", "monitor", "address"],
                         stdout=subprocess.PIPE, text=True)
    kill_for_a_while(d, "vrrp")
    seen = capture(node, "eth0")
    mark = d.log_mark()
    d.write(two_routers("VI_1"))
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert not d.engine("vrrp") and node.has("10.9.0.101")
    until(lambda: d.engine("vrrp"), 10, "respawn")
    until(lambda: not node.has("10.9.0.101"), 10, "end of the removed VIP")
    until(lambda: len(seen.adverts(51)) >= 3, 10, "adverts of the other")
    assert node.has("10.9.0.100")
    monitor.terminate()
    words = monitor.communicate(timeout=5)[0]
    # The kernel never took or gave the other's address meanwhile.
    assert "10.9.0.101" in words and "10.9.0.100/" not in words, words
    assert not re.search(r"VI_1\) Entering (FAULT|BACKUP)", d.log()[mark:])
    assert min(a.priority for a in seen.adverts(51)) == 150
    # The removed one said farewell, as in any reload.
    until(lambda: any(a.priority == 0 for a in seen.adverts(52)), 5, "it")


def test_reload_without_section_while_dead(node, director):
    d = director(node, vrrp() + CHECK)
    wait_master(d)
    kill_for_a_while(d, "vrrp")
    mark = d.log_mark()
    d.write(CHECK)
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert node.has("10.9.0.100")
    until(lambda: not node.has("10.9.0.100"), 10, "end of the VIP")
    until(lambda: not d.engine("vrrp"), 10, "end of the engine")
    assert d.running() and d.engine("check")
    mark = d.log_mark()
    d.write(vrrp() + CHECK)
    d.reload()
    d.wait_log("Reload complete", since=mark)
    until(lambda: node.has("10.9.0.100"), 10, "the VIP again")


def test_reload_while_check_is_dead(node, director):
    """The service that stays notices nothing."""
    d = director(node, CHECK + CHECK.replace(" 80 {", " 81 {"))
    wait_started(d)
    kill_for_a_while(d, "check")
    mark = d.log_mark()
    d.write(CHECK)
    d.reload()
    d.wait_log("Reload complete", since=mark)
    until(lambda: d.engine("check"), 10, "respawn")
    until(lambda: d.reload() or re.search(
        r"Reload complete.*check: 0 added, 0 deleted, 0 changed, \d+ unch",
        d.log()[mark:]), 10, "an unchanged reload", every=0.2)
    assert not re.search(r"(Lost|Gained) quorum.*:80 ", d.log()[mark:])
    assert "refused" not in d.log()[mark:]


def test_no_respawn_option(node, director):
    d = director(node, vrrp() + CHECK, options=["-R"])
    wait_started(d)
    d.kill_engine("check")
    assert d.process.wait(10) == 1
    assert not node.has("10.9.0.100")


def test_engines_end_with_the_supervisor(node, director):
    d = director(node, vrrp() + CHECK)
    wait_master(d)
    pids = d.pids()
    assert len(pids) == 4
    os.kill(d.pid, signal.SIGKILL)
    d.process.wait(10)
    until(lambda: all(is_gone(p) for p in pids), 5, "end of the engines")
    assert not node.has("10.9.0.100")


def test_hung_engine_is_killed_at_stop(node, director):
    d = director(node, "child_wait_time 1\n" + vrrp())
    wait_master(d)
    os.kill(engine(d, "vrrp"), signal.SIGSTOP)
    assert d.stop() == 0
    assert "does not stop, killing it" in d.log()


# ---- reload ----

def test_reload_applies_a_change(node, director):
    d = director(node, vrrp())
    wait_master(d)
    mark = d.log_mark()
    d.write(vrrp(more="10.9.0.101/24"))
    d.reload()
    d.wait_log("Reload complete.*vrrp: 0 added, 0 deleted, 1 changed",
               since=mark)
    until(lambda: node.has("10.9.0.101"), 5, "the new VIP")
    assert "Entering" not in d.log()[mark:]


@pytest.mark.alone
@pytest.mark.parametrize("text,reason", [
    (vrrp(words="virtual_router_id"), "virtual_router_id"),
    (vrrp(words="no_such_word 5"), "no_such_word"),
    (vrrp() + "vrrp_instance X {\n", "missing"),
    ("instance other\n" + vrrp(), "instance cannot change"),
    ("# being written\n", "says nothing"),
], ids=["value", "word", "brace", "fixed", "empty"])
def test_refused_reload_changes_nothing(node, director, capture, text, reason):
    d = director(node, vrrp())
    wait_master(d)
    seen = capture(node, "eth0")
    pids = sorted(d.pids())
    mark = d.log_mark()
    d.write(text)
    d.reload()
    line = d.wait_log("Reload refused: (.*)", since=mark).group(1)
    assert reason in line.lower().replace("there are 1 missing", "missing")
    holds(lambda: node.has("10.9.0.100"), 1, "the VIP")
    assert sorted(d.pids()) == pids
    times = [a.time for a in seen.adverts(51)]
    assert len(times) >= 4
    assert max(b - a for a, b in zip(times, times[1:])) < 0.5
    assert "Entering" not in d.log()[mark:]
    # Nor is it stuck: the good file is taken.
    d.write(vrrp(more="10.9.0.102/24"))
    d.reload()
    until(lambda: node.has("10.9.0.102"), 5, "the VIP of a good reload")


def test_refused_when_the_file_is_gone(node, director):
    d = director(node, vrrp())
    wait_master(d)
    os.unlink(d.conf_path)
    d.reload()
    d.wait_log("Reload refused: .*no configuration file")
    assert node.has("10.9.0.100") and d.running()


def test_reload_check_config(node, director, tmp_path):
    """What a running daemon would only remark is refused, and written."""
    log = tmp_path / "check.log"
    words = "global_defs {\n reload_check_config %s\n}\n" % log
    d = director(node, words + vrrp())
    wait_master(d)
    d.write(words + vrrp(more="10.9.0.101/24", words="track_interface {\n"
                         " nosuch\n }"))
    d.reload()
    d.wait_log("Reload refused: it does not pass the configuration test")
    assert "nosuch" in log.read_text()
    assert not node.has("10.9.0.101")
    d.write(words + vrrp(more="10.9.0.102/24"))
    d.reload()
    until(lambda: node.has("10.9.0.102"), 5, "a good file")


def test_reload_file(node, director, tmp_path):
    """A marker is there while the file is read; it is no way through a link.
    """
    marker = tmp_path / "reading"
    d = director(node, "global_defs {\n reload_file %s\n}\n" % marker +
                 vrrp())
    wait_master(d)
    marker.write_text("stale")
    mark = d.log_mark()
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert not marker.exists()
    (tmp_path / "victim").write_text("precious")
    os.symlink(str(tmp_path / "victim"), str(marker))
    mark = d.log_mark()
    d.reload()
    d.wait_log("reload_file %s: " % marker, since=mark)
    d.wait_log("Reload complete", since=mark)
    assert (tmp_path / "victim").read_text() == "precious"


def test_reloads_in_a_row_end_in_the_last(node, director):
    d = director(node, vrrp())
    wait_master(d)
    for n in range(101, 111):
        d.write(vrrp(more="10.9.0.%d/24" % n))
        d.reload()
    until(lambda: node.has("10.9.0.110") and not node.has("10.9.0.101"), 10,
          "the last configuration")


def test_section_gone_and_back_at_once(node, director):
    """A new process is started when the stopping one is wanted again."""
    d = director(node, vrrp() + CHECK)
    wait_started(d)
    for text in (vrrp(), vrrp() + CHECK, vrrp(), vrrp() + CHECK):
        d.write(text)
        mark = d.log_mark()
        d.reload()
        d.wait_log("Reload complete", since=mark)
    until(lambda: d.engine("check") and d.engine("ipvs"), 10, "the engines")
    mark = d.log_mark()
    until(lambda: d.reload() or re.search("Reload complete.*check: .*ipvs: ",
                                          d.log()[mark:]), 10,
          "a reload with all of them", every=0.2)


def test_engine_that_dies_in_a_reload_gets_the_old_configuration(
        node, director):
    d = director(node, vrrp())
    wait_master(d)
    pid = engine(d, "vrrp")
    os.kill(pid, signal.SIGSTOP)
    mark = d.log_mark()
    d.write(vrrp(more="10.9.0.103/24"))
    d.reload()
    d.wait_log("Reloading", since=mark)
    os.kill(pid, signal.SIGKILL)
    d.wait_log("Reload refused: the vrrp process died", since=mark)
    until(lambda: d.engine("vrrp") not in (None, pid), 5, "respawn")
    assert not node.has("10.9.0.103")
    mark = d.log_mark()
    d.reload()
    until(lambda: node.has("10.9.0.103"), 10, "the reload after it")


def test_no_growth_over_200_reloads(node, director):
    # A sanitizer build must not hoard what was freed.
    d = director(node, vrrp() + CHECK, env={
        "ASAN_OPTIONS": "quarantine_size_mb=0:"
                        "thread_local_quarantine_size_kb=0"})
    wait_master(d)

    def reload_times(n):
        for i in range(n):
            mark = d.log_mark()
            d.write(vrrp(more="10.9.0.%d/24" % (110 + i % 2)) + CHECK)
            d.reload()
            d.wait_log("Reload complete", since=mark)

    def size():
        found = {}
        for pid in d.pids():
            found[pid] = (int(status(pid)["VmRSS"].split()[0]),
                          count_fds(pid))
        return found

    reload_times(50)
    before = size()
    reload_times(150)
    after = size()
    assert before.keys() == after.keys()
    for pid in before:
        assert after[pid][1] == before[pid][1], "descriptors"
        assert after[pid][0] - before[pid][0] <= 64, (before, after)


# ---- pid files ----

def pid_path(d, name):
    return os.path.join(d.dir, name + ".pid")


def read(path):
    with open(path) as f:
        return f.read()


def test_pid_files(node, director):
    d = director(node, vrrp() + CHECK)
    wait_started(d)
    for name, pid in (("main", d.pid), ("vrrp", engine(d, "vrrp")),
                      ("check", engine(d, "check"))):
        path = pid_path(d, name)
        assert read(path) == "%d\n" % pid
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
    old = d.kill_engine("vrrp")
    until(lambda: d.engine("vrrp") not in (None, old), 5, "respawn")
    until(lambda: read(pid_path(d, "vrrp")) == "%d\n" % d.engine("vrrp"), 5,
          "new pid in the file")
    assert d.stop() == 0
    for name in ("main", "vrrp", "check"):
        assert not os.path.exists(pid_path(d, name))


def test_second_daemon_does_not_run(node, director):
    d = director(node, vrrp())
    wait_started(d)
    done = node.run(d.argv("-n", "-l"), check=False, timeout=10)
    assert done.returncode == 0
    assert "daemon is already running" in done.stderr
    assert d.running() and read(pid_path(d, "main")) == "%d\n" % d.pid


def test_stale_pid_files_do_not_matter(node, director):
    d = director(node, vrrp(), start=False)
    for name in ("main", "vrrp"):
        with open(pid_path(d, name), "w") as f:
            f.write("1\n")
    d.start()
    wait_started(d)
    assert read(pid_path(d, "main")) == "%d\n" % d.pid


def test_pid_file_is_no_link(node, director, tmp_path):
    d = director(node, vrrp(), start=False)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.symlink(str(victim), pid_path(d, "main"))
    d.start()
    assert d.process.wait(10) == 1
    assert victim.read_text() == "precious"


def test_instance_uses_the_pid_directory(node, director):
    name = "dvtest%d" % os.getpid()
    d = director(node, "instance %s\n" % name + vrrp(), start=False)
    d.process = node.popen([binary(), "-f", d.conf_path, "-n", "-l"],
                           stdout=open(d.log_path, "ab"),
                           stderr=subprocess.STDOUT)
    wait_started(d)
    path = "/run/keepalived/keepalived_%s.pid" % name
    assert read(path) == "%d\n" % d.pid
    assert os.path.exists("/run/keepalived/vrrp_%s.pid" % name)
    assert d.stop() == 0
    assert not os.path.exists(path)


# ---- start and exit codes ----

def run_once(node, d, *more):
    return node.run([binary(), "-n", "-l", "-p", pid_path(d, "x")] +
                    list(more), check=False, timeout=10)


def test_exit_codes(node, director):
    d = director(node, vrrp(words="virtual_router_id"), start=False)
    assert run_once(node, d, "-f", "/nonexistent.conf").returncode == 6
    assert run_once(node, d, "-f", d.conf_path).returncode == 2
    assert run_once(node, d, "--no-such-option").returncode == 1
    assert run_once(node, d, "--signum=NONE").returncode == 1
    done = run_once(node, d, "--signum=RELOAD")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert run_once(node, d, "-v").returncode == 0


@pytest.mark.parametrize("word,option,code", [
    ("includem", [], 6), ("include", ["-e"], 6), ("include", [], 0)])
def test_missing_include(node, director, word, option, code):
    """A missing file that must be there keeps the daemon from running, and a
    running one at its configuration."""
    good = vrrp()
    bad = "%s /nonexistent.conf\n" % word + vrrp(more="10.9.0.120/24")
    d = director(node, bad, start=False)
    if code:
        done = run_once(node, d, "-f", d.conf_path, *option)
        assert done.returncode == code
    d = director(node, good, options=option)
    wait_master(d)
    d.write(bad)
    d.reload()
    if code:
        d.wait_log("Reload refused: .*Config files missing")
    until(lambda: node.has("10.9.0.120") == (code == 0), 5, "the VIP")


def test_stop_is_exit_0_by_term_and_int(node, director):
    for number in (signal.SIGTERM, signal.SIGINT):
        d = director(node, vrrp())
        wait_master(d)
        d.signal(number)
        assert d.process.wait(10) == 0
        assert not node.has("10.9.0.100")


def test_background_start_returns_when_it_runs(node, director):
    d = director(node, vrrp(), start=False)
    node.run(d.argv(), timeout=10)
    pid = int(read(pid_path(d, "main")))
    assert int(read(pid_path(d, "vrrp"))) > 0
    assert os.getpgid(pid) == pid
    assert os.readlink("/proc/%d/fd/1" % pid) == "/dev/null"
    os.kill(pid, signal.SIGTERM)
    until(lambda: is_gone(pid), 5, "its end")


def test_background_start_tells_of_failure(node, director):
    d = director(node, vrrp(words="virtual_router_id"), start=False)
    assert node.run(d.argv(), check=False, timeout=10).returncode == 2


@pytest.mark.alone
def test_stop_of_250_instances_is_quick(node, director):
    conf = "".join("""
vrrp_instance V_%d {
    interface eth0
    virtual_router_id %d
    priority 100
    virtual_ipaddress { 10.9.1.%d }
}
""" % (i, i, i) for i in range(1, 251))
    d = director(node, conf)
    wait_started(d, 20)
    start = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - start < 0.5  # keepalived: 1.02 s


def test_pending_words_are_told_once(node, director):
    d = director(node, "global_defs {\n enable_snmp_vrrp\n}\n" + vrrp(),
                 options=["-x"])
    wait_started(d)
    lines = re.findall("nothing acts on it yet:.*", d.log())
    assert len(lines) == 1
    assert "enable_snmp_vrrp" in lines[0] and "--snmp" in lines[0]


# ---- signals that dump ----

def test_dumps(node, director, tmp_path):
    d = director(node, vrrp() + CHECK, env={"TMPDIR": str(tmp_path)})
    wait_master(d)
    link = tmp_path / "keepalived.data"
    (tmp_path / "victim").write_text("precious")
    os.symlink(str(tmp_path / "victim"), str(link))
    d.signal(signal.SIGUSR1)
    for name in ("keepalived.data", "keepalived_parent.data",
                 "keepalived_check.data"):
        until(lambda: (tmp_path / name).exists() and
              not (tmp_path / name).is_symlink(), 5, name)
    assert "VI_1" in link.read_text()
    assert (tmp_path / "victim").read_text() == "precious"
    parent = (tmp_path / "keepalived_parent.data").read_text()
    assert "vrrp_instance VI_1" in parent and "vrrp: process" in parent
    assert stat.S_IMODE(link.stat().st_mode) & 0o077 == 0  # umask 0177
    d.signal(signal.SIGUSR2)
    until(lambda: (tmp_path / "keepalived.stats").exists(), 5, "statistics")
    assert not [n for n in os.listdir(tmp_path) if n.count(".") > 1]


def test_dump_asked_for_before_there_is_a_configuration(node, director,
                                                        tmp_path):
    """One signal, as soon as it does not kill: it is answered."""
    d = director(node, vrrp() + CHECK, env={"TMPDIR": str(tmp_path)})
    bit = 1 << (signal.SIGUSR1 - 1)

    def is_taken():
        with open("/proc/%d/status" % d.pid) as f:
            return any(int(line.split()[1], 16) & bit for line in f
                       if line.startswith(("SigBlk:", "SigCgt:")))
    until(is_taken, 10, "a daemon that takes the signal")
    d.signal(signal.SIGUSR1)
    for name in ("keepalived.data", "keepalived_parent.data",
                 "keepalived_check.data"):
        until(lambda: (tmp_path / name).exists(), 10, name)
    assert "10.9.0.100" in (tmp_path / "keepalived_check.data").read_text()


def test_dump_file_named_in_the_configuration(node, director, tmp_path):
    d = director(node, "global_defs {\n state_dump_file %s/state.txt\n}\n" %
                 tmp_path + vrrp() + CHECK)
    wait_started(d)
    d.signal(signal.SIGUSR1)
    for name in ("state.txt", "state_parent.txt", "state_check.txt"):
        until(lambda: (tmp_path / name).exists(), 5, name)


# ---- sd_notify ----

class Manager:
    """The receiving end of sd_notify."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def next(self, timeout=10):
        self.socket.settimeout(timeout)
        text = self.socket.recv(4096).decode()
        return dict(line.split("=", 1) for line in text.splitlines())


def test_sd_notify_sequence(node, director, tmp_path):
    m = Manager(tmp_path / "notify")
    d = director(node, vrrp(), env={"NOTIFY_SOCKET": m.path})
    ready = m.next()
    assert ready["READY"] == "1" and int(ready["MAINPID"]) > 0
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    d.reload()
    reloading = m.next()
    after = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert reloading["RELOADING"] == "1"
    assert before * 1e6 - 1 <= int(reloading["MONOTONIC_USEC"]) <= after * 1e6
    assert m.next()["READY"] == "1"
    d.write(vrrp(words="no_such_word"))
    d.reload()
    assert m.next()["RELOADING"] == "1"
    assert m.next()["STATUS"] == "Reload refused"
    assert d.stop() == 0
    assert m.next()["STOPPING"] == "1"


def test_sd_watchdog(node, director, tmp_path):
    m = Manager(tmp_path / "notify")
    director(node, vrrp(), env={"NOTIFY_SOCKET": m.path,
                                "WATCHDOG_USEC": "400000"})
    assert m.next()["READY"] == "1"
    assert [m.next(2) for _ in range(3)] == [{"WATCHDOG": "1"}] * 3


# ---- scripts ----

@pytest.fixture
def recorder(tmp_path):
    """A script that appends its name, arguments and user to a file."""
    out = tmp_path / "out"
    out.write_text("")
    out.chmod(0o666)
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n"
                      "printf '[%%s]' \"$@\" >> %s\n"
                      "printf '(%%s)\\n' $(id -u) >> %s\n" % (out, out))
    script.chmod(0o755)

    class Recorder:
        path = str(script)

        @staticmethod
        def lines():
            return out.read_text().splitlines()

    return Recorder


def test_notify_arguments_and_order(node, director, recorder):
    words = "".join("notify_%s \"%s %s\"\n" % (w, recorder.path, w)
                    for w in ("master", "backup", "fault", "stop"))
    words += "notify \"%s 'two words' inst\"\n" % recorder.path
    d = director(node, vrrp(words=words))
    wait_master(d)
    until(lambda: len(recorder.lines()) >= 4, 5, recorder.lines)
    node.link("eth0", up=False)
    until(lambda: len(recorder.lines()) >= 6, 5, recorder.lines)
    d.stop()
    assert recorder.lines() == [
        "[backup](0)", "[two words][inst][INSTANCE][VI_1][BACKUP][150](0)",
        "[master](0)", "[two words][inst][INSTANCE][VI_1][MASTER][150](0)",
        "[fault](0)", "[two words][inst][INSTANCE][VI_1][FAULT][150](0)",
        "[stop](0)", "[two words][inst][INSTANCE][VI_1][STOP][150](0)",
    ]


def test_script_runs_as_its_user(node, director, recorder):
    d = director(node, vrrp(words="notify_master %s nobody" % recorder.path))
    wait_master(d)
    until(lambda: recorder.lines() == ["[](65534)"], 5, recorder.lines)
    d.stop()


def test_script_environment(node, director, tmp_path):
    out = tmp_path / "env"
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n{ env; ls /proc/self/fd | wc -l; "
                      "ps -o pgid= -p $$; echo $$; } > %s.new; "
                      "mv %s.new %s\n" % (out, out, out))
    script.chmod(0o755)
    d = director(node, vrrp(words="notify_master %s root" % script),
                 env={"LD_LIBRARY_PATH": "/nowhere", "IFS": "x",
                      "NOTIFY_SOCKET": "/nonexistent", "KEPT": "yes"})
    wait_master(d)
    until(out.exists, 5, "the script")
    text = out.read_text()
    assert "KEPT=yes" in text
    for word in ("LD_LIBRARY_PATH", "IFS=", "NOTIFY_SOCKET"):
        assert word not in text
    fds, group, pid = text.split()[-3:]
    assert int(fds) == 4  # 0, 1, 2 and that of ls
    assert group == pid
    d.stop()


def test_script_security(node, director, tmp_path, recorder):
    """Root's script that others can write does not run."""
    os.chmod(recorder.path, 0o777)
    d = director(node, "global_defs {\n enable_script_security\n"
                 " script_user root\n}\n" +
                 vrrp(words="notify_master %s root" % recorder.path))
    wait_master(d)
    d.wait_log("others can change it|Unsafe permissions")
    d.stop()
    assert recorder.lines() == []


def test_missing_script_is_told(node, director):
    d = director(node, vrrp(words="notify_master /no/such/script root"))
    wait_master(d)
    d.wait_log("/no/such/script")
    assert d.stop() == 0


def test_slow_script_sees_the_newest_state_only(node, director, tmp_path):
    """While one runs, later states take each other's place."""
    out, go = tmp_path / "out", tmp_path / "go"
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho $3 >> %s\n"
                      "while [ ! -e %s ]; do sleep 0.05; done\n" % (out, go))
    script.chmod(0o755)
    d = director(node, vrrp(words="notify %s root" % script))
    until(lambda: out.exists() and out.read_text() == "BACKUP\n", 5, "first")
    wait_master(d)
    node.link("eth0", up=False)
    d.wait_state("VI_1", "FAULT")
    assert out.read_text() == "BACKUP\n"
    go.touch()
    until(lambda: out.read_text() == "BACKUP\nFAULT\n", 5, out.read_text)
    d.stop()
    assert out.read_text() == "BACKUP\nFAULT\nSTOP\n"


def test_startup_and_shutdown_script(node, director, recorder):
    conf = ("global_defs {\n startup_script \"%s up\"\n"
            " shutdown_script \"%s down\"\n}\n" %
            (recorder.path, recorder.path))
    d = director(node, conf + vrrp())
    wait_started(d)
    assert recorder.lines() == ["[up](0)"]
    d.stop()
    assert recorder.lines() == ["[up](0)", "[down](0)"]


def test_hung_startup_script_is_killed(node, director, tmp_path):
    script = tmp_path / "hang"
    pids = tmp_path / "pids"
    script.write_text("#!/bin/sh\ntrap '' TERM\nsleep 1000 &\n"
                      "echo $$ $! > %s\nwait\nsleep 1000\n" % pids)
    script.chmod(0o755)
    d = director(node, "global_defs {\n startup_script %s\n"
                 " startup_script_timeout 1\n}\n" % script + vrrp())
    wait_started(d, 15)
    for pid in pids.read_text().split():
        until(lambda: is_gone(int(pid)), 5, "the script and its child")
    d.stop()


def test_namespace_option(node, lab, director):
    """-s enters the namespace by itself; its pid files are its own."""
    d = director(node, vrrp(), start=False)
    log = open(d.log_path, "ab")
    d.process = subprocess.Popen(
        [binary(), "-f", d.conf_path, "-n", "-l", "-s", node.ns],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    lab.children.append(d.process)
    wait_master(d)
    assert d.stop() == 0
    assert not node.has("10.9.0.100")
    os.rmdir("/run/keepalived/" + node.ns)


def test_namespace_of_ipvs(node, lab, director):
    """net_namespace_ipvs moves the ipvs process and nobody else."""
    other = lab.node("b")
    d = director(node, "net_namespace_ipvs %s\n" % other.ns + CHECK)
    wait_started(d)

    def namespace(pid):
        return os.stat("/proc/%d/ns/net" % pid).st_ino

    there = os.stat("/run/netns/" + other.ns).st_ino
    until(lambda: namespace(engine(d, "ipvs")) == there, 5, "its namespace")
    assert namespace(engine(d, "check")) == namespace(d.pid) != there


def test_unknown_namespace(node, director):
    d = director(node, vrrp(), start=False)
    done = run_once(node, d, "-f", d.conf_path, "-s", "no-such-ns")
    assert done.returncode == 1
    assert "network namespace 'no-such-ns'" in done.stderr
