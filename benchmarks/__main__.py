"""Runs every benchmark, prints a table and writes build/bench.json.

python -m benchmarks                # all
python -m benchmarks ONLY=stores    # one module
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.measurement import Measurement, machine

RESULTS = Path("build") / "bench.json"


def main(arguments: list[str]) -> int:
    """0 when every target is met, 1 otherwise, 2 when there is no such benchmark."""
    console = Console()
    only = next((each.removeprefix("ONLY=") for each in arguments if each.startswith("ONLY=")), "")
    names = [name for name in _modules() if only in ("", name)]
    if not names:
        console.print(f"There is no benchmark {only!r}; there are: {', '.join(_modules())}.")
        return 2
    found: list[Measurement] = []
    for name in names:
        console.print(f"Measuring {name} ...")
        found += importlib.import_module(f"benchmarks.{name}").measure()
    console.print(_table(found))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([_row(each) for each in found], indent=2) + "\n", encoding="utf-8")
    return int(any(each.met is False for each in found))


def _modules() -> list[str]:
    """The modules of this folder that measure something."""
    names = sorted(each.name for each in pkgutil.iter_modules(benchmarks.__path__))
    return [name for name in names if not name.startswith("_") and _measures(name)]


def _measures(name: str) -> bool:
    source = Path(benchmarks.__path__[0], f"{name}.py").read_text(encoding="utf-8")
    return "\ndef measure(" in source


def _row(each: Measurement) -> dict[str, str | float | bool | None]:
    return {
        "name": each.name,
        "value": each.value,
        "unit": each.unit,
        "baseline": each.baseline,
        "ratio": each.ratio,
        "target": each.target,
        "met": each.met,
        "machine": machine(),
    }


def _table(found: list[Measurement]) -> Table:
    table = Table("measured", "value", "baseline", "ratio", "target", "met", title=machine())
    for each in found:
        table.add_row(*_cells(each))
    return table


def _cells(each: Measurement) -> Iterator[str]:
    yield each.name
    yield f"{each.value:,.3g} {each.unit}" if each.value < 1000 else f"{each.value:,.0f} {each.unit}"
    yield f"{each.baseline:,.3g} {each.unit}" if each.baseline is not None else ""
    yield f"{each.ratio:.2f}" if each.ratio is not None else ""
    yield (
        f"at most {each.target:g}{'x' if each.baseline is not None else ' ' + each.unit}"
        if each.target
        else ""
    )
    yield {True: "yes", False: "NO", None: ""}[each.met]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
