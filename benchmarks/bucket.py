"""A bucket of 10 GB, a hundred Parquet files, sampled over HTTP: time, memory, and how much was read."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measurement import Measurement
from benchmarks.static_store import served

FILES, KEYS, MEGABYTES = 4, 100, 100
ROW_GROUP = 100_000
SCRIPT = """
import json, resource, sys
from collectors.inspect import confined
from collectors.inspect.data import inspect_data
states, types = {}, set()
for place in inspect_data([sys.argv[1]]):
    states[place.state] = states.get(place.state, 0) + 1
    types.add(place.type)
while confined._idle:
    confined._idle.pop().end()  # of a process that ended, the system tells how much memory it had
peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
peak = sum(peaks) / 1024
json.dump({"peak": peak, "refused": states.get("refused", 0), "types": len(types - {None})}, sys.stdout)
"""


def measure() -> list[Measurement]:
    import msgspec

    with tempfile.TemporaryDirectory() as folder:
        files = [_written(Path(folder, f"part-{number}.parquet"), number) for number in range(FILES)]
        keys = {f"lake/part-{number:03}.parquet": files[number % FILES] for number in range(KEYS)}
        size = sum(file.stat().st_size for file in keys.values()) / 1e9
        with served("bucket", keys) as (address, traffic):
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", SCRIPT, "s3://bucket/lake"],
                stdout=subprocess.PIPE,
                check=True,
                env={**os.environ, **_credentials(address)},
            )
            seconds = time.perf_counter() - started
    told = msgspec.json.decode(done.stdout, type=dict[str, float])
    if told["refused"] or told["types"] < 5:
        raise ValueError(f"the bucket was not looked into: {told}")
    name = f"a bucket of {size:.1f} GB in {KEYS} Parquet files"
    return [
        Measurement(name=f"{name}: sampled", value=seconds, unit="s", target=60),
        Measurement(name=f"{name}: peak memory, reader included", value=told["peak"], unit="MB", target=500),
        Measurement(name=f"{name}: read", value=traffic.sent / 1e6, unit="MB"),
        Measurement(name=f"{name}: requests", value=traffic.requests, unit=""),
    ]


def _credentials(address: str) -> dict[str, str]:
    """Of a store that looks at none."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _written(file: Path, number: int) -> Path:
    """A Parquet file of about 100 MB: invented people beside numbers that do not compress."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from tests.collectors.inspect.people import US

    dice = np.random.default_rng(number)
    people = [
        [getattr(US, each)() for _ in range(2_000)]
        for each in ("email", "ssn", "phone_number", "iban", "name")
    ]
    names = ("email", "ssn", "phone", "iban", "full_name")
    rows, written = ROW_GROUP, 0
    schema = pa.schema(
        [*((name, pa.string()) for name in names), *((f"f{n}", pa.float64()) for n in range(12))]
    )
    with pq.ParquetWriter(file, schema) as out:
        while written < MEGABYTES * 1_000_000:
            texts = [
                pa.array(np.asarray(each, dtype=object)[dice.integers(0, 2_000, rows)]) for each in people
            ]
            numbers = [pa.array(dice.normal(size=rows)) for _ in range(12)]
            out.write_table(pa.table([*texts, *numbers], schema=schema), row_group_size=rows)
            written = file.stat().st_size
    return file
