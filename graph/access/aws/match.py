"""Wildcards of policies: `*` and `?` against a text, and against another pattern.

Actions: any case, `*` and `?` anywhere. Resources: case counts; a `*` inside one of the first five
segments of an ARN stays inside it, unless it is the segment's last character
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

import msgspec

ARN_SEGMENTS = 6


class Wild(Enum):
    """What stands for more than itself in a pattern."""

    ANY = "*"
    WITHIN_SEGMENT = "*:"  # a star that must not cross a colon
    ONE = "?"


Symbol: TypeAlias = str | Wild
"""One character, or a wildcard."""

States: TypeAlias = frozenset[int]

_OTHER = ""  # a character that occurs in no pattern: what an adversary would choose


class Glob(msgspec.Struct, frozen=True, gc=False):
    """A pattern, as symbols; `regex` when a plain search decides (no star that is bound to a segment).

    `prefix` is what every match starts with.

    Most patterns are a `literal` text or one with a single star at its end: these need no search at all.
    """

    symbols: tuple[Symbol, ...]
    regex: re.Pattern[str] | None
    literal: str | None = None
    beginning: str | None = None
    prefix: str = ""

    def matches(self, text: str) -> bool:
        if self.beginning is not None:
            return text.startswith(self.beginning)
        if self.literal is not None:
            return text == self.literal
        if self.regex is not None:
            return self.regex.match(text) is not None
        states = _start(self.symbols)
        for character in text:
            states = _step(self.symbols, states, character)
        return len(self.symbols) in states

    def covers(self, other: "Glob") -> bool:
        """Every text that `other` matches, this matches too."""
        if self.beginning is not None:
            return other.prefix.startswith(self.beginning)
        if self.literal is not None:
            return self.literal == other.literal
        return _agree(self.prefix, other.prefix) and _covers(self.symbols, other.symbols)

    def overlaps(self, other: "Glob") -> bool:
        """There is a text that both match."""
        if self.literal is not None:
            return other.matches(self.literal)
        if other.literal is not None:
            return self.matches(other.literal)
        if not _agree(self.prefix, other.prefix):
            return False
        both_begin = self.beginning is not None and other.beginning is not None
        return both_begin or _overlap(self.symbols, other.symbols)


def _agree(left: str, right: str) -> bool:
    """Whether some text starts with both."""
    return left.startswith(right) or right.startswith(left)


@lru_cache(maxsize=1 << 16)
def glob(pattern: str) -> Glob:
    """A pattern in which every star may match anything (conditions, requested resources)."""
    return of_symbols(_plain(pattern))


@lru_cache(maxsize=1 << 16)
def action_glob(pattern: str) -> Glob:
    """A pattern of actions; compare it with lower-cased actions."""
    return of_symbols(_plain(pattern.lower()))


@lru_cache(maxsize=1 << 16)
def arn_glob(pattern: str) -> Glob:
    """A pattern of resources."""
    return of_symbols(bind_to_segments(_plain(pattern)))


def of_symbols(symbols: Iterable[Symbol]) -> Glob:
    """The pattern made of these symbols: literal characters may be `*` or `?` here."""
    fixed = tuple(symbols)
    if (literal := _text(fixed)) is not None:
        return Glob(fixed, None, literal=literal, prefix=literal)
    if fixed and fixed[-1] is Wild.ANY and (beginning := _text(fixed[:-1])) is not None:
        return Glob(fixed, None, beginning=beginning, prefix=beginning)
    regex = None if Wild.WITHIN_SEGMENT in fixed else re.compile(_expression(fixed), re.DOTALL)
    first = next(n for n, each in enumerate(fixed) if isinstance(each, Wild))
    return Glob(fixed, regex, prefix=_text(fixed[:first]) or "")


def _text(symbols: tuple[Symbol, ...]) -> str | None:
    """The symbols as a text, when no wildcard is among them."""
    characters = [each for each in symbols if not isinstance(each, Wild)]
    return "".join(characters) if len(characters) == len(symbols) else None


def bind_to_segments(symbols: Iterable[Symbol]) -> Iterator[Symbol]:
    """Stars in the middle of one of the first five segments of an ARN stay inside it."""
    fixed = tuple(symbols)
    colons = 0
    for position, symbol in enumerate(fixed):
        colons += symbol == ":"
        last = position + 1 == len(fixed) or fixed[position + 1] in (":", Wild.ANY)
        if symbol is Wild.ANY and colons < ARN_SEGMENTS - 1 and not last:
            yield Wild.WITHIN_SEGMENT
        else:
            yield symbol


def symbols_of(pattern: str) -> Iterator[Symbol]:
    """The symbols of a pattern's text, `*` and `?` as wildcards."""
    for character in pattern:
        yield Wild(character) if character in "*?" else character


def _plain(pattern: str) -> tuple[Symbol, ...]:
    return tuple(symbols_of(pattern))


def _expression(symbols: tuple[Symbol, ...]) -> str:
    """A regular expression that never backtracks: each piece is taken where it comes first.

    That is enough for patterns whose stars match anything, and keeps hostile patterns linear.
    """
    pieces: list[str] = [""]
    for symbol in symbols:
        if symbol is Wild.ANY:
            pieces.append("")
        else:
            pieces[-1] += "." if isinstance(symbol, Wild) else re.escape(symbol)
    first, *rest = pieces
    if not rest:
        return first + r"\Z"
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return f"{first}{middle}.*{rest[-1]}\\Z" if rest[-1] else first + middle


# Patterns as automata: a state is how many symbols are used up


def _closure(symbols: tuple[Symbol, ...], states: Iterable[int]) -> States:
    found = set(states)
    for state in sorted(found):
        position = state
        while position < len(symbols) and symbols[position] in (Wild.ANY, Wild.WITHIN_SEGMENT):
            position += 1
            found.add(position)
    return frozenset(found)


def _start(symbols: tuple[Symbol, ...]) -> States:
    return _closure(symbols, (0,))


def _step(symbols: tuple[Symbol, ...], states: States, character: str) -> States:
    reached: set[int] = set()
    for state in states:
        if state == len(symbols):
            continue
        symbol = symbols[state]
        if symbol is Wild.ANY or (symbol is Wild.WITHIN_SEGMENT and character != ":"):
            reached.add(state)
        elif symbol is Wild.ONE or symbol == character:
            reached.add(state + 1)
    return _closure(symbols, reached)


@lru_cache(maxsize=1 << 17)
def _covers(pattern: tuple[Symbol, ...], requested: tuple[Symbol, ...]) -> bool:
    """Walk over the requested pattern with every set of states the outer one can be in.

    A wildcard of the request is played by the worst characters: one that no pattern names, and the
    colon (which alone stops a star that is bound to a segment).
    """
    worst = (_OTHER, ":")
    current: set[States] = {_start(pattern)}
    for symbol in requested:
        if isinstance(symbol, str):
            current = {_step(pattern, states, symbol) for states in current}
        elif symbol is Wild.ONE:
            current = {_step(pattern, states, each) for states in current for each in worst}
        else:
            current = _closed_under(pattern, current, worst if symbol is Wild.ANY else (_OTHER,))
        if frozenset() in current:
            return False
    return all(len(pattern) in states for states in current)


def _closed_under(
    pattern: tuple[Symbol, ...], start: set[States], characters: tuple[str, ...]
) -> set[States]:
    found = set(start)
    waiting = list(start)
    while waiting:
        states = waiting.pop()
        for each in characters:
            reached = _step(pattern, states, each)
            if reached not in found:
                found.add(reached)
                waiting.append(reached)
    return found


@lru_cache(maxsize=1 << 17)
def _overlap(left: tuple[Symbol, ...], right: tuple[Symbol, ...]) -> bool:
    """Whether two patterns have a match in common: a search over pairs of positions."""
    waiting = [(0, 0)]
    seen = {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        if i == len(left) and j == len(right):
            return True
        for pair in _moves(left, right, i, j):
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return False


def _moves(left: tuple[Symbol, ...], right: tuple[Symbol, ...], i: int, j: int) -> Iterator[tuple[int, int]]:
    a = left[i] if i < len(left) else None
    b = right[j] if j < len(right) else None
    star_a, star_b = a in _STARS, b in _STARS
    if star_a:
        yield i + 1, j
    if star_b:
        yield i, j + 1
    if a is not None and b is not None and _compatible(a, b):
        yield (i if star_a else i + 1), (j if star_b else j + 1)


_STARS = (Wild.ANY, Wild.WITHIN_SEGMENT)


def _compatible(a: Symbol, b: Symbol) -> bool:
    if isinstance(a, Wild) and isinstance(b, Wild):
        return True
    if isinstance(a, Wild):
        return not (a is Wild.WITHIN_SEGMENT and b == ":")
    if isinstance(b, Wild):
        return not (b is Wild.WITHIN_SEGMENT and a == ":")
    return a == b
