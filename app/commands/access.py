"""crownpath access: decisions on access cases, with the statements that decided."""

import sys
from pathlib import Path

from app.faults import BAD_INPUT, BadInput
from app.screen import line


def evaluate(*, cases: Path, provider: str) -> int:
    from graph.access.cases import evaluate_case

    if str(cases) == "-":
        lines = sys.stdin.buffer.read().splitlines()
    elif cases.is_file():
        lines = cases.read_bytes().splitlines()
    else:
        raise BadInput(
            f"{cases} is not a file. Name a file of JSON cases, one a line, or - for standard input."
        )
    malformed = False
    for case in lines:
        if case.strip():
            answer = evaluate_case(case, provider)
            malformed = malformed or b'"error":' in answer
            line(answer.decode())
    return BAD_INPUT if malformed else 0
