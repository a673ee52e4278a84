# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Start, CPU per advert, the advert clock, reload and memory of the VRRP
engine, beside keepalived and a bare sender and receiver."""

from __future__ import annotations

import signal
import time

import confs
from figures import BARE, Figures, gap_figures
from world import ADDRESS, IFNAME, Capture, Daemon, World, pid_memory_kb

OWNER = 255
RELOADS = 10
LOADS = {"250x1s": (250, "1", 1_000_000), "50x10ms": (50, "0.01", 10_000)}


def start(world: World, figures: Figures, quick: bool) -> None:
    """exec -> first advert of one owner; -> all of 250."""
    for _ in range(3 if quick else 7):
        for subject in world.subjects():
            for count, row in ((1, "start.one"), (250, "start.250")):
                start_once(world, figures, subject, count, row)


def start_once(world: World, figures: Figures, subject: str, count: int,
               row: str) -> None:
    with Capture(world) as wire:
        daemon = world.daemon(subject, "a",
                              confs.vrrp(count, IFNAME, OWNER, "1"))
        firsts = wire.wait_masters("a", count, 15, daemon.exec_ns)
        last = max(s.ns for s in firsts.values())
        figures.add(row, subject, (last - daemon.exec_ns) / 1e6)
        if count > 1:
            daemon.wait_quiet(limit_ns=10_000_000)
            figures.add("start.250.garp", subject,
                        (garps_done(wire, count, daemon) - daemon.exec_ns)
                        / 1e6)
            figures.add("start.250.cpu", subject, daemon.cpu_ns() / 1e6)
        daemon.kill()
    world.flush_vips("a")


def garps_done(wire: Capture, count: int, daemon: Daemon) -> int:
    """When the last address got its first gratuitous ARP."""
    firsts: dict[str, int] = {}
    for s in wire.garps(daemon.exec_ns):
        firsts.setdefault(s.source, s.ns)
    if len(firsts) < count:
        raise RuntimeError(f"only {len(firsts)} addresses announced")
    return max(firsts.values())


def sent(world: World, figures: Figures, quick: bool) -> None:
    """CPU per advert sent, in steady state."""
    seconds = 3
    for _ in range(1 if quick else 4):
        for load, (count, advert, interval_us) in LOADS.items():
            for subject in world.subjects():
                cost = sent_once(world, subject, count, advert, seconds)
                figures.add(f"sent.{load}", subject, cost)
            done, cpu = world.tool("a", "bare_vrrp", "send", IFNAME,
                                   ADDRESS["a"], count, interval_us, seconds)
            figures.add(f"sent.{load}", BARE, int(cpu) / int(done) / 1e3)


def sent_once(world: World, subject: str, count: int, advert: str,
              seconds: float) -> float:
    daemon = world.daemon(subject, "a",
                          confs.vrrp(count, IFNAME, OWNER, advert))
    with Capture(world) as wire:
        wire.wait_masters("a", count, 15)
    time.sleep(1.6)  # past the second burst of gratuitous ARPs
    packets, cpu = daemon.tx_packets(), daemon.cpu_ns()
    time.sleep(seconds)
    packets, cpu = daemon.tx_packets() - packets, daemon.cpu_ns() - cpu
    daemon.kill()
    world.flush_vips("a")
    return cpu / packets / 1e3


def received(world: World, figures: Figures, quick: bool) -> None:
    """CPU per advert received by a backup of each of the routers."""
    seconds = 3
    for _ in range(1 if quick else 4):
        for load, (count, advert, interval_us) in LOADS.items():
            feed = world.spawn(
                "a", [world.tools["bare_vrrp"], "send", IFNAME, ADDRESS["a"],
                      str(count), str(interval_us), "40", "spread"])
            for subject in world.subjects():
                cost = received_once(world, subject, count, advert, seconds,
                                     interval_us)
                figures.add(f"recv.{load}", subject, cost)
            done, cpu = world.tool("b", "bare_vrrp", "recv", IFNAME, seconds)
            figures.add(f"recv.{load}", BARE, int(cpu) / int(done) / 1e3)
            feed.kill()
            feed.wait()


def received_once(world: World, subject: str, count: int, advert: str,
                  seconds: float, interval_us: int) -> float:
    daemon = world.daemon(subject, "b",
                          confs.vrrp(count, IFNAME, 100, advert))
    time.sleep(1.5)  # past the start
    begin, cpu = time.monotonic(), daemon.cpu_ns()
    time.sleep(seconds)
    spent, cpu = time.monotonic() - begin, daemon.cpu_ns() - cpu
    if daemon.tx_packets() > 100:
        raise RuntimeError(f"{subject} did not stay a backup")
    daemon.kill()
    return cpu / (spent * 1e6 / interval_us * count) / 1e3


def clock(world: World, figures: Figures, quick: bool) -> None:
    """Drift and jitter of one router at 10 ms."""
    seconds = 4
    advert_ns = 10_000_000
    for _ in range(1 if quick else 5):
        for subject in world.subjects():
            with Capture(world) as wire:
                daemon = world.daemon(subject, "a",
                                      confs.vrrp(1, IFNAME, OWNER, "0.01"))
                wire.wait_masters("a", 1, 15)
                time.sleep(1.5)
                since = time.time_ns()
                time.sleep(seconds)
                stamps = [s.ns for s in wire.adverts("a", since)]
                clock_note(figures, subject, stamps, advert_ns)
                daemon.kill()
            world.flush_vips("a")
        with Capture(world) as wire:
            world.tool("a", "bare_vrrp", "send", IFNAME, ADDRESS["a"], 1,
                       10_000, seconds)
            stamps = [s.ns for s in wire.adverts("a")]
            clock_note(figures, BARE, stamps, advert_ns)


def clock_note(figures: Figures, subject: str, stamps: list[int],
               advert_ns: int) -> None:
    drift, jitter = gap_figures(stamps, advert_ns)
    figures.add("clock.drift", subject, drift)
    figures.add("clock.jitter", subject, jitter)


def reload(world: World, figures: Figures, quick: bool) -> None:
    """SIGHUP with the same file: CPU above the steady state, the longest gap
    between adverts, gratuitous ARPs."""
    for _ in range(1 if quick else 3):
        for subject in world.subjects():
            with Capture(world) as wire:
                daemon = world.daemon(subject, "a",
                                      confs.vrrp(250, IFNAME, OWNER, "0.1"))
                wire.wait_masters("a", 250, 15)
                time.sleep(2)
                reload_once(figures, subject, wire, daemon)
                daemon.kill()
            world.flush_vips("a")


def reload_once(figures: Figures, subject: str, wire: Capture,
                daemon: Daemon) -> None:
    idle = cpu_over(daemon, RELOADS * 0.1)
    wire.forget()
    since, before = time.time_ns(), daemon.cpu_ns()
    for _ in range(RELOADS):
        daemon.signal(signal.SIGHUP)
        time.sleep(0.1)
    busy = daemon.cpu_ns() - before
    figures.add("reload.250", subject, (busy - idle) / RELOADS / 1e6)
    stamps: dict[int, list[int]] = {}
    for s in wire.adverts("a", since):
        stamps.setdefault(s.vrid, []).append(s.ns)
    gaps = [b - a for line in stamps.values()
            for a, b in zip([since, *line], line)]
    figures.add("reload.250.gap", subject, max(gaps) / 1e6)
    figures.add("reload.250.garp", subject, len(wire.garps(since)))


def cpu_over(daemon: Daemon, seconds: float) -> int:
    before = daemon.cpu_ns()
    time.sleep(seconds)
    return daemon.cpu_ns() - before


def memory(world: World, figures: Figures, quick: bool) -> None:
    """PSS and RSS idle; growth over reloads."""
    for subject in world.subjects():
        daemon = world.daemon(subject, "a", confs.vrrp(1, IFNAME, OWNER, "1"))
        with Capture(world) as wire:
            wire.wait_masters("a", 1, 15)
        time.sleep(1.5)
        sizes = [pid_memory_kb(pid) for pid in daemon.pids()]
        figures.add("memory.pss", subject, sum(s["Pss"] for s in sizes) / 1e3)
        figures.add("memory.rss", subject, max(s["Rss"] for s in sizes) / 1e3)
        daemon.kill()
        world.flush_vips("a")
    if not quick:
        for subject in world.subjects():
            growth_once(world, figures, subject)


def growth_once(world: World, figures: Figures, subject: str) -> None:
    daemon = world.daemon(subject, "a", confs.vrrp(100, IFNAME, OWNER, "1"))
    with Capture(world) as wire:
        wire.wait_masters("a", 100, 15)
    reload_often(daemon, 50)
    before = private_kb(daemon)
    reload_often(daemon, 150)
    figures.add("memory.growth", subject, private_kb(daemon) - before)
    daemon.kill()
    world.flush_vips("a")


def reload_often(daemon: Daemon, times: int) -> None:
    for _ in range(times):
        daemon.signal(signal.SIGHUP)
        time.sleep(0.05)
    daemon.wait_quiet(limit_ns=10_000_000)


def private_kb(daemon: Daemon) -> int:
    return sum(pid_memory_kb(pid).get("Private_Dirty", 0)
               for pid in daemon.pids())


CASES = {"start": start, "sent": sent, "received": received, "clock": clock,
         "reload": reload, "memory": memory}
