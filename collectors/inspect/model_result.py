"""What looking at model files says of each: its verdict, what loading it runs, what its strings hold."""

from typing import Literal

import msgspec

from collectors.inspect.model_report import ModelFinding
from collectors.inspect.model_signature import State
from collectors.inspect.provenance import Provenance
from collectors.inspect.secret_place import ModelSecret

Verdict = Literal["malicious", "suspicious", "clean", "unreadable"]


class ModelResult(msgspec.Struct, frozen=True):
    """One file. `isolation` is what the scanning process was kept from.

    `unsafe_format`: loading this format can run code, whatever this file holds. `dangerous` are the operators
    found that no model needs (`os.system`, `PyFunc`, `Lambda`), by name. `remote_code`: a loader that trusts
    the model runs code that comes with it. `remote_code_loads` are the loads with `trust_remote_code=True` in
    a code file: what is loaded, or "" where the code does not say it in words.

    `findings` are sensitive data in its strings, `secrets` keys, as fingerprints; `not_looked_at` says which
    strings nobody read, and why. All are empty for a file whose strings were read and hold nothing. What is
    told as a secret is not told as a finding too.

    `signature` speaks of OpenSSF model signing (`model.sig` beside the file): "present" is not checked for
    want of a key, "invalid" is a digest or a signature that does not fit. `signer` is the identity that the
    signature gives, of which nothing but "valid" is a proof; `signed_files` how many files it covers.

    `provenance` is where the file, documents beside it and its registry say that it comes from: claims, each
    with who makes it; see `Provenance` for what `verified` means.
    """

    path: str
    format: str
    verdict: Verdict
    reasons: tuple[str, ...]
    size: int = 0
    digest: str = ""
    isolation: str = ""
    unsafe_format: bool = False
    dangerous: tuple[str, ...] = ()
    remote_code: bool = False
    remote_code_loads: tuple[str, ...] = ()
    findings: tuple[ModelFinding, ...] = ()
    secrets: tuple[ModelSecret, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    signature: State = "none"
    signature_reason: str = ""
    signer: str = ""
    signed_files: int = 0
    provenance: tuple[Provenance, ...] = ()
