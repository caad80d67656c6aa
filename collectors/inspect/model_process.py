"""Starts the process that looks at one model file, within its limits, and gathers what it tells."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import msgspec

from collectors.inspect import child, model_sandbox
from collectors.inspect import model_report as report
from collectors.inspect.secret_process import Secrets

SECONDS = 90
"""Wall-clock time for one file."""


def scan(descriptor: int, size: int, name: str, secrets: Secrets | None = None) -> list[report.Line]:
    """All that is told of an open file; what broke the process is a reason of its own, level "unread". Texts
    are exchanged for the secrets in them."""
    lines = _told(descriptor, size, name, texts=secrets is not None)
    texts = [each for each in lines if isinstance(each, report.Text)]
    found = secrets.told(texts) if secrets else ()
    return [*(each for each in lines if not isinstance(each, report.Text)), *found]


def _told(descriptor: int, size: int, name: str, *, texts: bool) -> list[report.Line]:
    with scratch() as inside:
        arguments = (str(descriptor), str(inside), str(size), PurePath(name).name, str(int(texts)))
        command = child.command("collectors.inspect.model_child", *arguments)
        handed = (descriptor,) if inside < 0 else (descriptor, inside)
        try:
            ended = subprocess.run(
                command,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env=child.environment(),
                pass_fds=handed,
                cwd=child.FOLDER,
            )
        except subprocess.TimeoutExpired as late:
            return [*_lines(late.stdout or b""), _unread(f"it took the scanners more than {SECONDS} s")]
    lines = list(_lines(ended.stdout))
    if ended.returncode != 0 or not any(isinstance(each, report.Done) for each in lines):
        lines.append(_unread(_broken(ended.returncode, ended.stderr)))
    return lines


@contextmanager
def scratch() -> Iterator[int]:
    """A file in memory, or -1 where a system has none."""
    if not hasattr(os, "memfd_create"):
        yield -1
        return
    descriptor = os.memfd_create("member")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lines(told: bytes) -> Iterator[report.Line]:
    for line in told.splitlines():
        try:
            yield msgspec.json.decode(line, type=report.Line)
        except msgspec.MsgspecError:
            return


def _unread(says: str) -> report.Reason:
    return report.Reason("crownpath", "unread", "not read", says)


def _broken(code: int, errors: bytes) -> str:
    if b"MemoryError" in errors:
        return f"it takes more than {model_sandbox.MEMORY // 1_000_000:,} MB to scan"
    if code in (-24, -9):
        return f"it takes more than {model_sandbox.CPU_SECONDS} s of computing to scan"
    kind = errors.strip().splitlines()[-1:] or [b""]
    name = kind[0].split(b":")[0].decode("ascii", "replace")[:60]
    return f"it breaks the scanners ({name or f'signal {-code}'})"
