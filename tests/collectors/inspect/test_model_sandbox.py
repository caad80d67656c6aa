"""What a process that is confined cannot do, tried from within."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TRIES = """
import json, os, socket, subprocess, sys, threading
from collectors.inspect import model_sandbox
isolation = model_sandbox.confine(scratch_bytes=1000)
folder = sys.argv[1]
tries = {
    "socket": lambda: socket.socket(),
    "pair": lambda: socket.socketpair(),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda: subprocess.run(["/bin/true"]),
    "fork": lambda: os.fork() or os._exit(0),
    "write": lambda: open(folder + "/new", "w"),
    "append": lambda: open(folder + "/there", "a"),
    "update": lambda: open(folder + "/there", "r+b"),
    "mkdir": lambda: os.mkdir(folder + "/made"),
    "unlink": lambda: os.unlink(folder + "/there"),
    "rename": lambda: os.rename(folder + "/there", folder + "/other"),
    "symlink": lambda: os.symlink(folder, folder + "/link"),
    "link": lambda: os.link(folder + "/there", folder + "/hard"),
    "chmod": lambda: os.chmod(folder + "/there", 0o777),
    "truncate": lambda: os.truncate(folder + "/there", 0),
    "times": lambda: os.utime(folder + "/there"),
    "kill": lambda: os.kill(os.getppid(), 0),
    "read": lambda: open(folder + "/there").read(),
    "thread": lambda: threading.Thread(target=int).start(),
}
done = []
for name, attempt in tries.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
print(json.dumps([isolation, done]))
"""


def ran(code: str, *arguments: str) -> bytes:
    environment = {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, check=True, env=environment).stdout


def tried(folder: Path, code: str = TRIES) -> tuple[str, list[str]]:
    (folder / "there").write_text("text")
    isolation, done = json.loads(ran(code, str(folder)))
    return isolation, done


def test_only_reading_is_left_where_seccomp_holds(tmp_path: Path) -> None:
    isolation, done = tried(tmp_path)
    if "seccomp" not in isolation:
        pytest.skip("this host has no seccomp")
    assert done == ["read", "thread"]
    assert [each.name for each in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "text"


def test_each_wall_holds_by_itself(tmp_path: Path) -> None:
    """Landlock keeps files from being written; the filter is left out here."""
    alone = "model_sandbox._WALLS = model_sandbox._WALLS[1:2]\nisolation ="
    files = "for name, attempt in [*tries.items()][6:]:"
    code = TRIES.replace("isolation =", alone).replace("for name, attempt in tries.items():", files)
    isolation, done = tried(tmp_path, code)
    if isolation != "landlock":
        pytest.skip("this host has no Landlock")
    assert not {"write", "append", "update", "mkdir", "unlink", "rename", "symlink"} & set(done)


def test_where_no_wall_can_be_put_up_the_limits_hold_and_are_named() -> None:
    without = (
        "from collectors.inspect import model_sandbox\nimport resource\nmodel_sandbox._WALLS = ()\n"
        "print(model_sandbox.confine(1000), resource.getrlimit(resource.RLIMIT_FSIZE)[0])"
    )
    assert ran(without) == b"limits only 0\n"


def test_only_what_is_given_is_read_where_landlock_holds(tmp_path: Path) -> None:
    """Its own file, by any of its names, and folders that are named; what was open before, too. Not what its
    parent knows, such as an environment with keys in it."""
    for name in ("mine", "other", "key"):
        (tmp_path / name).write_text(name)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "module").write_text("x")
    code = """
import json, os, sys
from collectors.inspect import model_sandbox
folder = sys.argv[1]
mine, opened = open(folder + "/mine"), open(folder + "/other")
held = model_sandbox.reads_only([folder + "/folder", "/proc/self"], [mine.fileno()])
done = []
for name in ("mine", "folder/module", "key", ".", f"/proc/{os.getppid()}/environ", "/proc/self/status"):
    try:
        open(os.path.join(folder, name) if name != "." else folder).read()
        done.append(name)
    except OSError:
        pass
done.append(open(f"/dev/fd/{mine.fileno()}").read() + opened.read())
print(json.dumps([held, done]))
"""
    held, done = json.loads(ran(code, str(tmp_path)))
    if not held:
        pytest.skip("this host has no Landlock")
    assert done == ["mine", "folder/module", "/proc/self/status", "mineother"]
