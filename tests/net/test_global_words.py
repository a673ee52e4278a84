# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Words of global_defs about when the configuration is read and where it is
kept: reload_time_file, reload_repeat, config_save_dir, json_version,
random_seed, tmp_config_directory."""

import json
import os
import re
import signal
import stat
import time

import pytest

from netlab import holds, until

CONF = """
global_defs {
    %s
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority %d
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass sesame
    }
    virtual_ipaddress {
        10.9.0.100
    }
}
"""


def conf(words="", priority=100):
    return CONF % (words, priority)


@pytest.fixture
def node(lab):
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    return one


def written(d, name, number):
    """What the director writes into a file now that it is asked."""
    path = os.path.join(d.dir, name)
    if os.path.exists(path):
        os.unlink(path)
    d.signal(number)
    until(lambda: os.path.exists(path), 10, path)
    with open(path) as f:
        return f.read()


def in_force(d):
    """The configuration in force, as the supervisor has it."""
    return written(d, "keepalived_parent.data", signal.SIGUSR1)


# ---- reload_time_file, reload_repeat ----

def clock(seconds, form="%H:%M:%S"):
    """The name of the moment so many seconds from now."""
    return time.strftime(form, time.localtime(time.time() + seconds))


def put(path, text):
    """As an editor does: a new file takes the place of the old one."""
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


PLANS = re.compile(r"(Scheduling reload for|Reload time updated|"
                   r"Cancelling reload|Reload time \S+ ).*")


def plans(d):
    """What it says of its plans, without the times."""
    return [re.sub(r"[\d:]{8}|(\d+[-/])+\d+", "T", m[0])
            for m in PLANS.finditer(d.log())]


@pytest.mark.parametrize("kind", ["duumvir", "keepalived"])
def test_planned_reload(node, director, tmp_path, kind):
    """When the time comes the file is read again, and the plan is gone."""
    when = str(tmp_path / "when")
    d = director(node, conf("reload_time_file " + when), kind)
    d.wait_state("VI_1", "MASTER", 15)
    d.write(conf("reload_time_file " + when, 77))
    mark = d.log_mark()
    put(when, clock(3600))
    d.wait_log("Scheduling reload for", since=mark)
    put(when, clock(3))
    d.wait_log("Reload time updated from", since=mark)
    d.wait_log("Reloading", 20, since=mark)
    until(lambda: not os.path.exists(when), 5, "the file's end")
    holds(d.running, 0.3)


def test_plans_are_told_as_keepalived(node, director, tmp_path):
    """The same hands on the file, the same lines."""
    seen = {}
    for kind in ("keepalived", "duumvir"):
        when = str(tmp_path / kind)
        d = director(node, conf("reload_time_file " + when), kind)
        d.wait_state("VI_1", "MASTER", 15)
        for n, act in enumerate((
                lambda: put(when, clock(3600) + "\n"),
                lambda: put(when, clock(7200, "%Y-%m-%d %H:%M:%S")),
                lambda: os.unlink(when),
                lambda: put(when, clock(86400 * 3, "%y-%m-%d %H:%M:%S")),
                lambda: os.unlink(when))):
            act()
            until(lambda: len(plans(d)) > n, 10, d.log)
        seen[kind] = plans(d)
        d.stop()
    assert seen["duumvir"] == seen["keepalived"]


def test_a_plan_that_is_none(node, director, tmp_path):
    when = str(tmp_path / "when")
    put(when, "soon\n")
    d = director(node, conf("reload_time_file " + when))
    d.wait_log("Reload time soon format is incorrect - ignoring")
    d.wait_log("Startup complete")
    put(when, "2001-02-03 04:05:06\n")
    d.wait_log("Reload time 2001-02-03 04:05:06 is in the past - ignoring")
    put(when, clock(2))
    d.wait_log("Reload complete", 10)
    assert not os.path.exists(when)


def test_the_folder_comes_later(node, director, tmp_path):
    """A folder that is made, or made anew, is watched again."""
    folder = tmp_path / "plans"
    when = str(folder / "when")
    d = director(node, conf("reload_time_file " + when))
    d.wait_log("Startup complete")
    folder.mkdir()
    put(when, clock(3600))
    d.wait_log("Scheduling reload for", 15)
    os.unlink(when)
    folder.rmdir()
    d.wait_log("Cancelling reload scheduled for")
    folder.mkdir()
    mark = d.log_mark()
    put(when, clock(3600))
    d.wait_log("Scheduling reload for", 15, since=mark)


@pytest.mark.parametrize("kind", ["duumvir", "keepalived"])
def test_repeated_reload(node, director, tmp_path, kind):
    """With reload_repeat the file stays, and tomorrow is planned."""
    when = str(tmp_path / "when")
    words = "reload_time_file %s\n    reload_repeat" % when
    d = director(node, conf(words), kind)
    d.wait_state("VI_1", "MASTER", 15)
    mark = d.log_mark()
    at = clock(3)
    put(when, at)
    d.wait_log("Reloading", 20, since=mark)
    until(lambda: len(re.findall("Scheduling reload for.*" + at,
                                 d.log()[mark:])) >= 2, 10, d.log)
    assert os.path.exists(when)


def test_a_reload_forgets_the_plan(node, director, tmp_path):
    """Without the word nothing is planned any more."""
    when = str(tmp_path / "when")
    put(when, clock(3600))
    d = director(node, conf("reload_time_file " + when))
    d.wait_log("Scheduling reload for")
    d.wait_log("Startup complete")
    d.write(conf())
    d.reload()
    d.wait_log("Cancelling reload scheduled for")
    assert os.path.exists(when)


# ---- config_save_dir ----

def saved(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_saved_copies(node, director, tmp_path):
    """Each reading leaves a copy that only root may read and that means the
    same."""
    folder = str(tmp_path / "saved")
    d = director(node, conf("config_save_dir " + folder))
    d.wait_log("Startup complete")
    assert saved(folder) == ["keepalived.conf.%d.0" % d.pid]
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    d.write(conf("config_save_dir " + folder, 77))
    d.reload()
    d.wait_log("Reload complete")
    names = ["keepalived.conf.%d.%d" % (d.pid, n) for n in (0, 1)]
    assert saved(folder) == names
    for name, priority in zip(names, (100, 77)):
        path = os.path.join(folder, name)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        with open(path) as f:
            text = f.read()
        assert "priority %d" % priority in text
        assert "sesame" in text  # else it could not be run
    d.write(text)  # the last copy
    d.reload()
    d.wait_log("Reload complete.* 0 changed", since=d.log().index(
        "Reload complete") + 20)


def test_saving_follows_no_link(node, director, tmp_path):
    """What cannot be saved is said; nothing else comes of it."""
    folder, target = tmp_path / "saved", tmp_path / "target"
    folder.mkdir()
    d = director(node, conf("config_save_dir %s" % folder))
    d.wait_log("Startup complete")
    os.symlink(target, folder / ("keepalived.conf.%d.1" % d.pid))
    d.reload()
    d.wait_log(r"config_save_dir: .*keepalived.conf.%d.1: File exists" % d.pid)
    d.wait_log("Reload complete")
    assert not target.exists()
    d.write(conf("config_save_dir /proc/none/there"))
    mark = d.log_mark()
    d.reload()
    d.wait_log("config_save_dir: /proc/none/there/.*: No such file", since=mark)
    d.wait_log("Reload complete", since=mark)


# ---- json_version ----

def test_json_version(node, director):
    """1 is a bare array, 2 an object; a reload changes it."""
    d = director(node, conf())
    d.wait_state("VI_1", "MASTER", 15)
    for version in ("", "json_version 2", "json_version 1"):
        mark = d.log_mark()
        d.write(conf(version))
        d.reload()
        d.wait_log("Reload complete", since=mark)
        state = json.loads(written(d, "keepalived.json",
                                   signal.SIGRTMIN + 2))
        if version == "json_version 2":
            assert set(state) == {"vrrp", "track_process"}
            state = state["vrrp"]
        assert isinstance(state, list)
        assert [i["data"]["iname"] for i in state] == ["VI_1"]


def test_json_version_that_is_none(node, director):
    d = director(node, conf("json_version 3"))
    d.wait_log(r"keepalived.conf:3:18: number '3' outside range")
    d.wait_state("VI_1", "MASTER", 15)
    assert isinstance(json.loads(written(d, "keepalived.json",
                                         signal.SIGRTMIN + 2)), list)


# ---- random_seed ----

def router_id(d):
    return re.search(r"router_id (\S+)", in_force(d))[1]


def test_random_seed(node, director):
    """The same seed makes the same numbers, in each reading and each run."""
    dice = "random_seed %s\n    router_id R${_RANDOM 1 1000000000}"
    d = director(node, conf(dice % 7))
    d.wait_log("Startup complete")
    first = router_id(d)
    d.reload()
    d.wait_log("Reload complete")
    assert router_id(d) == first
    d.stop()
    d.start()
    d.wait_log("Startup complete", since=d.log().rindex("Stopped"))
    assert router_id(d) == first
    seen = {first}
    for seed in (8, 4294967295, 0):
        mark = d.log_mark()
        d.write(conf(dice % seed))
        d.reload()
        d.wait_log("Reload complete", since=mark)
        seen.add(router_id(d))
    assert len(seen) == 4


def test_random_without_seed(node, director):
    d = director(node, conf("router_id R${_RANDOM 1 1000000000}"))
    d.wait_log("Startup complete")
    first = router_id(d)
    d.reload()
    d.wait_log("Reload complete")
    assert router_id(d) != first


# ---- tmp_config_directory ----

def files_below(d, folder):
    """Open files without a name in this folder, of all processes."""
    found = []
    for pid in d.pids():
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                to = os.readlink("/proc/%d/fd/%s" % (pid, fd))
            except OSError:
                continue
            if to.startswith(str(folder) + "/"):
                found.append(to)
    return found


def test_configuration_on_that_file_system(node, director, tmp_path):
    folder = tmp_path / "confs"
    folder.mkdir()
    d = director(node, conf("tmp_config_directory %s" % folder))
    d.wait_state("VI_1", "MASTER", 15)
    assert files_below(d, folder) and os.listdir(folder) == []
    assert "tmp_config_directory" not in d.log()
    mark = d.log_mark()
    d.write(conf("tmp_config_directory %s" % folder, 77))
    d.reload()
    d.wait_log("Reload complete", since=mark)
    assert files_below(d, folder) and os.listdir(folder) == []
    mark = d.log_mark()
    d.write(conf("tmp_config_directory %s" % tmp_path, 77))
    d.reload()
    d.wait_log("Reload refused: .*cannot change while running", since=mark)


def test_a_directory_that_holds_nothing(node, director):
    d = director(node, conf("tmp_config_directory /proc/self"))
    d.wait_log("tmp_config_directory /proc/self: .*held in memory")
    d.wait_state("VI_1", "MASTER", 15)
