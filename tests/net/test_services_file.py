# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What running directors publish about their services, for duumvir-ipvsadm."""

import os

from netlab import until

CONF = """
virtual_server 10.9.0.100 80 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.9.0.%d 80 { }
}
"""


def published(d):
    return "/run/duumvir/%d.services" % d.pid


def test_one_file_for_each_director(lab, director):
    """Wherever its pid file is; it goes with it, or with the next one."""
    made = []
    for i, name in enumerate("ab"):
        node = lab.node(name)
        made.append(director(node, CONF % (i + 1)))
        made[i].wait_log("Startup complete")
    for d in made:
        inode = d.node.call(lambda: os.stat("/proc/thread-self/ns/net").st_ino)
        with open(published(d)) as f:
            assert f.read() == "pid %d netns %d\n[10.9.0.100]:tcp:80\n" % (
                d.pid, inode)
    a, b = made
    a.write("")
    b.write(CONF.replace("100 80", "101 80") % 1)
    b.reload()
    until(lambda: "10.9.0.101" in open(published(b)).read(), 10, "the new one")
    stale = published(b)
    b.kill_all()
    assert os.path.exists(stale) and os.path.exists(published(a))
    b.start()
    until(lambda: os.path.exists(published(b)), 10, "its successor's")
    assert not os.path.exists(stale)
    left = [published(d) for d in made]
    a.stop()
    b.stop()
    assert [path for path in left if os.path.exists(path)] == []
