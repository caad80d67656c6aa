"""What can go wrong, and the exit code that says so; `docs/commands.md` documents the codes."""

OK = 0
FINDINGS = 1
USAGE = 2
BAD_INPUT = 3
STORE = 4
NOTHING_COLLECTED = 5
INTERRUPTED = 130


class Fault(Exception):
    """Something the person at the command line can mend; the message says what and how."""

    code = BAD_INPUT


class BadInput(Fault):
    """A file, setting or argument is not what it should be."""


class NothingCollected(Fault):
    """No provider let us in: there is nothing to write."""

    code = NOTHING_COLLECTED


class Stopped(Fault):
    """The person stopped it; the message says what was kept and how to go on."""

    code = INTERRUPTED
