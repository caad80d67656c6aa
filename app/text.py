"""Text from strangers, made safe for the places where the app shows it.

Names, tags and descriptions of assets are written by others. Streamlit's Markdown would turn them into
images, links and colours; spreadsheets would run them as formulas; some characters reorder or hide text.
"""

import re
import unicodedata

HIDDEN = "\N{REPLACEMENT CHARACTER}"
_BACKTICKS = re.compile("`+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def visible(text: str) -> str:
    """One line in which nothing hides: control, zero-width and direction characters become a visible mark."""
    return "".join(HIDDEN if _hides(letter) else letter for letter in " ".join(text.split()))


def code(text: str, limit: int = 160) -> str:
    """A Markdown code span that holds the text and nothing but the text.

    The fence is one backtick longer than any run inside, so that nothing in the text can end it.
    """
    shown = short(text, limit) or "(no name)"
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(shown)), default=0) + 1)
    return f"{fence} {shown} {fence}"


def short(text: str, limit: int) -> str:
    """Visible text of at most `limit` letters; what is cut is the middle, for names differ at their ends."""
    shown = visible(text)
    if len(shown) <= limit:
        return shown
    tail = limit // 3
    return shown[: limit - tail - 1] + _ELLIPSIS + shown[-tail:]


def cell(text: str) -> str:
    """Text for a table that may be saved as CSV and opened in a spreadsheet: never a formula."""
    shown = visible(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def called(name: str, identifier: str) -> str:
    """What people call an asset: its name; of one that nobody named, the end of its id."""
    if name and name != identifier:
        return visible(name)
    return visible(identifier.rstrip("/").rpartition("/")[2] or identifier)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 path`, `2,000 paths`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _hides(letter: str) -> bool:
    return letter != " " and unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
