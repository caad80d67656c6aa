"""What is declared without regard to what was seen: the AI systems.

The rest of `estate.yaml` is said of assets that others collect, and is applied when the scan is finished.
"""

from collections.abc import Iterator

from collectors.declared.document import Document
from collectors.declared.estate import READ, of_document, systems
from collectors.source import Source
from graph.model import Asset

REGIONAL = False


def collect(source: Source) -> Iterator[Asset]:
    answer = source.call(READ)
    if answer.ok:
        yield from systems(of_document(answer.json, Document("estate.yaml", answer.json, {})))
