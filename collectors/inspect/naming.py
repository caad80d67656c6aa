"""Names of files, folders, columns and keys as they may be shown: they are data of strangers as well."""

import re
from collections.abc import Iterable, Iterator

from collectors.inspect import matching
from collectors.inspect.sample import ColumnSample

PARTITION = re.compile(r"(?:(?<=[/!])|^)([^/=!]{1,64})=([^/!]*)(?=/)")
"""A folder `country=DE`, as Hive and Spark lay tables out."""
PLAIN = re.compile(r"\d{1,4}")
TIMES = frozenset({"year", "month", "day", "hour", "date", "dt", "ds", "week", "quarter"})
HOST = re.compile(r"[a-z0-9+]+://[^/@]*:\d{1,5}/")
"""A host with its port: with what stands behind it, it could be taken for something else."""
DATE = re.compile(r"[\dTZQW:. -]{1,25}")


def shown(name: str) -> str:
    """A name without what detectors find in it, and without values of partitions: a folder may be called
    after a person. Numbers of up to four digits, and dates of partitions that are called so, are left."""
    host = found[0] if (found := HOST.match(name)) else ""
    name = PARTITION.sub(_without_value, name.removeprefix(host).encode("utf-8", "replace").decode())
    for _, hit in matching.hits([name]):
        name = name.replace(hit.text, f"[{hit.detector.told_as}]")
    return host + name


def _without_value(found: re.Match[str]) -> str:
    name, value = found.groups()
    plain = PLAIN.fullmatch(value) or (name.lower() in TIMES and DATE.fullmatch(value))
    return found[0] if plain else f"{name}=[value]"


def partitions(names: Iterable[str]) -> Iterator[ColumnSample]:
    """The values of partitions in names of files, as columns: one value for each file."""
    values: dict[str, list[str | None]] = {}
    for name in names:
        for key, value in PARTITION.findall(name):
            values.setdefault(key, []).append(value)
    for key in sorted(values):
        yield ColumnSample(key, "text", values[key], len(values[key]))
