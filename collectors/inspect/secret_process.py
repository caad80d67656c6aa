"""Secrets in the strings of models: found by a process that is confined and knows no key, told by this one.

Three processes share the work, each with what it needs. The one that reads a stranger's file knows neither
rules nor key, the one with the rules sees strings only; where the kernel has Landlock, none of the two opens
any other file, such as that of the key. This one has the key, and looks at how a file begins. A value is in
memory here until its fingerprint is made.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from collectors.inspect import child, model_sandbox
from collectors.inspect import model_report as report
from collectors.inspect.detector import detectors
from collectors.inspect.naming import shown
from collectors.inspect.secret_child import Broken, Ready, Said, Task, Told
from collectors.inspect.secret_engine import Found, hit_of
from collectors.inspect.secret_place import ModelSecret, PublicName
from collectors.redaction import Redactor, hash_of

SECONDS = 60
"""Time for the rules to judge the strings of one file."""
START = 120
"""Seconds in which the process starts; the first time on a machine the rules are compiled."""
MOST_SAID = 200_000_000

_DECODER = msgspec.msgpack.Decoder(Said)
_NAME = re.compile(r"[\w.:/@+-]{1,253}")
_kept: "dict[Path, _Child]" = {}


class Failed(Exception):
    """The rules did not judge a file's strings; in words that quote nothing."""


class _Child:
    """One process, kept for the next file, as loading the rules takes longer than using them."""

    def __init__(self, folder: Path) -> None:
        self.running = child.started("collectors.inspect.secret_child", str(folder))
        self._ready = False

    def asked(self, task: Task) -> Told:
        """Raises `Failed`, and is ended by then; one whose text broke the rules only is kept."""
        try:
            self._start()
            self.running.wire.send_bytes(msgspec.msgpack.encode(task))
            said = self._heard(SECONDS)
        except (EOFError, ConnectionError):
            self.running.process.wait()
            raise Failed(self._why()) from None
        except msgspec.MsgspecError:
            self.running.end()
            raise Failed("the rules gave no answer") from None
        except (
            BaseException
        ):  # also Ctrl-C: the answer that is still to come would be taken for the next file's
            self.running.end()
            raise
        if isinstance(said, Told):
            return said
        raise Failed(f"they break the rules ({said.kind if isinstance(said, Broken) else 'no answer'})")

    def _start(self) -> None:
        """Starting is no part of a file's time."""
        if not self._ready and not isinstance(self._heard(START), Ready):
            raise Failed("the rules cannot be loaded")
        self._ready = True

    def _heard(self, seconds: float) -> Said:
        if not self.running.wire.poll(seconds):
            raise Failed(f"judging them takes more than {seconds:,} s")
        said: Said = _DECODER.decode(self.running.wire.recv_bytes(MOST_SAID))
        return said

    def _why(self) -> str:
        code = self.running.process.returncode
        self.running.wire.close()
        if not self._ready:
            return "the rules cannot be loaded"
        if code == 1:
            return f"judging them takes more than {model_sandbox.MEMORY // 1_000_000:,} MB"
        return f"they break the rules (signal {-code})"


class Secrets:
    """Looks for secrets in the strings of models; `folder` keeps the compiled rules and no secret."""

    def __init__(self, redactor: Redactor, folder: Path) -> None:
        self._redactor, self._folder = redactor, folder.absolute()

    def told(self, texts: Sequence[report.Text]) -> Iterator[report.Secret | report.NotLookedAt]:
        """Each secret of one file's texts once, with how often it stands there."""
        if not texts:
            return
        try:
            said = self._child().asked(Task(tuple((each.name, each.text) for each in texts), SECONDS + 10))
        except Failed as failed:
            yield report.NotLookedAt(f"its strings were not searched for secrets: {failed}")
            return
        if said.more:
            yield report.NotLookedAt(f"secrets beyond the first {len(said.found):,}")
        by_hash: dict[str, report.Secret] = {}
        for number, found in sorted(said.found, key=lambda each: (each[0], each[1].inner, each[1].line)):
            secret = self._secret(texts[number], found)
            key = hash_of(secret.found.fingerprint)
            known = by_hash.get(key)
            by_hash[key] = _joined(known, secret) if known else secret
        yield from by_hash.values()

    def _child(self) -> _Child:
        kept = _kept.get(self._folder)
        if kept is None or not kept.running.alive():
            kept = _kept[self._folder] = _Child(self._folder)
        return kept

    def _secret(self, text: report.Text, found: Found) -> report.Secret:
        hit = hit_of(found, self._redactor)
        place = self._redactor.text(shown(_place(text, found)))
        opens = tuple(each for each in hit.opens if _NAME.fullmatch(each.value))
        secret = ModelSecret(place, hit.rule, hit.provider, hit.fingerprint, opens=opens)
        return report.Secret(secret, tuple(_types(found.secret, opens)))


def _joined(known: report.Secret, other: report.Secret) -> report.Secret:
    """The same secret again: the first place, and what it opens where any of them tells."""
    opens = known.found.opens if len(known.found.opens) >= len(other.found.opens) else other.found.opens
    found = msgspec.structs.replace(known.found, places=known.found.places + 1, opens=opens)
    return report.Secret(found, known.types)


def _place(text: report.Text, found: Found) -> str:
    if text.marks:
        number = bisect_right(text.marks, found.line, key=lambda mark: mark[0]) - 1
        inner = text.marks[max(0, number)][1]
    else:
        inner = f"{found.inner.lstrip('#')}{', ' if found.inner else ''}line {found.line}"
    return f"{text.place}: {inner}" if text.place else inner


def _types(secret: str, opens: Sequence[PublicName]) -> Iterator[str]:
    """What the detectors of sensitive data call this secret, or the public name beside it."""
    values = [secret, *(each.value for each in opens if each.kind == "aws_access_key_id")]
    for detector in detectors():
        if detector.label == "credential" and any(detector.whole.search(value) for value in values):
            yield detector.told_as
