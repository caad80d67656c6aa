from app.canvas.document import AROUND, excerpt
from graph.model import Json

DOCUMENT: Json = {"a": 1, "b/c": [{"d": "x"}, {"e~f": []}], "g": {}}


def marked(pointer: str) -> list[str]:
    part = excerpt(DOCUMENT, pointer)
    assert part.marked is not None
    return [line.strip() for line in part.lines[part.marked[0] : part.marked[1] + 1]]


def test_the_part_at_the_pointer_is_marked() -> None:
    assert marked("/a") == ['"a": 1,']
    assert marked("/b~1c/0") == ["{", '"d": "x"', "},"]
    assert marked("/b~1c/1/e~0f") == ['"e~f": []']


def test_the_lines_are_the_document() -> None:
    assert excerpt(DOCUMENT, "").lines == (
        "{",
        '  "a": 1,',
        '  "b/c": [',
        "    {",
        '      "d": "x"',
        "    },",
        "    {",
        '      "e~f": []',
        "    }",
        "  ],",
        '  "g": {}',
        "}",
    )


def test_a_pointer_to_nothing_marks_nothing() -> None:
    assert excerpt(DOCUMENT, "/nowhere").marked is None
    assert excerpt(DOCUMENT, "").marked is None


def test_of_a_long_document_only_what_is_around_is_sent() -> None:
    document: Json = {"rows": [{"n": n} for n in range(5000)]}
    part = excerpt(document, "/rows/2500/n")
    assert len(part.lines) == 2 * AROUND
    assert part.marked is not None
    assert part.lines[part.marked[0]].strip() == '"n": 2500'
    assert part.total == 5000 * 3 + 4
    assert part.first == 2 + 2500 * 3 + 1 + 1 - AROUND


def test_a_line_break_in_a_value_stays_one_line() -> None:
    assert excerpt({"a": "one\ntwo"}, "/a").lines[1] == '  "a": "one\\ntwo"'
