"""Settings: `crownpath.yaml` in the current folder or the home, and `CROWNPATH_*` in the environment.

The environment wins. A name below a provider is `CROWNPATH_AWS__REGIONS='["eu-central-1"]'`.
"""

import os
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import msgspec
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from app.faults import BadInput

FILE = "crownpath.yaml"
KEY_VARIABLE = "CROWNPATH_FINGERPRINT_KEY"
Struct = TypeVar("Struct", bound=msgspec.Struct)
Given = dict[str, object]


def default_home() -> Path:
    """`$CROWNPATH_HOME`, or the user's data folder."""
    if given := os.environ.get("CROWNPATH_HOME"):
        return Path(given).expanduser()
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "crownpath"


class Settings(BaseSettings):
    """Where things are, and how to get at the providers. Each provider's keys are its client's settings."""

    model_config = SettingsConfigDict(
        env_prefix="CROWNPATH_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Field(default_factory=default_home)
    store: str = ""
    estate: Path | None = None
    exemptions: Path | None = None
    threads: int = Field(default=4, ge=1, le=64, description="collectors at work at the same time")
    calls_at_once: int = Field(default=8, ge=1, le=64, description="calls of one collector at the same time")
    parameters: dict[str, int | str | list[str]] = Field(default_factory=dict)
    aws: Given = Field(default_factory=dict)
    gcp: Given = Field(default_factory=dict)
    azure: Given = Field(default_factory=dict)

    @property
    def store_target(self) -> str:
        """The graph store; the embedded one in the home unless another is set."""
        return self.store or f"embedded:{self.home / 'graph.kgl'}"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def inspections(self) -> Path:
        """Where reports of `crownpath inspect --keep` lie; every scan takes them in."""
        return self.home / "inspections"

    def results(self, snapshot: str) -> Path:
        return self.home / "results" / snapshot

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        yaml = YamlConfigSettingsSource(settings_cls, [default_home() / FILE, Path(FILE)])
        return init_settings, env_settings, yaml


def load(**given: object) -> Settings:
    """The settings; what the command line gave wins. A wrong one is a sentence, not a traceback."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as fault:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors())
        raise BadInput(
            f"The settings are not valid: {wrong}. They come from {FILE} and CROWNPATH_*."
        ) from fault
    except ValueError as fault:
        raise BadInput(
            f"The settings cannot be read: {fault}. They come from {FILE} and CROWNPATH_*."
        ) from fault


def provider_settings(given: Given, shape: type[Struct], provider: str) -> Struct:
    """One provider's settings as its client wants them."""
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as fault:
        known = ", ".join(shape.__struct_fields__)
        raise BadInput(f"The settings of {provider} are not valid: {fault}. Known are: {known}.") from fault


def fingerprint_key(home: Path) -> bytes:
    """The key that turns secrets into fingerprints: from the environment, else a file of mode 0600."""
    if given := os.environ.get(KEY_VARIABLE):
        return given.encode()
    path = home / "fingerprint.key"
    if not path.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
    if path.stat().st_mode & 0o077:
        raise BadInput(f"{path} can be read by others. Run: chmod 600 {path}")
    return path.read_bytes().strip()


def tool_version() -> str:
    return f"crownpath {version('crownpath')}"
