# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""FRR's vrrpd (Debian's frr package) as the other router of a pair.

It wants an interface with the virtual router's MAC that somebody else makes,
and zebra beside it; both run in the node's namespace with a folder of their
own.  Between states it holds that interface down ("protodown"), so its
address stays configured: who is master is asked of vrrpd itself.
"""

import json
import os
import shutil
import signal
import subprocess

from netlab import until

HOME = "/usr/lib/frr"


def is_installed():
    return os.path.exists(os.path.join(HOME, "vrrpd"))


class Frr:
    """One virtual router: start, stop, kill and ask.

    interval in seconds, a multiple of 0.01; vips of one family without
    prefix lengths."""

    def __init__(self, node, vips, vrid=51, version=3, priority=100,
                 interval=0.1, preempt=True, ifname="eth0", source=None):
        self.node, self.ifname, self.vrid = node, ifname, vrid
        self.family = 6 if ":" in vips[0] else 4
        self.macvlan = "vrrp%d-%d" % (self.family, vrid)
        self.dir = os.path.join(node.lab.dir, "frr-" + node.name)
        os.makedirs(self.dir, exist_ok=True)
        self.children = []
        own = ["version %d" % version, "priority %d" % priority,
               "advertisement-interval %d" % round(interval * 1000)]
        own += [] if preempt else ["no-preempt"]
        own += ["%s %s" % ("ip" if self.family == 4 else "ipv6", vip)
                for vip in vips]
        vrrp = ["vrrp %d %s" % (vrid, line) for line in own]
        if not preempt:
            vrrp = [("no vrrp %d preempt" % vrid) if "no-preempt" in line
                    else line for line in vrrp]
        self._write("zebra", "hostname zebra\n")
        self._write("vrrpd", "hostname vrrpd\ninterface %s\n%s" % (
            ifname, "".join(" %s\n" % line for line in vrrp)))
        shutil.chown(self.dir, "frr", "frr")
        self.vips, self.source = vips, source
        self.has_macvlan = False

    def _write(self, name, text):
        path = os.path.join(self.dir, name + ".conf")
        with open(path, "w") as f:
            f.write(text)
        shutil.chown(path, "frr", "frr")

    def _make_macvlan(self):
        """source: the link-local address that IPv6 adverts shall have; left
        alone, vrrpd takes the first of the macvlan, a virtual one."""
        mac = "00:00:5e:00:%02x:%02x" % (1 if self.family == 4 else 2,
                                         self.vrid)
        run, name = self.node.run, self.macvlan
        run("ip link add %s link %s type macvlan mode bridge" %
            (name, self.ifname))
        run("ip link set %s addrgenmode none" % name)
        run("ip link set %s address %s" % (name, mac))
        for vip in self.vips:
            extra = "/32" if self.family == 4 else "/64 nodad"
            run("ip addr add %s%s dev %s" % (vip, extra, name))
        if self.source:  # the newest is listed first
            run("ip addr add %s/64 dev %s nodad" % (self.source, name))
        run("ip link set %s up" % name)

    def _spawn(self, name):
        log = open(os.path.join(self.dir, name + ".out"), "ab")
        at = os.path.join(self.dir, name)
        child = self.node.popen(
            [os.path.join(HOME, name), "-f", at + ".conf", "-i", at + ".pid",
             "-z", os.path.join(self.dir, "zserv"), "--vty_socket", self.dir,
             "-u", "frr", "-g", "frr", "-A", "127.0.0.1", "-P", "0",
             "--log", "file:%s.log" % at, "--log-level", "debug"],
            stdout=log, stderr=log)
        log.close()
        self.children.append(child)
        return child

    def start(self):
        self.children = []
        if not self.has_macvlan:
            self._make_macvlan()
        self.has_macvlan = True
        self._spawn("zebra")
        until(lambda: os.path.exists(os.path.join(self.dir, "zserv")), 10,
              "zebra's socket")
        self._spawn("vrrpd")
        return self

    def show(self):
        """vrrpd's own words about the virtual router; {} while it is away."""
        done = self.node.run(["vtysh", "--vty_socket", self.dir, "-c",
                              "show vrrp json"], check=False)
        try:
            found = json.loads(done.stdout)[0]
        except (ValueError, LookupError):
            return {}
        return found.get("v%d" % self.family, {})

    def state(self):
        """"Master", "Backup", "Initialize" or ""."""
        return self.show().get("status", "")

    def wait_state(self, state, timeout=15):
        until(lambda: self.state() == state, timeout,
              lambda: "FRR in state %s, it is %r\n%s" %
              (state, self.show(), self.log()[-3000:]), every=0.1)

    def log(self):
        text = ""
        for name in ("zebra.log", "vrrpd.log", "vrrpd.out"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += f.read()
        return text

    def stop(self):
        """Orderly end of vrrpd, then of zebra."""
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        self._forget()

    def kill_all(self):
        """As when the machine dies: no farewell, its interface is gone."""
        for child in reversed(self.children):
            child.kill()
            child.wait(10)
        self.node.run("ip link del %s" % self.macvlan)
        self.has_macvlan = False
        self._forget()

    def _forget(self):
        socket = os.path.join(self.dir, "zserv")
        if os.path.exists(socket):
            os.unlink(socket)
