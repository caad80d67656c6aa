"""What training code is told: the images it runs in, whom it runs as, where it reads and writes.

Custom training names its data nowhere but in the arguments and the environment of its containers. What
looks like an output by its option's name is one; every other place is read, so training may learn from it.
"""

import re
from collections.abc import Iterator

from collectors.gcp import names
from collectors.gcp.locations import dataset, identity, image, network
from collectors.source import Answer
from graph.model import Fact, Relation

ARGUMENT = re.compile(r"(?:-{0,2}(?P<name>[\w.-]+)=)?(?P<places>(?:gs://|/gcs/)\S+)")
OUTPUT = re.compile(
    r"(?i)(^|[-_.])(out|output|save|checkpoint|ckpt|export|result|log|tensorboard|staging|model[-_]?dir|job[-_]?dir)"
)
MOUNT = "/gcs/"
"""Where Vertex AI shows training code every bucket as a folder."""

CONTAINERS = (("/containerSpec", "imageUri"), ("/pythonPackageSpec", "executorImageUri"))


def facts(spec: Answer, job: str, own: names.Project) -> Iterator[Fact]:
    """What a custom job's specification, or the inputs of a custom training task, say about it."""
    yield from identity(spec, "/serviceAccount", job, own)
    yield from network(spec, "/network", job, own)
    yield from produced(spec, "/baseOutputDirectory/outputUriPrefix", job)
    for pool in spec.items("/workerPoolSpecs"):
        for container, field in CONTAINERS:
            yield from image(pool, f"{container}/{field}", job)
            for pointer, option, place in _places(pool, container):
                written = OUTPUT.search(option) is not None
                make = produced if written else trained_on
                yield from make(pool, pointer, job, place)


def trained_on(answer: Answer, pointer: str, job: str, place: str | None = None) -> Iterator[Fact]:
    """That a job learns from the place at a pointer; `place` when the text there is an argument."""
    read = place or names.place(answer.text(pointer))
    if read is None:
        return
    yield from dataset(answer, pointer, read)
    confidence = {"confidence": "likely"} if place else {}
    yield Relation("TRAINED_ON", job, read, confidence, answer.evidence(target=pointer))


def produced(answer: Answer, pointer: str, job: str, place: str | None = None) -> Iterator[Fact]:
    """That a job writes to the folder at a pointer; `place` when the text there is an argument."""
    written = place or names.folder(answer.text(pointer))
    if written is None:
        return
    yield from dataset(answer, pointer, written)
    confidence = {"confidence": "likely"} if place else {}
    yield Relation("PRODUCED", job, written, confidence, answer.evidence(target=pointer))


def _places(pool: Answer, container: str) -> Iterator[tuple[str, str, str]]:
    """Pointer, option name and id of each place in the arguments and the environment of a container."""
    option = ""
    for index, argument in enumerate(pool.items(f"{container}/args")):
        text = argument.text("") or ""
        if match := ARGUMENT.fullmatch(text):
            for address in match["places"].split(","):
                if place := _place(address):
                    yield f"{container}/args/{index}", match["name"] or option, place
        option = text.lstrip("-") if text.startswith("-") else ""
    for index, variable in enumerate(pool.items(f"{container}/env")):
        if place := _place(variable.text("/value") or ""):
            yield f"{container}/env/{index}/value", variable.text("/name") or "", place


def _place(address: str) -> str | None:
    if address.startswith(MOUNT):
        return names.place(f"gs://{address.removeprefix(MOUNT)}")
    return names.place(address)
