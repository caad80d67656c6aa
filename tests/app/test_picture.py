import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.picture import Item, Line, Link, Picture, in_columns

NAMES = "abcdefgh"


def drawn(*ways: str, spine: str = "") -> Picture:
    """A picture of ways such as `abc`, each letter an asset."""
    pairs = dict.fromkeys(pair for way in ways for pair in itertools.pairwise(way))
    items = [Item(id=each, kind="Role", name=each) for each in sorted(set("".join(ways)))]
    links = [Link(id=a + b, source=a, target=b, text="CAN_ASSUME") for a, b in pairs]
    return in_columns("test", items, links, list(spine))


def columns(picture: Picture) -> dict[str, float | None]:
    return {mark.id: mark.column for mark in picture.marks}


def rows(picture: Picture) -> dict[str, float]:
    return {mark.id: mark.row for mark in picture.marks}


def test_columns_go_from_left_to_right() -> None:
    assert columns(drawn("abcd")) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_the_longest_way_decides_the_column() -> None:
    assert columns(drawn("abcd", "ad"))["d"] == 3


def test_the_chosen_path_lies_straight_on_row_zero() -> None:
    picture = drawn("abcd", "xbyd", "azd", spine="abcd")
    assert {rows(picture)[each] for each in "abcd"} == {0.0}
    assert 0.0 not in {rows(picture)[each] for each in "xyz"}


def test_a_start_stands_next_to_what_it_leads_to() -> None:
    assert columns(drawn("abcd", "xd", spine="abcd"))["x"] == 2


def test_a_circle_is_drawn_too() -> None:
    picture = drawn("abca", spine="abc")
    assert columns(picture) == {"a": 0, "b": 1, "c": 2}
    assert {line.id for line in picture.lines} == {"ab", "bc", "ca"}


def test_a_long_line_passes_no_mark() -> None:
    picture = drawn("abcd", "ad", spine="abcd")
    long = next(line for line in picture.lines if line.id == "ad")
    assert long.turns
    assert all(row != 0 for _, row in long.turns[1:-1])


@given(st.lists(st.permutations(NAMES).map(lambda p: "".join(p[:5])), min_size=1, max_size=6))
def test_no_two_marks_share_a_place_and_lines_turn_between_columns(ways: list[str]) -> None:
    picture = drawn(*ways, spine=ways[0])
    places = [(mark.column, mark.row) for mark in picture.marks]
    assert len(set(places)) == len(places)
    assert {line.id for line in picture.lines} == {a + b for w in ways for a, b in itertools.pairwise(w)}
    for line in picture.lines:
        assert all(0 < column % 1 < 1 for column, _ in line.turns)
        assert _right_angles(picture, line)


def _right_angles(picture: Picture, line: Line) -> bool:
    ends = {mark.id: (mark.column or 0, mark.row) for mark in picture.marks}
    column, row = ends[line.target]
    points = [ends[line.source], *line.turns, (column, row + line.port)]
    if points[0][0] >= points[-1][0]:
        return True  # backwards, drawn straight
    return all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in itertools.pairwise(points))
