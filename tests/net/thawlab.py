# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A director pair and a third host, to freeze and thaw one of the pair.

The question is always the same: to whom does the third host send what it
sends to the virtual address, some time after the thaw?  It sends all the
time, and forgets its neighbours now and then, so that its entry may be of
either director when the thaw comes.  tests/net/test_thaw.py runs a few of
these, tests/soak/thaw many.
"""

import itertools
import json
import os
import random
import signal
import socket
import struct
import threading
import time

import vrrp_conf as vc
from director import Director
from netlab import Lab, _kill, until

NET, NET6 = "10.9.0.%s/24", "fd09::%s/64"
VIP6 = "fe80::9:100"
RTM_GETNEIGH, RTM_NEWNEIGH = 30, 28
_numbers = itertools.count(1)
NUD_VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80


class Neighbours:
    """The neighbour table of a namespace, read by netlink."""

    def __init__(self, node):
        self.sock = node.call(lambda: socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, 0))
        self.sock.settimeout(5)

    def mac(self, address):
        """The address's link address as text, or None."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        want = socket.inet_pton(family, address)
        body = struct.pack("=BBHiHBB", family, 0, 0, 0, 0, 0, 0)
        self.sock.send(struct.pack("=IHHII", 16 + len(body), RTM_GETNEIGH,
                                   0x301, 1, 0) + body)
        found = None
        while True:
            data = self.sock.recv(65536)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind == 3:  # NLMSG_DONE
                    return found
                if kind == RTM_NEWNEIGH:
                    found = self._entry(data[16:size], want) or found
                data = data[(size + 3) & ~3:]

    @staticmethod
    def _entry(message, want):
        state, = struct.unpack_from("=H", message, 8)
        at, attrs = 12, {}
        while at + 4 <= len(message):
            size, kind = struct.unpack_from("=HH", message, at)
            attrs[kind] = message[at + 4:at + size]
            at += (size + 3) & ~3
        if attrs.get(1) == want and state & NUD_VALID and 2 in attrs:
            return attrs[2].hex(":")
        return None

    def close(self):
        self.sock.close()


class Pair:
    """a (priority 200) and b (100) on one switch; the switch's own address
    makes it the third host."""

    def __init__(self, directory, peer="duumvir", six=False, lines=(),
                 advert=1, vmac=False):
        self.lab = Lab(directory)
        self.lab.prefix = "thaw%d-%d" % (os.getpid(), next(_numbers))
        self.six, self.vip = six, VIP6 if six else vc.VIP
        self.a, self.b = self.lab.node("a"), self.lab.node("b")
        # Who is asked first answers first: sometimes the frozen one's kernel.
        for n, node in random.sample([(1, self.a), (2, self.b)], 2):
            node.port = self.lab.plug(node, "eth0", [NET % n, NET6 % n])
        self.vmac = vmac
        self.host = self.lab.switch()
        self.host.run("ip addr add %s dev br0" % (NET % 50))
        self.host.run("ip addr add %s dev br0 nodad" % (NET6 % 50))
        lines = list(lines) + (["use_vmac"] if vmac else [])
        self.one = self._director(self.a, "duumvir", 200, advert, lines)
        self.two = self._director(self.b, peer, 100, advert, lines)
        self.neighbours = Neighbours(self.host)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)

    def _director(self, node, kind, priority, advert, lines):
        return Director(node, vc.conf(vc.instance(
            priority=priority, advert=advert, vips=[self.vip],
            lines=lines)), kind)

    def start(self):
        until(lambda: self._has_link_local(), 10, "link-local addresses")
        self.one.start()
        self.one.wait_state("VI_1", "MASTER", 20)
        self.two.start()
        self.two.wait_state("VI_1", "BACKUP", 20)
        until(lambda: self.owners() == ["a"], 10, "the address on a alone")
        self._thread.start()
        self.learn_macs()
        until(lambda: self.entry() == "a", 10, "the host's neighbour")

    def _has_link_local(self):
        for node in (self.a, self.b):
            text = node.out("ip -6 addr show dev eth0 scope link")
            if "fe80" not in text or "tentative" in text:
                return False
        return True

    def _talk(self):
        """The third host sends something to the address, all the time."""
        family = socket.AF_INET6 if self.six else socket.AF_INET
        sock = self.host.call(lambda: socket.socket(family,
                                                    socket.SOCK_DGRAM))
        to = (self.vip, 9)
        if self.six:
            to += (0, self.host.call(lambda: socket.if_nametoindex("br0")))
        while not self._stop.wait(0.05):
            try:
                sock.sendto(b"x", to)
            except OSError:
                pass  # nobody answers for it at the moment
        sock.close()

    def forget(self):
        self.host.run("ip neigh flush dev br0", check=False)

    def owners(self):
        return [n.name for n in (self.a, self.b) if n.has(self.vip)]

    def entry(self):
        """Whose link address the host has for the virtual address."""
        if self.vmac:
            return self._port_of_vmac()
        mac = self.neighbours.mac(self.vip)
        for node in (self.a, self.b):
            if mac in node.macs:
                return node.name
        return mac

    def _port_of_vmac(self):
        """The link address is the same on both: the switch decides."""
        table = json.loads(self.host.out("bridge -j fdb show br br0"))
        ports = [row["ifname"] for row in table
                 if row["mac"] == "00:00:5e:00:01:%02x" % vc.VRID]
        for node in (self.a, self.b):
            if node.port in ports:
                return node.name
        return ports

    def learn_macs(self):
        for node in (self.a, self.b):
            node.macs = [word for line in node.out("ip -o link").splitlines()
                         for word in line.split() if word.count(":") == 5]

    def freeze(self, seconds, who="all", forget=0.7):
        """Stop a's processes for so long; what the host saw afterwards:
        (seconds until its entry was right for good, the final master)."""
        self.learn_macs()
        pids = self.one.pids() if who == "all" else [self.one.engine("vrrp")]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            end = time.monotonic() + seconds
            while end - time.monotonic() > 0.2:
                time.sleep(min(3, max(0.1, end - time.monotonic() - 0.4)))
                if random.random() < forget:
                    self.forget()
            time.sleep(max(0, end - time.monotonic()))
        finally:
            for pid in pids:
                _kill(pid, signal.SIGCONT)  # the supervisor may have
        return self.watch()

    def watch(self, seconds=3):
        start, seen = time.monotonic(), []
        while time.monotonic() - start < seconds:
            seen.append((time.monotonic() - start, self.entry()))
            time.sleep(0.02)
        owners = self.owners()
        assert len(owners) == 1, "addresses on %s" % owners
        final = owners[0]
        wrong = [at for at, who in seen if who != final]
        return (wrong[-1] if wrong else 0.0), final

    def close(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.neighbours.close()
        self.lab.close()

    def logs(self):
        return "".join("---- %s\n%s" % (d.node.name, d.log()[-3000:])
                       for d in (self.one, self.two))
