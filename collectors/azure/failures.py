"""Azure's errors, in words for the person who meets them: how a call ended, why, and what to do about it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from collectors.azure.permissions import permissions
from collectors.source import CallFailed
from graph.model import Call, Outcome

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError

MESSAGE = 300
"""Characters of a provider's own message that are worth showing."""

CODES: Mapping[str, tuple[Outcome, str]] = {
    "MissingSubscriptionRegistration": (
        "unsupported",
        "the resource provider is not registered in the subscription, so it holds no such resources",
    ),
    "NoRegisteredProviderFound": (
        "unsupported",
        "this cloud does not offer the API version that is asked for",
    ),
    "InvalidApiVersionParameter": (
        "unsupported",
        "this cloud does not offer the API version that is asked for",
    ),
    "InvalidResourceType": ("unsupported", "this cloud does not know the resource type"),
    "SubscriptionNotFound": (
        "denied",
        "the subscription is not visible to the credentials. Check its id, and that they hold Reader on it",
    ),
    "InvalidSubscriptionId": ("failed", "that is not the id of a subscription. Check azure.subscriptions"),
    "DisallowedOperation": ("unsupported", "the subscription is disabled, or does not allow this"),
}
"""Codes whose meaning the status alone does not give."""

EXPIRED_SIGN_IN = re.compile(r"AADSTS(700082|70043|50173|7000222|50076|50078|70044)\b")
"""Sign-in errors that say "sign in again": tokens or secrets too old, or a second factor is due."""

ACTION = re.compile(r"perform action '([^']+)'")


def translate(error: Exception, call: Call, account: str, manager: str) -> CallFailed | None:
    """The failure behind an exception of the SDK; None when it is not the provider's doing but ours."""
    from azure.core import exceptions

    where = f"subscription {account}" if account else "the tenant"
    match error:
        case CallFailed():
            return error
        case exceptions.ClientAuthenticationError() if not _from_manager(error, manager):
            return _sign_in(error)
        case exceptions.DecodeError():
            return CallFailed("failed", f"{call.id} in {where}: the answer could not be read: {_said(error)}")
        case exceptions.HttpResponseError():
            return _answered(error, call, where)
        case exceptions.ServiceRequestError() | exceptions.ServiceResponseError():
            sentence = (
                f"{call.id} in {where}: no answer from {manager} ({_said(error)}). Check the network, "
                "azure.resource_manager, azure.authority, and azure.ca_bundle if a proxy has one of its own."
            )
            return CallFailed("failed", sentence, type(error).__name__)
    return None


def _from_manager(error: "HttpResponseError", manager: str) -> bool:
    """Whether Resource Manager itself refused the token, rather than the sign-in before it."""
    request = getattr(error.response, "request", None)
    return "AADSTS" not in str(error) and str(getattr(request, "url", "")).startswith(manager)


def _sign_in(error: Exception) -> CallFailed:
    said = _said(error)
    if EXPIRED_SIGN_IN.search(said):
        sentence = (
            f"The sign-in to Azure has expired. Sign in again (`az login`), or renew the secret. ({said})"
        )
        return CallFailed("expired", sentence, "SignInExpired")
    sentence = (
        "Azure credentials were not found or not accepted. Sign in with `az login`, or set AZURE_TENANT_ID, "
        f"AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. ({said})"
    )
    return CallFailed("no_credentials", sentence, type(error).__name__)


def _answered(error: "HttpResponseError", call: Call, where: str) -> CallFailed:
    """What Resource Manager answered with: its code first, then the status."""
    status, code = error.status_code, _code(error)
    begin = f"{call.id} in {where}: "
    if code in CODES:
        outcome, sentence = CODES[code]
        return CallFailed(outcome, f"{begin}{sentence}.", code)
    if status == 401:
        again = "the access token has expired or was revoked. Sign in again (`az login`)."
        return CallFailed("expired", begin + again, code)
    if status == 403:
        return CallFailed(
            "denied", f"{begin}denied; the caller needs the action {_needed(error, call)}.", code
        )
    if status == 404 and not call.id.startswith("azure:subscription:"):
        return CallFailed("vanished", f"{begin}it was listed, and is gone now.", code)
    if status == 429:
        slower = "throttled until the retries ran out. Scan with fewer azure.threads or more azure.retries."
        return CallFailed("throttled", begin + slower, code)
    return CallFailed("failed", f"{begin}{code or status}: {_said(error)}", code)


def _code(error: "HttpResponseError") -> str:
    """Azure's own code, where the answer is in its form; the status otherwise."""
    code = getattr(error.error, "code", None)
    return str(code or error.status_code or "")


def _needed(error: "HttpResponseError", call: Call) -> str:
    """The action that Azure says was missing, or else the one that our table says the call needs."""
    named = ACTION.search(str(error.message))
    return named[1] if named else permissions().get(call.id, "that this call needs")


def _said(error: Exception) -> str:
    """The SDK's own words, on one line."""
    return " ".join(str(getattr(error, "message", "") or error).split())[:MESSAGE]
