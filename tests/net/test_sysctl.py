# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Sysctls that services need: named in warnings, or set and given back."""

import os

import pytest

from netlab import holds, until

CONF = """
%(above)s
global_defs {
    %(words)s
}
virtual_server %(vip)s 80 {
    lvs_sched rr
    lvs_method %(kind)s
    protocol TCP
    real_server 10.9.0.7 80 { }
}
"""
MANAGE = "manage_sysctl"
FORWARD = "ipv4.ip_forward"
ALL = "ipv4.conf.all.send_redirects"
ETH0 = "ipv4.conf.eth0.send_redirects"


def conf(words="", kind="NAT", vip="10.8.0.100", above=""):
    return CONF % locals()


@pytest.fixture
def node(lab):
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    for name in (FORWARD, ALL, ETH0):
        one.sysctl(name, "0" if name == FORWARD else "1")
    return one


def value(node, name):
    return int(node.out("sysctl -n net." + name))


def state(d):
    return os.path.join(d.dir, "main.sysctl")


def wait(node, name, wanted, timeout=5):
    until(lambda: value(node, name) == wanted, timeout,
          lambda: "%s is %d" % (name, value(node, name)))


def test_named_in_a_warning(node, director):
    d = director(node, conf(vip="10.9.0.100"))
    for name, have, need in ((FORWARD, 0, 1), (ALL, 1, 0), (ETH0, 1, 0)):
        d.wait_log(r"sysctl net.%s is %d, needed is %d: .*"
                   r"\(virtual_server 10.9.0.100 80\).*manage_sysctl" %
                   (name, have, need))
    d.wait_log("Startup complete")
    mark = d.log_mark()
    d.reload()
    d.wait_log("sysctl net.%s is 0, needed is 1" % FORWARD, since=mark)
    d.wait_log("Reload complete", since=mark)
    assert d.log()[mark:].count("sysctl net.%s" % FORWARD) == 1
    assert value(node, FORWARD) == 0 and value(node, ALL) == 1
    assert not os.path.exists(state(d))


def test_set_and_given_back(node, director):
    d = director(node, conf(MANAGE, vip="10.9.0.100"))
    for name, wanted in ((FORWARD, 1), (ALL, 0), (ETH0, 0)):
        wait(node, name, wanted)
    d.wait_log("Startup complete")
    assert "needed is" not in d.log()
    d.write(conf(MANAGE, vip="10.8.0.100"))  # on another network
    d.reload()
    for name, wanted in ((FORWARD, 1), (ALL, 1), (ETH0, 1)):
        wait(node, name, wanted)
    d.stop()
    assert value(node, FORWARD) == 0
    assert not os.path.exists(state(d))


def test_no_longer_managed(node, director):
    d = director(node, conf(MANAGE))
    wait(node, FORWARD, 1)
    d.wait_log("Startup complete")
    mark = d.log_mark()
    d.write(conf())
    d.reload()
    d.wait_log("sysctl net.%s set back to 0" % FORWARD)
    # Said with the commit, not at the next look ten seconds later.
    d.wait_log("sysctl net.%s is 0, needed is 1" % FORWARD, 5, since=mark)
    d.wait_log("Reload complete", since=mark)
    assert value(node, FORWARD) == 0
    assert d.log()[mark:].count("needed is") == 1


def test_needed_anew_after_a_reload(node, director):
    """What a reload needs is set, and what it no longer needs given back,
    with the commit."""
    d = director(node, conf(MANAGE, kind="DR"))
    d.wait_log("Startup complete")
    assert value(node, FORWARD) == 0
    for kind, wanted in (("NAT", 1), ("DR", 0)):
        mark = d.log_mark()
        d.write(conf(MANAGE, kind=kind))
        d.reload()
        d.wait_log("Reload complete", since=mark)
        wait(node, FORWARD, wanted, 5)


def test_what_somebody_else_wrote_is_theirs(node, director):
    d = director(node, conf(MANAGE, vip="10.9.0.100"))
    wait(node, ETH0, 0)
    d.wait_log("Startup complete")
    node.sysctl(ETH0, "1")  # needed, so it is set again, but noticed
    d.wait_log("sysctl net.%s set to 0, was 1.*" % ETH0, 15,
               since=d.log_mark())
    node.sysctl(FORWARD, "2")  # as good as 1
    d.stop()
    assert value(node, FORWARD) == 2
    assert value(node, ETH0) == 1
    assert "somebody else" in d.log()


def test_remembered_over_kill(node, director):
    d = director(node, conf(MANAGE))
    wait(node, FORWARD, 1)
    d.wait_log("Startup complete")
    d.kill_all()
    assert value(node, FORWARD) == 1
    d.start()
    d.wait_log("sysctl: 1 were set by an earlier run")
    d.wait_log("Startup complete")
    d.stop()
    assert value(node, FORWARD) == 0
    d.start()
    wait(node, FORWARD, 1)
    d.kill_all()
    d.write(conf(kind="DR"))  # nobody needs it now
    d.start()
    wait(node, FORWARD, 0)


def test_a_file_of_elsewhere_means_nothing(node, director):
    d = director(node, conf(MANAGE))
    wait(node, FORWARD, 1)
    d.wait_log("Startup complete")
    d.kill_all()
    with open(state(d)) as f:
        text = f.read()
    with open(state(d), "w") as f:
        f.write(text.replace("duumvir-sysctl-1 ", "duumvir-sysctl-1 f"))
    d.write(conf(kind="DR"))
    d.start()
    d.wait_log("Startup complete")
    holds(lambda: value(node, FORWARD) == 1, 0.5)


def test_in_the_namespace_of_ipvs(node, director, lab):
    other = lab.node("b")
    other.sysctl(FORWARD, "0")
    d = director(node, conf(MANAGE, above="net_namespace_ipvs " + other.ns))
    wait(other, FORWARD, 1)
    d.wait_log("Startup complete")
    assert value(node, FORWARD) == 0
    d.stop()
    assert value(other, FORWARD) == 0
