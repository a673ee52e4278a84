# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Random configurations, and what the kernel's table must hold because of
them: the small model that scenario `fire` judges the daemon by.

A Plan is a configuration with its text and its intent: the lines in which
ipvsadm -Sn must tell it.  Nothing here is taken from the daemon; where two
virtual servers resolve to one service of the kernel, the first of the file
has it (doc/ipvs.md)."""

import copy

VIPS4 = ["10.9.0.1", "10.9.0.2", "10.9.0.3"]
VIPS6 = ["fd09::1", "fd09::2"]
SERVERS4 = ["10.8.1.%d" % i for i in range(1, 7)]
SERVERS6 = ["fd08:1::%x" % i for i in range(1, 5)]
STRANGERS = ["10.7.0.1:25", "10.7.0.1:26", "10.7.0.2:25"]
CHECKED = SERVERS4[:3]  # these have a listener that can be closed
CHECK_PORT = 7070
PROTOS = ["TCP", "TCP", "TCP", "UDP", "SCTP"]
# As configured, as ipvsadm prints it.
SCHEDS = [("rr", ""), ("wrr", ""), ("lc", ""), ("wlc", ""), ("sed", ""),
          ("nq", ""), ("dh", ""), ("fo", ""), ("ovf", ""), ("lblc", ""),
          ("lblcr", ""), ("sh", ""), ("mh", ""),
          ("sh", "sh-fallback"), ("sh", "sh-port"),
          ("sh", "sh-fallback,sh-port"), ("mh", "mh-port")]
KINDS = {"DR": "-g", "NAT": "-m", "TUN": "-i"}


def at(address, port):
    return "%s:%d" % ("[%s]" % address if ":" in address else address, port)


class Key:
    """A service of the kernel: how ipvsadm names it, and its port."""

    FLAGS = {"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}

    def __init__(self, proto, address=None, port=0, mark=None, v6=False):
        self.port = port
        if mark is not None:
            self.words = "-f %d%s" % (mark, " -6" if v6 else "")
        else:
            self.words = "%s %s" % (self.FLAGS[proto], at(address, port))


class Service:
    """A virtual server of any kind."""

    def __init__(self, rng, number):
        self.v6 = rng.random() < 0.25
        self.proto = rng.choice(PROTOS)
        self.number = number  # of its group
        self.form = rng.choice(["addr"] * 5 + ["mark", "group", "group"])
        self.port = rng.randrange(80, 86)
        self.vip = rng.choice(VIPS6 if self.v6 else VIPS4)
        self.mark = rng.randrange(1, 5)
        self.entries = []
        if self.form == "group":
            self.entries = self._entries(rng)
        self.servers = {}
        self.settle(rng)
        for _ in range(rng.randrange(1, 5)):
            self.add_server(rng)

    def _entries(self, rng):
        """(mark,), (address, port) or (address, last, port)."""
        made = []
        for _ in range(rng.randrange(1, 4)):
            what = rng.randrange(3)
            if what == 0:
                made.append((rng.randrange(1, 5),))
            elif what == 1 or self.v6:
                made.append((rng.choice(VIPS6 if self.v6 else VIPS4),
                             rng.randrange(80, 86)))
            else:
                first = rng.randrange(1, 9)
                made.append(("10.9.1.%d" % first,
                             first + rng.randrange(1, 4),
                             rng.randrange(80, 83)))
        # A group of marks alone has no family of its own to tell.
        if all(len(e) == 1 for e in made):
            made.append((self.vip, self.port))
        return made

    def settle(self, rng):
        """What can change about it while it stays the same service."""
        self.sched, self.flags = rng.choice(SCHEDS)
        marks = self.form == "mark" or any(len(e) == 1 for e in self.entries)
        self.kind = rng.choice(["DR", "TUN"] if marks
                               else ["DR", "DR", "NAT", "TUN"])
        self.timeout = rng.choice([0, 0, 0, 0, 60, 300])
        self.ops = self.proto == "UDP" and self.form == "addr" and \
            self.timeout == 0 and rng.random() < 0.2

    def add_server(self, rng):
        address = rng.choice(SERVERS6 if self.v6 else SERVERS4)
        self.servers[address] = Server(rng, address)

    def change(self, rng):
        what = rng.randrange(6)
        if what == 0:
            self.settle(rng)
        elif what == 1 and len(self.servers) > 1:
            del self.servers[rng.choice(sorted(self.servers))]
        elif what == 2:
            self.add_server(rng)
        elif what == 3 and self.form == "group":
            self.entries = self._entries(rng)
            self.settle(rng)
        else:
            self.servers[rng.choice(sorted(self.servers))].change(rng)

    def head(self):
        if self.form == "addr":
            return "%s %d" % (self.vip, self.port)
        if self.form == "mark":
            return "fwmark %d" % self.mark
        return "group G%d" % self.number

    def text(self):
        lines = []
        if self.form == "group":
            lines.append("virtual_server_group G%d {" % self.number)
            for e in self.entries:
                if len(e) == 1:
                    lines.append(" fwmark %d%s" % (
                        e[0], " inet6" if self.v6 else ""))
                elif len(e) == 2:
                    lines.append(" %s %d" % e)
                else:
                    lines.append(" %s-%d %d" % e)
            lines.append("}")
        lines += ["virtual_server %s {" % self.head(),
                  " lvs_sched %s" % self.sched,
                  " lvs_method %s" % self.kind, " delay_loop 1"]
        lines += [" " + word for word in self.flags.split(",") if word]
        if self.v6 and self.form == "mark":
            lines.append(" ip_family inet6")
        if self.form != "mark":
            lines.append(" protocol %s" % self.proto)
        if self.timeout:
            lines.append(" persistence_timeout %d" % self.timeout)
        if self.ops:
            lines.append(" ops")
        for server in self.servers.values():
            lines += server.text(self.port)
        return lines + ["}"]

    def keys(self):
        if self.form == "addr":
            return [Key(self.proto, self.vip, self.port)]
        if self.form == "mark":
            return [Key(None, mark=self.mark, v6=self.v6)]
        found = []
        for e in self.entries:
            if len(e) == 1:
                found.append(Key(None, mark=e[0], v6=self.v6))
            elif len(e) == 2:
                found.append(Key(self.proto, e[0], e[1]))
            else:
                base, first = e[0].rsplit(".", 1)
                found += [Key(self.proto, "%s.%d" % (base, i), e[2])
                          for i in range(int(first), e[1] + 1)]
        return found

    def lines(self, key, down):
        """Of one of its services in the kernel."""
        head = "-A %s -s %s" % (key.words, self.sched)
        if self.timeout:
            head += " -p %d" % self.timeout
        if self.ops:
            head += " -o"
        if self.flags:
            head += " -b " + self.flags
        found = [head]
        for server in self.servers.values():
            found += server.lines(key, self.kind, self.port, down)
        return found


class Server:
    def __init__(self, rng, address):
        self.address = address
        self.inhibit = rng.random() < 0.2
        self.checked = address in CHECKED and rng.random() < 0.5
        self.upper = self.lower = 0
        self.change(rng)

    def change(self, rng):
        self.weight = rng.choice([0, 1, 1, 2, 3, 10, 253])
        if rng.random() < 0.2:
            self.upper = rng.choice([0, 100, 1000])
            self.lower = rng.choice([0, 50]) if self.upper else 0

    def text(self, port):
        lines = [" real_server %s %d {" % (self.address, port),
                 "  weight %d" % self.weight]
        if self.upper:
            lines.append("  uthreshold %d" % self.upper)
        if self.lower:
            lines.append("  lthreshold %d" % self.lower)
        if self.inhibit:
            lines.append("  inhibit_on_failure")
        if self.checked:
            lines += ["  TCP_CHECK {", "   connect_port %d" % CHECK_PORT,
                      "   connect_timeout 5", "   retry 0",
                      "   delay_before_retry 1", "  }"]
        return lines + [" }"]

    def lines(self, key, kind, port, down):
        is_down = self.checked and self.address in down
        if is_down and not self.inhibit:
            return []
        where = at(self.address, port if kind == "NAT" else key.port)
        return ["-a %s -r %s %s -w %d%s" % (
            key.words, where, KINDS[kind], 0 if is_down else self.weight,
            " --tun-type ipip" if kind == "TUN" else "")]


class Plan:
    """A whole configuration."""

    def __init__(self, rng):
        self.services = []
        self.count = 0
        self.buffer = 0
        for _ in range(rng.randrange(2, 7)):
            self.add(rng)

    def add(self, rng):
        self.count += 1
        self.services.append(Service(rng, self.count))
        self._unique()

    def _unique(self):
        """One virtual_server of each name: a second is a mistake that has
        tests of its own."""
        seen, kept = set(), []
        for s in self.services:
            name = (s.head(), s.proto if s.form == "addr" else "", s.v6)
            if name not in seen:
                seen.add(name)
                kept.append(s)
        self.services = kept

    def changed(self, rng):
        """Another one, made of this one."""
        plan = copy.deepcopy(self)
        for _ in range(rng.randrange(1, 5)):
            what = rng.randrange(8)
            if what == 0:
                plan.add(rng)
            elif what == 1 and len(plan.services) > 1:
                plan.services.pop(rng.randrange(len(plan.services)))
            elif what == 2:
                rng.shuffle(plan.services)
            else:
                rng.choice(plan.services).change(rng)
        plan.buffer = rng.choice([0, 0, 0, 2304, 4096])
        return plan

    def text(self):
        lines = []
        if self.buffer:
            lines = ["global_defs {", " lvs_netlink_cmd_rcv_bufs %d" %
                     self.buffer, "}"]
        for s in self.services:
            lines += s.text()
        return "\n".join(lines) + "\n"

    def table(self, down=()):
        """{service: lines}, as ipvsadm -Sn prints them."""
        found = {}
        for s in self.services:
            for key in s.keys():
                if key.words not in found:
                    found[key.words] = s.lines(key, down)
        return found

    def lines(self, down=()):
        return sorted(line for lines in self.table(down).values()
                      for line in lines)
