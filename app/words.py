"""What the words on the screen mean: states an attacker may hold, confidence, outcomes of calls, clouds."""

from collections.abc import Mapping
from types import MappingProxyType

from graph.model import Confidence, Outcome, State
from queries.results import Effective, ResultState, Severity

STATES: Mapping[State, str] = MappingProxyType(
    {
        "reach": "can send requests that arrive",
        "invoke": "has requests served",
        "query": "can ask the model at will",
        "steer": "can put words where a model acts on them",
        "run": "can execute code inside",
        "act": "can use its permissions",
        "read": "can see its content",
        "write": "can change its content",
    }
)
CONFIDENCE: Mapping[Confidence, str] = MappingProxyType(
    {
        "confirmed": "the configuration says so",
        "likely": "the configuration suggests it; one thing could not be read",
        "possible": "it would hold under an assumption",
    }
)
EFFECTIVE: Mapping[Effective, str] = MappingProxyType(
    {
        "now": "at once",
        "next_run": "at the next scheduled run",
        "next_deployment": "at the next deployment",
        "never": "never: the job is done and does not run again",
    }
)
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        "ok": "answered",
        "denied": "denied",
        "throttled": "throttled",
        "unsupported": "not supported",
        "failed": "failed",
        "not_recorded": "not recorded",
        "no_credentials": "no credentials",
        "expired": "credentials expired",
        "region_off": "region is off",
        "vanished": "gone in between",
        "interrupted": "interrupted",
    }
)
RESULTS: Mapping[ResultState, str] = MappingProxyType(
    {
        "FAIL": "The weakness is there.",
        "UNKNOWN": "A call failed or a fact is missing, so nobody can say.",
        "PASS": "Everything in scope was read and none of it has the weakness.",
        "NOT_APPLICABLE": "There is nothing the rule speaks about.",
        "EXCEPTED": "The weakness is there and somebody accepted it until a date.",
    }
)
CLOUDS: Mapping[str, str] = MappingProxyType(
    {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure", "declared": "estate.yaml", "github": "GitHub"}
)
SEVERITY_COLOURS: Mapping[Severity, str] = MappingProxyType(
    {"critical": "red", "high": "orange", "medium": "yellow", "low": "gray"}
)
CONFIDENCE_COLOURS: Mapping[Confidence, str] = MappingProxyType(
    {"confirmed": "green", "likely": "blue", "possible": "gray"}
)


def cloud(provider: str) -> str:
    """The provider's name as people write it."""
    return CLOUDS.get(provider, provider or "elsewhere")


def verb(relation: str) -> str:
    """A relation as part of a sentence: `CAN_READ` is `can read`."""
    return relation.lower().replace("_", " ")
