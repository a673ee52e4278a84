# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The fixtures themselves, with Debian's keepalived as the daemon: what a
red test elsewhere says is worth no more than these."""

import subprocess

CONF = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority %d
    version 3
    advert_int 0.1
    virtual_ipaddress { 10.9.0.100 }
}
"""


def test_peer_fails_over(pair, director, capture):
    a, b = pair
    seen = capture(a, "eth0")
    one = director(a, CONF % 200, kind="keepalived")
    one.wait_state("VI_1", "MASTER")
    two = director(b, CONF % 100, kind="keepalived")
    two.wait_state("VI_1", "BACKUP")
    advert = seen.wait_advert(5, vrid=51, src="10.9.0.1")
    assert (advert.version, advert.priority) == (3, 200)
    assert advert.addrs == ["10.9.0.100"]
    assert a.has("10.9.0.100", "eth0") and not b.has("10.9.0.100")
    assert one.engine("vrrp") in one.pids()
    one.kill_all()
    two.wait_state("VI_1", "MASTER")
    later = seen.wait_advert(5, src="10.9.0.2")
    last = seen.adverts(src="10.9.0.1")[-1]
    assert 0.2 < later.time - last.time < 2
    assert seen.garps("10.9.0.100")
    assert two.stop() == 0
    assert not b.has("10.9.0.100")


def test_close_leaves_nothing(lab, director):
    node = lab.node("x")
    lab.plug(node, "eth0", "10.9.0.1/24")
    sleeper = node.popen("sleep 600")
    prefix = lab.prefix
    lab.close()
    assert sleeper.poll() is not None
    names = subprocess.run(["ip", "netns"], stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    assert prefix not in names
