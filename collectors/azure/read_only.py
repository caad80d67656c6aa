"""A step of every Azure request that lets reading requests pass and nothing else, whatever called it."""

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

QUERIES = ("/providers/microsoft.resourcegraph/resources",)
"""Paths that are queried with POST."""


class NotReadOnly(Exception):
    """A request that could change something was about to be sent. It was not."""


class ReadOnlyPolicy(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Refuses every method but GET and HEAD, and POST except for queries."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Called for every request before it leaves."""
        method = request.http_request.method.upper()
        path = request.http_request.url.split("?")[0].lower()
        if method in ("GET", "HEAD") or (method == "POST" and path.endswith(QUERIES)):
            return
        raise NotReadOnly(f"{method} {path} was not sent: a scan only reads.")
