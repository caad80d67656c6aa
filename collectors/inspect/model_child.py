"""The process in which one model file is scanned: within limits of memory, time and files, and no network.

`python -m collectors.inspect.model_child PATH` prints one JSON object. Nothing of a file is ever loaded: the
scanners read opcodes and headers. What breaks the process is the parent's to tell.
"""

import json
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MEMORY = 2_000_000_000
CPU_SECONDS = 60
FILES = 64

SEVERE, DOUBTFUL = ("critical", "high"), ("medium",)
REMOTE_CODE = "MFV-HF-"
"""Settings by which a loader fetches code when told to trust the model: doubtful, no attack as such."""


def confine() -> str:
    """Set the limits; how this process is kept from the network."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return _without_network()


def _without_network() -> str:
    """A network namespace of its own, where the host lets a process have one."""
    import ctypes

    new_user, new_network = 0x10000000, 0x40000000
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        for flags in (new_network, new_user | new_network):
            if libc.unshare(flags) == 0:
                return "network namespace"
    return "limits only"


def main(path: Path) -> None:
    import hayward
    import picklescan.scanner as picklescan

    isolation = confine()
    reasons = [*_by_hayward(path, hayward), *_by_picklescan(path, picklescan)]
    print(json.dumps({"isolation": isolation, "reasons": reasons}))  # noqa: T201 - what the parent reads


def _by_hayward(path: Path, hayward: object) -> Iterator[dict[str, str]]:
    scanner = getattr(hayward, "ModelFileScanner")()  # noqa: B009 - imported after nothing is confined
    is_gap = getattr(hayward, "is_coverage_gap")  # noqa: B009
    for each in scanner.scan_file(path):
        level = "unread" if is_gap(each) else each.severity.value
        level = "medium" if each.rule_id.startswith(REMOTE_CODE) and level in SEVERE else level
        yield {"by": "hayward", "level": level, "rule": each.rule_id, "says": _unquoted(each.message)}


def _unquoted(message: str) -> str:
    """A scanner's sentence without what it quotes from the file: arguments may hold anything."""
    return _QUOTED.sub("...", message)


_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|b'[^']*'")


def _by_picklescan(path: Path, picklescan: object) -> Iterator[dict[str, str]]:
    result = getattr(picklescan, "scan_file_path")(str(path))  # noqa: B009
    for each in result.globals:
        danger = each.safety.value
        if danger != "innocuous":
            level = "critical" if danger == "dangerous" else "info"
            yield {"by": "picklescan", "level": level, "rule": danger, "says": f"{each.module}.{each.name}"}
    if result.scan_err:
        yield {"by": "picklescan", "level": "info", "rule": "scan_err", "says": "it could not read all of it"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
