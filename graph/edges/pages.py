"""The pages of the edge kinds, `docs/edges/KIND.md`: made from `KIND`, but for what people know.

`python -m graph.edges.pages` brings them up to date; Limits and References are written by hand and kept.
"""

import sys
from pathlib import Path

from graph.derive import edge_kinds
from graph.model import EdgeKind

FOLDER = Path(__file__).parents[2] / "docs" / "edges"
BY_HAND = ("Limits", "References")


def page(kind: EdgeKind, by_hand: dict[str, str]) -> str:
    """The whole page of a kind, with the sections that were written by hand."""
    facts = {
        "Meaning": kind.meaning,
        "What an attacker needs and gets": _states(kind),
        "Builds on": ", ".join(f"`{name}`" for name in kind.builds_on),
        "Abuse": kind.abuse,
        "Fix": kind.fix,
        "Techniques": _techniques(kind),
        **{title: by_hand.get(title, "") for title in BY_HAND},
    }
    sections = [f"## {title}\n\n{text.strip()}\n" for title, text in facts.items()]
    return "\n".join([f"# {kind.name}\n", *sections])


def written_by_hand(text: str) -> dict[str, str]:
    """The hand-written sections of a page as it is."""
    found: dict[str, str] = {}
    for section in text.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        if title in BY_HAND:
            found[title] = body.strip()
    return found


def current(kind: EdgeKind) -> str:
    """What is in the page now; nothing when there is none."""
    path = FOLDER / f"{kind.name}.md"
    return path.read_text("utf-8") if path.exists() else ""


def _states(kind: EdgeKind) -> str:
    if kind.needs is None or kind.gives is None:
        held = f"`{kind.needs}` on the source" if kind.needs else "nothing"
        return f"Needs {held}. It is no step of its own: paths don't run over it, rules read it."
    return f"Needs `{kind.needs}` on the source, gives `{kind.gives}` on the target."


def _techniques(kind: EdgeKind) -> str:
    attack = [
        f"[{t}](https://attack.mitre.org/techniques/{t.replace('.', '/')}/) (ATT&CK)" for t in kind.attack
    ]
    atlas = [f"[{t}](https://atlas.mitre.org/techniques/{t}) (ATLAS)" for t in kind.atlas]
    return "\n".join(f"- {each}" for each in [*attack, *atlas])


def main() -> int:
    """Write every page; the exit status is 1 when a hand-written section is missing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = False
    for kind in edge_kinds().values():
        by_hand = written_by_hand(current(kind))
        missing = missing or any(not by_hand.get(title) for title in BY_HAND)
        (FOLDER / f"{kind.name}.md").write_text(page(kind, by_hand), "utf-8")
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())
