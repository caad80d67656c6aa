"""Where model files are said to come from, as facts: versions in registries, base models. All are claims."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collectors.inspect.model_result import ModelResult
from collectors.inspect.provenance import Provenance, hub_name
from graph.model import Asset, Evidence, Fact, Relation, Value

HUB = "https://huggingface.co/"
WORDS: Mapping[str, str] = {"base_model": "base model", "made_at": "made at"}

Seen = tuple[ModelResult, Evidence]


def sentences(lines: Iterable[ModelResult]) -> tuple[str, ...]:
    """What is said of a file, each time with who says it."""
    return tuple(dict.fromkeys(_sentence(each) for line in lines for each in line.provenance))


def _sentence(said: Provenance) -> str:
    fits = " (of these very bytes; who signed was not checked)" if said.verified else ""
    return f"{said.says} claims {WORDS.get(said.what, said.what)}: {said.value}{fits}"


def unlisted(line: ModelResult) -> str:
    """The id of the version that a result is of as a whole, as nobody could list its files; else ""."""
    return line.path if line.path == _said(line, "registry", "version") else ""


def facts(file: str, seen: Sequence[Seen], assets: Mapping[str, Asset]) -> Iterator[Fact]:
    """The version that a file belongs to with its registry, and the base models that are claimed."""
    for line, evidence in seen:
        version = _said(line, "registry", "version")
        model = _model(version, line)
        if model:
            yield from _registered(model, version, file, evidence, assets)
        yield from _derived(model or file, line, evidence)


def _said(line: ModelResult, says: str, what: str) -> str:
    return next((each.value for each in line.provenance if (each.says, each.what) == (says, what)), "")


def _model(version: str, line: ModelResult) -> str:
    """The id of the model: of one on a hub its address there, which is how code that loads it names it."""
    return _said(line, "registry", "source") if version.startswith("hf://") else version


def _registered(
    model: str, version: str, file: str, evidence: Evidence, assets: Mapping[str, Asset]
) -> Iterator[Fact]:
    scheme, _, rest = version.partition("://")
    on_hub = scheme == "hf"
    place = model.rpartition("/")[0].rpartition("/")[0] if on_hub else f"{scheme}://{rest.partition('/')[0]}"
    own_name = rest if on_hub else rest.partition("/")[2]
    name, number = own_name.rpartition("/" if scheme == "mlflow" else "@")[::2]
    service = "huggingface" if on_hub else scheme
    if model not in assets:
        yield Asset(
            id=model,
            kind="Model",
            name=name if on_hub else f"{name} {number}",
            properties={"service": service, "native_kind": "model version"},
            evidence=(evidence,),
        )
    if place not in assets:
        own: dict[str, Value] = {"service": service, "native_kind": "registry"}
        host = place.partition("://")[2]
        yield Asset(id=place, kind="ModelRegistry", name=host, properties=own, evidence=(evidence,))
    yield Relation("REGISTERED_IN", model, place, {"version": number}, (evidence,), "ModelRegistry")
    if file != model:
        yield Relation("STORED_IN", model, file, evidence=(evidence,), target_kind="ModelFile")


def _derived(source: str, line: ModelResult, evidence: Evidence) -> Iterator[Fact]:
    """From a model or a file to each model on the Hub that is claimed to be its base, and who claims it."""
    who: dict[str, dict[str, str]] = {}
    for each in line.provenance:
        name, _, revision = hub_name(each.value).partition("@") if each.what == "base_model" else ("", "", "")
        if name and f"{HUB}{name}" != source:
            said = who.setdefault(name, {})
            said[each.says] = said.get(each.says) or revision
    for name, said in who.items():
        revisions = {each for each in said.values() if each}
        own: dict[str, Value] = {"claimed_by": tuple(sorted(said))}
        if len(revisions) == 1:
            own["revision"] = revisions.pop()
        yield Relation("DERIVED_FROM", source, f"{HUB}{name}", own, (evidence,), "Model")
