# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Verdicts over time: damping, caps, alpha, reloads, and a check process that
is killed again and again."""

import os
import re
import signal
import time

import pytest

from checklab import block, checker, read_until, server, service
from netlab import until

CHANGE = r"(Adding|Removing|Enabling|Disabling) service|quorum"


def hold(client, peer):
    """Accepts, and stays until the checker goes."""
    read_until(client)


def tcp(*lines, retry=0, pause=0.2):
    """retry None: the service's words count."""
    if retry is None:
        return block("TCP_CHECK", ("connect_timeout 1", *lines), 2)
    return checker("TCP_CHECK", ("connect_timeout 1", *lines), retry, pause)


def section(dump, address):
    """What the dump says of one server."""
    return re.search(r"Real server \[%s\].*?(?=\n   Real|\n Virtual|\Z)" %
                     re.escape(address), dump, re.S).group(0)


def numbers(text):
    """ok, failed, unknown, transitions and the ages in a server's part."""
    counts = re.search(r"ok (\d+), failed (\d+), unknown (\d+), "
                       r"transitions (\d+), next in ([-\d.]+) s", text)
    since = re.search(r"_CHECK .*: (\w+) since ([\d.]+) s", text)
    return {"state": since.group(1), "since": float(since.group(2)),
            "ok": int(counts.group(1)), "failed": int(counts.group(2)),
            "transitions": int(counts.group(4)),
            "next": float(counts.group(5))}


def kill_check(checks):
    """SIGKILL, until the next one has the configuration."""
    old = checks.director.engine("check")
    os.kill(old, signal.SIGKILL)
    until(lambda: checks.director.engine("check") not in (None, old), 10,
          "a new check process")
    return checks.wait_dump(
        r"(?s)Probes [1-9].*Kept for a successor: [1-9]").string


def test_rise_fall_and_the_intervals(checks):
    web = checks.server()
    peer = checks.serve(web, 80, hold)
    checks.start(service([server(web.v4, 80, tcp(retry=None))], lines=(
        "delay_loop 1", "rise 4", "fall 3", "fast_interval 0.15",
        "down_interval 0.4")))
    checks.wait_log(r"TCP connection to .*success")
    peer.close()
    began = checks.mark()
    checks.wait_down(web.v4)
    assert "3 of 3 attempts" in checks.log(began)
    peer = checks.serve(web, 80, hold)
    checks.wait_up(web.v4, since=began)
    assert peer.count == 4
    # Attempts until then: one after down_interval, three 0.15 s apart.
    text = section(checks.dump(), web.v4)
    assert re.search(r"in a row: ok \d+ \(of 4\), failed 0 \(of 3\), "
                     r"last success", text)
    # Two failures are not three, and one answer begins anew.
    mark = checks.mark()
    for _ in range(3):
        peer.close()
        checks.wait_dump(r"failed 1 \(of 3\)")
        peer = checks.serve(web, 80, hold)
        checks.wait_dump(r"failed 0 \(of 3\)")
    assert not re.search(CHANGE, checks.log(mark))


def test_killed_again_and_again(checks):
    up, down, slow = checks.server(), checks.server(), checks.server()
    for node in (up, slow):
        checks.serve(node, 80, hold)
    checks.start(service(
        [server(up.v4, 80, tcp()), server(down.v4, 80, tcp()),
         server(slow.v4, 80, tcp("delay_loop 60"))],
        lines=("delay_loop 0.2",)))
    checks.wait_down(down.v4)
    checks.wait_dump(r"(?s)%s\]:tcp:80: up since.*next in [1-5]\d" %
                     re.escape(slow.v4))
    mark = checks.mark()
    for _ in range(4):
        before, at = checks.dump(), time.monotonic()
        after = kill_check(checks)
        took = time.monotonic() - at
        assert re.search(r"taken over at start: 3 of 3, 0 not believed", after)
        for node in (up, down, slow):
            was = numbers(section(before, node.v4))
            now = numbers(section(after, node.v4))
            assert now["state"] == was["state"]
            assert now["ok"] >= was["ok"] and now["failed"] >= was["failed"]
            assert now["transitions"] == was["transitions"]
            assert 0 <= now["since"] - was["since"] <= took + 0.2
        # The next attempt comes when it would have come.
        was, now = (numbers(section(x, slow.v4)) for x in (before, after))
        assert now["ok"] == was["ok"]
        assert 0 <= was["next"] - now["next"] <= took + 0.2
        assert "connection refused" in section(after, down.v4)
    assert not re.search(CHANGE, checks.log(mark))


def test_killed_while_a_row_grows(checks):
    """A row of failures goes on where it was: no attempt more, none less."""
    web = checks.server()
    peer = checks.serve(web, 80, hold)
    checks.start(service([server(web.v4, 80, tcp(retry=3, pause=2))]))
    checks.wait_log(r"TCP connection to .*success")
    peer.close()
    checks.wait_dump(r"failed 2 \(of 4\)")
    kill_check(checks)
    text = checks.wait_dump(r"failed [23] \(of 4\)").string
    assert numbers(section(text, web.v4))["failed"] in (2, 3)
    mark = checks.mark()
    checks.wait_down(web.v4, since=mark)
    assert "4 of 4 attempts" in checks.log(mark)


def test_the_cap_is_kept_and_shown(checks):
    # Nobody is there: attempts take their whole time.
    servers = [server("10.9.0.%d" % i, 80, tcp("connect_timeout 0.3"))
               for i in range(200, 230)]
    checks.start(service(servers), lines=("checker_max_probes 5",
                                          "checker_max_rate 50"))
    text = checks.wait_dump(r"Probes 30, running [0-5] \(most 5, cap 5\)"
                            r".*had to queue [1-9]").string
    assert "At most 50 attempts begin in a second" in text
    # All get their turn.
    until(lambda: len(re.findall(r"Removing service", checks.log())) == 30,
          10, "30 verdicts")
    checks.reload(service(servers))
    checks.wait_dump(r"cap \d{3,}\)")


@pytest.mark.parametrize("is_up", [True, False], ids=["answers", "dead"])
@pytest.mark.parametrize("alpha", [True, False], ids=["alpha", "plain"])
def test_a_new_server_by_reload(checks, alpha, is_up):
    """As keepalived 2.2.7 in the guest (it needs IPVS to run at all): without
    alpha it serves at once and has its retries; with alpha it waits for a
    success, and that it has none is not told."""
    old, new = checks.server(), checks.server()
    checks.serve(old, 80, hold)
    lines = ("delay_loop 1",) + (("alpha",) if alpha else ())
    checks.start(service([server(old.v4, 80, tcp())], lines=lines))
    checks.wait_log(r"TCP connection to .*success")
    if is_up:
        checks.serve(new, 80, hold)
    mark = checks.mark()
    checks.reload(service([server(old.v4, 80, tcp()),
                           server(new.v4, 80, tcp(retry=2))], lines=lines))
    if is_up:
        checks.wait_log(r"TCP connection to \[%s\]:tcp:80 success" %
                        re.escape(new.v4), since=mark)
        if alpha:
            checks.wait_up(new.v4, since=mark)
    else:
        checks.wait_log(r"TCP_CHECK on service \[%s\]:tcp:80 failed%s" %
                        (re.escape(new.v4),
                         ":" if alpha else " after 2 retries"), since=mark)
        if not alpha:
            checks.wait_down(new.v4, since=mark)
    text = checks.log(mark)
    assert len(re.findall(CHANGE, text)) == (alpha == is_up)
