"""Patterns against texts and against each other, checked by trying texts."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from graph.access.aws.match import arn_glob, glob

ALPHABET = "ab:"
TEXTS = ["".join(t) for size in range(6) for t in itertools.product(ALPHABET, repeat=size)]
PATTERNS = st.text(alphabet="ab:*?", max_size=5)


def naive(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return naive(pattern[1:], text) or (bool(text) and naive(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@given(PATTERNS)
def test_matching_is_the_textbook_recursion(pattern: str) -> None:
    compiled = glob(pattern)
    assert [compiled.matches(text) for text in TEXTS] == [naive(pattern, text) for text in TEXTS]


@given(PATTERNS, PATTERNS)
def test_patterns_that_share_a_text_overlap(left: str, right: str) -> None:
    shared = any(naive(left, text) and naive(right, text) for text in TEXTS)
    if shared:
        assert glob(left).overlaps(glob(right))
    assert glob(left).overlaps(glob(right)) == glob(right).overlaps(glob(left))


@given(PATTERNS, PATTERNS)
def test_a_pattern_that_covers_misses_no_text(outer: str, inner: str) -> None:
    if glob(outer).covers(glob(inner)):
        assert all(naive(outer, text) for text in TEXTS if naive(inner, text))
        assert glob(outer).overlaps(glob(inner))


def test_what_covers_what() -> None:
    assert glob("a*").covers(glob("ab*"))
    assert glob("*").covers(glob("?*"))
    assert glob("*?").covers(glob("?*"))
    assert not glob("ab*").covers(glob("a*"))
    assert not glob("?*").covers(glob("*"))


def test_a_star_inside_a_segment_of_an_arn_stays_in_it() -> None:
    assert arn_glob("arn:aws:s*s:eu-*-1:*:topic").matches("arn:aws:sns:eu-central-1:111122223333:topic")
    assert not arn_glob("arn:aws:s*c").matches("arn:aws:sns:eu-central-1:111122223333:topic")
    assert arn_glob("arn:aws:s3:::b/*.csv").matches("arn:aws:s3:::b/2026-11-25T10:00:00.csv")
