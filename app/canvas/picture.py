"""What is on a graph picture and where: assets in columns from left to right, by hops from where they start.

Columns, rows and the turns of lines are worked out here, in units of one column and one row; the canvas
only turns them into pixels. The chosen path lies straight on row 0, what leaves it lies above or below.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

Place = tuple[float, float]
"""Column and row; fractions of a column lie in the channel to the right of it."""

PORT = 0.16
"""Lines from above and below arrive this far off a mark's middle, in rows, where others arrive straight."""

TRACKS = (0.36, 0.50)
"""The part of a channel in which lines turn: left of it are names, right of it labels of lines."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One asset to be drawn. `holds` says what an attacker holds there, `count` makes it a bubble of many."""

    id: str
    kind: str
    name: str
    holds: str = ""
    jewel: bool = False
    chosen: bool = False
    missing: bool = False
    count: int | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One line to be drawn; several steps between the same two assets are one line. `note` is read out."""

    id: str
    source: str
    target: str
    text: str
    derived: bool = False
    chosen: bool = False
    blocked: bool = False
    note: str = ""


class Mark(Item, frozen=True, kw_only=True):
    """An item with its place; without a column the browser lays the picture out."""

    column: float | None = None
    row: float = 0


class Line(Link, frozen=True, kw_only=True):
    """A link with the points where it turns, and how far off its target's middle it arrives."""

    turns: tuple[Place, ...] = ()
    port: float = 0


class Picture(msgspec.Struct, frozen=True):
    """Everything the canvas draws. `label` names the whole for people who cannot see it."""

    label: str
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]

    @property
    def rows(self) -> float:
        """How many rows high the picture is."""
        rows = [mark.row for mark in self.marks] + [row for line in self.lines for _, row in line.turns]
        return max(rows) - min(rows) + 1 if rows else 1


def unplaced(label: str, items: Iterable[Item], links: Iterable[Link]) -> Picture:
    """A graph without columns, which the browser lays out."""
    return Picture(
        label,
        tuple(Mark(**msgspec.structs.asdict(item)) for item in items),
        tuple(Line(**msgspec.structs.asdict(link)) for link in links),
    )


def in_columns(
    label: str, items: Sequence[Item], links: Sequence[Link], spine: Sequence[str] = ()
) -> Picture:
    """Lay items out in columns. `spine` are the ids that shall lie straight on row 0, in their order."""
    known = {item.id for item in items}
    links = [
        link for link in links if link.source in known and link.target in known and link.source != link.target
    ]
    spine = [each for each in spine if each in known]
    columns = _columns(sorted(known), links, spine)
    rows, crossings = _rows(columns, links, spine)
    ways = {link.id: _way(link, columns, rows, crossings) for link in links}
    ports = _ports(links, ways)
    turns = _turns(ways, ports)
    return Picture(
        label,
        tuple(
            Mark(**msgspec.structs.asdict(item), column=columns[item.id], row=rows[item.id]) for item in items
        ),
        tuple(
            Line(**msgspec.structs.asdict(link), turns=turns[link.id], port=ports[link.id]) for link in links
        ),
    )


def _columns(ids: Sequence[str], links: Sequence[Link], spine: Sequence[str]) -> dict[str, int]:
    """The longest way from a start, with the spine first; links that would close a circle don't count."""
    forward: dict[str, list[str]] = {each: [] for each in ids}
    edges = [(a, b) for a, b in pairwise(spine)] + sorted({(link.source, link.target) for link in links})
    for source, target in edges:
        if not _reaches(forward, target, source):
            forward[source].append(target)
    columns = dict.fromkeys(ids, 0)
    for source in _in_order(forward):
        for target in forward[source]:
            columns[target] = max(columns[target], columns[source] + 1)
    return _pulled_right(columns, forward, set(spine))


def _reaches(forward: dict[str, list[str]], start: str, end: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        at = stack.pop()
        if at == end:
            return True
        fresh = [each for each in forward[at] if each not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return False


def _in_order(forward: dict[str, list[str]]) -> list[str]:
    """Every id before those it leads to."""
    waiting: dict[str, int] = defaultdict(int)
    for targets in forward.values():
        for target in targets:
            waiting[target] += 1
    ready = sorted((each for each in forward if not waiting[each]), reverse=True)
    order = []
    while ready:
        at = ready.pop()
        order.append(at)
        for target in forward[at]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return order


def _pulled_right(columns: dict[str, int], forward: dict[str, list[str]], fixed: set[str]) -> dict[str, int]:
    """Starts stand next to what they lead to, not at the far left."""
    targets_of_others = {target for targets in forward.values() for target in targets}
    pulled = dict(columns)
    for each, targets in forward.items():
        if targets and each not in fixed and each not in targets_of_others:
            pulled[each] = min(columns[target] for target in targets) - 1
    return pulled


def _rows(
    columns: dict[str, int], links: Sequence[Link], spine: Sequence[str]
) -> tuple[dict[str, float], dict[tuple[str, int], float]]:
    """A row for each item, and for each column that a long link only passes: (link id, column) -> row."""
    rows: dict[str, float] = dict.fromkeys(spine, 0.0)
    crossings: dict[tuple[str, int], float] = {}
    before: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        before[link.target].append(link)
    passing = _passing(columns, links)
    used: dict[int, set[float]] = defaultdict(set)
    for each in spine:
        used[columns[each]].add(0.0)
    for column in sorted(set(columns.values())):
        waiting: list[tuple[float, str, Link | None]] = []
        for link in passing[column]:
            came = crossings.get((link.id, column - 1), rows.get(link.source, 0.0))
            waiting.append((came, link.id, link))
        for each in sorted(each for each, at in columns.items() if at == column and each not in rows):
            sources = [
                crossings.get((link.id, column - 1), rows.get(link.source, 0.0)) for link in before[each]
            ]
            waiting.append((sum(sources) / len(sources) if sources else 0.0, each, None))
        for wish, name, passer in sorted(waiting, key=lambda entry: (abs(entry[0]), entry[1])):
            row = _free_row(wish, used[column])
            used[column].add(row)
            if passer is None:
                rows[name] = row
            else:
                crossings[name, column] = row
    return rows, crossings


def _passing(columns: dict[str, int], links: Sequence[Link]) -> dict[int, list[Link]]:
    passing: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        low, high = columns[link.source], columns[link.target]
        for column in range(low + 1, high):
            passing[column].append(link)
    return passing


def _free_row(wish: float, used: set[float]) -> float:
    """The free row nearest to the wish; between two equally near ones the side with fewer neighbours."""
    lower, upper = sum(row > 0 for row in used), sum(row < 0 for row in used)
    prefer = 1 if wish > 0 or (wish == 0 and lower <= upper) else -1
    start = float(round(wish))
    for distance in range(len(used) + 1):
        for row in (start + prefer * distance, start - prefer * distance):
            if row not in used:
                return row
    return start + prefer * (len(used) + 1)


def _way(
    link: Link,
    columns: dict[str, int],
    rows: dict[str, float],
    crossings: dict[tuple[str, int], float],
) -> list[Place]:
    """The places a line passes, column by column; one that leads back goes straight."""
    low, high = columns[link.source], columns[link.target]
    passed = [(column, crossings[link.id, column]) for column in range(low + 1, high)]
    return [(low, rows[link.source]), *passed, (high, rows[link.target])]


def _ports(links: Sequence[Link], ways: dict[str, list[Place]]) -> dict[str, float]:
    """Lines into a mark from above, from below and straight arrive apart, so that none hides another."""
    sides = {name: _side(way) for name, way in ways.items()}
    met: dict[str, set[int]] = defaultdict(set)
    for link in links:
        met[link.target].add(sides[link.id])
    return {link.id: PORT * sides[link.id] if len(met[link.target]) > 1 else 0.0 for link in links}


def _side(way: Sequence[Place]) -> int:
    """Where the last stretch comes from: 1 from below, -1 from above, 0 straight or backwards."""
    (before, row), (column, end) = way[-2:]
    return (row > end) - (row < end) if before < column else 0


def _turns(ways: dict[str, list[Place]], ports: dict[str, float]) -> dict[str, tuple[Place, ...]]:
    """Lines run along rows and turn in the channels; every row that turns in a channel has its own track."""
    leaving: dict[float, set[float]] = defaultdict(set)
    for way in ways.values():
        for (column, row), (following, next_row) in pairwise(way):
            if row != next_row and column < following:
                leaving[column].add(row)
    tracks = {column: _tracks(sorted(leaves)) for column, leaves in leaving.items()}
    turns: dict[str, tuple[Place, ...]] = {}
    for name, way in ways.items():
        points: list[Place] = []
        for (column, row), (following, next_row) in pairwise(way):
            if row != next_row and column < following:
                x = column + tracks[column][row]
                points += [(x, row), (x, next_row)]
        if points and ports[name]:
            points[-1] = (points[-1][0], points[-1][1] + ports[name])
        turns[name] = tuple(points)
    return turns


def _tracks(rows: Sequence[float]) -> dict[float, float]:
    """Where in a channel each row turns: the outermost rows first, so that fewer lines cross."""
    first, last = TRACKS
    ordered = sorted(rows, key=lambda row: (-abs(row), row))
    step = (last - first) / max(1, len(ordered) - 1)
    return {row: first + index * step for index, row in enumerate(ordered)}
