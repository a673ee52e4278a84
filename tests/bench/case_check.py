# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Health checks at scale, beside keepalived and a bare epoll loop: CPU per
check, lateness, memory, detection.  The servers are real sockets in another
namespace.  keepalived's checker ends on a kernel without IPVS, so it gets a
table that costs it nothing (fake_ipvs.c)."""

from __future__ import annotations

import math
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import confs
from figures import BARE, DUUMVIR, Figures
from world import (IFNAME, Daemon, World, pid_memory_kb, read_text,
                   tree_pids, wait_until)

RATES = {"check.100": 100, "check.1000": 1000, "check.5000": 5000}
GUEST_RATES = {"guest.check": 200}
NET = f"{confs.CHECK_NET}.0.0/16"
EACH = 10  # servers of a virtual server
DOWN_SECONDS = 30  # until those that are not seen down never are
FEW = 10  # servers of the configuration that memory is compared with


@dataclass(frozen=True)
class Load:
    """A number of servers with one kind of check."""

    row: str
    count: int
    delay: int
    check: str
    server: str = ""  # what the sink is told
    seconds: int = 5

    def rate(self) -> int:
        return self.count // self.delay


LOADS = (
    Load("tcp5000", 5000, 1, confs.tcp_check()),
    Load("tcp20000", 20000, 5, confs.tcp_check(), seconds=10),
    Load("http5000", 5000, 1, confs.http_check(), "http"),
    Load("ssl1000", 1000, 2, confs.http_check("SSL_GET"), "tls", 6),
)


# ---- the servers ----

def route_add(world: World) -> None:
    world.ip("b", "route", "add", "local", NET, "dev", "lo")


def sink_start(world: World, kind: str = "") -> subprocess.Popen:
    """Side b answers on every address of CHECK_NET."""
    log = world.directory / f"sink{time.monotonic_ns()}"
    with log.open("w") as out:
        if kind == "tls":
            child = nginx_start(world, out)
        else:
            words = [kind] if kind else []
            child = world.spawn("b", [world.tools["sink"],
                                      str(confs.CHECK_PORT), *words],
                                stdout=out)
            wait_until(lambda: "ready" in log.read_text(), 5, "the sink")
    return child


NGINX = """daemon off;
master_process off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/nginx.err;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path %(dir)s/n1;
    proxy_temp_path %(dir)s/n2;
    fastcgi_temp_path %(dir)s/n3;
    uwsgi_temp_path %(dir)s/n4;
    scgi_temp_path %(dir)s/n5;
    server {
        listen %(port)d ssl backlog=8192;
        ssl_certificate %(dir)s/cert.pem;
        ssl_certificate_key %(dir)s/key.pem;
        location / { return 200 "%(body)s"; }
    }
}
"""


def nginx_start(world: World, out) -> subprocess.Popen:
    """TLS with a P-256 key: what a handshake costs the checker, not us."""
    where = world.directory
    if not (where / "cert.pem").exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-subj", "/CN=bench", "-keyout", str(where / "key.pem"),
             "-out", str(where / "cert.pem")], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    conf = where / "nginx.conf"
    conf.write_text(NGINX % {"dir": where, "port": confs.CHECK_PORT,
                             "body": "x" * 612})
    child = world.spawn("b", ["/usr/sbin/nginx", "-c", str(conf)],
                        stdout=out, stderr=out)
    wait_until(lambda: (where / "nginx.pid").exists(), 10, "nginx")
    return child


def servers_start(world: World, kind: str = "") -> subprocess.Popen:
    route_add(world)
    world.ip("a", "route", "add", NET, "via", "10.99.0.2", "dev", IFNAME)
    return sink_start(world, kind)


def servers_stop(sink: subprocess.Popen) -> None:
    sink.kill()
    sink.wait(10)


# ---- what is read from outside ----

def active_opens(daemon: Daemon) -> int:
    """TCP connections that the daemon's namespace has begun."""
    lines = [line.split() for line in
             read_text(f"/proc/{daemon.child.pid}/net/snmp").splitlines()
             if line.startswith("Tcp:")]
    return int(dict(zip(*lines))["ActiveOpens"])


class Gaps:
    """Times between connections to each server, as they come to side b."""

    def __init__(self, world: World, load: Load, seconds: int) -> None:
        self.child = world.spawn(
            "b", [world.tools["gaps"], IFNAME, str(seconds),
                  str(load.delay * 1000000)],
            stdout=subprocess.PIPE, text=True)
        assert self.child.stdout.readline() == "ready\n"

    def read(self) -> dict[str, float]:
        words = self.child.communicate(timeout=60)[0].split()
        return dict(zip(("packets", "addresses", "p50", "p99", "max"),
                        map(float, words)))


def checker_pid(daemon: Daemon) -> int:
    """The process that checks: the child with most memory."""
    pids = [p for p in tree_pids(daemon.child.pid) if p != daemon.child.pid]
    for pid in pids:
        if read_text(f"/proc/{pid}/comm").strip() == "duumvir_check":
            return pid
    return max(pids, key=lambda p: pid_memory_kb(p).get("Rss", 0))


def memory_kb(daemon: Daemon) -> tuple[int, int]:
    """(RSS of the checking process, PSS of all)."""
    return (pid_memory_kb(checker_pid(daemon))["Rss"],
            sum(pid_memory_kb(p).get("Pss", 0) for p in daemon.pids()))


def down_count(daemon: Daemon) -> int:
    """Servers that are out now; some may have been before."""
    log = daemon.log.read_bytes()
    return log.count(b"Removing service ") - log.count(b"Adding service ")


def all_down_s(daemon: Daemon, count: int, begin: float) -> float:
    """Infinite if some are never seen down."""
    try:
        wait_until(lambda: down_count(daemon) >= count, DOWN_SECONDS,
                   f"{count} servers to be seen down", 0.02)
    except TimeoutError:
        return math.inf
    return time.monotonic() - begin


# ---- CPU at a rate, as ever ----

def checks_run(daemon: Daemon, count: int, seconds: float = 90) -> None:
    wait_until(lambda: active_opens(daemon) >= count, seconds,
               "checks to run")


def cost_once(world: World, subject: str, rate: int, seconds: float) -> float:
    daemon = world.daemon(subject, "a", confs.checks(rate), "-C")
    base = active_opens(daemon)
    checks_run(daemon, base + 2 * rate)
    opens, cpu = active_opens(daemon), daemon.cpu_ns()
    time.sleep(seconds)
    opens, cpu = active_opens(daemon) - opens, daemon.cpu_ns() - cpu
    daemon.stop()
    return cpu / opens / 1e3


def bare_cost(world: World, count: int, rate: int, seconds: int,
              *words: str) -> float:
    done, failed, cpu = world.tool(
        "a", "bare_connect", f"{confs.CHECK_NET}.16.1", count,
        confs.CHECK_PORT, rate, seconds, *words)
    if int(failed) > int(done) // 100:
        raise RuntimeError(f"{failed} of {done} checks failed")
    return int(cpu) / int(done) / 1e3


def rates_run(world: World, figures: Figures, rates: dict[str, int],
              times: int, seconds: int) -> None:
    servers_start(world)
    for _ in range(times):
        for row, rate in rates.items():
            for subject in world.subjects():
                figures.add(row, subject,
                            cost_once(world, subject, rate, seconds))
            figures.add(row, BARE, bare_cost(world, rate, rate, seconds))


def check(world: World, figures: Figures, quick: bool) -> None:
    rates_run(world, figures, RATES, 1 if quick else 3, 4)


def guest_check(world: World, figures: Figures, quick: bool) -> None:
    rates_run(world, figures, GUEST_RATES, 1 if quick else 2, 6)


# ---- many servers ----

def base_memory(world: World, subject: str, load: Load) -> tuple[int, int]:
    daemon = world.daemon(subject, "a",
                          confs.pools(FEW, EACH, load.check, load.delay),
                          "-C")
    checks_run(daemon, active_opens(daemon) + 2 * FEW)
    found = memory_kb(daemon)
    daemon.stop()
    return found


def steady(world: World, figures: Figures, subject: str, load: Load,
           daemon: Daemon) -> None:
    """CPU and lateness while nothing happens."""
    gaps = Gaps(world, load, load.seconds)
    opens, cpu = active_opens(daemon), daemon.cpu_ns()
    time.sleep(load.seconds - 1)
    opens, cpu = active_opens(daemon) - opens, daemon.cpu_ns() - cpu
    figures.add(f"{load.row}.cpu", subject, cpu / opens / 1e3)
    figures.add(f"{load.row}.late", subject, gaps.read()["p99"] / 1e3)


def detection(world: World, figures: Figures, subject: str, load: Load,
              daemon: Daemon, sink: subprocess.Popen) -> None:
    """The listeners end; after a while they are back; the host is silent."""
    begin = time.monotonic()
    servers_stop(sink)
    figures.add(f"{load.row}.gone", subject,
                all_down_s(daemon, load.count, begin))


def silence(world: World, figures: Figures, subject: str, load: Load,
            daemon: Daemon) -> None:
    begin = time.monotonic()
    world.ip("b", "route", "del", "local", NET, "dev", "lo")
    world.ip("b", "route", "add", "blackhole", NET)
    try:
        figures.add(f"{load.row}.dead", subject,
                    all_down_s(daemon, load.count, begin))
    finally:
        world.ip("b", "route", "del", "blackhole", NET)
        route_add(world)


def load_once(world: World, figures: Figures, subject: str,
              load: Load) -> None:
    sink = sink_start(world, load.server)
    small = base_memory(world, subject, load)
    conf = confs.pools(load.count, EACH, load.check, load.delay)
    daemon = world.daemon(subject, "a", conf, "-C")
    checks_run(daemon, active_opens(daemon) + 5 * load.count // 2)
    steady(world, figures, subject, load, daemon)
    for row, few, many in zip(("rss", "pss"), small, memory_kb(daemon)):
        figures.add(f"{load.row}.{row}", subject,
                    (many - few) / (load.count - FEW))
    silence(world, figures, subject, load, daemon)
    daemon.stop()
    daemon = world.daemon(subject, "a", conf, "-C")
    checks_run(daemon, active_opens(daemon) + 5 * load.count // 2)
    detection(world, figures, subject, load, daemon, sink)
    daemon.stop()


def load_run(load: Load):
    def case(world: World, figures: Figures, quick: bool) -> None:
        servers_stop(servers_start(world, load.server))
        for _ in range(1 if quick else 3):
            for subject in world.subjects():
                load_once(world, figures, subject, load)
            if load.server == "tls":
                continue
            sink = sink_start(world, load.server)
            words = [load.server] if load.server else []
            figures.add(f"{load.row}.cpu", BARE, bare_cost(
                world, load.count, load.rate(), load.seconds, *words))
            servers_stop(sink)

    return case


# ---- sharing ----

SERVICES, SHARED = 1000, 50


def shared(world: World, figures: Figures, quick: bool) -> None:
    """Services of the same servers: 50 connections a second, not 50,000."""
    servers_start(world)
    load = Load("shared", SHARED, 1, "", seconds=5 if quick else 10)
    for subject in world.subjects():
        # keepalived would need 50,000 connections a second for all of it.
        services = SERVICES if subject == DUUMVIR else SERVICES // 10
        daemon = world.daemon(subject, "a",
                              confs.shared_pools(services, SHARED), "-C")
        checks_run(daemon, active_opens(daemon) + 3 * SHARED)
        time.sleep(3)
        opens, cpu = active_opens(daemon), daemon.cpu_ns()
        time.sleep(load.seconds)
        opens, cpu = active_opens(daemon) - opens, daemon.cpu_ns() - cpu
        figures.add("shared.probes", subject, opens / load.seconds)
        figures.add("shared.cpu", subject, cpu / load.seconds / 1e7)
        daemon.stop()


# ---- a reload while 20,000 are checked ----

def reload_load(world: World, figures: Figures, quick: bool) -> None:
    """One weight: how far the checks get off their grid."""
    del quick
    load = LOADS[1]
    servers_start(world)
    for subject in world.subjects():
        conf = confs.pools(load.count, EACH, load.check, load.delay)
        daemon = world.daemon(subject, "a", conf, "-C")
        checks_run(daemon, active_opens(daemon) + 5 * load.count // 2)
        gaps = Gaps(world, load, 3 * load.delay)
        daemon.conf.write_text(conf.replace("weight 1\n", "weight 2\n", 1))
        time.sleep(load.delay + 1)
        daemon.signal(signal.SIGHUP)
        found = gaps.read()
        figures.add("checkload.late", subject, found["p99"] / 1e3)
        figures.add("checkload.max", subject, found["max"] / 1e3)
        daemon.stop()


CASES = {"check": check,
         **{load.row: load_run(load) for load in LOADS},
         "shared": shared, "checkload": reload_load}
GUEST_CASES = {"guestcheck": guest_check}
