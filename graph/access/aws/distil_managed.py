"""Make `managed.json.gz`, the copy of AWS-managed policies, from the one in moto (Apache-2.0).

    pip download --no-deps moto
    python -m graph.access.aws.distil_managed moto-*.whl

The copy's date is that of its latest change to a policy; the same package gives the same bytes.
"""

import ast
import gzip
import sys
import zipfile
from pathlib import Path

import msgspec

from graph.access.aws.managed import Copy
from graph.model import Json

COPY = Path(__file__).with_name("managed.json.gz")
MODULE = "moto/iam/aws_managed_policies.py"


class _Source(msgspec.Struct, rename="pascal"):
    document: Json
    path: str = "/"
    create_date: str = ""
    update_date: str = ""


def distil(version: str, module: str) -> bytes:
    """The copy, compressed; `module` is the text of moto's module."""
    policies = msgspec.json.decode(_literal(module), type=dict[str, _Source])
    date = max(max(each.update_date, each.create_date) for each in policies.values())
    documents = {
        f"{each.path.lstrip('/')}{name}": msgspec.Raw(msgspec.json.encode(each.document))
        for name, each in sorted(policies.items())
    }
    made = Copy(source=f"moto {version}", date=date[:10], documents=documents)
    return gzip.compress(msgspec.json.encode(made), 9, mtime=0)


def _literal(module: str) -> str:
    """The JSON text that the module assigns."""
    for statement in ast.parse(module).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            return str(statement.value.value)
    raise ValueError(f"{MODULE} assigns no text")


def main(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        data = distil(wheel.name.split("-")[1], archive.read(MODULE).decode())
    COPY.write_bytes(data)
    sys.stdout.write(f"{COPY.name}: {len(data):,} bytes from {wheel.name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
