# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A director daemon under test: duumvir, or Debian's keepalived as peer.

Each runs in the foreground in its node's namespace, with its own folder for
configuration, pid files and log, so that several live on one machine.  Both
answer to the same options and signals, hence one class.
"""

import os
import re
import signal
import subprocess

from netlab import PATIENCE, until, _kill

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("DUUMVIR_BUILD", os.path.join(TOP, "build"))
ENGINES = {"vrrp": "-r", "check": "-c"}


def binary(kind="duumvir"):
    """The program to run: the build's duumvir, or the packaged peer."""
    if kind == "duumvir":
        return os.environ.get("DUUMVIR_BIN", os.path.join(BUILD, "duumvir"))
    return "/usr/sbin/" + kind


class Director:
    """Start, signal, kill and read one daemon.

    conf is the configuration's text; options are added to the command line;
    tag sets a second daemon of one node apart.
    """

    def __init__(self, node, conf, kind="duumvir", options=(), env=None,
                 tag=""):
        self.node, self.kind = node, kind
        self.options, self.env = list(options), env
        self.dir = os.path.join(node.lab.dir, "%s-%s%s" % (kind, node.name,
                                                        tag))
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        self.conf_path = os.path.join(self.dir, "keepalived.conf")
        self.log_path = os.path.join(self.dir, "log")
        self.process = None
        self.write(conf)

    def write(self, conf):
        """Replace the configuration file, without telling the daemon."""
        with open(self.conf_path, "w") as f:
            f.write(conf)

    def conf_text(self):
        with open(self.conf_path) as f:
            return f.read()

    def argv(self, *more):
        return [binary(self.kind), "-f", self.conf_path,
                "-p", self._pid_file("main"), "-r", self._pid_file("vrrp"),
                "-c", self._pid_file("check")] + self.options + list(more)

    def _pid_file(self, name):
        return os.path.join(self.dir, name + ".pid")

    def start(self):
        """Start it; returns at once."""
        log = open(self.log_path, "ab")
        env = {**os.environ, "TMPDIR": self.dir, **(self.env or {})}
        self.process = self.node.popen(self.argv("-n", "-l", "-D"),
                                       stdout=log, stderr=log, env=env)
        log.close()
        return self

    def check_config(self, *more):
        """The -t run: CompletedProcess."""
        return self.node.run(self.argv("-t", *more), check=False)

    # ---- processes ----
    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        """The supervisor and all its descendants."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            if _state(pid) in ("", "Z"):
                continue
            found.append(pid)
            todo += _children(pid)
        return found

    def engine(self, name):
        """The process id of "vrrp", "check" or "ipvs"; None while absent.

        By its title, else by its pid file (keepalived)."""
        for pid in self.pids():
            if pid != self.process.pid and name in _title(pid):
                return pid
        if name in ENGINES:
            try:
                with open(self._pid_file(name)) as f:
                    pid = int(f.read())
                return pid if pid in self.pids() else None
            except (OSError, ValueError):
                return None
        return None

    def running(self):
        return self.process is not None and self.process.poll() is None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=10):
        """Orderly stop (SIGTERM); the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout * PATIENCE)

    def kill_all(self):
        """kill -9 of every process, frozen first, so that none sees another
        die and says farewell.  The pid files go as they would with the
        machine: a zombie that nobody reaps would keep keepalived out."""
        pids = self.pids()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                _kill(pid, number)
        self.process.wait(10)
        for name in ("main", "vrrp", "check"):
            if os.path.exists(self._pid_file(name)):
                os.unlink(self._pid_file(name))

    def kill_engine(self, name):
        """kill -9 of one engine; returns its pid."""
        pid = until(lambda: self.engine(name), 5, "engine " + name)
        _kill(pid, signal.SIGKILL)
        return pid

    # ---- log ----
    def log(self):
        try:
            with open(self.log_path, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def log_mark(self):
        return len(self.log())

    def wait_log(self, pattern, timeout=10, since=0):
        """Wait for a line that matches the regular expression."""
        return until(lambda: re.search(pattern, self.log()[since:], re.M),
                     timeout, lambda: "log line /%s/ in\n%s" %
                     (pattern, self.log()[-3000:]))

    def wait_state(self, instance, state, timeout=10, since=0):
        """Wait for "(VI_1) Entering MASTER STATE" and the like."""
        return self.wait_log(r"\(%s\) Entering %s STATE" %
                             (re.escape(instance), state), timeout, since)


def _children(pid):
    found = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as f:
                found += [int(word) for word in f.read().split()]
    except OSError:
        pass  # it went away while we looked
    return found


def _state(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _title(pid):
    text = ""
    for name in ("comm", "cmdline"):
        try:
            with open("/proc/%d/%s" % (pid, name), errors="replace") as f:
                text += " " + f.read().split("\0-f")[0]
        except OSError:
            pass  # it went away while we looked
    return text


def status_field(pid, field):
    """A field of /proc/PID/status, for tests of privileges."""
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            key, _, value = line.partition(":")
            if key == field:
                return value.strip()
    raise KeyError(field)


def version(kind="duumvir"):
    done = subprocess.run([binary(kind), "-v"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=10)
    return done.stdout.strip()
