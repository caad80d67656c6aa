"""exemptions.yaml: read, checked, applied up to its day."""

from datetime import date, datetime
from pathlib import Path

import pytest

from queries.ledger import Exemption, LedgerError, decide, load
from tests.queries.estates import NOW

ENTRY = """
exemptions:
  - rule: AISPM-NET-01
    subject: "arn:aws:sagemaker:*:notebook-instance/lab-*"
    reason: Moves to the private network in spring.
    approver: ciso@linden.example
    expires: 2027-03-31
"""


def test_a_file_that_is_not_there_exempts_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "exemptions.yaml") == ()


def test_an_entry_covers_what_its_pattern_fits(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_text(ENTRY)
    [one] = load(tmp_path / "e.yaml")
    assert one.covers("AISPM-NET-01", "arn:aws:sagemaker:eu-central-1:111122223333:notebook-instance/lab-1")
    assert not one.covers(
        "AISPM-NET-01", "arn:aws:sagemaker:eu-central-1:111122223333:notebook-instance/prod"
    )
    assert not one.covers(
        "AISPM-NET-02", "arn:aws:sagemaker:eu-central-1:111122223333:notebook-instance/lab-1"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("approver: ciso@linden.example", ""), "approver"),
        (("approver: ciso@linden.example", "approver: ' '"), "approver"),
        (("expires: 2027-03-31", "expires: soon"), "expires"),
        (("expires: 2027-03-31", "expires: 2027-03-31\n    until: 2028-01-01"), "until"),
        (('"arn:aws:sagemaker:*:notebook-instance/lab-*"', '"*"'), "every subject"),
        (("exemptions:", "exemptions: ["), "YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "e.yaml").write_text(ENTRY.replace(*change))
    with pytest.raises(LedgerError, match=said):
        load(tmp_path / "e.yaml")


def exemption(expires: date, subject: str = "s") -> Exemption:
    return Exemption(rule="R", subject=subject, reason="r", approver="a", expires=expires)


def test_one_in_force_wins_over_one_that_expired() -> None:
    old, new = exemption(date(2026, 1, 1)), exemption(date(2027, 1, 1))
    assert decide((old, new), "R", "s", NOW) == (new, None)
    assert decide((old,), "R", "s", NOW) == (None, old)
    assert decide((old, new), "R", "other", NOW) == (None, None)


def test_on_its_day_an_exemption_is_over() -> None:
    assert exemption(date(2026, 11, 26)).in_force(NOW)
    assert not exemption(date(2026, 11, 26)).in_force(datetime.fromisoformat("2026-11-26T00:00:00Z"))


def test_brackets_in_an_id_are_themselves() -> None:
    assert exemption(date(2027, 1, 1), "table[1]*").covers("R", "table[1]/x")
