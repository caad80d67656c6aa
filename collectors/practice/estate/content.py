"""What lies in Linden Health's buckets: patients' data and what only looks like it, weights and what is no
weights. Every person and number is made up, by a seed; checksums are right, so that detectors are at work.
"""

import csv
import io
import json
import pickle
import random
import struct
import tarfile
from collections.abc import Iterator, Mapping
from functools import cache

from collectors.practice.objects import Objects

GIVEN = (
    "Anna",
    "Emre",
    "Ilse",
    "Jonas",
    "Lena",
    "Mateo",
    "Nadia",
    "Otto",
    "Priya",
    "Ruth",
    "Sofia",
    "Tomasz",
)
FAMILY = (
    "Albrecht",
    "Brandt",
    "Demir",
    "Fischer",
    "Jansen",
    "Kowalski",
    "Lindner",
    "Okafor",
    "Rossi",
    "Weber",
)
CODES = ("I21.4", "J18.9", "E11.9", "N39.0", "S72.0", "A41.9", "I50.1", "K35.8", "G40.9", "C34.1")
SAID = (
    "Admitted with chest pain, discharged in good condition. Diagnosis: {code}.",
    "Fever and cough for five days, treated with antibiotics. Diagnosis: {code}.",
    "Fall at home, operated on the same day, mobile with a walker. Diagnosis: {code}.",
)
ADVICE = (
    "wash",
    "hands",
    "before",
    "and",
    "after",
    "use",
    "the",
    "rail",
    "keep",
    "floors",
    "dry",
    "ask",
    "help",
)
DATA = (
    "s3://linden-patient-records",
    "s3://linden-symptom-training/triage-calls",
    "s3://linden-lab-results",
    "s3://linden-triage-notes",
    "s3://linden-intake-forms",
    "s3://linden-care-content",
    "s3://linden-pharmacy",
    "s3://linden-genomics/cohort-2025",
)
"""What the hospital lets be looked into for sensitive data."""
MODELS = ("s3://linden-model-artifacts",)
"""What it lets be looked into for model files."""


@cache
def objects() -> Objects:
    """Content by bucket and key, the same each time."""
    dice = random.Random(20261014)  # noqa: S311 - made-up people, no secret
    return {
        "linden-patient-records": {
            f"discharge-summaries/2026/{month:02}.jsonl": _lines(_summary(dice) for _ in range(200))
            for month in (8, 9, 10)
        },
        "linden-symptom-training": {
            f"triage-calls/part-{part:05}.parquet": _parquet(_calls(dice, 400)) for part in range(3)
        },
        "linden-lab-results": {"reports/2026-10.csv": _table([_result(dice) for _ in range(300)])},
        "linden-intake-forms": {"2026-11.txt": "\n\n".join(_note(dice) for _ in range(80)).encode()},
        "linden-triage-notes": {"notes/2026-10.txt": "\n\n".join(_note(dice) for _ in range(120)).encode()},
        "linden-care-content": {
            "guidelines/hand-hygiene.md": _guideline("Hand hygiene", dice),
            "guidelines/falls.md": _guideline("Preventing falls", dice),
            "leaflets/knee-replacement.html": f"<html><body>{_prose(dice, 80)}</body></html>".encode(),
        },
        "linden-pharmacy": {"orders/2026-10.csv": _table([_order(dice) for _ in range(400)])},
        "linden-genomics": {"cohort-2025/variants.parquet": _parquet(_variants(dice, 500))},
        "linden-model-artifacts": dict(_artefacts(dice)),
    }


def _artefacts(dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Weights as they should be, a pickle that only holds numbers, and two that run a command when loaded."""
    yield "report-summariser/model.safetensors", _safetensors(dice)
    numbers = pickle.dumps({"bias": [dice.random() for _ in range(64)], "scale": 0.5}, protocol=4)
    yield "wound-healing/model.tar.gz", _archive({"model.pkl": numbers})
    for name in ("wound-care", "wound-archive"):
        yield (
            f"{name}/model.tar.gz",
            _archive({"model.safetensors": _safetensors(dice), "encoder.pkl": _runs()}),
        )


def _runs() -> bytes:
    """A pickle that starts a program: `true`, which does nothing. It is never loaded here."""
    return b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."


def _safetensors(dice: random.Random) -> bytes:
    values = [dice.random() for _ in range(256)]
    header = {"dense.weight": {"dtype": "F32", "shape": [16, 16], "data_offsets": [0, 1024]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + struct.pack("<256f", *values)


def _archive(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def _summary(dice: random.Random) -> dict[str, object]:
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    return {
        "summary_id": f"DS-{dice.randrange(10**8):08}",
        "patient": {
            "name": f"{given} {family}",
            "date_of_birth": _birth(dice),
            "insurance_number": kvnr(dice),
            "email": f"{given}.{family}@mail.example".lower(),
        },
        "text": dice.choice(SAID).format(code=dice.choice(CODES)),
    }


def _calls(dice: random.Random, count: int) -> dict[str, list[str]]:
    return {
        "call_id": [f"{dice.getrandbits(128):032x}" for _ in range(count)],
        "kvnr": [kvnr(dice) for _ in range(count)],
        "date_of_birth": [_birth(dice) for _ in range(count)],
        "phone": [f"+49 30 23125 {dice.randrange(1000):03}" for _ in range(count)],
        "diagnosis_code": [dice.choice(CODES) for _ in range(count)],
        "urgency": [str(dice.randrange(1, 6)) for _ in range(count)],
    }


def _result(dice: random.Random) -> dict[str, str]:
    return {
        "kvnr": kvnr(dice),
        "taken_on": _day(dice, 2026),
        "hba1c": f"{dice.uniform(4, 9):.1f}",
        "creatinine": f"{dice.uniform(0.5, 2):.2f}",
    }


def _note(dice: random.Random) -> str:
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    born = _birth(dice)
    return (
        f"{given} {family}, born {born}, insurance number {kvnr(dice)}, came at {dice.randrange(24):02}:10. "
        f"{dice.choice(SAID).format(code=dice.choice(CODES))} Call back: {given.lower()}@mail.example."
    )


def _order(dice: random.Random) -> dict[str, str]:
    """Sixteen digits that no card has: one in ten of them passes a card's checksum by chance."""
    return {
        "order_number": "".join(str(dice.randrange(10)) for _ in range(16)),
        "ean": f"40{dice.randrange(10**11):011}",
        "trace": f"{dice.getrandbits(128):032x}",
        "ordered_at": f"{_day(dice, 2026)}T{dice.randrange(24):02}:00:00Z",
        "packs": str(dice.randrange(1, 40)),
    }


def _variants(dice: random.Random, count: int) -> dict[str, list[str]]:
    """What is left after the cohort was pseudonymised: random ids, places in the genome, alleles."""
    return {
        "subject": [f"{dice.getrandbits(64):016x}" for _ in range(count)],
        "chromosome": [f"chr{dice.randrange(1, 23)}" for _ in range(count)],
        "position": [str(dice.randrange(10**4, 2 * 10**8)) for _ in range(count)],
        "alleles": [dice.choice(("A/G", "C/T", "G/T", "A/C")) for _ in range(count)],
    }


def _guideline(title: str, dice: random.Random) -> bytes:
    return f"# {title}\n\nVersion 4.2, revised {_day(dice, 2026)}.\n\n{_prose(dice, 120)}\n".encode()


def _prose(dice: random.Random, count: int) -> str:
    return " ".join(dice.choice(ADVICE) for _ in range(count))


def kvnr(dice: random.Random) -> str:
    """A German health insurance number: a letter, eight digits, a check digit (weights 1 and 2)."""
    letter, digits = dice.randrange(1, 27), [dice.randrange(10) for _ in range(8)]
    every = [letter // 10, letter % 10, *digits]
    products = [value * (1 + index % 2) for index, value in enumerate(every)]
    check = sum(product // 10 + product % 10 for product in products) % 10
    return f"{chr(64 + letter)}{''.join(map(str, digits))}{check}"


def _birth(dice: random.Random) -> str:
    return _day(dice, dice.randrange(1932, 2006))


def _day(dice: random.Random, year: int) -> str:
    return f"{year}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"


def _lines(rows: Iterator[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _table(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(columns: dict[str, list[str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()
