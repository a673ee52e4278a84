# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Real time: scheduling as configured, nothing allocated once it runs,
nothing that waits for a log."""

import mmap
import os
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

import vrrp_conf as vc
from netlab import until

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="session")
def counter(tmp_path_factory):
    """The preloaded library that counts allocations."""
    where = tmp_path_factory.mktemp("alloc")
    path = where / "alloc_count.so"
    subprocess.run(["cc", "-O1", "-g", "-shared", "-fPIC", "-o", str(path),
                    os.path.join(HERE, "alloc_count.c")], check=True)
    os.chmod(path.parent, 0o755)
    return str(path)


class Allocations:
    """What one process has allocated so far."""

    def __init__(self, directory, pid):
        path = os.path.join(directory, str(pid))
        until(lambda: os.path.exists(path) and os.path.getsize(path) == 16, 2)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 16)

    def count(self):
        return struct.unpack_from("Q", self.map)[0]

    def trace(self):
        self.map[8:16] = struct.pack("Q", 1)


def instances(n, priority, lines=(), six=False):
    return [vc.instance("VI_%d" % i, vrid=i, priority=priority, advert=0.05,
                        vips=("fe80::%d:1" % i, "2001:db8:9::%d" % i) if six
                        else ("10.9.%d.100" % i,), lines=lines)
            for i in range(1, n + 1)]


HMAC = ("auth_hmac {", "    key 1 hex:%s" % ("5a" * 32), "    active_key 1",
        "}")


@pytest.mark.ordinary
@pytest.mark.parametrize("lines,kind", [
    ((), "multicast"),
    (("unicast_peer {", "    10.9.0.2", "    10.9.0.1", "}"), "unicast"),
    (("use_vmac",), "vmac"),
    (HMAC, "hmac"),
    ((), "six"),
])
def test_adverts_allocate_nothing(pair, director, counter, tmp_path, lines,
                                  kind):
    """Some thousand adverts sent and heard, announcements and timers."""
    a, b = pair
    where = tmp_path / "count"
    where.mkdir(mode=0o777)
    where.chmod(0o777)
    env = {"LD_PRELOAD": counter, "ALLOC_DIR": str(where)}
    seen = []
    top = ("vrrp_garp_master_delay 0", "vrrp_garp_master_refresh 1")
    for node, priority in ((a, 200), (b, 100)):
        d = director(node, vc.conf(*instances(20, priority, lines,
                                              kind == "six"),
                                   lines=top), env=env)
        state = "MASTER" if priority == 200 else "BACKUP"
        for i in range(1, 21):
            d.wait_state("VI_%d" % i, state)
        seen.append((d, Allocations(str(where), d.engine("vrrp"))))
    last = "2001:db8:9::20" if kind == "six" else "10.9.20.100"
    until(lambda: a.has(last) and not b.has(last), 5)

    # Who became master listens for its addresses from then on.
    until(lambda: is_quiet(seen), 10, "the last of the start")
    for _, x in seen:
        x.trace()
    for _ in range(3):
        marks = [d.log_mark() for d, _ in seen]
        before = [x.count() for _, x in seen]
        sent = count_packets(a)
        until(lambda: count_packets(a) - sent > 3000, 60, "3000 packets")
        after = [x.count() for _, x in seen]
        news = "".join(d.log()[m:] for (d, _), m in zip(seen, marks))
        if "Entering" not in news:  # this machine was stopped for too long
            break
    assert [y - x for x, y in zip(before, after)] == [0, 0], \
        "".join(d.log() for d, _ in seen)


def is_quiet(seen):
    before = [x.count() for _, x in seen]
    time.sleep(0.5)
    return before == [x.count() for _, x in seen]


def count_packets(node):
    """Packets sent by eth0."""
    out = node.out("cat /sys/class/net/eth0/statistics/tx_packets")
    return int(out)


@pytest.mark.ordinary
def test_scheduling(pair, director):
    """Each keyword as the kernel has it; a reload changes the running one."""
    a, _ = pair
    words = ("vrrp_priority -7", "vrrp_rt_priority 12", "vrrp_cpu_affinity 1",
             "vrrp_rlimit_rttime 20000", "vrrp_no_swap")
    d = director(a, vc.conf(vc.instance(), lines=words))
    d.wait_state("VI_1", "MASTER")
    pid = d.engine("vrrp")
    assert os.getpriority(os.PRIO_PROCESS, pid) == -7
    assert os.sched_getscheduler(pid) & 0xff == os.SCHED_RR
    assert os.sched_getparam(pid).sched_priority == 12
    assert os.sched_getaffinity(pid) == {1}
    assert rttime(pid) == "20000"
    assert locked_kb(pid) > 1000
    # The supervisor has no part in it.
    assert os.sched_getscheduler(d.pid) == os.SCHED_OTHER
    assert rttime(d.pid) == "unlimited"
    mark = d.log_mark()
    d.write(vc.conf(vc.instance(), lines=("vrrp_rt_priority 3",
                                          "vrrp_no_swap")))
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert d.engine("vrrp") == pid
    assert os.sched_getparam(pid).sched_priority == 3
    # Another user's process: only with the right to.
    assert rttime(pid) == ("10000" if can_limit() else "20000")
    assert can_limit() or "limit of real time: " in d.log()[mark:]
    assert os.sched_getaffinity(pid) == os.sched_getaffinity(d.pid)
    # A new life has it again.
    d.kill_engine("vrrp")
    new = until(lambda: d.engine("vrrp") not in (None, pid) and
                d.engine("vrrp"), 5, "a new engine")
    until(lambda: os.sched_getscheduler(new) & 0xff == os.SCHED_RR, 5)
    assert locked_kb(new) > 1000


def rttime(pid):
    with open("/proc/%d/limits" % pid) as f:
        return re.search(r"^Max realtime timeout +(\S+) ", f.read(),
                         re.M).group(1)


def can_limit():
    """CAP_SYS_RESOURCE, which a container may lack."""
    with open("/proc/self/status") as f:
        return int(re.search(r"CapEff:\s*(\w+)", f.read()).group(1),
                   16) >> 24 & 1


def locked_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(x for x in f if x.startswith("VmLck:")).split()[1])


def test_a_deaf_log_stops_nothing(pair, director, capture):
    """The supervisor frozen, the log's socket full: the engine goes on, and
    the lines that found no room are counted."""
    a, b = pair
    others = range(100, 200)
    d = director(a, vc.conf(vc.instance(advert=0.05), *(
        vc.instance("VI_%d" % n, vrid=n, vips=["10.9.1.%d" % n])
        for n in others)))
    for name in ("VI_1", *("VI_%d" % n for n in others)):
        d.wait_state(name, "MASTER")
    seen = capture(b, "eth0")
    d.signal(signal.SIGSTOP)

    def shout(rounds):
        """Masters that come and resign, again and again: five lines each
        time of each router."""
        frames = [vc.frame("10.9.0.2", vc.message(
            "10.9.0.2", vrid=n, priority=priority, vips=["10.9.1.%d" % n]))
            for n in others for priority in (255, 0)]
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
            s.bind(("eth0", 0))
            for _ in range(rounds):
                for i, one in enumerate(frames):
                    s.send(one)
                    if i % 50 == 0:
                        time.sleep(0.001)  # all are to be heard
                time.sleep(0.08)  # they take over after the skew
    b.call(lambda: shout(100))
    since = seen.mark()
    for _ in range(3):  # frozen still
        seen.wait_advert(3, vrid=51, src="10.9.0.1", since=since)
        since = seen.mark()
    d.signal(signal.SIGCONT)
    b.call(lambda: shout(1))
    lost = d.wait_log(r"(\d+) log lines lost")
    assert int(lost.group(1)) > 100


def test_the_engine_connects_to_nobody(pair, director):
    """A filter of system calls is on (doc/processes.md says which)."""
    a, _ = pair
    d = director(a, vc.conf(vc.instance(advert=0.05)))
    d.wait_state("VI_1", "MASTER")
    with open("/proc/%d/status" % d.engine("vrrp")) as f:
        status = f.read()
    assert re.search(r"Seccomp:\s+2", status)
    assert re.search(r"NoNewPrivs:\s+1", status)


@pytest.mark.alone
def test_who_is_late_gets_real_time(pair, director):
    """max_auto_priority: one step each time a timer fires too late, up to the
    ceiling; a new life begins anew, without it nothing happens."""
    a, _ = pair

    def conf(*words):
        return vc.conf(vc.instance(advert=0.05), lines=words)

    def doze(times):
        """The engine is not let run, as on a machine that is overloaded."""
        for _ in range(times):
            mark = d.log_mark()
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.15)
            os.kill(pid, signal.SIGCONT)
            d.wait_log(r"a timer fired .* ms late", since=mark)
            time.sleep(1)  # not more often

    d = director(a, conf("max_auto_priority 2",
                         "min_auto_priority_delay 50000"))
    d.wait_state("VI_1", "MASTER")
    pid = d.engine("vrrp")
    assert os.sched_getscheduler(pid) == os.SCHED_OTHER
    doze(1)
    until(lambda: os.sched_getscheduler(pid) & 0xff == os.SCHED_RR, 2)
    assert os.sched_getparam(pid).sched_priority == 1
    doze(1)
    until(lambda: os.sched_getparam(pid).sched_priority == 2, 2)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.15)
    os.kill(pid, signal.SIGCONT)
    mark = d.log_mark()
    d.write(conf())
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert os.sched_getparam(pid).sched_priority == 2
    assert d.log().count("real time priority is") == 2
