# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""VRRP configurations for the tests here, and crafted adverts.  Pure."""

import ipaddress
import struct

VIP = "10.9.0.100"
VRID = 51
GROUP = "224.0.0.18"
GROUP_MAC = "01:00:5e:00:00:12"


def instance(name="VI_1", priority=100, version=3, advert=0.1, vrid=VRID,
             vips=(VIP,), lines=(), interface="eth0"):
    """One vrrp_instance; `lines` are added to the block as they are."""
    own = ["interface %s" % interface, "virtual_router_id %d" % vrid,
           "priority %d" % priority, "version %d" % version,
           "advert_int %g" % advert, *lines]
    text = "".join("    %s\n" % line for line in own)
    text += "    virtual_ipaddress {\n%s    }\n" % "".join(
        "        %s\n" % vip for vip in vips)
    return "vrrp_instance %s {\n%s}\n" % (name, text)


def conf(*blocks, lines=()):
    """A whole file: global_defs with `lines`, then the blocks."""
    own = "".join("    %s\n" % line for line in ("router_id test", *lines))
    return "global_defs {\n%s}\n%s" % (own, "".join(blocks))


PASS = ("authentication {", "    auth_type PASS", "    auth_pass secret", "}")


# ---- crafted adverts ----
def _sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _mac(text):
    return bytes.fromhex(text.replace(":", ""))


def _addr(text):
    return ipaddress.ip_address(text).packed


def message(src, version=3, kind=1, vrid=VRID, priority=200, vips=(VIP,),
            count=None, interval=0.1, auth=None, flip_sum=False, cut=0,
            pad=b""):
    """A VRRP advertisement; the keywords make it wrong in one way each.
    auth: None, or 8 bytes of a version 2 simple password."""
    addrs = b"".join(_addr(vip) for vip in vips)
    head = struct.pack("!BBBB", version << 4 | kind, vrid, priority,
                       len(vips) if count is None else count)
    if version == 3:
        tail = struct.pack("!H", round(interval * 100))
        text = addrs
        pseudo = _addr(src) + _addr(GROUP) + struct.pack(
            "!BBH", 0, 112, 8 + len(text))
    else:
        tail = struct.pack("!BB", 0 if auth is None else 1, int(interval))
        text = addrs + (auth or bytes(8))
        pseudo = b""
    if version == 2:
        summed = head + tail + b"\0\0" + text
    else:
        summed = pseudo + head + tail + b"\0\0" + text
    checksum = _sum(summed) ^ (0x0101 if flip_sum else 0)
    whole = head + tail + struct.pack("!H", checksum) + text + pad
    return whole[:len(whole) - cut]


def frame(src, body, ttl=255, smac="02:00:00:00:00:99"):
    """The message in an IPv4 packet in an Ethernet frame."""
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0xc0, 20 + len(body), 1, 0, ttl,
                     112, 0, _addr(src), _addr(GROUP))
    ip = ip[:10] + struct.pack("!H", _sum(ip)) + ip[12:]
    return _mac(GROUP_MAC) + _mac(smac) + b"\x08\0" + ip + body
