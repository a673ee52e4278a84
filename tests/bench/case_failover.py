# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""How much later than the protocol's own bound the backup takes over: after
kill -9 of all processes of the master, and after its orderly stop."""

from __future__ import annotations

import signal
import statistics
import time

import confs
from figures import Figures, down_ns, skew_ns
from world import IFNAME, Capture, Daemon, World, wait_until

MASTER, BACKUP = 200, 100


def backup_start(world: World, subject: str, count: int,
                 advert: str) -> Daemon:
    """A backup on b; masters come and go on a."""
    backup = world.daemon(subject, "b",
                          confs.vrrp(count, IFNAME, BACKUP, advert))
    wait_until(lambda: backup.log_text().count("BACKUP STATE") >= count, 10,
               "the backup to stand by")
    return backup


def master_start(world: World, subject: str, wire: Capture, count: int,
                 advert: str) -> Daemon:
    """A master on a that all routers follow, in steady state."""
    wire.forget()
    master = world.daemon(subject, "a",
                          confs.vrrp(count, IFNAME, MASTER, advert))
    wire.wait_masters("a", count, 20 * float(advert) + 10)
    time.sleep(max(1.5 * float(advert), 0.2))
    return master


def takeovers(wire: Capture, count: int, advert_ns: int,
              since: int) -> list[tuple[int, int]]:
    """(last word of the master, first advert of the backup) per router."""
    firsts = wire.wait_masters("b", count, 10 * advert_ns / 1e9 + 5, since)
    last = {s.vrid: s.ns for s in wire.adverts("a")}
    return [(last[vrid], s.ns) for vrid, s in firsts.items()]


def garp_note(wire: Capture, figures: Figures, subject: str,
              first: int) -> None:
    time.sleep(0.05)
    garps = wire.garps(first)
    if garps:
        figures.add("garp.first", subject, (garps[0].ns - first) / 1e6)


def kill_once(world: World, subject: str, wire: Capture, count: int,
              advert: str) -> list[float]:
    """Excess over the bound of each router, in ms."""
    advert_ns = int(float(advert) * 1e9)
    master = master_start(world, subject, wire, count, advert)
    master.kill()
    since = time.time_ns()
    pairs = takeovers(wire, count, advert_ns, since)
    world.flush_vips("a")
    return [(first - last - down_ns(BACKUP, advert_ns)) / 1e6
            for last, first in pairs]


def kills(world: World, figures: Figures, subject: str, advert: str,
          times: int) -> list[float]:
    values = []
    with Capture(world) as wire:
        backup = backup_start(world, subject, 1, advert)
        for _ in range(times):
            values += kill_once(world, subject, wire, 1, advert)
            fallen = wire.adverts("a")[-1].ns
            garp_note(wire, figures, subject,
                      wire.adverts("b", fallen)[0].ns)
        backup.kill()
    world.flush_vips("b")
    return values


def failover(world: World, figures: Figures, quick: bool) -> None:
    plan = [("0.01", "failover.10ms", 3 if quick else 12),
            ("0.1", "failover.100ms", 2 if quick else 8),
            ("1", "failover.1s", 1 if quick else 3)]
    for advert, row, times in plan:
        for subject in world.subjects():
            values = kills(world, figures, subject, advert, times)
            for value in values:
                figures.add(row, subject, value)
            if row == "failover.10ms":
                figures.add("failover.10ms.worst", subject, max(values))


def failover_250(world: World, figures: Figures, quick: bool) -> None:
    for subject in world.subjects():
        with Capture(world) as wire:
            backup = backup_start(world, subject, 250, "0.1")
            for _ in range(1 if quick else 3):
                values = kill_once(world, subject, wire, 250, "0.1")
                figures.add("failover.250", subject, max(values))
            backup.kill()
        world.flush_vips("b")


def stop_once(world: World, subject: str, wire: Capture, count: int,
              advert: str) -> tuple[float, float, list[float]]:
    """(ms to exit, ms to the first priority 0, excess over skew each)."""
    advert_ns = int(float(advert) * 1e9)
    master = master_start(world, subject, wire, count, advert)
    begin = time.time_ns()
    master.signal(signal.SIGTERM)
    master.child.wait(20)
    exit_ms = (time.time_ns() - begin) / 1e6
    firsts = wire.wait_masters("b", count, 10 * advert_ns / 1e9 + 5, begin)
    zeros = {s.vrid: s.ns for s in wire.adverts("a", begin)
             if s.priority == 0}
    world.flush_vips("a")
    excess = [(s.ns - zeros[vrid] - skew_ns(BACKUP, advert_ns)) / 1e6
              for vrid, s in firsts.items()]
    return exit_ms, (min(zeros.values()) - begin) / 1e6, excess


def stop(world: World, figures: Figures, quick: bool) -> None:
    for count, row, times in ((1, "stop.one", 2 if quick else 5),
                              (250, "stop.250", 1 if quick else 3)):
        for subject in world.subjects():
            with Capture(world) as wire:
                backup = backup_start(world, subject, count, "1")
                for _ in range(times):
                    note_stop(figures, subject, row, stop_once(
                        world, subject, wire, count, "1"))
                backup.kill()
            world.flush_vips("b")


def note_stop(figures: Figures, subject: str, row: str,
              result: tuple[float, float, list[float]]) -> None:
    exit_ms, zero_ms, excess = result
    figures.add(row, subject, exit_ms)
    if row == "stop.one":
        figures.add("stop.one.prio0", subject, zero_ms)
        figures.add("stop.one.excess", subject, excess[0])
    else:
        figures.add("stop.250.median", subject, statistics.median(excess))
        figures.add("stop.250.slowest", subject, max(excess))


CASES = {"failover": failover, "failover250": failover_250, "stop": stop}
