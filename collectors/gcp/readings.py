"""How Google's answers are read: labels, and the evidence for what an answer leaves out."""

from collectors.source import Answer
from graph.model import Evidence, Value


def labels(answer: Answer) -> tuple[str, ...]:
    """`key=value` for each label; a resource without labels says nothing of them."""
    given = answer.get("/labels")
    return tuple(sorted(f"{key}={value}" for key, value in given.items())) if isinstance(given, dict) else ()


def evidence(answer: Answer, **supports: str) -> tuple[Evidence, ...]:
    """Evidence by pointer; what stands at no pointer is supported by the whole answer, which lacks it.

    Protobuf's JSON leaves out whatever has its default, so a switch that is off is simply not there.
    """
    return answer.evidence(
        **{name: pointer if answer.get(pointer) is not None else "" for name, pointer in supports.items()}
    )


def known(**properties: Value | None) -> dict[str, Value]:
    """The properties that have a value."""
    return {name: value for name, value in properties.items() if value is not None}
