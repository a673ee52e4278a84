# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Pools as the operator meets them: ha_suspend, slow_start and
panic_threshold on real addresses and real servers.  All orders of small pools:
tests/unit/test_pool_model."""

import re

from checklab import VIP, checker, server, service
from netlab import until


def hello(client, peer):
    client.close()


def said(d, text):
    d.wait_log(re.escape(text))


def tcp():
    return checker("TCP_CHECK")


def test_suspended_until_the_address_is_here(checks):
    """ha_suspend: nobody is asked while the virtual address is elsewhere; what
    was known is kept; keepalived's lines."""
    web = checks.server()
    peer = checks.serve(web, 80, hello)
    d = checks.start(service([server(web.v4, 80, tcp())],
                             lines=("delay_loop 0.1", "ha_suspend")))
    line = "%%s healthchecker for service [%s]:tcp:80 for VS [%s]:tcp:80" % (
        web.v4, VIP)
    said(d, line % "Deactivating")
    assert peer.count == 0
    checks.node.run("ip addr add %s/32 dev lo" % VIP)
    said(d, line % "Activating")
    until(lambda: peer.count >= 3, 10, "it is asked")
    # Twice here, gone once: still here.
    checks.node.run("ip addr add %s/32 dev eth0" % VIP)
    checks.node.run("ip addr del %s/32 dev lo" % VIP)
    seen = peer.count
    until(lambda: peer.count >= seen + 3, 10, "it is asked on")
    checks.node.run("ip addr del %s/32 dev eth0" % VIP)
    said(d, line % "Suspending")
    seen = peer.count
    peer.close()
    d.reload()
    assert "Suspended: none of its addresses" in checks.dump()
    checks.node.run("ip addr add %s/32 dev eth0" % VIP)
    checks.wait_down(web.v4, 80)
    assert peer.count <= seen + 1  # one may have been under way


def test_facts_survive_the_process(checks):
    """A new check process is told the addresses before it begins."""
    web = checks.server()
    peer = checks.serve(web, 80, hello)
    checks.node.run("ip addr add %s/32 dev lo" % VIP)
    d = checks.start(service([server(web.v4, 80, tcp())],
                             lines=("delay_loop 0.1", "ha_suspend")))
    until(lambda: peer.count >= 2, 10, "it is asked")
    mark = checks.mark()
    d.kill_engine("check")
    seen = peer.count
    until(lambda: peer.count >= seen + 3, 20, "it is asked again")
    assert "Deactivating healthchecker" not in checks.log(mark)


def test_panic_keeps_the_pool(checks):
    """More than half fail at once: all stay until one of them returns."""
    webs = [checks.server() for _ in range(3)]
    peers = [checks.serve(w, 80, hello) for w in webs]
    d = checks.start(service([server(w.v4, 80, tcp()) for w in webs],
                             lines=("delay_loop 0.2", "panic_threshold 50%")))
    until(lambda: all(p.count > 1 for p in peers), 10, "all are asked")
    peers[0].close()
    said(d, "Removing service [%s]:tcp:80" % webs[0].v4)
    peers[1].close()
    said(d, "Panic in VS [%s]:tcp:80" % VIP)
    said(d, "Keeping failed service [%s]:tcp:80" % webs[1].v4)
    data = checks.dump()
    assert data.count("kept by panic_threshold") == 2
    assert data.count("in the table: yes") == 3
    checks.serve(webs[1], 80, hello)
    said(d, "Panic in VS [%s]:tcp:80 is over" % VIP)
    assert checks.dump().count("in the table: yes") == 2


def test_slow_start_after_recovery(checks):
    """A tenth at first, all of it at the end; not at the start."""
    web = checks.server()
    peer = checks.serve(web, 80, hello)
    d = checks.start(service([server(web.v4, 80, tcp(), weight=100)],
                             lines=("delay_loop 0.2", "slow_start 4")))
    until(lambda: peer.count > 1, 10, "it is asked")
    assert "with weight 100" in checks.dump()
    peer.close()
    checks.wait_down(web.v4, 80)
    checks.serve(web, 80, hello)
    said(d, "Adding service [%s]:tcp:80" % web.v4)
    assert "with weight 100" not in checks.dump()
    assert "slow start for" in checks.dump()
    until(lambda: "with weight 100" in checks.dump(), 20, "all of it")
