"""AWS's errors, in words for the person who meets them: how a call ended, why, and what to do about it."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import yaml

from collectors.aws.permissions import permissions
from collectors.source import NOT_OFFERED, CallFailed
from graph.model import Call, Outcome

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

MESSAGE = 300
"""Characters of AWS's own message that are kept: it may be long, and it is not ours."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`failures.yaml`: what codes and exceptions mean, and the sentence for each outcome."""

    codes: Mapping[Outcome, tuple[str, ...]]
    exceptions: Mapping[Outcome, tuple[str, ...]]
    connection: tuple[str, ...]
    gone: str
    switched_off: str
    always_on: tuple[str, ...]
    sentences: Mapping[str, str]

    def of_code(self, code: str) -> Outcome:
        return next((outcome for outcome, codes in self.codes.items() if code in codes), "failed")

    def of_exception(self, name: str) -> Outcome:
        return next((outcome for outcome, names in self.exceptions.items() if name in names), "failed")


@cache
def table() -> Table:
    text = (files("collectors.aws") / "failures.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Table)


def translate(error: Exception, call: Call, account: str, region: str) -> CallFailed | None:
    """An error of boto3 as a failed call; None when it is not one of boto3's."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        return _refused(error, call, account, region)
    name = type(error).__name__
    if isinstance(error, BotoCoreError):
        outcome = table().of_exception(name)
        sentence = _sentence("connection" if name in table().connection else outcome, call, account, region)
        return CallFailed(outcome, f"{sentence} boto3 says: {str(error)[:MESSAGE]}", name)
    return None


def _refused(error: "ClientError", call: Call, account: str, region: str) -> CallFailed:
    """AWS answered with an error."""
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")[:MESSAGE]
    outcome = table().of_code(code)
    if outcome == "denied" and re.search(table().switched_off, message):
        return CallFailed("unsupported", _sentence("switched_off", call, account, region), NOT_OFFERED)
    if code == "ValidationException" and re.search(table().gone, message):
        outcome = "vanished"
    if outcome == "no_credentials" and region and region not in table().always_on:
        outcome = "region_off"
    name = "role" if error.operation_name == "AssumeRole" else outcome
    return CallFailed(outcome, f"{_sentence(name, call, account, region)} AWS says: {code}: {message}", code)


def _sentence(name: str, call: Call, account: str, region: str) -> str:
    where = [f"in account {account}"] * bool(account) + [f"in {region}"] * bool(region)
    place = " ".join(where) or "in the account of the credentials"
    permission = permissions().get(call.id, f"the IAM action behind {call.id}")
    return table().sentences[name].format(call=call.id, place=place, permission=permission)
