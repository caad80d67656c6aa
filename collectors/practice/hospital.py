"""Linden Health, a hospital group with AI in three clouds: the estate that the demo and the tests look at.

with Hospital() as hospital:
    doors = hospital.doors()          # the ordinary clients, sent here by public settings alone
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Self

import msgspec
import yaml

from collectors.aws.client import AwsDoor
from collectors.aws.client import Settings as AwsSettings
from collectors.azure.client import AzureDoor
from collectors.gcp.client import GcpDoor
from collectors.practice.aws import AwsServer
from collectors.practice.azure import AzureServer
from collectors.practice.estate import aws, azure, content, gcp
from collectors.practice.gcp import GcpServer
from collectors.source import Door


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One planted path, or a near miss that differs from its `twin` by one fact.

    From `entry` an attacker gets to `subject` (over all of `must_pass`, in order) when `planted`, and
    doesn't otherwise.
    """

    id: str
    cloud: str
    planted: bool
    story: str
    entry: str
    subject: str
    must_pass: tuple[str, ...] = ()
    rule: str = ""
    differs_by: str = ""
    twin: str = ""


class Inside(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a look inside a dataset or model file finds; a near miss says in `differs_by` why it is none."""

    id: str
    classes: tuple[str, ...] = ()
    verdict: str = ""
    differs_by: str = ""


class Hospital:
    """The servers of the three clouds, running while the `with` block lasts."""

    def __init__(self, clouds: tuple[str, ...] = ("aws", "azure", "gcp")) -> None:
        self._clouds = clouds
        self._stack = ExitStack()
        self._doors: list[Door] = []

    def __enter__(self) -> Self:
        for cloud in self._clouds:
            self._doors.append({"aws": self._aws, "azure": self._azure, "gcp": self._gcp}[cloud]())
        return self

    def __exit__(self, *fault: object) -> None:
        self._stack.close()

    def doors(self) -> list[Door]:
        return list(self._doors)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """The environment of the role that may look inside AWS's buckets, and may do nothing else."""
        with ExitStack() as stack:
            _set(stack, self.aws.looking())
            yield

    def _aws(self) -> Door:
        estate = msgspec.structs.replace(aws.estate(), objects=content.objects())
        self.aws = self._stack.enter_context(AwsServer(estate))
        self._set(self.aws.environment())
        return AwsDoor(AwsSettings(role_arns=self.aws.role_arns(), regions=self.aws.estate.regions))

    def _azure(self) -> Door:
        self.azure = self._stack.enter_context(AzureServer(azure.ESTATE))
        self._set(self.azure.environment())
        return AzureDoor(self.azure.settings())

    def _gcp(self) -> Door:
        self.gcp = self._stack.enter_context(GcpServer(gcp.ESTATE))
        return GcpDoor(self.gcp.settings())

    def _set(self, environment: dict[str, str]) -> None:
        _set(self._stack, environment)


def declared_estate() -> Path:
    """What only the people of Linden Health know, as an estate.yaml."""
    return Path(str(files("collectors.practice.estate") / "estate.yaml"))


def truth() -> Iterator[Case]:
    """Every planted path and near miss."""
    for entry in sorted(files("collectors.practice.truth").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            yield from msgspec.convert(yaml.safe_load(entry.read_text("utf-8")), list[Case])


def inside() -> tuple[Inside, ...]:
    """Everything that lies in the estate's buckets."""
    text = (files("collectors.practice") / "inside.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[Inside, ...])


def _set(stack: ExitStack, environment: dict[str, str]) -> None:
    """Set what the SDKs read, and put back what was there before when the stack closes."""
    for name, value in environment.items():
        before = os.environ.get(name)
        os.environ[name] = value
        stack.callback(_restore, name, before)


def _restore(name: str, before: str | None) -> None:
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before
