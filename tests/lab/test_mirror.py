# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario mirror: the kernel's IPVS table is what the configuration says,
written once, mended when it drifts, and otherwise left alone.

One director without peers; real servers without checks are always in use."""

import subprocess

import pytest

from director import Director
from netlab import holds, until
from world import Requests, need_ipvs

SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "fo",
              "ovf", "mh", "sed", "nq"]
NEW_DEST, SET_DEST, DEL_DEST = 5, 6, 7

SERVICE = """
virtual_server %(vip)s %(port)d {
    lb_algo %(sched)s
    lb_kind %(kind)s
    %(more)s
    protocol %(proto)s
    real_server %(rs1)s %(port)d {
        weight %(weight)d
    }
    real_server %(rs2)s %(port)d {
        weight 2
    }
}
"""


def service(port, sched="rr", kind="DR", proto="TCP", v6=False, weight=1,
            more=""):
    vip, rs1, rs2 = ("2001:db8::10", "2001:db8::1", "2001:db8::2") if v6 \
        else ("192.168.3.110", "192.168.3.128", "192.168.3.120")
    return SERVICE % locals()


@pytest.fixture
def node(lab):
    need_ipvs()
    one = lab.node("d")
    lab.plug(one, "ens33", ["192.168.3.130/24", "2001:db8::30/64"])
    return one


@pytest.fixture
def start(node, request):
    kind = request.config.getoption("--director")
    made = []

    def make(conf):
        one = Director(node, conf, kind)
        made.append(one)
        return one.start()

    request.node.directors = made
    return make


def saved(node):
    """The table as ipvsadm -S prints it, sorted."""
    return sorted(node.out("ipvsadm -Sn").splitlines())


def await_table(node, lines, timeout=15):
    until(lambda: saved(node) == sorted(lines), timeout,
          lambda: "table\n%s\nis\n%s" % ("\n".join(sorted(lines)),
                                         "\n".join(saved(node))), every=0.1)


def lines_of(port, sched="rr", how="g", flag="t", v6=False, weight=1,
             more=""):
    vip, rs1, rs2 = ("[2001:db8::10]", "[2001:db8::1]", "[2001:db8::2]") \
        if v6 else ("192.168.3.110", "192.168.3.128", "192.168.3.120")
    tail = " --tun-type ipip" if how == "i" else ""
    head = "-A -%s %s:%d -s %s%s" % (flag, vip, port, sched, more)
    return [head] + [
        "-a -%s %s:%d -r %s:%d -%s -w %d%s" % (
            flag, vip, port, rs, port, how, w, tail)
        for rs, w in ((rs1, weight), (rs2, 2))]


def test_every_scheduler(node, start):
    conf, want = "", []
    for index, sched in enumerate(SCHEDULERS):
        conf += service(8000 + index, sched=sched)
        want += lines_of(8000 + index, sched=sched)
    director = start(conf)
    await_table(node, want)
    assert director.stop() == 0
    assert saved(node) == []


def test_scheduler_that_the_kernel_lacks(node, start):
    # Debian's kernel is built without ip_vs_twos.
    director = start(service(80, sched="twos") + service(81))
    await_table(node, lines_of(81))
    director.wait_log("twos")
    assert director.running()


def test_kinds_protocols_families(node, start):
    start(service(80, kind="DR") + service(81, kind="NAT") +
          service(82, kind="TUN") + service(53, proto="UDP") +
          service(99, proto="SCTP") + service(80, v6=True) +
          service(83, more="persistence_timeout 300"))
    await_table(node, lines_of(80) + lines_of(81, how="m") +
                lines_of(82, how="i") + lines_of(53, flag="u") +
                lines_of(99, flag="-sctp-service") +
                lines_of(80, v6=True) + lines_of(83, more=" -p 300"))


def test_strangers_are_left_alone(node, start):
    stranger = ["-A -t 192.168.3.99:99 -s lc",
                "-a -t 192.168.3.99:99 -r 10.0.0.1:99 -m -w 7"]
    for line in stranger:
        node.run("ipvsadm " + line)
    director = start(service(80))
    await_table(node, lines_of(80) + stranger)
    director.write(service(81))
    director.reload()
    await_table(node, lines_of(81) + stranger)
    assert director.stop() == 0
    assert saved(node) == stranger


def test_what_is_right_is_not_written_again(node, start):
    director = start(service(80) + service(81))
    await_table(node, lines_of(80) + lines_of(81))
    director.kill_all()
    requests = Requests(node)
    mark = director.log_mark()
    director.start()
    until(lambda: requests.commands() and director.log()[mark:], 10,
          "a look at the table")
    holds(lambda: requests.writes() == [], 3,
          lambda: "writes: %s" % requests.writes())
    assert saved(node) == sorted(lines_of(80) + lines_of(81))


def test_restart_mends_only_the_difference(node, start):
    director = start(service(80) + service(81))
    await_table(node, lines_of(80) + lines_of(81))
    director.kill_all()
    node.run("ipvsadm -d -t 192.168.3.110:80 -r 192.168.3.128:80")
    node.run("ipvsadm -a -t 192.168.3.110:81 -r 192.168.3.7:81 -g")
    requests = Requests(node)
    director.start()
    await_table(node, lines_of(80) + lines_of(81))
    assert sorted(requests.writes()) == [NEW_DEST, DEL_DEST]


def test_one_weight_is_one_request(node, start):
    conf = service(80) + service(81)
    director = start(conf)
    await_table(node, lines_of(80) + lines_of(81))
    requests = Requests(node)
    director.write(service(80, weight=5) + service(81))
    director.reload()
    await_table(node, lines_of(80, weight=5) + lines_of(81))
    assert requests.writes() == [SET_DEST]


def test_drift_is_put_back(node, start):
    director = start(service(80))
    await_table(node, lines_of(80))
    mark = director.log_mark()
    node.run("ipvsadm -e -t 192.168.3.110:80 -r 192.168.3.128:80 -g -w 9")
    await_table(node, lines_of(80), timeout=90)
    node.run("ipvsadm -D -t 192.168.3.110:80")
    await_table(node, lines_of(80), timeout=90)
    assert director.log()[mark:] != ""


def run(*words):
    return subprocess.run(words, check=False, capture_output=True,
                          text=True, timeout=60)


@pytest.fixture
def no_fo():
    """The kernel finds no module of this scheduler; call it to end that."""
    path = run("modinfo", "-n", "ip_vs_fo").stdout.strip()
    until(lambda: run("modprobe", "-r", "ip_vs_fo").returncode == 0, 60,
          "nobody needs ip_vs_fo")
    assert run("mount", "--bind", "/dev/null", path).returncode == 0
    hidden = [path]
    yield lambda: run("umount", hidden.pop())
    for one in hidden:
        run("umount", one)


def test_scheduler_comes_back(node, start, no_fo):
    """Without its module a service is said to be missing, and which module
    it would be; the others are there, and it comes with the module."""
    director = start(service(80, "fo", more="persistence_timeout 9") +
                     service(81) + service(82, "fo"))
    await_table(node, lines_of(81))
    for port in (80, 82):
        director.wait_log(r"cannot add virtual service \[192.168.3.110\]:tcp:"
                          r"%d: the kernel has no scheduler 'fo' "
                          r"\(modprobe ip_vs_fo\)" % port, 20)
    no_fo()
    await_table(node, lines_of(80, "fo", more=" -p 9") + lines_of(81) +
                lines_of(82, "fo"), 20)
    director.wait_log("the kernel has scheduler 'fo' now", 20)
    assert "put back" not in director.log()


SYNC = "global_defs {\n lvs_sync_daemon ens33\n}\n"


def tunnels(*servers):
    return ("virtual_server 192.168.3.110 80 {\n lvs_sched rr\n"
            " lvs_method TUN\n protocol TCP\n%s}\n" % "".join(
                " real_server %s 80 {\n }\n" % one for one in servers))


def tunnel_lines(*servers):
    return ["-A -t 192.168.3.110:80 -s rr"] + [
        "-a -t 192.168.3.110:80 -r %s -i -w 1 --tun-type ipip" % one
        for one in servers]


def roles(node):
    return node.out("ipvsadm -l --daemon").count("sync daemon")


def test_other_family_and_sync(node, start):
    """The kernel has either servers of the other family or a sync daemon.
    The file decides, and says so; if somebody else has started one, the
    refusal is said and the server comes when that one is gone."""
    both = tunnels("192.168.3.128", "2001:db8::2")
    four, all_of_them = tunnel_lines("192.168.3.128:80"), tunnel_lines(
        "192.168.3.128:80", "[2001:db8::2]:80")
    director = start(SYNC + both)
    director.wait_log(r"keepalived.conf:10:2: .*real server 2001:db8::2 is of "
                      r"the other address family, .*lvs_sync_daemon", 20)
    await_table(node, four, 20)
    until(lambda: roles(node) == 2, 20, director.log)
    director.write(both)
    director.reload()
    await_table(node, all_of_them, 20)
    assert roles(node) == 0
    director.write(SYNC + both)
    director.reload()
    director.wait_log("Reload refused: .*keepalived.conf:10:2: ", 20)
    director.write(SYNC + tunnels("192.168.3.128"))
    director.reload()
    until(lambda: roles(node) == 2, 20, director.log)
    await_table(node, four, 20)
    director.write(tunnels("192.168.3.128"))
    director.reload()
    until(lambda: roles(node) == 0, 20, director.log)
    node.run("ipvsadm --start-daemon master --mcast-interface ens33")
    director.write(both)
    director.reload()
    director.wait_log(r"cannot add server \[2001:db8::2\]:tcp:80 of "
                      r"\[192.168.3.110\]:tcp:80: .*not with a sync daemon",
                      20)
    node.run("ipvsadm --stop-daemon master")
    await_table(node, all_of_them, 20)
    assert "put back" not in director.log()


def test_tunnel_to_itself(node, start):
    """A server behind a tunnel that is this machine is said to need none,
    at its line; what is not this machine is not."""
    director = start(tunnels("192.168.3.130", "192.168.3.128", "127.0.0.1"))
    for line, address in ((5, "192.168.3.130"), (9, "127.0.0.1")):
        director.wait_log(r"keepalived.conf:%d:2: note: .* real server %s is "
                          r"this machine" % (line, address), 20)
    assert "128 is this machine" not in director.log()
    await_table(node, tunnel_lines("127.0.0.1:80", "192.168.3.128:80",
                                   "192.168.3.130:80"), 20)
    assert "192.168.3.130 is this machine" in director.check_config().stdout \
        + director.check_config().stderr
