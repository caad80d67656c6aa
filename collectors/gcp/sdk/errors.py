"""Google's errors in plain words: how a call ended, and what the reader can do about it."""

import re

from google.api_core.exceptions import (
    Forbidden,
    GoogleAPICallError,
    MethodNotImplemented,
    NotFound,
    RetryError,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError

from collectors.gcp.permissions import permissions
from collectors.source import NOT_OFFERED, CallFailed
from graph.model import Call

FAILURES = (GoogleAPICallError, RetryError, GoogleAuthError, OSError)
"""Everything that a call of Google's clients raises; `requests` raises OSErrors."""

NO_SUCH_LOCATION = re.compile(
    r"unsupported region|region is not supported|location\S* .*(not (found|exist|supported)|unsupported)",
    re.IGNORECASE,
)
NO_SUCH_HOST = re.compile(r"DNS resolution failed|errors resolving|[Dd]omain name not found")
"""How gRPC says that a name has no address. Vertex AI has a name for each location where it is offered."""

SWITCHED_OFF = re.compile(r"has not been used in project|API .*is disabled|accessNotConfigured")
MISSING = re.compile(r"[Pp]ermission '([\w.]+)' denied|does not have ([\w.]+\.[\w.]+) access")
"""How Cloud IAM and Cloud Storage name the permission that was missing."""

LOGIN = "Run `gcloud auth application-default login`"


def transient(error: Exception) -> bool:
    """Whether asking again may help."""
    return isinstance(error, ServiceUnavailable | TooManyRequests) and not NO_SUCH_HOST.search(str(error))


def translated(
    error: Exception, call: Call, account: str, region: str, credentials: str = "default"
) -> CallFailed:
    """What an error of Google's clients means, for a call in a project and a location."""
    if isinstance(error, RetryError) and error.cause is not None:
        return translated(error.cause, call, account, region, credentials)
    where = " in ".join(filter(None, (region, f"project {account}" if account else ""))) or "any project"
    if isinstance(error, DefaultCredentialsError):
        return CallFailed(
            "no_credentials",
            f"No Google Cloud credentials were found. {LOGIN}, or let GOOGLE_APPLICATION_CREDENTIALS name a "
            f"credentials file. Google says: {_said(error)}",
            "DEFAULT_CREDENTIALS",
        )
    if isinstance(error, RefreshError):
        return CallFailed(
            "expired",
            f"The Google Cloud credentials could not be renewed: they have expired or were revoked. {LOGIN} "
            f"again. Google says: {_said(error)}",
            "REFRESH",
        )
    if isinstance(error, Unauthorized):
        return _unauthorized(error, call, credentials)
    if isinstance(error, GoogleAPICallError):
        return _answered(error, call, account, region, where)
    sentence = f"{call.id} got no answer from Google Cloud ({where}): {_said(error)}"
    return CallFailed("failed", sentence, type(error).__name__)


def _unauthorized(error: Unauthorized, call: Call, credentials: str) -> CallFailed:
    if credentials == "anonymous":
        sentence = f"{call.id} needs credentials, and the setting gcp.credentials says to send none."
        return CallFailed("no_credentials", sentence, _code(error))
    sentence = f"Google Cloud did not accept the credentials for {call.id}; they have expired. {LOGIN} again."
    return CallFailed("expired", sentence, _code(error))


def _answered(error: GoogleAPICallError, call: Call, account: str, region: str, where: str) -> CallFailed:
    """What an error that the service itself answered with means."""
    code, said = _code(error), _said(error)
    if region and NO_SUCH_LOCATION.search(said):
        sentence = f"Vertex AI is not offered to project {account} in {region}. Google says: {said}"
        return CallFailed("region_off", sentence, code)
    if call.client == "dlp" and NO_SUCH_LOCATION.search(said):
        sentence = f"There is no such location of Sensitive Data Protection. Google says: {said}"
        return CallFailed("unsupported", sentence, NOT_OFFERED)
    if region and NO_SUCH_HOST.search(said):
        sentence = (
            f"There is no host for {region}: no location is called so, or Vertex AI is not offered there. "
            f"The name service says: {said}"
        )
        return CallFailed("region_off", sentence, code)
    if isinstance(error, Forbidden):
        return _forbidden(error, call, where)
    if isinstance(error, TooManyRequests):
        sentence = (
            f"{call.id} was throttled until its time ran out ({where}). Use fewer threads, or ask for quota."
        )
        return CallFailed("throttled", sentence, code)
    if isinstance(error, NotFound) and _asks_for_something_listed(call):
        return CallFailed("vanished", f"{call.id}: it was listed, and is gone now.", code)
    if isinstance(error, MethodNotImplemented):
        return CallFailed("unsupported", f"The service does not know {call.id} ({where}): {said}", code)
    return CallFailed("failed", f"{call.id} failed ({where}): {said}", code)


def _forbidden(error: Forbidden, call: Call, where: str) -> CallFailed:
    code, said = _code(error), _said(error)
    if error.reason == "SERVICE_DISABLED" or SWITCHED_OFF.search(said):
        sentence = f"The interface behind {call.id} is not switched on ({where}). Google says: {said}"
        return CallFailed("unsupported", sentence, "SERVICE_DISABLED")
    named = MISSING.search(said)
    permission = (
        (error.metadata or {}).get("permission")
        or (named and (named[1] or named[2]))
        or permissions().get(call.id)
        or "that Google's documentation names for it"
    )
    sentence = f"{call.id} was denied ({where}): the identity that scans needs the permission {permission}."
    return CallFailed("denied", sentence, code)


def _asks_for_something_listed(call: Call) -> bool:
    """Whether another call named what this one asks for, so that it may have gone in between."""
    operation = call.operation.rsplit(".", 1)[-1].lower()
    return operation.startswith("get") and operation != "getproject"


def _code(error: GoogleAPICallError) -> str:
    """The gRPC status name, or the HTTP status of an answer over HTTP."""
    return error.grpc_status_code.name if error.grpc_status_code else str(int(error.code or 0))


def _said(error: Exception) -> str:
    """The service's own words, on one line."""
    return " ".join(str(getattr(error, "message", "") or error).split())[:400]
