"""The ledger of decisions: exemptions, read from `exemptions.yaml`. Nothing here writes it."""

from collections.abc import Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import yaml


class LedgerError(Exception):
    """The file of exemptions is wrong; the message names file, entry and what to do."""


class Exemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A risk that someone accepted: of one rule, for the subjects whose id the pattern fits, up to a day.

    `subject` is an asset's id, with `*` for any run of characters. On the day `expires` it no longer holds.
    """

    rule: str
    subject: str
    reason: str
    approver: str
    expires: date

    def covers(self, rule: str, subject: str) -> bool:
        """Whether it is about this finding, in force or not."""
        return self.rule == rule and fnmatchcase(subject, self.subject.replace("[", "[[]"))

    def in_force(self, now: datetime) -> bool:
        return now.date() < self.expires


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    exemptions: tuple[Exemption, ...]


def load(path: Path) -> tuple[Exemption, ...]:
    """The exemptions in a file; none when there is no such file."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except yaml.YAMLError as error:
        raise LedgerError(f"{path}: not readable as YAML: {error}") from error
    try:
        found = msgspec.convert(data or {"exemptions": []}, _File, strict=True).exemptions
    except msgspec.ValidationError as error:
        raise LedgerError(
            f"{path}: {error}. An exemption has rule, subject, reason, approver and expires (YYYY-MM-DD)."
        ) from error
    for number, each in enumerate(found, start=1):
        _complete(path, number, each)
    return found


def _complete(path: Path, number: int, exemption: Exemption) -> None:
    for name in ("rule", "subject", "reason", "approver"):
        if not getattr(exemption, name).strip():
            raise LedgerError(f"{path}: exemption {number} has no {name}: an accepted risk needs one.")
    if exemption.subject.strip("*") == "":
        raise LedgerError(f"{path}: exemption {number} covers every subject: name an account or a prefix.")


def decide(
    exemptions: Sequence[Exemption], rule: str, subject: str, now: datetime
) -> tuple[Exemption | None, Exemption | None]:
    """The exemption in force for a finding, and else the one that expired last."""
    about = sorted(
        (each for each in exemptions if each.covers(rule, subject)),
        key=lambda each: (each.expires, each.subject),
    )
    in_force = [each for each in about if each.in_force(now)]
    if in_force:
        return in_force[-1], None
    return None, about[-1] if about else None
