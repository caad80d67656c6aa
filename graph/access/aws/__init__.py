"""The decision of AWS, as its documentation describes it: policies in; allow, deny or conditional out."""

from graph.access.aws.decision import Decision, LayerVerdict, StatementRef, evaluate
from graph.access.aws.document import Document, NamedDocument, compile_document, compile_text
from graph.access.aws.layers import Truth
from graph.access.aws.principal import ANONYMOUS, Principal, principal_of
from graph.access.aws.request import Policies, Request

__all__ = [
    "ANONYMOUS",
    "Decision",
    "Document",
    "LayerVerdict",
    "NamedDocument",
    "Policies",
    "Principal",
    "Request",
    "StatementRef",
    "Truth",
    "compile_document",
    "compile_text",
    "evaluate",
    "principal_of",
]
