"""What the process that scans a model file is kept from: resources, the network, programs, writing files.

Limits of resources hold everywhere. The others hold where the kernel has them, and are named when they do:
a network namespace, a seccomp filter (https://docs.kernel.org/userspace-api/seccomp_filter.html) and a
Landlock domain (https://docs.kernel.org/userspace-api/landlock.html).
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

MEMORY = 2_000_000_000
CPU_SECONDS = 60
FILES = 64
LIMITS_ONLY = "limits only"


def confine(scratch_bytes: int = 0, *, kept: bool = False) -> str:
    """Confine this process for good; what holds beyond the limits, or `limits only`.

    `scratch_bytes` may be written to files that are open already, where no other can be opened for writing.
    A process that is `kept` for many files says by `allow` how long it computes for each.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if not kept:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = ", ".join(name for name, hold in _WALLS if _holds(hold)) or LIMITS_ONLY
    written = scratch_bytes if opens_nothing_to_write(held) else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    return held


def allow(seconds: int) -> None:
    """So much computing from now, should nobody be there any more to end this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def opens_nothing_to_write(held: str) -> bool:
    """Whether what holds keeps a process from opening files for writing."""
    return "seccomp" in held or "landlock" in held


def _holds(hold: "object") -> bool:
    with suppress(OSError, AttributeError):
        return bool(callable(hold) and hold())
    return False


def network_namespace() -> bool:
    """A network of its own, in which there is nothing."""
    new_user, new_network = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (new_network, new_user | new_network))


# ---- seccomp -------------------------------------------------------------------------------------------

NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
THREAD, WRITING = 0x00010000, 0o3 | 0o100 | 0o1000
"""CLONE_THREAD; the flags of open by which a file is written, made or emptied."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_X86_64 = {
    "refused": (
        *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),  # socket connect accept sendto sendmsg bind listen ...
        *(57, 58, 59, 322, 62, 101, 310, 311),  # fork vfork execve execveat kill ptrace process_vm_*
        *(76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 133, 235),  # files by name, and creat
        *(258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 316, 452),  # the same below a folder
        *(188, 189, 190, 197, 198, 199, 285, 326),  # extended attributes, fallocate, copy_file_range
        *(155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 442),  # mounts, roots, namespaces
        *(246, 320, 169, 175, 313, 176, 167, 168),  # kernels, modules
        *(248, 249, 250, 298, 304, 319, 321, 323, 425, 426, 427, 438),  # keys, bpf, memfd, io_uring, pidfds
    ),
    "absent": (435, 437),  # clone3, openat2: their flags cannot be read here, and libc does without
    "clone": (56,),
    "open": (2,),
    "openat": (257,),
}
_AARCH64 = {
    "refused": (
        *(198, 199, 200, 201, 202, 203, 206, 211, 242, 269),
        *(221, 281, 129, 117, 270, 271),
        *(45, 33, 34, 35, 36, 37, 38, 52, 53, 54, 55, 88, 276, 452),
        *(5, 6, 7, 14, 15, 16, 47, 285),
        *(39, 40, 41, 51, 97, 268, 428, 429, 430, 431, 432, 442),
        *(104, 294, 142, 105, 273, 106, 224, 225),
        *(217, 218, 219, 241, 265, 279, 280, 282, 425, 426, 427, 438),
    ),
    "absent": (435, 437),
    "clone": (220,),
    "open": (),
    "openat": (56,),
}
_CALLS = {"x86_64": _X86_64, "aarch64": _AARCH64}
"""Numbers of system calls (arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h)."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _seccomp() -> bool:
    """A filter that refuses what a reader of files has no use for; threads may be started, processes not."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return False
    code = b"".join(_filter(machine))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    program = _Program(len(code) // 8, code)
    return bool(libc.prctl(SET_SECCOMP, FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: str) -> Iterator[bytes]:
    """The instructions of classic BPF: a test skips what it guards when it does not hold."""
    calls = _CALLS[machine]
    yield _step(_LOAD, _ARCH)
    yield _step(_EQUAL, _ARCHITECTURES[machine], yes=1)
    yield _step(_RETURN, KILL)
    yield _step(_LOAD, _NUMBER)
    yield _step(_AT_LEAST, 0x40000000, no=1)  # the x32 calls are others under the same architecture
    yield _step(_RETURN, KILL)
    for number in calls["refused"]:
        yield from _answer(number, errno.EPERM)
    for number in calls["absent"]:
        yield from _answer(number, errno.ENOSYS)
    for number in calls["clone"]:
        yield from _by_flags(number, 0, THREAD, when_set=False)
    for number in calls["open"]:
        yield from _by_flags(number, 1, WRITING, when_set=True)
    for number in calls["openat"]:
        yield from _by_flags(number, 2, WRITING, when_set=True)
    yield _step(_RETURN, ALLOW)


def _answer(number: int, code: int) -> Iterator[bytes]:
    yield _step(_EQUAL, number, no=1)
    yield _step(_RETURN, REFUSE | code)


def _by_flags(number: int, argument: int, flags: int, *, when_set: bool) -> Iterator[bytes]:
    """Refuse a call when one of the flags of an argument is set, or when none is."""
    yield _step(_EQUAL, number, no=4)
    yield _step(_LOAD, _ARGUMENTS + 8 * argument)
    yield _step(_ANY_BIT, flags, **({"no": 1} if when_set else {"yes": 1}))
    yield _step(_RETURN, REFUSE | errno.EPERM)
    yield _step(_RETURN, ALLOW)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


# ---- Landlock ------------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same numbers on all architectures."""
_CHANGES = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
"""LANDLOCK_ACCESS_FS_WRITE_FILE, REMOVE_* and MAKE_* of its first version."""
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_BENEATH = 1
"""LANDLOCK_RULE_PATH_BENEATH."""


def _landlock() -> bool:
    """A domain in which no file may be written, made or removed: rights handled and given nowhere."""
    return _domain(_CHANGES, {})


def reads_only(places: Iterable[str] = (), descriptors: Iterable[int] = ()) -> bool:
    """A domain in which no file is opened but these, and what lies in these folders; whether it holds.

    What is open already stays so. Without it a process can read whatever its user can, such as keys.
    """
    with suppress(OSError, AttributeError):
        given = {
            os.open(place, os.O_PATH | os.O_CLOEXEC): _READ_FILE | (_READ_FOLDER if place.is_dir() else 0)
            for place in map(Path, places)
            if place.exists()
        }
        held = _domain(_READ_FILE | _READ_FOLDER, given | dict.fromkeys(descriptors, _READ_FILE))
        for descriptor in given:
            os.close(descriptor)
        return held
    return False


def _domain(rights: int, given: Mapping[int, int]) -> bool:
    """A domain without these rights, but for what is given below open folders and on open files."""
    libc = ctypes.CDLL(None, use_errno=True)
    handled = ctypes.create_string_buffer(struct.pack("=Q", rights), 8)
    rules = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(8), ctypes.c_uint32(0))
    if rules < 0 or libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    for descriptor, some in given.items():
        rule = ctypes.create_string_buffer(struct.pack("=Qi", some, descriptor), 12)
        libc.syscall(_ADD_RULE, rules, ctypes.c_int(_BENEATH), rule, ctypes.c_uint32(0))
    return bool(libc.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0)


_WALLS = (("network namespace", network_namespace), ("landlock", _landlock), ("seccomp", _seccomp))
"""In this order: seccomp refuses the calls by which the others are put up."""
