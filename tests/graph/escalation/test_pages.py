"""The list of techniques is up to date."""

from graph.escalation.pages import PAGE, page


def test_the_list_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "stale: run `python -m graph.escalation.pages`"
