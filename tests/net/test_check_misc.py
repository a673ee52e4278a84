# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""MISC_CHECK and FILE_CHECK: real scripts in all their ways to end, numbers in
files, and what both do to weight and quorum."""

import os
import re
import signal

import pytest

from checklab import VIP, block, server, service
from netlab import until
from test_tell import MailServer

ONE, TWO = "10.9.0.11", "10.9.0.12"
ROOT = ("script_user root",)


class Script:
    """A check script; says() makes it end so, runs() counts."""

    def __init__(self, folder, name="m.sh"):
        self.path = os.path.join(folder, name)
        self.log = self.path + ".log"
        self.says("exit 0")

    def says(self, *lines):
        """Replaced as a whole: a run under way goes on with the old one."""
        new = self.path + ".new"
        with open(new, "w") as f:
            f.write("#!/bin/sh\necho $$ >> %s\n%s\n" %
                    (self.log, "\n".join(lines)))
        os.chmod(new, 0o755)
        os.rename(new, self.path)

    def runs(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as f:
            return [int(x) for x in f.read().split()]


@pytest.fixture
def script(tmp_path):
    return Script(str(tmp_path))


def misc(path, lines=(), retry=0):
    return block("MISC_CHECK", ('misc_path "%s"' % path, "retry %d" % retry,
                                "delay_before_retry 0.1", "delay_loop 0.3",
                                "warmup 0", *lines), 2)


def start(checks, *servers, lines=ROOT, more=(), above="", **args):
    text = service(servers, lines=("delay_loop 1", *more))
    one = checks.start(above + text, lines=lines, **args)
    one.wait_log("Startup complete")
    return one


def wait_weight(checks, address, weight, timeout=10):
    return checks.wait_dump(r"Real server \[%s\].*: UP since .*, weight %d, " %
                            (re.escape(address), weight), timeout)


def is_there(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ---- how a script ends ----
@pytest.mark.parametrize("bad, why", [
    (("exit 1",), "exited with status 1"),
    (("exit 7",), "exited with status 7"),
    (("exit 255",), "exited with status 255"),
    (("kill -9 $$",), "due to signal 9"),
])
def test_each_way_to_fail(checks, script, bad, why):
    start(checks, server(ONE, 80, misc(script.path)))
    checks.wait_log(r"Misc check for \[\[%s\]:tcp:80 VS \[%s\]:tcp:80\] by "
                    r"\[%s\] succeeded\." % (ONE, VIP, script.path))
    script.says(*bad)
    checks.wait_log(r"by \[%s\] failed with retry disabled \(%s\)\." %
                    (script.path, why))
    checks.wait_down(ONE)
    mark = checks.mark()
    script.says("exit 0")
    checks.wait_up(ONE, since=mark)
    assert why in checks.dump()  # why it failed last stays readable


def test_retries(checks, script):
    start(checks, server(ONE, 80, misc(script.path, ("log_all_failures",),
                                       retry=2)))
    checks.wait_log("succeeded")
    script.says("exit 3")
    checks.wait_log(r"failed, will do 2 retries \(exited with status 3\)")
    checks.wait_log(r"failed, will do 1 retry \(")
    checks.wait_log(r"failed after 2 retries \(exited with status 3\)")
    checks.wait_down(ONE)


def test_time_limit_takes_the_whole_group(checks, script):
    """It hangs, ignores SIGTERM and has children that do, too."""
    start(checks, server(ONE, 80, misc(script.path, ("misc_timeout 1",))))
    checks.wait_log("succeeded")
    child = script.path + ".child"
    script.says("trap '' TERM", "(trap '' TERM; echo $(sh -c 'echo $PPID') "
                ">> %s; while :; do sleep 0.1; done) &" % child,
                "while :; do sleep 0.1; done")
    checks.wait_log(r"by \[%s\] timed out with retry disabled\." %
                    script.path)
    checks.wait_down(ONE)
    until(lambda: os.path.exists(child), 5, "the child")
    hung = script.runs()[-1]
    script.says("exit 0")
    checks.wait_up(ONE)
    with open(child) as f:
        pids = [hung, *map(int, f.read().split())]
    until(lambda: not any(is_there(pid) for pid in pids), 10,
          "the group to end")


def test_what_a_script_leaves_behind_stays(checks, script):
    """A script that ended in time may have started something."""
    child = script.path + ".child"
    script.says("[ -e %s ] || { sleep 300 & echo $! > %s; }" % (child, child),
                "exit 0")
    start(checks, server(ONE, 80, misc(script.path)))
    until(lambda: len(script.runs()) > 3, 10, "some runs")
    with open(child) as f:
        pid = int(f.read())
    assert is_there(pid)
    os.kill(pid, signal.SIGKILL)


def test_what_cannot_run_says_nothing(checks, script):
    """Not executable, gone: the server stays as it is, and it is said."""
    start(checks, server(ONE, 80, misc(script.path)))
    checks.wait_log("succeeded")
    os.chmod(script.path, 0o644)
    checks.wait_log(r"check script %s: not an executable file" % script.path)
    checks.wait_log(r"not possible \(local: the script cannot be run: "
                    "Permission denied\\): it stays up")
    os.unlink(script.path)
    checks.wait_log(r"check script %s: No such file" % script.path)
    assert "Removing" not in checks.log()
    mark = checks.mark()
    script.says("exit 1")  # another file, looked at anew
    checks.wait_down(ONE, since=mark)


def test_unsafe_under_script_security(checks, script):
    """What others can write does not run as root, checked at each run."""
    start(checks, server(ONE, 80, misc(script.path)),
          lines=(*ROOT, "enable_script_security"))
    checks.wait_log("succeeded")
    script.says("exit 1")
    os.chmod(script.path, 0o777)
    checks.wait_log(r"check script %s: runs as root, but others can change "
                    "it" % script.path)
    assert "Removing" not in checks.log()
    os.chmod(script.path, 0o755)
    checks.wait_down(ONE)


def test_user(checks, script, tmp_path):
    out = tmp_path / "who"
    out.touch()
    os.chmod(str(out), 0o666)
    for folder in (str(tmp_path), os.path.dirname(str(tmp_path)),
                   os.path.dirname(os.path.dirname(str(tmp_path)))):
        os.chmod(folder, 0o755)
    script.says("echo $(id -u) $0 $# $* > %s" % out)
    start(checks, server(ONE, 80, block("MISC_CHECK", (
        'misc_path "%s a \'b c\'"' % script.path, "user nobody",
        "warmup 0"), 2)))
    until(lambda: out.read_text(), 10, "the script's words")
    assert out.read_text().split() == ["65534", script.path, "2", "a", "b",
                                       "c"]


# ---- sharing, slowness, end ----
def test_one_run_for_all_that_ask_the_same(checks, script):
    start(checks, *(server("10.9.0.%d" % i, 80, misc(script.path))
                    for i in range(11, 31)))
    checks.wait_log(r"Misc check for \[\[10.9.0.11\]:tcp:80 VS \[%s\]:tcp:80 "
                    r"and 19 more\] by" % VIP)
    until(lambda: len(script.runs()) >= 4, 10, "runs")
    dump = checks.dump()
    assert re.search(r"Probes 1, ", dump), dump
    script.says("exit 1")
    for i in range(11, 31):
        checks.wait_down("10.9.0.%d" % i)


def test_slow_scripts_delay_nothing(checks, tmp_path):
    """200 scripts that hang (more than run at a time), and one that must not
    wait for any of them longer than its turn."""
    slow, quick = Script(str(tmp_path), "slow"), Script(str(tmp_path), "quick")
    slow.says("sleep 30")
    start(checks, server(ONE, 80, misc(quick.path)),
          *(server("10.9.1.%d" % (i + 1), 80,
                   misc("%s %d" % (slow.path, i),
                        ("misc_timeout 2", "delay_loop 2")))
            for i in range(200)))
    checks.wait_log(r"by \[%s\] timed out" % slow.path)
    quick.says("exit 1")
    checks.wait_down(ONE)
    mark = checks.mark()
    quick.says("exit 0")
    checks.wait_up(ONE, since=mark)


def test_scripts_end_with_their_server(checks, script):
    script.says("sleep 300")
    start(checks, server(ONE, 80, misc(script.path, ("misc_timeout 200",))),
          server(TWO, 80, ()))
    until(script.runs, 10, "a run")
    first = script.runs()[0]
    assert is_there(first)
    checks.reload(service([server(TWO, 80, ())]), lines=ROOT)
    until(lambda: not is_there(first), 10, "the end of the script")


def test_scripts_end_with_the_process(checks, script):
    """kill -9 of the check process: its scripts go, its successor asks
    anew."""
    script.says("sleep 300")
    one = start(checks, server(ONE, 80, misc(script.path,
                                             ("misc_timeout 200",))))
    until(script.runs, 10, "a run")
    first = script.runs()[0]
    script.says("exit 1")
    os.kill(one.engine("check"), signal.SIGKILL)
    until(lambda: not is_there(first), 10, "the end of the script")
    checks.wait_down(ONE)


# ---- weights ----
def test_dynamic_weight(checks, script):
    start(checks, server(ONE, 80, misc(script.path, ("misc_dynamic",)),
                         weight=10), server(TWO, 80, (), weight=1),
          more=("quorum 5",))
    checks.wait_log("succeeded")
    script.says("exit 9")
    checks.wait_log(r"Changing weight from 10 to 7 for active service "
                    r"\[%s\]:tcp:80 of VS \[%s\]:tcp:80" % (ONE, VIP))
    wait_weight(checks, ONE, 7)
    mark = checks.mark()
    script.says("exit 2")
    checks.wait_log("Lost quorum 5-0=5 > 1 for VS", since=mark)
    wait_weight(checks, ONE, 0)
    assert "Removing service [%s]" % ONE not in checks.log()
    script.says("exit 255")
    checks.wait_log("Gained quorum 5.0=5 <= 254 for VS", since=mark)
    script.says("exit 1")
    checks.wait_down(ONE, since=mark)
    script.says("exit 0")
    checks.wait_up(ONE, since=mark)
    wait_weight(checks, ONE, 10)


def test_weight_stays_over_reload_and_respawn(checks, script):
    servers = [server(ONE, 80, misc(script.path, ("misc_dynamic",
                                                  "misc_timeout 9")),
                      weight=10), server(TWO, 80, ())]
    script.says("exit 9")
    one = start(checks, *servers)
    wait_weight(checks, ONE, 7)
    script.says("sleep 1", "exit 9")
    mark = checks.mark()
    checks.reload(service([servers[0]], lines=("delay_loop 1",)), lines=ROOT)
    one.wait_log("Reload complete", since=mark)
    wait_weight(checks, ONE, 7)
    assert "Changing weight" not in checks.log(mark)
    mark = checks.mark()
    was, runs = one.engine("check"), len(script.runs())
    os.kill(was, signal.SIGKILL)
    until(lambda: one.engine("check") not in (None, was), 10, "a new one")
    wait_weight(checks, ONE, 7)  # before the script has run again, and after
    until(lambda: len(script.runs()) > runs + 2, 15, "runs for the new one")
    wait_weight(checks, ONE, 7)
    assert not re.search(r"Changing weight|(Adding|Removing|Enabling|"
                         r"Disabling) service|[Qq]uorum", checks.log(mark))


# ---- files ----
def track_file(path, name="tf", lines=()):
    return block("track_file %s" % name, ('file "%s"' % path, *lines), 0)


def file_check(lines=(), name="tf"):
    return block("FILE_CHECK", ("track_file %s" % name, *lines), 2)


def test_file_without_any_vrrp(checks, tmp_path):
    """Inherited weight, own weight, weight 0, both faults; at once."""
    path = tmp_path / "tf"
    path.write_text("5\n")
    start(checks, server(ONE, 80, file_check(), weight=20),
          server(TWO, 80, file_check(("weight -3",)), weight=30),
          server("10.9.0.13", 80, file_check(("weight 1 reverse",)),
                 weight=10),
          server("10.9.0.14", 80, file_check(("weight 0",)), weight=1),
          above=track_file(path, lines=("weight 2",)))
    # From the first moment, before anything is told to anybody.
    checks.wait_log(r"Gained quorum 1.0=1 <= 50 for VS .*3 of 4 servers")
    wait_weight(checks, ONE, 30)
    wait_weight(checks, TWO, 15)
    wait_weight(checks, "10.9.0.13", 5)
    path.write_text("0\n")
    checks.wait_log(r"\(\[10.9.0.14\]:tcp:80 VS .*\): tracked file tf leaving "
                    "FAULT state", 1)
    checks.wait_up("10.9.0.14")
    wait_weight(checks, ONE, 20)
    mark = checks.mark()
    path.write_text("2000000000\n")
    checks.wait_log(r"\(\[%s\]:tcp:80 VS .*\): tracked file tf now FAULT "
                    "state" % TWO, since=mark)
    checks.wait_down(TWO, since=mark)
    wait_weight(checks, ONE, 2147483647)
    path.unlink()
    checks.wait_up(TWO, since=mark)
    wait_weight(checks, ONE, 20)


def test_file_over_reload_and_respawn(checks, tmp_path):
    path, other = tmp_path / "tf", tmp_path / "other"
    path.write_text("5\n")
    other.write_text("7\n")
    head = track_file(path) + track_file(other, "other")

    def text(weight):
        return head + service([
            server(ONE, 80, file_check(("weight %d" % weight,)), weight=10),
            server(TWO, 80, file_check((), "other" if weight > 1 else "tf"),
                   weight=10)])
    one = checks.start(text(1), lines=ROOT)
    one.wait_log("Startup complete")
    wait_weight(checks, ONE, 15)
    checks.reload(text(3), lines=ROOT)
    one.wait_log("Reload complete")
    wait_weight(checks, ONE, 25)
    wait_weight(checks, TWO, 17)
    was = one.engine("check")
    os.kill(was, signal.SIGKILL)
    until(lambda: one.engine("check") not in (None, was), 10, "a new one")
    mark = checks.mark()
    wait_weight(checks, ONE, 25)
    other.write_text("1\n")
    checks.wait_log("Changing weight from 17 to 11 for active", since=mark)
    assert "from 10 to" not in checks.log(mark)


# ---- who is told ----
def test_everybody_is_told(checks, script, tmp_path):
    """Mails in keepalived's words, FIFO lines, and the scripts of servers and
    services, in order and as their users."""
    mails, notes = MailServer(checks.node, "plain", tmp_path), tmp_path / "n"
    fifo = tmp_path / "fifo"
    note = Script(str(tmp_path), "note")
    note.says("echo $* $(id -u) >> %s" % notes)
    os.mkfifo(str(fifo))
    reader = os.open(str(fifo), os.O_RDONLY | os.O_NONBLOCK)
    start(checks, server(ONE, 80, misc(script.path, ("misc_timeout 1",)), (
        'notify_up "%s up"' % note.path, 'notify_down "%s down"' % note.path)),
          lines=(*ROOT, "notification_email {\n a@example.com\n }",
                 "notification_email_from b@example.com",
                 "smtp_server 127.0.0.1 2525", "smtp_alert_checker",
                 "smtp_alert_gather 0", "smtp_alert_rate 1000",
                 "lvs_notify_fifo %s" % fifo),
          more=('quorum_up "%s gained"' % note.path,
                'quorum_down "%s lost"' % note.path))
    checks.wait_log("succeeded")
    script.says("exit 1")
    checks.wait_down(ONE)
    script.says("exit 0")
    checks.wait_up(ONE)
    script.says("sleep 30")
    checks.wait_log("timed out")

    def told():
        """Alone or several in a mail: subject and text of each."""
        found = []
        for mail in mails.mails():
            head, _, body = mail["text"].partition("\r\n\r\n")
            words = re.findall(r"^\d{4}-\S+ \S+ (.*)\r\n    => (.*) <=", body,
                               re.M)
            found += words or [(
                re.search(r"Subject: \[test\] (.*)\r", head)[1],
                re.search(r"=> (.*) <=", body)[1])]
        return found
    rs = "Realserver [%s]:tcp:80 of virtual server [%s]:tcp:80 - " % (ONE, VIP)
    vs = "Virtualserver [%s]:tcp:80 - " % VIP
    until(lambda: len(told()) >= 7, 10, lambda: str(mails.notes()))
    assert told() == [
        (vs + "UP", "Gained quorum 1+0=1 <= 1"),
        (rs + "DOWN", "MISC CHECK failed on service"),
        (vs + "DOWN", "Lost quorum 1-0=1 > 0"),
        (rs + "UP", "MISC CHECK succeeded on service"),
        (vs + "UP", "Gained quorum 1+0=1 <= 1"),
        (rs + "DOWN", "MISC CHECK timed out on service"),
        (vs + "DOWN", "Lost quorum 1-0=1 > 0")]
    lines = os.read(reader, 65536).decode().split("\n")
    os.close(reader)
    a, b = "RS [%s]:tcp:80 [%s]:tcp:80 " % (ONE, VIP), "VS [%s]:tcp:80 " % VIP
    assert lines[:-1] == [b + "UP", a + "DOWN", b + "DOWN", a + "UP",
                          b + "UP", a + "DOWN", b + "DOWN"]
    until(lambda: notes.exists() and len(notes.read_text().split("\n")) > 7,
          10, "the notes")
    said = notes.read_text().split("\n")[:-1]
    assert [x for x in said if "gained" in x or "lost" in x] == [
        "gained 0", "lost 0", "gained 0", "lost 0"]
    assert [x for x in said if "up" in x or "down" in x] == [
        "down 0", "up 0", "down 0"]


def test_rs_init_notifies(checks, script, tmp_path):
    notes = tmp_path / "n"
    note = Script(str(tmp_path), "note")
    note.says("echo $* >> %s" % notes)
    start(checks, server(ONE, 80, misc(script.path),
                         ('notify_up "%s up"' % note.path,)),
          server(TWO, 80, (), ('notify_up "%s other"' % note.path,)),
          lines=(*ROOT, "rs_init_notifies"))
    until(lambda: notes.exists() and sorted(notes.read_text().split()) == [
        "other", "up"], 10, "both are told of")
