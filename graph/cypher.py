"""Looks at the text of a statement before a store does: is it one statement that only reads?

Neither store's own read-only mode refuses `LOAD CSV`, and Neo4j's runs `SHOW` and `TERMINATE`, so
people's statements are checked here first. Comments and strings are blanked before words are looked for;
Unicode escapes are looked at both as they stand and as what they mean, because Cypher 5 resolves them first.
"""

import re

STARTS = frozenset({"MATCH", "OPTIONAL", "RETURN", "UNWIND", "WITH", "CALL"})
WRITES = frozenset(
    {"CREATE", "DELETE", "DETACH", "FOREACH", "INSERT", "MERGE", "NODETACH", "REMOVE", "SET", "DROP", "ALTER"}
)

_BLANK = re.compile(
    r"""
    //[^\n\r]*             # comment to the end of the line
  | /\*.*?\*/              # comment in the middle
  | '(?:\\.|[^'\\])*'      # text
  | "(?:\\.|[^"\\])*"
  | `(?:``|[^`])*`         # quoted name
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"(?<![:$|&!\w])(?<!\D\.)([A-Za-z_]\w*)(?!\w|\s*:(?!:))")
_PROCEDURE = re.compile(r"\bCALL\s+(?![({])(\S+)", re.IGNORECASE)
_SERVER_FUNCTION = re.compile(r"(?<![.\w])(apoc|gds|dbms|db|``)\s*\.[\w.\s`]+\(", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u+([0-9a-fA-F]{4})")
_LOAD = re.compile(r"\bLOAD\s+CSV\b", re.IGNORECASE)
_BATCHES = re.compile(r"\bIN\s+(?:\d+\s+|\$\w+\s+)?(?:CONCURRENT\s+)?TRANSACTIONS\b", re.IGNORECASE)


def stripped(text: str) -> str:
    """The statement with every comment, text and quoted name replaced by a blank or an empty quote."""
    return _BLANK.sub(_stand_in, text)


def _stand_in(found: re.Match[str]) -> str:
    first = found.group()[0]
    return " " if first == "/" else first * 2


def objection(text: str) -> str | None:
    """Why this is not one statement that only reads, as the end of a sentence; None when it is."""
    resolved = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
    return _objection(text) or (_objection(resolved) if resolved != text else None)


def _objection(text: str) -> str | None:
    plain = stripped(text).strip().removesuffix(";").strip()
    if ";" in plain:
        return "it holds several statements; send them one by one"
    if not plain:
        return "it is empty"
    if any(mark in plain.replace("''", "").replace('""', "").replace("``", "") for mark in "'\"`\\"):
        return "a quotation mark or backslash stands outside of text"
    if _LOAD.search(plain):
        return "LOAD CSV reads files and addresses"
    if called := _PROCEDURE.search(plain):
        return f"it calls the procedure {called.group(1).split('(')[0]}"
    if called := _SERVER_FUNCTION.search(plain):
        return f"it uses a function of {called.group(1)}"
    if _BATCHES.search(plain):
        return "CALL IN TRANSACTIONS writes"
    words = [word.upper() for word in _WORD.findall(plain)]
    if writing := next((word for word in words if word in WRITES), None):
        return f"{writing} writes"
    if not words or words[0] not in STARTS:
        return "it must start with " + ", ".join(sorted(STARTS))
    return None
