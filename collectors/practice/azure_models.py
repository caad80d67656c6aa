"""Azure's fixtures against the SDK's own models: a key that no model maps is an error.

The SDKs silently drop keys they don't know, so a misspelt property in a fixture would test nothing.
"""

import importlib
import re
import typing
from collections.abc import Iterator, Mapping

from graph.model import Json

AUTHORIZATION = "azure.mgmt.authorization.v2022_04_01.models"
COGNITIVE = "azure.mgmt.cognitiveservices.models"
STORAGE = "azure.mgmt.storage.models"

MODELS: Mapping[str, str] = {
    "microsoft.authorization/denyassignments": f"{AUTHORIZATION}.DenyAssignment",
    "microsoft.authorization/roleassignments": f"{AUTHORIZATION}.RoleAssignment",
    "microsoft.authorization/roledefinitions": f"{AUTHORIZATION}.RoleDefinition",
    "microsoft.cognitiveservices/accounts": f"{COGNITIVE}.Account",
    "microsoft.cognitiveservices/accounts/deployments": f"{COGNITIVE}.Deployment",
    "microsoft.cognitiveservices/accounts/raipolicies": f"{COGNITIVE}.RaiPolicy",
    "microsoft.resources/subscriptions": "azure.mgmt.resource.subscriptions.models.Subscription",
    "microsoft.storage/storageaccounts": f"{STORAGE}.StorageAccount",
    "microsoft.storage/storageaccounts/blobservices": f"{STORAGE}.BlobServiceProperties",
    "microsoft.storage/storageaccounts/blobservices/containers": f"{STORAGE}.ListContainerItem",
}
"""Resource type, lower-cased, to the SDK's model of it."""

SHAPES: Mapping[str, Mapping[str, object]] = {
    "microsoft.managedidentity/userassignedidentities": {
        **dict.fromkeys(("id", "name", "type", "location", "tags")),
        "properties": dict.fromkeys(("tenantId", "principalId", "clientId", "isolationScope")),
    },
    "microsoft.resources/subscriptions/resourcegroups": {
        **dict.fromkeys(("id", "name", "type", "location", "tags", "managedBy")),
        "properties": dict.fromkeys(("provisioningState",)),
    },
}
"""Resource types that are read through Resource Graph only, whose package is not needed: their keys."""

Field = tuple[str, ...]
Fields = Mapping[str, tuple[Field, object]]


def unknown_keys(kind: str, value: Json) -> Iterator[str]:
    """Every key of a resource that its type does not have, as a path with the model's name."""
    if kind in SHAPES:
        yield from _by_shape(SHAPES[kind], value, "", kind)
        return
    module, name = MODELS[kind].rsplit(".", 1)
    yield from _by_model(getattr(importlib.import_module(module), name), value, "")


def _by_shape(shape: Mapping[str, object], value: Json, at: str, kind: str) -> Iterator[str]:
    for key, member in value.items() if isinstance(value, dict) else ():
        inner = shape.get(key)
        if key not in shape:
            yield f"{at}/{key} is not in {kind}"
        elif isinstance(inner, dict):
            yield from _by_shape(inner, member, f"{at}/{key}", kind)


def _by_model(model: type, value: Json, at: str) -> Iterator[str]:
    """Both generations of models are in use: an attribute map, or rest fields with annotations."""
    if not isinstance(value, dict):
        return
    paths = dict(_mapped(model) if hasattr(model, "_attribute_map") else _annotated(model))
    yield from _by_paths(model, paths, value, at, ())


def _by_paths(
    model: type, paths: Mapping[Field, object], value: dict[str, Json], at: str, prefix: Field
) -> Iterator[str]:
    for key, member in value.items():
        field = (*prefix, key)
        if field in paths:
            yield from _by_type(paths[field], member, f"{at}/{key}")
        elif any(path[: len(field)] == field for path in paths) and isinstance(member, dict):
            yield from _by_paths(model, paths, member, f"{at}/{key}", field)
        else:
            yield f"{at}/{key} is not in {model.__name__}"


def _by_type(inner: object, value: Json, at: str) -> Iterator[str]:
    """`inner` is a model, a list or dictionary of models, or anything else, which has no keys to check."""
    shape, model = inner if isinstance(inner, tuple) else ("", inner)
    if not isinstance(model, type):
        return
    if shape == "list" and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _by_model(model, each, f"{at}/{index}")
    elif shape == "dict" and isinstance(value, dict):
        for key, each in value.items():
            yield from _by_model(model, each, f"{at}/{key}")
    elif not shape:
        yield from _by_model(model, value, at)


def _mapped(model: type) -> Iterator[tuple[Field, object]]:
    """The older models: `_attribute_map` gives "properties.scope" and types such as "[Permission]"."""
    module = importlib.import_module(model.__module__)
    for ancestor in model.__mro__:
        for entry in getattr(ancestor, "_attribute_map", {}).values():
            name = re.sub(r"[\[\]{}]", "", entry["type"])
            inner = getattr(module, name, None)
            shape = {"[": "list", "{": "dict"}.get(entry["type"][0], "")
            keys = re.split(r"(?<!\\)\.", entry["key"])
            yield tuple(key.replace("\\.", ".") for key in keys), (shape, inner)


def _annotated(model: type) -> Iterator[tuple[Field, object]]:
    """The newer models: a descriptor a field, whose type is the class's annotation."""
    package = importlib.import_module(model.__module__.rsplit(".", 1)[0])
    for ancestor in model.__mro__:
        module = vars(importlib.import_module(ancestor.__module__))
        for attribute, annotation in vars(ancestor).get("__annotations__", {}).items():
            field = vars(ancestor).get(attribute)
            if field is None or type(field).__name__ != "_RestField":
                continue
            holder = type("Holder", (), {"__annotations__": {attribute: annotation}})
            hint = typing.get_type_hints(holder, {**module, "_models": package})[attribute]
            yield (vars(field)["_rest_name_input"] or attribute,), _model_in(hint)


def _model_in(hint: object) -> object:
    """The model inside `Optional[list[Model]]` and the like, with the shape that holds it."""
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and origin is None:
        return hint if any(ancestor.__name__ == "Model" for ancestor in hint.__mro__) else None
    if origin in (list, dict):
        return (origin.__name__, _model_in(members[-1]))
    return next((found for member in members if (found := _model_in(member))), None)
