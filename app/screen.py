"""What commands show: progress and sentences on standard error, results on standard output.

Asset names are hostile text: they are printed as plain text, never as markup, without control characters.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from app.text import visible

errors = Console(stderr=True, highlight=False)
output = Console(highlight=False, soft_wrap=True)


def say(sentence: str, style: str = "", *, indent: int = 0) -> None:
    """One sentence for the person at the terminal."""
    errors.print(Padding(Text(visible(sentence), style=style), (0, 0, 0, indent), expand=False))


def line(text: str) -> None:
    """One line of a result."""
    sys.stdout.write(text + "\n")


def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table on standard output, as plain text in every cell."""
    shown = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(visible(cell)) for cell in row))
    output.print(shown)


@contextmanager
def progress(description: str) -> Iterator["Bar"]:
    """A bar that moves while long work goes on; silent where nobody looks."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    with shown:
        yield Bar(shown, description)


class Bar:
    """One bar: how much there is, how much is done, and what is going on now."""

    def __init__(self, shown: Progress, description: str) -> None:
        self._shown = shown
        self._task = shown.add_task(description, total=None)

    def total(self, count: int) -> None:
        self._shown.update(self._task, total=count)

    def done(self, count: int) -> None:
        self._shown.update(self._task, completed=count)

    def step(self, words: str) -> None:
        self._shown.update(self._task, advance=1, description=visible(words))
