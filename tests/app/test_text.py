import re

from hypothesis import given
from hypothesis import strategies as st

from app.text import cell, code, short, visible
from tests.app.sample import HOSTILE


@given(st.text())
def test_a_code_span_cannot_be_ended_by_its_text(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)
    assert fence
    inside = span.removeprefix(fence.group()).removesuffix(fence.group())
    assert fence.group() not in re.findall("`+", inside)
    assert "\n" not in span


@given(st.text(), st.integers(min_value=4, max_value=60))
def test_short_text_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(short(text, limit)) <= limit


def test_hidden_letters_become_visible() -> None:
    shown = visible("a\u202eb\u200bc\x07d\u2066e")
    assert shown == "a\ufffdb\ufffdc\ufffdd\ufffde"


def test_line_breaks_are_folded() -> None:
    assert visible("one\n\n two\t three\u2028four") == "one two three four"


def test_a_table_cell_is_never_a_formula() -> None:
    for text in ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1"):
        assert cell(text).startswith("'")


def test_a_name_that_is_harmless_stays_as_it_is() -> None:
    assert cell("linden-patient-records") == visible("linden-patient-records") == "linden-patient-records"


def test_hostile_names_are_text() -> None:
    for name in HOSTILE:
        assert not cell(name).startswith(("=", "+", "-", "@"))
