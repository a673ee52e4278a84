# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario ipvsadm: duumvir-ipvsadm and Debian's ipvsadm do and print the
same, in two network namespaces that are given the same commands.

SEED=... tries other commands than those of seed 1; COMMANDS=... more."""

import ctypes
import os
import random
import re
import socket
import subprocess
import time

import pytest

from netlab import until

OURS = os.path.join(os.environ["DUUMVIR_BUILD"], "duumvir-ipvsadm")
THEIRS = "/usr/sbin/ipvsadm"
HERE = os.path.dirname(os.path.abspath(__file__))
SPACES = {"ia": THEIRS, "ib": OURS}
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)

VIEWS = ["-Ln", "-L", "-Sn", "-S", "-Ln --stats", "-L --stats --exact",
         "-Ln --rate", "-Ln --rate --exact", "-Ln --thresholds",
         "-Ln --persistent-conn", "-L --tun-info", "-Ln --nosort",
         "-L --timeout", "-Ln --daemon", "-Lcn", "-Lc",
         "-Lcn --persistent-conn"]


def run(*argv, check=True):
    return subprocess.run(argv, check=check, capture_output=True, text=True,
                          timeout=60)


def enter(space):
    fd = os.open(f"/run/netns/{space}", os.O_RDONLY)
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def tool(space, program, words, stdin="", env=None):
    """(exit status, output, errors)"""
    words = words.split() if isinstance(words, str) else words
    done = subprocess.run([program, *words], input=stdin, text=True,
                          capture_output=True, timeout=120,
                          env={**os.environ, **(env or {})},
                          preexec_fn=lambda: enter(space))
    return done.returncode, done.stdout, done.stderr.strip()


def both(words, stdin="", env=None):
    return [tool(space, program, words, stdin, env)
            for space, program in SPACES.items()]


@pytest.fixture
def spaces():
    run("modprobe", "ip_vs")
    with open("/etc/hosts", "a") as f:
        f.write("10.0.0.3 vip.example\n10.1.0.2 a-server-with-a-very-long-"
                "name.of-a-long-domain.example\nfd00::3 six.example\n")
    for space in SPACES:
        run("ip", "netns", "del", space, check=False)
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", space, "link", "add", "eth0", "type", "dummy")
        run("ip", "-n", space, "addr", "add", "10.77.0.1/24", "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
    yield
    for space in SPACES:
        run("ip", "netns", "del", space)


def same_views(what, views=VIEWS, env=None):
    """Both tools on both tables."""
    for view in views:
        seen = {(space, program): tool(space, program, view, env=env)
                for space in SPACES for program in (THEIRS, OURS)}
        for (space, program), one in seen.items():
            # The kernel's own order is another one in each namespace.
            first = space if "--nosort" in view else "ia"
            assert one == seen[first, THEIRS], (what, view, space, program)


# ---- commands ----

SERVICES = ["-t 10.0.0.1:80", "-t 10.0.0.2:http", "-u 10.0.0.1:53",
            "--udp-service=10.0.0.1:5060", "--sctp-service 10.0.0.4:9",
            "-t [fd00::1]:80", "-u [fd00::2]:53", "-f 7", "-f 7 -6",
            "--fwmark-service 010", "-t 10.0.0.3 -p", "--tcp-service 10.3:443"]
SERVERS = ["10.1.0.1", "10.1.0.2:8080", "10.1.0.3:0", "10.1.0.4:http",
           "[fd00::a]:80", "fd00::b", "10.77.0.1", "127.0.0.1:80",
           "9.0.0.9:81", "200.0.0.9"]


def words(r, *choices):
    """Some of the choices in any order."""
    taken = [r.choice(c) for c in choices if r.random() < 0.4]
    r.shuffle(taken)
    return " ".join(taken)


def service_options(r):
    return words(
        r, ["-s rr", "-swrr", "--scheduler wlc", "-s=sh", "-s nosuch", "-s mh",
            "-s lblcr", "-s dh"],
        ["-p", "-p 300", "-p60", "--persistent=5", "-p 0"],
        ["-M 255.255.255.0", "-M 255.255", "--netmask 64", "-M x"],
        ["-o", "--ops"], ["--pe sip", "--pe nosuch"],
        ["-b sh-port", "-b flag-1,flag-2", "--sched-flags mh-fallback",
         "-b nosuch"])


def server_options(r):
    return words(
        r, ["-g", "-i", "-m", "--masquerading", "--gatewaying", "-mw 3"],
        ["-w 0", "-w 100", "--weight=7", "-w -1", "-w 2147483647"],
        ["-x 100", "--u-threshold 10", "-x 100 -y 50", "-y 5"],
        ["--tun-type gre --tun-csum", "--tun-type gue --tun-port 6080",
         "--tun-type gue --tun-port 1 --tun-remcsum", "--tun-type ipip",
         "--tun-type gue", "--tun-nocsum"])


def command(r):
    svc, kind = r.choice(SERVICES), r.random()
    if kind < 0.25:
        return f"-A {svc} {service_options(r)}"
    if kind < 0.32:
        return f"--edit-service {svc} {service_options(r)}"
    if kind < 0.36:
        return f"-D {svc}"
    if kind < 0.75:
        return f"-a {svc} -r {r.choice(SERVERS)} {server_options(r)}"
    if kind < 0.85:
        return f"-e {svc} -r {r.choice(SERVERS)} {server_options(r)}"
    if kind < 0.92:
        return f"--delete-server {svc} --real-server {r.choice(SERVERS)}"
    return r.choice(["-Z", f"-Z {svc}", f"-Ln {svc}", "--set 100 0 30",
                     "-C -n", "-A", "-L --stats -c", f"-Ln {svc} --rate"])


def test_commands(spaces):
    r = random.Random(int(os.environ.get("SEED", "1")))
    for i in range(int(os.environ.get("COMMANDS", "80"))):
        line = command(r)
        a, b = both(line)
        # Of a line with several mistakes either tool names one.
        assert a[:2] == b[:2], (i, line)
        assert a[0] == 2 or a[2] == b[2], (i, line)
        a, b = both("-Sn")
        assert a == b, (i, line)
        if i % 40 == 39:
            same_views(line)


# Lines that one tool or the other might understand in its own way.
ODD = """
-A -t 10.0.0.1:0
-A -t 10.0.0.1
-A -t 10.0.0.1:80 -o
-A -u 10.0.0.1:80 -oo
-At 10.0.0.1:81 -srr -p
-A -t 10.0.0.1:82 -p=60 -M 255.255.255.0
-A -t 10.0.0.1:83 -ps rr
-A -t 10.0.0.1:84 -p 2678401
-A -t 10.0.0.1:85 -s averyverylongnameofascheduler
-A -t 10.0.0.1:86 foo
-A -t 10.0.0.1:87 -n
-A -t 10.0.0.1:88 --bogus
-A -t 10.0.0.1:89 -z
-A -t
-A -t 10.0.0.1:90 -t 10.0.0.1:91
-A -t 10.0.0.1:92 -L
-AE -t 10.0.0.1:93
-A -t nosuch.invalid:80
-A -t 10.0.0.1:80:80
-A -t 10.0.0.1:65536
-A -t 10.0.0.1:0x50
-A -t [fd00::1:80
-A -t [fd00::1]80
-A -t 2001:db8::1 -p
-A -t [fd00::9]:1 -p -M 129
-A -t [fd00::9]:1 -p -M 255.255.255.0
-A -f 0
-A -f 4294967296
-A -f 9x
-a -t 10.0.0.1:81 -r 10.1.0.1:99
-a -t 10.0.0.1:81 -r 10.1.0.2:99 -m
-a -t 10.0.0.1:81 -r fd00::1
-a -t 10.0.0.1:81 -r fd00::1 -i
-a -t 10.0.0.1:81 -r 10.1.0.3 -g -i
-a -t 10.0.0.1:81 -r 224.0.0.1
-a -t 10.0.0.1:81 -r 10.1.0.4 -y 5
-a -t 10.0.0.1:81 -r 10.1.0.5 -i --tun-type gre --tun-port 5
-a -t 10.0.0.1:81 -r 10.1.0.5 -i --tun-type gue --tun-port 5 --tun-csum --tun-nocsum
-a -t 10.0.0.1:81 -r 10.1.0.5 --tun-type gre
-a -t 10.0.0.1:81 -r 10.1.0.6 -w 1x
-a -t 10.0.0.99:81 -r 10.1.0.6
-d -t 10.0.0.1:81
-d -t 10.0.0.1:81 -r 10.1.0.99
-e -t 10.0.0.1:81 -r 10.1.0.2:99 -m -w 5
-d -t 10.0.0.1:81 -r 10.1.0.2:99
-E -t 10.0.0.99:1
-D -t 10.0.0.99:1
-D -t 10.0.0.1:81 -b sh-port
-Z -t 10.0.0.99:1
-L -t 10.0.0.99:1
-L foo
-L --
-L -- foo
-Lnn
-LZ
-Sn=3
-Ln --timeout --daemon
-Ln --stats --daemon
-Lc --rate
-Lcn -t 10.0.0.1:81
-Ln --thresholds --stats --rate
-Ln --tun-info --persistent-conn
-L -t 10.0.0.1:81 --daemon
-S -t 10.0.0.1:81
-R -n
-C -C
--set 1 2
--set 1 2 3 4
--set 1 2 x
--set -1 2 3
--start-daemon
--start-daemon foo
--start-daemon master --mcast-interface nosuch
--start-daemon backup --mcast-group 10.0.0.1
--start-daemon backup --syncid 256
--start-daemon backup --sync-maxlen 65508
--stop-daemon master
--stop-daemon backup -n
"""
TRY = re.compile(r"Try `.*")


def test_odd_lines(spaces):
    for line in ODD.strip().splitlines():
        a, b = both(line)
        a, b = ((rc, out, TRY.sub("Try", err)) for rc, out, err in (a, b))
        assert a == b, line
    same_views("odd lines", ["-Ln", "-Sn"])


def test_timeouts_and_daemons(spaces):
    for line in ["--set 5 6 7", "--set 0 8 0", "--start-daemon backup",
                 "--start-daemon backup",
                 "--start-daemon=master --syncid 9 --mcast-ttl 3 "
                 "--mcast-port 9000 --sync-maxlen 1300 "
                 "--mcast-group 224.0.0.90 --mcast-interface lo",
                 "--stop-daemon backup --syncid 9",
                 "--start-daemon backup --mcast-group ff02::5",
                 "--stop-daemon master", "--stop-daemon backup",
                 "--stop-daemon backup"]:
        a, b = both(line)
        assert a == b, line
        same_views(line, ["-L --timeout", "-L --daemon"])


# ---- restoring ----

TABLE = "\n".join(
    ["ipvsadm -A -t 10.0.0.1:http -s rr", "",
     " -a -t 10.0.0.1:80\t-r 10.1.0.1 -m ", "ipvsadm",
     "-A -f 5 -6 -s sh -p 60 -M 64 -b sh-port", "-a -f 5 -6 -r [fd00::5]:0",
     "-A -t 10.0.0.1:80", "-A -t 10.0.0.2:80 -s nosuch", "-L -n",
     "-A -t 10.0.0.2:80 --bogus", "--set 11 12 13", "-Z",
     "-d -t 10.0.0.1:80 -r 10.9.9.9", "-A -u 10.0.0.9:53 -o"]) + "\n"


def said(err):
    """Without where our errors stand."""
    return [re.sub(r"^line \d+: (.*): .*$", r"\1", line)
            for line in err.splitlines()]


@pytest.mark.parametrize("end", ["", "-A -t 10.0.0.8:1", "-A -t 10.0.0.8:x\n",
                                 "-R\n", "bogus\n", "-A -t 1.1.1.1:1 -w 3\n"])
def test_restore(spaces, end):
    after = "-A -t 10.0.0.10:80\n"
    a, b = both("-R", TABLE + end + (after if end.endswith("\n") else ""))
    assert a[:2] == b[:2]
    if end not in ("-R\n", "bogus\n"):
        assert said(a[2]) == said(b[2])
    assert b[2].startswith("line 7: Service already exists: "
                           "-A -t 10.0.0.1:80\nline 8: ")
    same_views(end, ["-Ln", "-Sn", "-L --timeout"])


def test_saved_tables_are_restored(spaces):
    """What either saves, with names or numbers, the other makes again."""
    tool("ia", THEIRS, "-R", TABLE)
    for option in ("-Sn", "-S"):
        for saver, restorer in ((THEIRS, OURS), (OURS, THEIRS)):
            saved = tool("ia", saver, option)[1]
            assert tool("ib", OURS, "-C")[0] == 0
            assert tool("ib", restorer, "-R", saved) == (0, "", "")
            assert tool("ib", THEIRS, "-Sn") == tool("ia", THEIRS, "-Sn")


def test_what_is_kinder(spaces):
    """doc/compatibility.md: comments, cut names, any order, marks of 32 bits,
    a scheduler's third flag; all of it comes back by -R."""
    text = ("# a comment\n"
            "--add-servi --tcp [fd00::3] -p # behind it\n"
            "-A -f 4294967295 -s rr\n"
            "-A -t 10.0.0.1:80 -b flag-3 -s sh\n"
            "-a -m -r 10.1.0.4:http -t 10.0.0.1:80\n")
    assert tool("ib", OURS, "-R", text) == (0, "", "")
    saved = tool("ib", OURS, "-Sn")
    assert saved == (0, "-A -f 4294967295 -s rr\n"
                     "-A -t 10.0.0.1:80 -s sh -b flag-3\n"
                     "-a -t 10.0.0.1:80 -r 10.1.0.4:80 -m -w 1\n"
                     "-A -t [fd00::3]:0 -s wlc -p 360\n", "")
    tool("ib", OURS, "-C")
    assert tool("ib", OURS, "-R", saved[1]) == (0, "", "")
    assert tool("ib", OURS, "-Sn") == saved
    assert tool("ib", OURS, ["-A", "-t", "10.0.0.7:1", "-b", ","]) == \
        (2, "", "invalid scheduler flag `'")


# ---- figures ----

@pytest.fixture
def figures(tmp_path):
    made = tmp_path / "figures.so"
    subprocess.run(["gcc", "-O1", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o",
                    made, os.path.join(HERE, "ipvs_figures.c"), "-lmnl",
                    "-ldl"], check=True, timeout=120)
    return str(made)


def test_figures(spaces, figures):
    """Counters of every size, which no traffic here could make."""
    r = random.Random(5)
    lines = [f"-A {svc} -s rr" for svc in SERVICES]
    lines += [f"-a {svc} -r {r.choice(SERVERS[:4])} -w {i}"
              for i in range(2) for svc in SERVICES if "fd00" not in svc]
    lines += ["-a -t [fd00::1]:80 -r [fd00::a]:80",
              "-a -t [fd00::1]:80 -r [2001:1234:5678:9abc:def0:1234:5678:9ab"
              "c]:65535 -m", "-a -t [fd00::1]:80 -r 9.9.9.9 -i",
              "-a -t 10.0.0.1:80 -r fd00::a -i",
              "-a -t 10.0.0.1:80 -r 255.0.0.1 -i", "-a -t 10.0.0.1:80 -r ::1 -i"]
    for space in SPACES:
        tool(space, THEIRS, "-R", "\n".join(lines) + "\n")
    for seed in range(2):
        same_views(seed, ["-Ln --stats", "-L --stats --exact", "-Ln --rate",
                          "-Ln --rate --exact", "-Ln --persistent-conn",
                          "-Ln --thresholds", "-L"],
                   {"LD_PRELOAD": figures, "FIGURES_SEED": str(seed),
                    "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})


# ---- traffic ----

WORLD = """
ip netns add ic; ip netns add is
ip link add c0 netns ic type veth peer name d0 netns ia
ip link add s0 netns is type veth peer name d1 netns ia
for n in ic is; do ip -n $n link set lo up; done
ip -n ic addr add 10.8.0.2/24 dev c0; ip -n ia addr add 10.8.0.1/24 dev d0
ip -n is addr add 10.9.1.2/24 dev s0; ip -n ia addr add 10.9.1.1/24 dev d1
ip -n ic addr add fd08::2/64 dev c0 nodad
ip -n ia addr add fd08::1/64 dev d0 nodad
ip -n is addr add fd09::2/64 dev s0 nodad
ip -n ia addr add fd09::1/64 dev d1 nodad
ip -n ia addr add 10.9.0.1/32 dev lo; ip -n ia addr add fd07::1/128 dev lo
ip -n ic link set c0 up; ip -n is link set s0 up
ip -n ia link set d0 up; ip -n ia link set d1 up
ip -n ic route add default via 10.8.0.1; ip -n is route add default via 10.9.1.1
ip -n ic -6 route add default via fd08::1
ip -n is -6 route add default via fd09::1
ip netns exec ia sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip netns exec ia nft add table ip m
ip netns exec ia nft 'add chain ip m pre { type filter hook prerouting priority -150; }'
ip netns exec ia nft add rule ip m pre ip daddr 10.9.0.1 tcp dport 9090 meta mark set 7
"""
RULES = """
-A -t 10.9.0.1:80 -s rr -p 600 -M 255.255.255.0
-a -t 10.9.0.1:80 -r 10.9.1.2:8081 -m -x 100 -y 50
-A -t 10.9.0.1:81 -s wrr
-a -t 10.9.0.1:81 -r 10.9.1.2:8081 -m
-A -u 10.9.0.1:53 -s rr -o
-a -u 10.9.0.1:53 -r 10.9.1.2:53 -m
-A -t [fd07::1]:80 -s rr -p
-a -t [fd07::1]:80 -r [fd09::2]:8081 -m
-A -u 10.9.0.1:5060 -p --pe sip -o -s wlc
-a -u 10.9.0.1:5060 -r 10.9.1.2:5060 -m
-A -f 7 -s rr -p 600
-a -f 7 -r 10.9.1.2 -m
"""


def serve(space, stop):
    """Answers each connection with some bytes, in a child."""
    pid = os.fork()
    if pid > 0:
        return pid
    os.close(stop[1])
    enter(space)
    listeners = [socket.create_server(("::", port), family=socket.AF_INET6,
                                      dualstack_ipv6=True)
                 for port in (8081, 9090)]
    kept = []
    import select
    while True:
        for one in select.select([stop[0], *listeners], [], [])[0]:
            if one == stop[0]:
                os._exit(0)
            kept.append(one.accept()[0])
            kept[-1].sendall(b"hello" * 300)


def talk(stop):
    """Connections of all kinds; some stay."""
    pid = os.fork()
    if pid > 0:
        return pid
    os.close(stop[1])
    enter("ic")
    kept = []
    for host, port, n, stays in (("10.9.0.1", 80, 3, True),
                                 ("10.9.0.1", 81, 4, False),
                                 ("10.9.0.1", 81, 2, True),
                                 ("fd07::1", 80, 2, True),
                                 ("10.9.0.1", 9090, 2, True)):
        for _ in range(n):
            s = socket.create_connection((host, port), timeout=5)
            s.recv(1500)
            kept.append(s) if stays else s.close()
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.sendto(b"x", ("10.9.0.1", 53))
    u.sendto(b"INVITE sip:a@b SIP/2.0\r\nCall-ID: abc@10.0.0.1\r\n\r\n",
             ("10.9.0.1", 5060))
    os.read(stop[0], 1)
    os._exit(0)


@pytest.fixture
def traffic(spaces):
    run("bash", "-ec", WORLD)
    stop = os.pipe()
    tool("ia", THEIRS, "-R", RULES)
    children = [serve("is", stop)]

    def listens():
        return ":8081" in run("ip", "netns", "exec", "is", "ss",
                              "-ltnH").stdout

    until(listens, 10, "the server listens")
    children.append(talk(stop))
    yield
    os.close(stop[1])
    for child in children:
        os.waitpid(child, 0)
    for space in ("ic", "is"):
        run("ip", "netns", "del", space)


def seen(program, view):
    """A view of the table with traffic; looking names up takes its time, so
    what is left of a connection's is not compared there."""
    rc, out, err = tool("ia", program, view)
    return rc, EXPIRES.sub(r"\1", out) if view == "-Lc" else out, err


EXPIRES = re.compile(r"^(TCP|UDP|IP +) \d\d:\d\d", re.M)


def test_traffic(traffic):
    """Connections, templates, persistence engines, counters, rates; what
    moves by itself is compared again."""
    def has_all():
        text = tool("ia", THEIRS, "-Lcn --persistent-conn")[1]
        return "sip" in text and text.count("ESTABLISHED") >= 9

    until(has_all, 20, "the connections stand")
    for view in VIEWS:
        def is_same(view=view):
            return seen(THEIRS, view) == seen(OURS, view)
        until(is_same, 10, lambda: f"{seen(THEIRS, view)}\n{seen(OURS, view)}")
    text = tool("ia", OURS, "-Lcn --persistent-conn")[1]
    assert "ASSURED" in text and "abc@10.0.0.1" in text
    assert tool("ia", OURS, "-Z -t 10.9.0.1:81")[0] == 0
    counters = [line.split() for line in
                tool("ia", THEIRS, "-Ln --stats")[1].splitlines()]
    assert ["TCP", "10.9.0.1:81", "0", "0", "0", "0", "0"] in counters


# ---- a director that runs ----

CONF = """
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_kind DR
    real_server 10.1.0.1 80 {
    }
}
virtual_server fwmark 5 {
    protocol TCP
    lb_kind DR
    real_server 10.1.0.1 80 {
    }
}
"""


@pytest.fixture
def director(spaces, tmp_path):
    conf = tmp_path / "duumvir.conf"
    conf.write_text(CONF)
    os.chmod(tmp_path, 0o755)
    with open(tmp_path / "log", "w") as log:
        child = subprocess.Popen(
            [os.path.join(os.environ["DUUMVIR_BUILD"], "duumvir"), "-n", "-l",
             "-C", "-f", str(conf), "-p", str(tmp_path / "own.pid")],
            stderr=log, preexec_fn=lambda: enter("ib"))
    until(lambda: tool("ib", THEIRS, "-Sn")[1].count("-a") == 2, 20,
          "the director's table")
    yield child
    child.terminate()
    child.wait(20)


def test_owned(director):
    """A change of what the running director keeps warns, is done, and is put
    back; others do not warn, nor does anything after its stop."""
    published = "/run/duumvir/%d.services" % director.pid
    until(lambda: os.path.exists(published), 10, "published")
    for line, what in (("-e -t 10.0.0.1:80 -r 10.1.0.1 -w 9",
                        "[10.0.0.1]:tcp:80"), ("-D -f 5", "FWM 5"),
                       ("-C", "services of this table")):
        rc, out, err = tool("ib", OURS, line)
        assert (rc, out) == (0, "") and "duumvir --plan" in err
        assert f"(pid {director.pid}) keeps {what} " in err
    rc, _, err = tool("ib", OURS, "-R", "-D -f 5\n" * 3)
    assert rc == 0 and err.count("duumvir --plan") == 1
    for line in ("-A -t 10.0.0.2:80", "-Ln", "-D -t 10.0.0.2:80"):
        rc, _, err = tool("ib", OURS, line)
        assert rc == 0 and err == ""
    # Another namespace's table is nobody's.
    assert tool("ia", OURS, "-A -t 10.0.0.1:80") == (0, "", "")
    until(lambda: tool("ib", THEIRS, "-Sn")[1].count("-a") == 2, 20,
          "the table is put back")
    director.terminate()
    assert director.wait(20) == 0
    assert not os.path.exists(published)
    assert tool("ib", OURS, "-A -t 10.0.0.1:80") == (0, "", "")


def test_save_and_restore(spaces, tmp_path):
    """The two scripts beside ipvsadm: the same words, the same end, the same
    output and table."""
    ours = {}
    for name in ("save", "restore"):
        ours[name] = str(tmp_path / ("duumvir-ipvsadm-" + name))
        os.symlink(OURS, ours[name])
    text = ("-A -t 10.0.0.1:80 -s wrr -p 60\n"
            "-a -t 10.0.0.1:80 -r 127.0.0.1:8080 -m -w 5\n"
            "-A -f 7 -s rr\n")
    for words in ("", "-n"):
        for space, theirs in (("ia", "/sbin/ipvsadm-restore"),
                              ("ib", ours["restore"])):
            tool(space, SPACES[space], "-C")
            assert tool(space, theirs, words, text)[0] == 0
        assert tool("ia", THEIRS, "-Sn") == tool("ib", THEIRS, "-Sn")
    for words in ("", "-n", "word"):
        assert tool("ib", ours["save"], words) == tool(
            "ia", "/sbin/ipvsadm-save", words)
    for words in ("-x", "-h", "-n -x"):
        rc, out, err = tool("ib", ours["save"], words)
        assert (rc, out) == (tool("ia", "/sbin/ipvsadm-save", words)[0], "")
        assert err.startswith("usage: duumvir-ipvsadm-save")


# ---- speed ----

def bare_loop(where):
    """Seconds of nothing but the requests, as many of them."""
    source = os.path.join(HERE, "../bench/ipvs_bare.c")
    made = where / "ipvs_bare"
    subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", made, source,
                    "-lmnl"], check=True, timeout=120)
    run("ip", "netns", "add", "ibare")
    run("ip", "-n", "ibare", "link", "set", "lo", "up")
    try:
        rc, text, err = tool("ibare", str(made), "500 99")
        assert rc == 0, err
    finally:
        run("ip", "netns", "del", "ibare")
    return float(text.split()[1])


def test_restore_of_many(spaces, tmp_path):
    """50,000 lines, as fast as the kernel is; Debian's beside it."""
    lines = []
    for i in range(500):
        vip = f"10.{100 + i // 250}.{i % 250}.1:80"
        lines.append(f"-A -t {vip} -s rr")
        lines += [f"-a -t {vip} -r 10.1.{k}.{i % 250 + 1}:80 -m -w {k + 1}"
                  for k in range(99)]
    text = "\n".join(lines) + "\n"
    assert len(lines) == 50000
    took = {}
    for space, program in SPACES.items():
        start = time.monotonic()
        assert tool(space, program, "-R", text) == (0, "", "")
        took[space] = time.monotonic() - start
    print(f"-R of 50,000 lines: ipvsadm {took['ia']:.2f} s, "
          f"duumvir-ipvsadm {took['ib']:.2f} s, the bare loop "
          f"{bare_loop(tmp_path):.2f} s")
    assert took["ib"] < took["ia"]
    start = time.monotonic()
    ours = tool("ib", OURS, "-Sn")
    middle = time.monotonic()
    theirs = tool("ia", THEIRS, "-Sn")
    print(f"-Sn of it: ipvsadm {time.monotonic() - middle:.2f} s, "
          f"duumvir-ipvsadm {middle - start:.2f} s")
    assert ours == theirs
