# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What the bench knows without measuring: the bars, the arithmetic and the
table.  Pure: it runs nothing and reads nothing."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

DUUMVIR, KEEPALIVED, BARE = "duumvir", "keepalived", "bare"
SUBJECTS = (DUUMVIR, KEEPALIVED, BARE)


PARITY = 1.1


@dataclass(frozen=True)
class Bar:
    """A row of the table.  It passes when duumvir's median is at most `share`
    of keepalived's median of the same run; where there is no share or no
    keepalived, when it is at most `goal` (ratios carry over from machine to
    machine, absolute figures do not).  Parity is a share of 1.1: medians of
    two equal programs differ by that much on a machine that others use.  A
    `floor` is a share of the bare loop, which meets the same noise; being
    within it passes as well."""

    title: str
    unit: str
    goal: float | None = None
    share: float | None = None
    floor: float | None = None

    def text(self) -> str:
        parts = []
        if self.share is not None:
            parts.append(f"<= {number(self.share)} x kd")
        elif self.goal is not None:
            parts.append(f"<= {number(self.goal)}")
        if self.floor is not None:
            parts.append(f"<= {number(self.floor)} x bare")
        return " or ".join(parts) or "-"


# Issue 2 section H, issue 5 section G, section 4 of the performance notes.
BARS = {
    "parse.vs10000": Bar("parse 10,000 vs x 4, CPU", "ms", 100, 1 / 3),
    "parse.growth": Bar("  growth exponent, 1,000 -> 10,000", "", 1.05),
    "parse.vrrp1020": Bar("parse 1,020 VRRP instances, CPU", "ms", None, 1 / 3),
    "parse.empty": Bar("parse an empty file, CPU", "ms", None, PARITY),
    "start.one": Bar("exec -> first advert, 1 owner", "ms", None, PARITY),
    "start.250": Bar("exec -> all of 250 master", "ms", 25),
    "start.250.garp": Bar("  and their addresses announced", "ms", 25),
    "start.250.cpu": Bar("  CPU of it", "ms", None, PARITY),
    "stop.one": Bar("SIGTERM -> exit, 1 instance", "ms", 60),
    "stop.one.prio0": Bar("SIGTERM -> priority-0 advert", "ms", None, PARITY),
    "stop.one.excess": Bar("graceful stop, over skew", "ms", None, PARITY),
    "stop.250": Bar("SIGTERM -> exit, 250 instances", "ms", 60),
    "stop.250.median": Bar("graceful stop of 250, median over skew", "ms",
                           None, PARITY),
    "stop.250.slowest": Bar("  slowest over skew", "ms", 10, 0.5),
    "garp.first": Bar("first advert -> first GARP", "ms", None, PARITY),
    "failover.1s": Bar("failover, adv 1 s: over 3 adv + skew", "ms", None, PARITY),
    "failover.100ms": Bar("failover, adv 100 ms: over it", "ms", None, PARITY),
    "failover.10ms": Bar("failover, adv 10 ms: over it", "ms", None, PARITY),
    "failover.10ms.worst": Bar("  worst", "ms", 0.5),
    "failover.250": Bar("failover of 250, adv 100 ms: slowest", "ms", None, PARITY),
    "sent.250x1s": Bar("CPU per advert sent, 250 x 1 s", "us", 7, 0.35),
    "sent.50x10ms": Bar("CPU per advert sent, 50 x 10 ms", "us", 7, 0.35),
    "recv.250x1s": Bar("CPU per advert received, 250 x 1 s", "us", 9, 9 / 11.6),
    "recv.50x10ms": Bar("CPU per advert received, 50 x 10 ms", "us", 7, 7 / 7.6),
    "clock.drift": Bar("advert clock drift at 10 ms", "ppm", 100),
    "clock.jitter": Bar("gap jitter p99 at 10 ms", "ms", 0.15, None, 1.1),
    "reload.250": Bar("unchanged reload, 250 instances, CPU", "ms", None, PARITY),
    "reload.250.gap": Bar("  longest advert gap, adv 100 ms", "ms", 105),
    "reload.250.garp": Bar("  gratuitous ARPs", "", 0),
    "memory.pss": Bar("PSS, 1 instance, all processes", "MB", None, PARITY),
    "memory.rss": Bar("RSS, largest process", "MB", None, PARITY),
    "memory.growth": Bar("growth over 150 of 200 reloads", "KB", 64),
    "scale.1000": Bar("exec -> 1,000 masters, 250 interfaces, v4 and v6", "ms",
                      None, PARITY),
    "scale.1000.cpu": Bar("  CPU while they advertise, 1 s", "%", None, PARITY),
    "scale.1000.gap": Bar("  longest advert gap", "ms", 1050),
    "scale.1000.reload": Bar("  longest gap over a reload", "ms", 1050),
    "scale.4000": Bar("exec -> 4,000 masters, same", "ms", None, PARITY),
    "scale.4000.cpu": Bar("  CPU while they advertise, 1 s", "%", None, PARITY),
    "scale.4000.gap": Bar("  longest advert gap", "ms", 1050),
    "scale.4000.reload": Bar("  longest gap over a reload", "ms", 1050),
    "takeover.500": Bar("take-over of 500 VIPs: last first GARP", "ms", 100),
    "takeover.500.gap": Bar("  longest advert gap, adv 100 ms", "ms", 105),
    "busy.gap": Bar("50 x 10 ms, busy cores and disk: gap p99 off", "ms", 0.5,
                    PARITY),
    "check.100": Bar("CPU per TCP check, 100/s", "us", None, PARITY, 1.3),
    "check.1000": Bar("CPU per TCP check, 1,000/s", "us", None, PARITY, 1.3),
    "check.5000": Bar("CPU per TCP check, 5,000/s", "us", 40, 0.75, 1.1),
    "tcp5000.cpu": Bar("5,000 TCP_CHECK, 1 s: CPU per check", "us", None, 0.75, 1.1),
    "tcp5000.late": Bar("  p99 off the interval", "ms", 50),
    "tcp5000.rss": Bar("  RSS of the checking process per server", "KB", 1.5),
    "tcp5000.pss": Bar("  PSS of all processes per server", "KB"),
    "tcp5000.gone": Bar("  all listeners end -> all seen down", "s", None, PARITY),
    "tcp5000.dead": Bar("  host silent -> all seen down", "s", None, PARITY),
    "tcp20000.cpu": Bar("20,000 TCP_CHECK, 5 s: CPU per check", "us", None, 0.75, 1.1),
    "tcp20000.late": Bar("  p99 off the interval", "ms", 250),
    "tcp20000.rss": Bar("  RSS of the checking process per server", "KB", 1.5),
    "tcp20000.pss": Bar("  PSS of all processes per server", "KB"),
    "tcp20000.gone": Bar("  all listeners end -> all seen down", "s", None, PARITY),
    "tcp20000.dead": Bar("  host silent -> all seen down", "s", None, PARITY),
    "http5000.cpu": Bar("5,000 HTTP_GET, 1 s: CPU per check", "us", None, 0.85, 1.1),
    "http5000.late": Bar("  p99 off the interval", "ms", 50),
    "http5000.rss": Bar("  RSS of the checking process per server", "KB", 1.5),
    "http5000.pss": Bar("  PSS of all processes per server", "KB"),
    "http5000.gone": Bar("  all listeners end -> all seen down", "s", None, PARITY),
    "http5000.dead": Bar("  host silent -> all seen down", "s", None, PARITY),
    "ssl1000.cpu": Bar("1,000 SSL_GET, 2 s: CPU per check", "us", None, 1.0, 1.1),
    "ssl1000.late": Bar("  p99 off the interval", "ms", 100),
    "ssl1000.rss": Bar("  RSS of the checking process per server", "KB", None,
                       PARITY),
    "ssl1000.pss": Bar("  PSS of all processes per server", "KB"),
    "ssl1000.gone": Bar("  all listeners end -> all seen down", "s", None, PARITY),
    "ssl1000.dead": Bar("  host silent -> all seen down", "s", None, PARITY),
    "shared.probes": Bar("1,000 services of 50 servers: connections a second",
                         "", 52),
    "shared.cpu": Bar("  CPU", "%", None, 0.1),
    "shared.gone": Bar("  all listeners end -> all 50,000 seen down", "s", None,
                       PARITY),
    "checkload.late": Bar("reload at 20,000 servers, 5 s: p99 off the interval",
                          "ms", 250),
    "checkload.max": Bar("  longest", "ms", 1000),
    "reload.vs1000": Bar("unchanged reload, 1,000 vs x 4, CPU", "ms", None, PARITY),
    "guest.check": Bar("CPU per TCP check, guest, 200/s", "us", None,
                       40 / 52.8),
    "ipvs.apply": Bar("IPVS first apply, 1,000 x 10", "s", floor=2),
    "ipvs.noop": Bar("IPVS no-op reload, 1,000 x 10", "s", 0.3),
    "ipvs.noop.sent": Bar("  requests of it", "", 0),
    "ipvs.weight": Bar("IPVS one-weight reload, 1,000 x 10", "s", 0.3),
    "ipvs.weight.sent": Bar("  requests of it", "", 1),
    "ipvs.stop": Bar("IPVS stop, 1,000 x 10, table empty", "s", 1, floor=2),
    "ipvs.apply4000": Bar("IPVS first apply, 4,000 x 10", "s", floor=2),
    "ipvs.noop4000": Bar("IPVS no-op reload, 4,000 x 10", "s", 0.3),
    "ipvs.noop.sent4000": Bar("  requests of it", "", 0),
    "ipvs.weight4000": Bar("IPVS one-weight reload, 4,000 x 10", "s", 0.3),
    "ipvs.weight.sent4000": Bar("  requests of it", "", 1),
    "ipvsadm.restore": Bar("ipvsadm -R, 50,000 lines (kd: Debian's ipvsadm)",
                           "s", floor=2),
    "ipvsadm.save": Bar("  -Sn of that table", "s", None, PARITY),
    "ipvs.stop4000": Bar("IPVS stop, 4,000 x 10, table empty", "s", 1, floor=2),
}


@dataclass
class Figures:
    """Samples by row and subject."""

    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, row: str, subject: str, value: float) -> None:
        assert row in BARS and subject in SUBJECTS
        by_subject = self.samples.setdefault(row, {})
        by_subject.setdefault(subject, []).append(value)

    def median(self, row: str, subject: str) -> float | None:
        values = self.samples.get(row, {}).get(subject)
        return statistics.median(values) if values else None

    def merge(self, other: dict) -> None:
        for row, by_subject in other.items():
            for subject, values in by_subject.items():
                for value in values:
                    self.add(row, subject, value)


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def growth(small: float, large: float, factor: float) -> float:
    """b of cost ~ n^b between two sizes `factor` apart."""
    return math.log(large / small) / math.log(factor)


def skew_ns(priority: int, advert_ns: int) -> int:
    """RFC 9568 section 6.1."""
    return (256 - priority) * advert_ns // 256


def down_ns(priority: int, advert_ns: int) -> int:
    return 3 * advert_ns + skew_ns(priority, advert_ns)


def gap_figures(stamps: list[int], advert_ns: int) -> tuple[float, float]:
    """(drift in ppm, p99 of |gap - interval| in ms) of one sender."""
    gaps = [b - a for a, b in zip(stamps, stamps[1:])]
    # The median over windows: a stall that swallows intervals is no drift.
    window = min(100, len(gaps))
    spans = [b - a for a, b in zip(stamps, stamps[window:])]
    drift = statistics.median(spans) / window / advert_ns - 1
    jitter = percentile([abs(g - advert_ns) for g in gaps], 0.99)
    return abs(drift) * 1e6, jitter / 1e6


def verdict(bar: Bar, ours: float | None, theirs: float | None,
            bare: float | None) -> str:
    limits = []
    if bar.share is not None and theirs is not None:
        limits.append(bar.share * theirs)
    elif bar.goal is not None:
        limits.append(bar.goal)
    if bar.floor is not None and bare is not None:
        limits.append(bar.floor * bare)
    if ours is None or not limits:
        return "none"
    return "pass" if ours <= max(limits) else "short"


def number(value: float | None) -> str:
    if value is None:
        return "-"
    if math.isinf(value):
        return "never"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else (
        f"{value:.1f}" if size >= 10 else (
            f"{value:.2f}" if size >= 1 else f"{value:.3f}"))


def ratio(a: float | None, b: float | None) -> str:
    return f"{a / b:.2f}" if a is not None and b else "-"


def table_rows(figures: Figures) -> list[list[str]]:
    rows = [["what", "unit", "duumvir", "keepalived", "bare", "/kd", "/bare",
             "bar", "verdict"]]
    for key, bar in BARS.items():
        if key not in figures.samples:
            continue
        ours, theirs, floor = (figures.median(key, s) for s in SUBJECTS)
        rows.append([bar.title, bar.unit, number(ours), number(theirs),
                     number(floor), ratio(ours, theirs), ratio(ours, floor),
                     bar.text(), verdict(bar, ours, theirs, floor)])
    return rows


def table(figures: Figures) -> str:
    rows = table_rows(figures)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [c.ljust(w) if i in (0, 1, 7, 8) else c.rjust(w)
                 for i, (c, w) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)


def tally(figures: Figures) -> tuple[int, int]:
    """(rows that pass, rows that fall short)."""
    verdicts = [row[-1] for row in table_rows(figures)[1:]]
    return verdicts.count("pass"), verdicts.count("short")
