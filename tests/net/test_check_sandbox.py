# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What the check process may do: read back from /proc of the running daemon,
and tried out by sandbox_try, which enters the same sandbox by the same call."""

import ctypes
import os
import re
import signal
import subprocess

import pytest

import vrrp_conf as vc
from director import BUILD
from netlab import until
from test_check import FAST, Listener, server, service

TRY = os.path.join(BUILD, "tests", "net", "sandbox_try")
LANDLOCK_VERSION = ctypes.CDLL(None).syscall(444, None, 0, 1)
has_landlock = pytest.mark.skipif(
    LANDLOCK_VERSION < 1, reason="this kernel has no Landlock: the empty root"
    " alone keeps files away")


def attempt(*argv):
    """What sandbox_try prints, or the signal that ended it."""
    done = subprocess.run([TRY, *argv], stdout=subprocess.PIPE, text=True,
                          timeout=20)
    if done.returncode < 0:
        return signal.Signals(-done.returncode).name
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


@pytest.fixture
def daemon(pair, director):
    """A daemon with one server that is up; its check process is engine()."""
    a, b = pair
    web = Listener(b, 80)
    lines = ("checker_rt_priority 5", "checker_no_swap",
             "checker_cpu_affinity 0")
    one = director(a, vc.conf(service("10.9.1.1", [server(check=FAST)]),
                              lines=lines), options=["-C"])
    until(lambda: web.count >= 2, 10, "checks")
    return one


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1)
                    for line in f if ":\t" in line)


# ---- the running process ----

def test_privileges(daemon):
    s = status(daemon.engine("check"))
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(s[name], 16) == 0, name
    assert "0" not in s["Uid"].split() + s["Gid"].split()
    assert s["Groups"].strip() == ""
    assert s["NoNewPrivs"] == "1" and s["Seccomp"] == "2"
    assert s["Threads"] == "1"


def test_no_file_system(daemon):
    """The root is a directory without entries and name, which its user may
    not even read."""
    pid = daemon.engine("check")
    root = "/proc/%d/root" % pid
    assert os.listdir(root) == []
    st = os.stat(root)
    assert st.st_uid == 0 and st.st_mode & 0o77 == 0
    assert st.st_nlink == 0
    assert os.stat("/proc/%d/cwd" % pid).st_ino == st.st_ino


def test_no_directory_and_no_file_is_open(daemon):
    pid = daemon.engine("check")
    for fd in os.listdir("/proc/%d/fd" % pid):
        link = os.readlink("/proc/%d/fd/%s" % (pid, fd))
        # Standard error is the log of a daemon in the foreground.
        assert (re.match(r"(socket|anon_inode|pipe):|/dev/null$", link)
                or int(fd) == 2), (fd, link)


@pytest.mark.ordinary
def test_limits(daemon):
    pid = daemon.engine("check")
    with open("/proc/%d/limits" % pid) as f:
        limits = f.read()
    for name in ("Max processes", "Max core file size"):
        assert re.search(name + r" +0 +0 ", limits), limits
    # Not dumpable: nobody but root may look into it.
    assert os.stat("/proc/%d/mem" % pid).st_uid == 0


@pytest.mark.ordinary
def test_scheduling_and_memory(daemon):
    pid = daemon.engine("check")
    assert os.sched_getscheduler(pid) & 0xff == os.SCHED_RR
    assert os.sched_getparam(pid).sched_priority == 5
    assert os.sched_getaffinity(pid) == {0}
    assert int(status(pid)["VmLck"].split()[0]) > 1000


def test_dumps_logs_and_reloads_in_it(daemon):
    """What the process still does beside checking."""
    daemon.signal(signal.SIGUSR1)
    data = os.path.join(daemon.dir, "keepalived_check.data")
    until(lambda: os.path.exists(data) and "10.9.0.2" in open(data).read(),
          10, "the dump")
    mark = daemon.log_mark()
    daemon.write(vc.conf(service("10.9.1.1", [server(check=FAST)]),
                         service("10.9.1.2", [server(81, FAST)])))
    daemon.reload()
    daemon.wait_log("Reload complete", since=mark)
    daemon.wait_log(r"Removing service \[10.9.0.2\]:tcp:81", since=mark)
    assert "died" not in daemon.log()


# ---- the sandbox ----

@pytest.mark.ordinary
@pytest.mark.parametrize("deed", [
    "nothing", "tcp6", "udp", "connect", "linger", "allocate"])
def test_allowed(deed):
    assert attempt(deed) == "ok"


@pytest.mark.ordinary
@pytest.mark.parametrize("deed", [
    "open", "list", "create", "mkdir", "fork", "kill", "setuid", "packet",
    "raw", "netlink", "unix", "code", "protect", "mark", "filter", "listen"])
def test_refused(deed):
    assert attempt(deed) == "ENOSYS"


@pytest.mark.ordinary
@pytest.mark.parametrize("deed", ["exec", "exec-outer", "ptrace", "chroot"])
def test_deadly(deed):
    """Only an intruder calls these: the process ends, and it is seen."""
    assert attempt(deed) == "SIGSYS"


@pytest.mark.ordinary
@pytest.mark.parametrize("deed,error", [
    ("open", {"ENOENT", "EACCES"}), ("list", {"EACCES"}),
    ("create", {"EACCES"}), ("mkdir", {"EACCES"}),
    ("exec", {"ENOENT", "EACCES"}), ("chroot", {"EPERM", "EACCES"}),
    ("ptrace", {"EPERM"}), ("setuid", {"EPERM"}), ("packet", {"EPERM"}),
    ("raw", {"EPERM"}), ("mark", {"EPERM"}), ("core-limit", {"ok"})])
def test_other_walls_stand_alone(deed, error):
    """Without the filter: user, capabilities, root and limits do it."""
    assert attempt("-w", deed) in error


@has_landlock
@pytest.mark.ordinary
@pytest.mark.parametrize("deed", ["open-outer", "mkdir-outer", "exec-outer"])
def test_landlock_behind_the_empty_root(deed):
    """Even with a descriptor of the outer root at hand nothing opens."""
    assert attempt("-w", deed) == "EACCES"


@has_landlock
@pytest.mark.ordinary
def test_no_signal_leaves():
    if LANDLOCK_VERSION < 6:
        pytest.skip("Landlock of this kernel does not know signals")
    assert attempt("-w", "kill") == "EPERM"


@pytest.mark.ordinary
def test_no_core_is_written():
    """abort() ends it, and the kernel says that no core was written."""
    pid = os.fork()
    if pid == 0:
        os.execv(TRY, [TRY, "abort"])
    status_word = os.waitpid(pid, 0)[1]
    assert os.WTERMSIG(status_word) == signal.SIGABRT
    assert not os.WCOREDUMP(status_word)
