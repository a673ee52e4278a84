# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Packet capture with the kernel's time stamps, and what tests read in it.

Why not tcpdump or scapy's sniffer: a test wants the time stamp of the last
advert to the microsecond and nothing lost while it is busy.  The few fields
that nearly every test asks for are decoded here; scapy is for the rest
(Packet.scapy()) and for crafting.
"""

import ipaddress
import select
import socket
import struct
import threading

from netlab import until

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
VRRP = 112


class Packet:
    """One frame: .time (s, the kernel's), .frame (bytes) and, where they
    apply, .src .dst .proto .ttl (IP), .payload, .arp."""

    def __init__(self, time, frame):
        self.time = time
        self.frame = frame
        self.dmac, self.smac = frame[0:6].hex(":"), frame[6:12].hex(":")
        self.ethertype, = struct.unpack_from("!H", frame, 12)
        body = frame[14:]
        self.src = self.dst = self.proto = self.ttl = self.arp = None
        self.payload = b""
        if self.ethertype == 0x0800 and len(body) >= 20:
            head = (body[0] & 15) * 4
            size, = struct.unpack_from("!H", body, 2)
            self.ttl, self.proto = body[8], body[9]
            self.src, self.dst = _ip(body[12:16]), _ip(body[16:20])
            self.payload = body[head:size]
        elif self.ethertype == 0x86dd and len(body) >= 40:
            size, = struct.unpack_from("!H", body, 4)
            self.proto, self.ttl = body[6], body[7]
            self.src, self.dst = _ip(body[8:24]), _ip(body[24:40])
            self.payload = body[40:40 + size]
        elif self.ethertype == 0x0806 and len(body) >= 28:
            self.arp = Arp(body)

    def scapy(self):
        """The frame as scapy sees it."""
        from scapy.all import Ether
        return Ether(self.frame)

    @property
    def is_advert(self):
        return self.proto == VRRP and len(self.payload) >= 8

    @property
    def is_garp(self):
        return self.arp is not None and self.arp.sender == self.arp.target


class Arp:
    """op, sender, target (addresses), sender_mac."""

    def __init__(self, body):
        self.op, = struct.unpack_from("!H", body, 6)
        self.sender_mac = body[8:14].hex(":")
        self.sender, self.target = _ip(body[14:18]), _ip(body[24:28])


class Advert:
    """A VRRP advertisement: version, vrid, priority, interval (s), addrs."""

    def __init__(self, packet):
        data = packet.payload
        self.packet, self.time, self.src = packet, packet.time, packet.src
        self.version, self.type = data[0] >> 4, data[0] & 15
        self.vrid, self.priority, self.count = data[1], data[2], data[3]
        self.auth_type = 0
        if self.version == 3:
            word, = struct.unpack_from("!H", data, 4)
            self.interval = (word & 0xfff) / 100
        else:
            self.auth_type, self.interval = data[4], float(data[5])
        size = 16 if ":" in packet.src else 4
        self.addrs = [_ip(data[8 + i * size:8 + (i + 1) * size])
                      for i in range(self.count)
                      if len(data) >= 8 + (i + 1) * size]

    def __repr__(self):
        return "<v%d vrid %d prio %d from %s at %.6f>" % (
            self.version, self.vrid, self.priority, self.src, self.time)


def _ip(raw):
    return str(ipaddress.ip_address(bytes(raw)))


class Capture:
    """Everything that passes an interface, from now until stop()."""

    def __init__(self, node, ifname):
        self.packets = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._socket = node.call(lambda: self._open(ifname))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        node.lab.closers.append(self.stop)

    @staticmethod
    def _open(ifname):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(ETH_P_ALL))
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        sock.bind((ifname, ETH_P_ALL))
        sock.setblocking(False)
        return sock

    def _read(self):
        while not self._stop.is_set():
            if not select.select([self._socket], [], [], 0.1)[0]:
                continue
            try:
                frame, control, _, _ = self._socket.recvmsg(65535, 128)
            except (BlockingIOError, OSError):
                continue
            stamp = 0.0
            for level, kind, data in control:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    sec, nsec = struct.unpack("qq", data[:16])
                    stamp = sec + nsec / 1e9
            with self._lock:
                self.packets.append(Packet(stamp, frame))

    def stop(self):
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def mark(self):
        """A position: pass it as `since` to see only what came later."""
        with self._lock:
            return len(self.packets)

    def select(self, test, since=0):
        with self._lock:
            packets = self.packets[since:]
        return [p for p in packets if test(p)]

    def adverts(self, vrid=None, src=None, since=0):
        found = [Advert(p) for p in
                 self.select(lambda p: p.is_advert, since)]
        return [a for a in found if vrid in (None, a.vrid) and
                src in (None, a.src)]

    def garps(self, address=None, since=0):
        return self.select(lambda p: p.is_garp and
                           address in (None, p.arp.sender), since)

    def wait_advert(self, timeout, vrid=None, src=None, since=0, test=None):
        """The first matching advert."""
        def first():
            for advert in self.adverts(vrid, src, since):
                if test is None or test(advert):
                    return advert
            return None
        return until(first, timeout, "an advert of vrid %s from %s" %
                     (vrid, src))
