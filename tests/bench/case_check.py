# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""CPU per TCP check, beside keepalived (only where the kernel has IPVS: its
checker ends without it) and a bare epoll loop."""

from __future__ import annotations

import time
from pathlib import Path

import confs
from figures import BARE, KEEPALIVED, Figures
from world import IFNAME, Daemon, World, read_text, wait_until

RATES = {"check.100": 100, "check.1000": 1000, "check.5000": 5000}
GUEST_RATES = {"guest.check": 200}


def has_ipvs() -> bool:
    return Path("/proc/net/ip_vs").exists()


def servers_start(world: World) -> None:
    """Side b answers on every address of CHECK_NET."""
    net = f"{confs.CHECK_NET}.0.0/16"
    world.ip("b", "route", "add", "local", net, "dev", "lo")
    world.ip("a", "route", "add", net, "via", "10.99.0.2", "dev", IFNAME)
    log = world.directory / "sink"
    with log.open("w") as out:
        world.spawn("b", [world.tools["sink"], str(confs.CHECK_PORT)],
                    stdout=out)
    wait_until(lambda: "ready" in log.read_text(), 5, "the sink")


def active_opens(daemon: Daemon) -> int:
    """TCP connections that the daemon's namespace has begun."""
    lines = [line.split() for line in
             read_text(f"/proc/{daemon.child.pid}/net/snmp").splitlines()
             if line.startswith("Tcp:")]
    return int(dict(zip(*lines))["ActiveOpens"])


def cost_once(world: World, subject: str, rate: int, seconds: float) -> float:
    daemon = world.daemon(subject, "a", confs.checks(rate), "-C")
    wait_until(lambda: active_opens(daemon) >= 2 * rate, 60, "checks to run")
    opens, cpu = active_opens(daemon), daemon.cpu_ns()
    time.sleep(seconds)
    opens, cpu = active_opens(daemon) - opens, daemon.cpu_ns() - cpu
    daemon.stop()
    return cpu / opens / 1e3


def rates_run(world: World, figures: Figures, rates: dict[str, int],
              times: int, seconds: int) -> None:
    servers_start(world)
    for _ in range(times):
        for row, rate in rates.items():
            for subject in world.subjects():
                if subject == KEEPALIVED and not has_ipvs():
                    continue
                figures.add(row, subject,
                            cost_once(world, subject, rate, seconds))
            done, failed, cpu = world.tool(
                "a", "bare_connect", f"{confs.CHECK_NET}.16.1", rate,
                confs.CHECK_PORT, rate, seconds)
            if int(failed) > int(done) // 100:
                raise RuntimeError(f"{failed} of {done} checks failed")
            figures.add(row, BARE, int(cpu) / int(done) / 1e3)


def check(world: World, figures: Figures, quick: bool) -> None:
    rates_run(world, figures, RATES, 1 if quick else 3, 4)


def guest_check(world: World, figures: Figures, quick: bool) -> None:
    rates_run(world, figures, GUEST_RATES, 1 if quick else 2, 6)


CASES = {"check": check}
GUEST_CASES = {"guestcheck": guest_check}
