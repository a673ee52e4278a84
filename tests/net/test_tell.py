# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Telling the world: FIFOs line by line as Debian's keepalived writes them,
and mail to servers of every kind."""

import json
import os
import subprocess
import sys
import threading

import pytest

from director import BUILD, status_field
from netlab import holds, until

INSTANCE = """
vrrp_instance %(name)s {
    interface eth0
    virtual_router_id %(vrid)d
    priority %(priority)d
    advert_int 0.2
    version 3
    virtual_ipaddress { 10.9.0.%(vrid)d/24 }
    %(words)s
}
"""


def instance(name, vrid, priority=100, words=""):
    return INSTANCE % locals()


@pytest.fixture
def node(lab):
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    return one


class Reader:
    """Reads a FIFO that was there before the daemon, to the end of the
    test; holds it open, so that no line is lost."""

    def __init__(self, path):
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR)
        self.text = b""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.text += os.read(self.fd, 4096)

    def lines(self):
        return self.text.decode().splitlines()

    def of(self, start):
        """The rest of the lines that begin so."""
        return [one[len(start):].strip() for one in self.lines()
                if one.startswith(start)]

    def wait(self, start, rest, timeout=10):
        until(lambda: rest in self.of(start), timeout, self.lines)


# ---- FIFOs ----

LIFE = """
global_defs {
    script_user root
    notify_fifo %(dir)s/all
    vrrp_notify_fifo %(dir)s/vrrp
    lvs_notify_fifo %(dir)s/lvs
    vrrp_notify_priority_changes
}
track_file tf {
    file %(dir)s/number
    weight 1
}
"""
# The group goes where VI_1 goes, and VI_6 with it.
LIFE_GROUP = "vrrp_sync_group G {\n group { VI_1\n VI_6\n }\n}\n"
LIFE_INSTANCES = [
    ("VI_1", 51, 100, "track_interface { eth1 }"),
    ("VI_6", 56, 60, ""),
    ("VI_2", 52, 120, "notify_priority_changes off\n track_file { tf }"),
    ("VI_3", 53, 90, "track_file { tf }"),
    ("VI_4", 54, 80, "notify_deleted"),
    ("VI_5", 55, 70, ""),
]


def live(lab, director, tmp_path, kind):
    """The same life for both daemons; what their FIFOs said."""
    base = tmp_path / kind
    base.mkdir()
    (base / "number").write_text("0\n")
    node = lab.node(kind[0])
    lab.plug(node, "eth0", "10.9.0.1/24", switch="sw" + kind[0])
    lab.plug(node, "eth1", "10.8.0.1/24", switch="sx" + kind[0])
    for name in ("eth0", "eth1"):
        until(lambda: "state UP" in node.out("ip link show " + name), 5)
    reader = {name: Reader(str(base / name)) for name in ("all", "vrrp")}
    text = LIFE % {"dir": base} + LIFE_GROUP
    conf = text + "".join(instance(*one) for one in LIFE_INSTANCES)
    d = director(node, conf, kind=kind)
    all_ = reader["all"]
    for one in LIFE_INSTANCES:
        all_.wait('INSTANCE "%s"' % one[0], "MASTER %d" % one[2])
    (base / "number").write_text("5\n")
    all_.wait('INSTANCE "VI_3"', "MASTER_PRIORITY 95")
    node.link("eth1", up=False)
    all_.wait('INSTANCE "VI_1"', "FAULT 100")
    node.link("eth1", up=True)
    until(lambda: all_.of('INSTANCE "VI_1"')[-2:] ==
          ["BACKUP 100", "MASTER 100"], 10, all_.lines)
    until(lambda: all_.of('GROUP "G"')[-2:] == ["BACKUP 0", "MASTER 0"], 10,
          all_.lines)
    # Only the priorities' own instances stay: 4 and 5 are deleted.
    (base / "number").write_text("0\n")
    all_.wait('INSTANCE "VI_3"', "MASTER_PRIORITY 90")
    d.write(text + "".join(instance(*one) for one in LIFE_INSTANCES[:4]))
    d.reload()
    all_.wait('INSTANCE "VI_5"', "FAULT 70")
    assert d.stop() == 0
    all_.wait('INSTANCE "VI_3"', "STOP 90")
    all_.wait('GROUP "G"', "STOP 0")
    until(lambda: len(reader["vrrp"].lines()) == len(all_.lines()), 5)
    assert reader["vrrp"].lines() == all_.lines()
    assert (base / "all").is_fifo()  # it was not ours to remove
    assert not (base / "lvs").exists()
    return all_


def test_fifo_lines_are_keepalived_s(lab, director, tmp_path):
    ours = live(lab, director, tmp_path, "duumvir")
    theirs = live(lab, director, tmp_path, "keepalived")
    for one in LIFE_INSTANCES:
        start = 'INSTANCE "%s"' % one[0]
        assert ours.of(start) == theirs.of(start)
    assert ours.of('GROUP "G"') == theirs.of('GROUP "G"')
    # The group first at the start, its members first ever after.
    members = [[one for one in of.lines() if one.split()[1] in
                ('"G"', '"VI_1"', '"VI_6"')] for of in (ours, theirs)]
    for lines in members:
        assert lines[0] == 'GROUP "G" BACKUP 0'
        for i in range(5, len(lines), 3):
            assert lines[i].startswith("GROUP"), lines
    assert sorted(ours.lines()) == sorted(theirs.lines())


READER_SCRIPT = """#!/bin/sh
echo "start $*" >> %(out)s
while read -r line; do echo "$line" >> %(out)s; done < "$2"
echo end >> %(out)s
"""


@pytest.fixture
def script(tmp_path):
    """A FIFO's script that writes down what it reads."""
    out, path = tmp_path / "out", tmp_path / "script"
    out.write_text("")
    path.write_text(READER_SCRIPT % {"out": out})
    path.chmod(0o755)

    class Script:
        name = str(path)

        @staticmethod
        def lines():
            return out.read_text().splitlines()

    return Script


def test_script_lives_over_a_reload_and_hears_the_end(
        node, director, tmp_path, script):
    fifo = tmp_path / "fifo"
    text = ("global_defs {\n script_user root\n notify_fifo %s\n"
            " notify_fifo_script \"%s word\"\n"
            " fifo_write_vrrp_states_on_reload\n}\n" % (fifo, script.name))
    d = director(node, text + instance("VI_1", 51) + instance("VI_2", 52))
    for name in ("VI_1", "VI_2"):
        until(lambda: 'INSTANCE "%s" MASTER 100' % name in script.lines(), 10,
              script.lines)
    assert fifo.is_fifo()
    mark = len(script.lines())
    d.write(text + instance("VI_1", 51) + instance("VI_2", 52, 110))
    d.reload()
    until(lambda: len(script.lines()) >= mark + 2, 10, script.lines)
    assert script.lines()[mark:] == ['INSTANCE "VI_1" MASTER 100',
                                     'INSTANCE "VI_2" MASTER 110']
    assert d.stop() == 0
    lines = script.lines()
    assert lines[0] == "start word %s" % fifo
    assert lines[-3:] == ['INSTANCE "VI_1" STOP 100',
                          'INSTANCE "VI_2" STOP 110', "end"]
    assert sum(one.startswith("start") for one in lines) == 1
    assert not fifo.exists()


def test_full_fifo_stalls_nothing(node, director, tmp_path):
    """Nobody reads: whole lines or none, and a counted rest."""
    fifo = tmp_path / "fifo"
    with open("/proc/sys/fs/pipe-max-size") as f:
        room = int(f.read())
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    try:
        big = b"x" * 3999 + b"\n"
        d = director(node, "global_defs {\n notify_fifo %s\n}\n" % fifo +
                     instance("VI_0", 50))
        d.wait_state("VI_0", "BACKUP")
        for line in (big, b"\n"):  # to the last byte
            try:
                for _ in range(2 * room):
                    os.write(keep, line)
                raise AssertionError("the FIFO has no end")
            except BlockingIOError:
                pass
        node.link("eth0", up=False)
        d.wait_log(r"FIFO \S+ is full, nobody reads it: \d+ lines dropped")
        d.wait_state("VI_0", "FAULT")
        node.link("eth0", up=True)
        d.wait_state("VI_0", "MASTER")
        assert d.stop() == 0
        text = b""
        while True:
            try:
                text += os.read(keep, 1 << 20)
            except BlockingIOError:
                break
        for one in text.splitlines():
            assert one in (b"", big[:-1]) or one.startswith(b'INSTANCE "VI_0" ')
    finally:
        os.close(keep)


def test_respawn_is_not_told(node, director, tmp_path):
    """An engine that comes back in its old state is no news."""
    reader = Reader(str(tmp_path / "fifo"))
    d = director(node, "global_defs {\n vrrp_notify_fifo %s/fifo\n}\n" %
                 tmp_path + instance("VI_1", 51))
    reader.wait('INSTANCE "VI_1"', "MASTER 100")
    mark = d.log_mark()
    d.kill_engine("vrrp")
    d.wait_state("VI_1", "MASTER", since=mark)
    d.stop()
    reader.wait('INSTANCE "VI_1"', "STOP 100")
    assert reader.of('INSTANCE "VI_1"') == ["BACKUP 100", "MASTER 100",
                                            "STOP 100"]


# ---- mail ----

class MailServer:
    """mailserver.py in a node, in some manner."""

    def __init__(self, node, manner, folder):
        self.out = folder / "mails"
        more = []
        if manner in ("starttls", "secret", "tls"):
            self.ca = folder / "cert.pem"
            more = [str(self.ca), str(folder / "key.pem")]
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-subj", "/CN=mail", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-days", "1", "-keyout",
                 more[1], "-out", more[0]], check=True, timeout=30,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        folder.chmod(0o755)
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = node.popen(
            [sys.executable, "-B", os.path.join(here, "mailserver.py"),
             manner, "2525", str(self.out)] + more)
        until(lambda: any("ready" in one for one in self.notes()), 15,
              "the mail server")

    def notes(self):
        if not self.out.exists():
            return []
        # The last line may be half written.
        return [json.loads(one) for one in
                self.out.read_text().split("\n")[:-1]]

    def mails(self):
        return [one for one in self.notes() if "text" in one]


MAIL = """
global_defs {
    router_id BOX
    notification_email { admin@example.com third@x.org }
    notification_email_from "The Box <box@example.com>"
    smtp_server 127.0.0.1 2525
    smtp_helo_name box.example.com
    smtp_connect_timeout 2
    smtp_alert
    smtp_alert_gather 0.3
    %s
}
"""


def subjects(server):
    return [line for mail in server.mails()
            for line in mail["text"].split("\r\n")
            if line.startswith("Subject: ")]


def told(server):
    """All states that the mails tell, in order."""
    found = []
    for mail in server.mails():
        head, _, body = mail["text"].partition("\r\n\r\n")
        words = body if " alerts, last: " in head else head
        found += [one.split(" state")[0]
                  for one in words.split("Entering ")[1:]]
    return found


def test_mail_in_keepalived_s_form(node, director, tmp_path):
    server = MailServer(node, "plain", tmp_path)
    d = director(node, MAIL % "" + instance("VI_1", 51))
    until(lambda: len(server.mails()) >= 2, 10, d.log)
    first = server.mails()[0]
    assert first["helo"] == "box.example.com"
    assert first["sender"] == "box@example.com"
    assert first["to"] == ["admin@example.com", "third@x.org"]
    head, _, body = first["text"].partition("\r\n\r\n")
    assert head.split("\r\n")[1:] == [
        "From: The Box <box@example.com>",
        "Subject: [BOX] VRRP Instance VI_1 - Entering BACKUP state",
        "X-Mailer: Duumvir",
        "To: admin@example.com, third@x.org",
    ]
    assert body == ("=> VRRP Instance is no longer owning VRRP VIPs <=\r\n"
                    "\r\n")
    node.link("eth0", up=False)
    until(lambda: len(server.mails()) >= 3, 10, d.log)
    d.write(MAIL % "no_email_faults" + instance("VI_1", 51) +
            instance("VI_2", 52, words="smtp_alert off"))
    d.reload()
    node.link("eth0", up=True)
    until(lambda: told(server)[-1] == "MASTER", 10, d.log)
    mark = d.log_mark()
    node.link("eth0", up=False)
    d.wait_state("VI_1", "FAULT", since=mark)
    mark = d.log_mark()
    node.link("eth0", up=True)
    d.wait_state("VI_1", "MASTER", since=mark)
    d.write(MAIL % "" + instance("VI_2", 52, words="smtp_alert off"))
    d.reload()
    until(lambda: "FAULT" in told(server)[-1], 10, d.log)  # deleted
    assert d.stop() == 0
    assert not any("VI_2" in one["text"] for one in server.mails())
    assert told(server).count("FAULT") == 2


def test_last_alerts_are_mailed_before_the_end(node, director, tmp_path):
    server = MailServer(node, "plain", tmp_path)
    d = director(node, MAIL % "smtp_alert_gather 60" + instance("VI_1", 51))
    d.wait_state("VI_1", "MASTER")
    assert server.mails() == []
    assert d.stop() == 0
    assert told(server) == ["BACKUP", "MASTER"]


def test_storm_is_a_handful_of_mails(node, director, tmp_path):
    server = MailServer(node, "plain", tmp_path)
    names = ["VI_%d" % i for i in range(1, 201)]
    d = director(node, MAIL % "smtp_alert_gather 1\nsmtp_alert_rate 6" +
                 "".join(instance(name, i + 20)
                         for i, name in enumerate(names)))
    for name in names:
        d.wait_state(name, "MASTER", 20)
    for up in (False, True):
        mark = d.log_mark()
        node.link("eth0", up=up)
        for name in names:
            d.wait_state(name, "MASTER" if up else "FAULT", 20, since=mark)
    assert d.stop() == 0
    # BACKUP, MASTER, FAULT, BACKUP, MASTER of each; all of it was told.
    assert len(told(server)) >= 1000
    for name in names:
        assert sum(mail["text"].count(" %s - " % name)
                   for mail in server.mails()) >= 5
    assert len(server.mails()) <= 8


@pytest.mark.parametrize("words, tls", [
    ("smtp_tls no", False), ("smtp_tls try", True),
    ("smtp_tls require\nsmtp_tls_ca %(ca)s", True)])
def test_starttls(node, director, tmp_path, words, tls):
    server = MailServer(node, "starttls", tmp_path)
    d = director(node, MAIL % (words % {"ca": server.ca}) +
                 instance("VI_1", 51))
    until(server.mails, 10, d.log)
    assert server.mails()[0]["tls"] is tls
    d.stop()


@pytest.mark.parametrize("manner, words", [
    ("starttls", "smtp_tls require"),  # not of an authority of ours
    ("plain", "smtp_tls require"),
    ("plain", "smtp_user watch\nsmtp_password \"dog pass\"")])
def test_no_mail_without_good_tls(node, director, tmp_path, manner, words):
    server = MailServer(node, manner, tmp_path)
    d = director(node, MAIL % words + instance("VI_1", 51))
    d.wait_log(r"mail with \d+ alerts to 127.0.0.1: .*; next try in 10 s")
    d.stop()
    assert server.mails() == []


def test_implicit_tls(node, director, tmp_path):
    server = MailServer(node, "tls", tmp_path)
    d = director(node, MAIL % ("smtp_tls implicit\nsmtp_tls_ca %s" %
                               server.ca) + instance("VI_1", 51))
    until(server.mails, 10, d.log)
    assert server.mails()[0]["tls"] is True
    d.stop()


@pytest.mark.parametrize("words, good", [
    ("smtp_password \"dog pass\"", True), ("smtp_password_file %(file)s", True),
    ("smtp_password wrong", False)])
def test_authentication(node, director, tmp_path, words, good):
    server = MailServer(node, "secret", tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("dog pass\n")
    secret.chmod(0o600)  # for root: the program that sends cannot read it
    d = director(node, MAIL % ("smtp_user watch\nsmtp_tls_ca %s\n" %
                               server.ca + words % {"file": secret}) +
                 instance("VI_1", 51))
    if good:
        until(server.mails, 10, d.log)
        assert server.mails()[0]["user"] == "watch"
    else:
        d.wait_log(r"mail with \d+ alerts to 127.0.0.1: .*next try")
    d.stop()
    assert "dog pass" not in d.log()
    assert good or server.mails() == []


@pytest.mark.parametrize("manner, line", [
    ("silent", r"mail with \d+ alerts to 127.0.0.1: .*next try in 10 s"),
    ("garbage", r"mail with \d+ alerts to 127.0.0.1: .*next try in 10 s"),
    ("later", r"mail with \d+ alerts to 127.0.0.1: .*next try in 10 s"),
    ("reject", r"mail with \d+ alerts to 127.0.0.1: .*given up "
               r"\(0 alerts sent, [12] lost so far\)")])
def test_bad_servers_cost_nothing(node, director, tmp_path, manner, line):
    MailServer(node, manner, tmp_path)
    d = director(node, MAIL % "" + instance("VI_1", 51))
    d.wait_log(line, 15)
    # Meanwhile all goes on as ever.
    mark = d.log_mark()
    node.link("eth0", up=False)
    d.wait_state("VI_1", "FAULT", 2, since=mark)
    assert all(ord(c) >= 32 or c == "\n" for c in d.log())
    assert d.stop(timeout=10) == 0


def test_nobody_listens(node, director):
    d = director(node, MAIL % "" + instance("VI_1", 51))
    d.wait_log(r"mail with \d+ alerts to 127.0.0.1: .*next try in 10 s")
    assert d.stop() == 0
    assert "given up" in d.log()


def test_without_a_server_no_mail_is_tried(node, director):
    d = director(node, "global_defs {\n smtp_alert\n}\n" +
                 instance("VI_1", 51))
    d.wait_log("smtp_alert needs smtp_server and notification_email")
    d.wait_state("VI_1", "MASTER")
    d.stop()
    assert "mail with" not in d.log()


def test_the_program_that_sends_has_no_privileges(node, director, tmp_path):
    MailServer(node, "silent", tmp_path)
    d = director(node, MAIL % "smtp_connect_timeout 30" +
                 instance("VI_1", 51))

    def sender():
        for pid in d.pids():
            try:
                if os.readlink("/proc/%d/exe" % pid).endswith(
                        "duumvir-mail"):
                    return pid
            except OSError:
                pass  # it went away while we looked
        return None
    pid = until(sender, 10, d.log)
    assert status_field(pid, "Uid").split()[0] != "0"
    assert status_field(pid, "Groups") == ""
    assert status_field(pid, "NoNewPrivs") == "1"
    for name in ("CapPrm", "CapEff", "CapAmb", "CapInh"):
        assert int(status_field(pid, name), 16) == 0
    assert subprocess.run(["ldd", os.path.join(BUILD, "duumvir")],
                          stdout=subprocess.PIPE, text=True,
                          timeout=10).stdout.count("libcurl") == 0
    # A hung one is ended with the daemon.
    assert d.stop(timeout=10) == 0
    holds(lambda: not os.path.exists("/proc/%d/fd/0" % pid), 0.1)
