"""Nothing that a look inside sees is kept: values planted everywhere are in no file of the home later."""

import io
import json
import random
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app import pipeline, settings
from collectors.practice import looking
from collectors.practice.estate import content
from collectors.practice.hospital import Hospital, declared_estate
from collectors.redaction import Redactor

MAIL = "zq7canary.w@mail.example"
CARD = "4539578763621486"


def insurance_number() -> str:
    """A number that no other test draws."""
    return content.kvnr(random.Random(77))


def parquet() -> bytes:
    """The canaries as cells, which are the statistics as well, as a column's name and in the metadata."""
    table = pa.table({"contact": [MAIL] * 50, MAIL: ["x"] * 50, "card": [CARD] * 50})
    file = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"author": MAIL, MAIL: CARD}), file)
    return file.getvalue()


def planted() -> dict[str, dict[str, bytes]]:
    rows = [{"contact": MAIL, "kvnr": insurance_number(), MAIL: {"card": CARD}} for _ in range(30)]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    text = f"Write to {MAIL}, insurance number {insurance_number()}, credit card {CARD}.\n" * 40
    return {
        "linden-patient-records": {
            "discharge-summaries/a.parquet": parquet(),
            f"discharge-summaries/{MAIL}/b.jsonl": lines,
            f"discharge-summaries/contact={MAIL}/card={CARD}/c.csv": b"n\n1\n",
            f"discharge-summaries/{MAIL}.bin": bytes(range(256)),
            f"discharge-summaries/{MAIL}.parquet": b"PAR1 broken",
            "discharge-summaries/d.txt": text.encode(),
        },
        "linden-symptom-training": {"triage-calls/e.csv": f"{MAIL}\n{CARD}\n".encode()},
        **{name: {} for name in ("linden-lab-results", "linden-triage-notes", "linden-care-content")},
        "linden-pharmacy": {},
        "linden-genomics": {"cohort-2025/f.csv": b"n\n1\n"},
        "linden-model-artifacts": {
            f"{MAIL}/model.pkl": b"\x80\x02X" + len(text).to_bytes(4, "little") + text.encode() + b"."
        },
    }


def test_no_value_is_in_any_file_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "objects", planted)
    chosen = settings.load(home=tmp_path)
    redactor = Redactor(settings.fingerprint_key(tmp_path))
    with Hospital(("aws",)) as hospital:
        reports = looking.look(hospital, tmp_path / "practice", redactor, "test", lambda name: None)
        snapshot = pipeline.scan(chosen, hospital.doors(), estate=declared_estate(), inspected=reports)
    pipeline.derive(chosen, snapshot)
    classes = [asset.get("detected_classes") for asset in snapshot.assets()]
    found = {label for each in classes if isinstance(each, tuple) for label in each}
    assert found >= {"personal", "health", "payment"}, "the canaries were looked at"
    needles = [MAIL.encode(), CARD.encode(), insurance_number().encode()]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert {str(path) for path in files if any(needle in path.read_bytes() for needle in needles)} == set()
    assert not [path for path in files if MAIL in path.name]
    assert msgspec.json.encode(list(snapshot.coverage())).find(MAIL.encode()) < 0
