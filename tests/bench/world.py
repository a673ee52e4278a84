# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The bench's world: two namespaces joined by one veth, the daemons in them,
and what can be read about both from outside.  It creates only namespaces
named dvb*, and deletes what it created."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from figures import BARE, DUUMVIR, KEEPALIVED  # noqa: F401

HERE = Path(__file__).resolve().parent
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
IFNAME = "dvb0"
ADDRESS = {"a": "10.99.0.1", "b": "10.99.0.2"}


def run(*argv: str, check: bool = True) -> str:
    done = subprocess.run(argv, check=check, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout


def wait_until(question, seconds: float, what: str, step: float = 0.01):
    """Polls question() until it says yes; its answer.  Bounded."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(step)


def build_tools(directory: Path) -> dict[str, str]:
    """Compiles the C programs beside this file; name -> path."""
    tools = {}
    directory.mkdir(parents=True, exist_ok=True)
    headers = [header.stat().st_mtime for header in HERE.glob("*.h")]
    for source in sorted(HERE.glob("*.c")):
        target = directory / source.stem
        if (not target.exists() or target.stat().st_mtime
                < max(source.stat().st_mtime, *headers)):
            flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O2"]
            libs = []
            if source.stem.startswith("fake"):  # to be preloaded
                flags += ["-shared", "-fPIC"]
            if source.stem.startswith("ipvs"):
                flags += run("pkg-config", "--cflags", "libmnl").split()
                libs = run("pkg-config", "--libs", "libmnl").split()
            run("cc", *flags, "-o", str(target), str(source), *libs)
        tools[source.stem] = str(target)
    return tools


def hold_in_memory(path: str) -> None:
    """Puts a copy in memory in the place of a file or directory."""
    path = os.path.realpath(path)
    copy = Path(f"/run/dvb-memory{path}")
    if copy.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    run("cp", "-a", path, str(copy))
    run("mount", "--bind", str(copy), path)


def hold_programs(programs: list[str]) -> None:
    """The guest's disk is the host's: each file that is opened is a question
    to the host, during which the guest's clock runs on."""
    words = [word for path in programs for word in run("ldd", path).split()]
    for path in (*programs, *(w for w in words if w.startswith("/")),
                 "/etc/localtime", "/etc"):
        hold_in_memory(path)


class World:
    """Namespaces a and b with one veth between them."""

    def __init__(self, duumvir: str, keepalived: str | None,
                 tool_dir: Path) -> None:
        self.binary = {DUUMVIR: duumvir, KEEPALIVED: keepalived}
        self.tools = build_tools(tool_dir)
        self.directory = Path(tempfile.mkdtemp(prefix="dvb-"))
        self.directory.chmod(0o755)
        self.tag = f"dvb{os.getpid()}"
        if os.environ.get("DUUMVIR_GUEST"):
            hold_programs([self.binary[s] for s in self.subjects()])
        self.children: list[subprocess.Popen] = []

    def __enter__(self) -> "World":
        for side in "ab":
            run("ip", "netns", "add", self.netns(side))
            self.ip(side, "link", "set", "lo", "up")
        run("ip", "-n", self.netns("a"), "link", "add", IFNAME, "type",
            "veth", "peer", "name", IFNAME, "netns", self.netns("b"))
        for side in "ab":
            self.ip(side, "addr", "add", f"{ADDRESS[side]}/16", "dev", IFNAME)
            self.ip(side, "link", "set", IFNAME, "up")
        return self

    def __exit__(self, *_args) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        for side in "ab":
            run("ip", "netns", "del", self.netns(side), check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def add_links(self, count: int) -> list[str]:
        """More veths, each with its own networks on side a; their names."""
        lines = {"a": [], "b": []}
        names = [f"dvl{i}" for i in range(count)]
        for i, name in enumerate(names):
            run("ip", "-n", self.netns("a"), "link", "add", name, "type",
                "veth", "peer", "name", name, "netns", self.netns("b"))
            lines["a"] += [
                f"addr add 10.{100 + i // 250}.{i % 250}.1/24 dev {name}",
                f"addr add fe80::a:{i + 1:x}/64 dev {name} nodad"]
            for side in "ab":
                lines[side].append(f"link set {name} up")
        for side in "ab":
            subprocess.run(["ip", "-n", self.netns(side), "-batch", "-"],
                           input="\n".join(lines[side]), text=True, check=True)
        return names

    def netns(self, side: str) -> str:
        return f"{self.tag}{side}"

    def ip(self, side: str, *argv: str) -> str:
        return run("ip", "-n", self.netns(side), *argv)

    def subjects(self) -> list[str]:
        return [s for s in (DUUMVIR, KEEPALIVED) if self.binary[s]]

    def flush_vips(self, side: str) -> None:
        """Removes what a killed daemon left behind."""
        self.ip(side, "addr", "flush", "dev", IFNAME, "to", "10.99.1.0/24")

    def enter(self, side: str, stamp: int | None = None):
        """A preexec_fn: into the namespace, then note the instant of exec."""
        path = f"/run/netns/{self.netns(side)}"

        def enter_now() -> None:
            fd = os.open(path, os.O_RDONLY)
            if LIBC.setns(fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(fd)
            if stamp is not None:
                os.write(stamp, time.time_ns().to_bytes(8, "little"))

        return enter_now

    def spawn(self, side: str, argv: list[str], stamp: int | None = None,
              **kwargs) -> subprocess.Popen:
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(argv, preexec_fn=self.enter(side, stamp),
                                 **kwargs)
        self.children.append(child)
        return child

    def tool(self, side: str, name: str, *argv: object) -> list[str]:
        """Runs a small program to its end; the words it printed."""
        child = self.spawn(side, [self.tools[name], *map(str, argv)],
                           stdout=subprocess.PIPE, text=True)
        out, _ = child.communicate(timeout=60)
        if child.returncode != 0:
            raise RuntimeError(f"{name} ended with {child.returncode}")
        return out.split()

    def daemon(self, subject: str, side: str, conf: str,
               *options: str) -> "Daemon":
        return Daemon(self, subject, side, conf, options or ("-P",))


def read_text(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def tree_pids(root: int) -> list[int]:
    """root and all its descendants."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += [int(x) for x in
                 read_text(f"/proc/{pid}/task/{pid}/children").split()]
    return found


def pid_cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process, by the scheduler's own count."""
    total = 0
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return 0
    for tid in tasks:
        words = read_text(f"/proc/{pid}/task/{tid}/schedstat").split()
        total += int(words[0]) if words else 0
    return total


def pid_memory_kb(pid: int) -> dict[str, int]:
    figures = {}
    for line in read_text(f"/proc/{pid}/smaps_rollup").splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == "kB":
            figures[words[0].rstrip(":")] = int(words[1])
    return figures


class Daemon:
    """One running director, duumvir or keepalived: the same command line."""

    count = 0

    def __init__(self, world: World, subject: str, side: str, conf: str,
                 options: tuple[str, ...]) -> None:
        Daemon.count += 1
        base = world.directory / f"d{Daemon.count}"
        self.conf = base.with_suffix(".conf")
        self.conf.write_text(conf)
        self.log = base.with_suffix(".log")
        receive, stamp = os.pipe()
        argv = [world.binary[subject], "-n", "-l", "-G", *options,
                "-f", str(self.conf), "-p", f"{base}.pid",
                "-r", f"{base}.vrrp.pid", "-c", f"{base}.check.pid"]
        # Dumps of this one and of no other.
        env = dict(os.environ, TMPDIR=str(world.directory))
        if (subject == KEEPALIVED and "-C" in options
                and not Path("/proc/net/ip_vs").exists()):
            env["LD_PRELOAD"] = world.tools["fake_ipvs"]
        with self.log.open("w") as log:
            self.child = world.spawn(side, argv, stamp, stdout=log,
                                     stderr=log, env=env)
        os.close(stamp)
        self.exec_ns = int.from_bytes(os.read(receive, 8), "little")
        self.exec_monotonic = time.monotonic() - (
            time.time_ns() - self.exec_ns) / 1e9
        os.close(receive)

    def pids(self) -> list[int]:
        return tree_pids(self.child.pid)

    def cpu_ns(self) -> int:
        return sum(pid_cpu_ns(pid) for pid in self.pids())

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_log(self, text: str, seconds: float = 10) -> None:
        wait_until(lambda: text in self.log_text(), seconds,
                   f"{text!r} in the log:\n{self.log_text()[-2000:]}")

    def wait_quiet(self, seconds: float = 30, window: float = 0.2,
                   limit_ns: int = 5_000_000) -> None:
        """Until it uses less than limit_ns of CPU in a window."""

        def is_quiet() -> bool:
            before = self.cpu_ns()
            time.sleep(window)
            return self.cpu_ns() - before < limit_ns

        wait_until(is_quiet, seconds, "daemon to come to rest", 0)

    def tx_packets(self) -> int:
        for line in read_text(f"/proc/{self.child.pid}/net/dev").splitlines():
            name, _, rest = line.partition(":")
            if name.strip() == IFNAME:
                return int(rest.split()[9])
        return 0

    def signal(self, signo: int) -> None:
        self.child.send_signal(signo)

    def kill(self) -> None:
        """kill -9 of every process at one instant: frozen first, so that none
        sees another die and says farewell."""
        pids = self.pids()
        for signo in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                try:
                    os.kill(pid, signo)
                except ProcessLookupError:
                    pass
        self.child.wait(10)

    def stop(self, seconds: float = 20) -> float:
        """SIGTERM and wait; the seconds it took."""
        begin = time.monotonic()
        self.signal(signal.SIGTERM)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - begin


@dataclass(frozen=True)
class Seen:
    """A line of the capture."""

    kind: str  # "A" advert, "G" gratuitous ARP
    ns: int
    vrid: int
    priority: int
    source: str


class Capture:
    """Adverts and gratuitous ARPs on the wire of side b, stamped by the
    kernel."""

    def __init__(self, world: World, side: str = "b",
                 ifname: str = IFNAME) -> None:
        self.path = world.directory / f"capture{time.monotonic_ns()}"
        with self.path.open("w") as out:
            self.child = world.spawn(side, [world.tools["capture"], ifname],
                                     stdout=out)
        self.file = self.path.open()
        self.partial = ""
        self.seen: list[Seen] = []
        wait_until(lambda: "ready" in self.path.read_text(), 5, "capture")

    def __enter__(self) -> "Capture":
        return self

    def __exit__(self, *_args) -> None:
        self.child.terminate()
        self.child.wait(10)
        self.file.close()
        self.path.unlink()

    def poll(self) -> list[Seen]:
        """Everything seen so far."""
        text = self.partial + self.file.read()
        lines = text.split("\n")
        self.partial = lines.pop()
        for line in lines:
            kind, ns, vrid, priority, source = line.split()
            if kind == "D" and int(ns) > 0:
                raise RuntimeError(f"capture lost {ns} packets")
            if kind in "AG":
                self.seen.append(Seen(kind, int(ns), int(vrid),
                                      int(priority), source))
        return self.seen

    def forget(self) -> None:
        self.poll()
        self.seen = []

    def adverts(self, side: str, since: int = 0) -> list[Seen]:
        source = ADDRESS[side]
        return [s for s in self.poll()
                if s.kind == "A" and s.source == source and s.ns >= since]

    def garps(self, since: int = 0) -> list[Seen]:
        return [s for s in self.poll() if s.kind == "G" and s.ns >= since]

    def wait_masters(self, side: str, count: int, seconds: float,
                     since: int = 0, priority: int = 1) -> dict[int, Seen]:
        """Waits until `count` routers of side advertise with at least this
        priority; the first advert of each."""

        def firsts():
            found: dict[int, Seen] = {}
            for s in self.adverts(side, since):
                if s.priority >= priority:
                    found.setdefault(s.vrid, s)
            return found if len(found) >= count else None

        return wait_until(firsts, seconds, f"{count} masters on {side}")
