"""The app's server: Streamlit under uvicorn, with the headers and routes that Streamlit does not have.

It binds to this machine only. Whoever puts it on a network puts a proxy with TLS and sign-in before it.
"""

import base64
import hashlib
import re
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import reading, standalone
from app.canvas.component import BUNDLE
from app.reading import NothingToShow, Place

LOOPBACK = "127.0.0.1"
MAIN = Path(__file__).with_name("main.py")

INDEX = Path(st.__file__).parent / "static" / "index.html"


def _hashes_of_inline_scripts() -> str:
    """Streamlit's page sets one variable inline; the policy allows exactly that text and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", INDEX.read_text(encoding="utf-8"), re.DOTALL)
    digests = (hashlib.sha256(each.encode()).digest() for each in scripts)
    return "".join(f" 'sha256-{base64.b64encode(each).decode()}'" for each in digests)


POLICY = "; ".join(
    (
        "default-src 'self'",
        # blob: for Streamlit runs a component's inline loader from one
        "script-src 'self' blob:" + _hashes_of_inline_scripts(),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


class PortTaken(Exception):
    """Another program listens there already; the message says what to do."""


class SecurityHeaders:
    """Adds the headers to every answer that does not bring its own, stricter ones."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Bundle(StaticFiles):
    """The canvas: its name is a hash of its content, so a browser may keep it for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200:
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


async def ready(_: Request) -> Response:
    """Whether the app answers, and from which snapshot."""
    try:
        return JSONResponse({"status": "ok", "snapshot": reading.view().snapshot.id})
    except NothingToShow as problem:
        return JSONResponse({"status": "ok", "snapshot": None, "problem": str(problem)})


def graph_page(request: Request) -> Response:
    """One path as a stand-alone page to keep; never shown within the app, and powerless where it is."""
    try:
        shown = reading.view()
    except NothingToShow as problem:
        return PlainTextResponse(str(problem), status_code=404)
    path = shown.path(request.path_params["path"])
    if path is None:
        return PlainTextResponse("There is no such path in the latest snapshot.", status_code=404)
    headers = {
        "content-security-policy": standalone.POLICY,
        "content-disposition": 'attachment; filename="crownpath-graph.html"',
        "cache-control": "no-store",
    }
    return Response(standalone.page(shown, path), media_type="text/html", headers=headers)


def build(place: Place, hosts: Sequence[str] = (LOOPBACK, "localhost")) -> st.App:
    """The ASGI application. Requests for any other host name are refused (DNS rebinding)."""
    reading.use(place)
    return st.App(
        MAIN,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
        routes=[
            Route("/ready", ready),
            Route("/download/graph/{path}", graph_page),
            Mount("/assets", Bundle(directory=BUNDLE)),
        ],
    )


def serve(
    port: int | None,
    home: Path,
    store: str,
    *,
    say: Callable[[str], None] = print,
    hosts: Sequence[str] = (LOOPBACK, "localhost"),
) -> None:
    """Serve until SIGINT or SIGTERM; without a port on a free one. `say` is given the address."""
    with _listen(port) as listening:
        application = build(Place(home, store), hosts)
        settings = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(settings)
        address = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        say(f"Crownpath is at {address} (Ctrl-C ends it)")
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            sys.stderr.flush()  # uvicorn has ended everything and hands the signal on


def _listen(port: int | None) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port or 0))
        listening.listen()  # who connects before the app is up waits instead of being refused
    except OSError as problem:
        listening.close()
        raise PortTaken(
            f"Port {port} of {LOOPBACK} cannot be used ({problem.strerror}). "
            "Stop the program that listens there, or leave the port out to take a free one."
        ) from problem
    return listening
