"""Every page with a real home, without one, with an empty one, and with hostile names."""

import itertools
import re
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from app import reading
from app.reading import Place
from graph.load import load
from graph.model import Graph, Node
from graph.snapshot import Contents, write_snapshot
from graph.store import open_store
from queries import content, results
from tests.app.sample import HOSTILE, NOW

MAIN = str(Path(app.__file__).with_name("main.py"))
TITLES = {
    "views/overview.py": "Overview",
    "views/paths.py": "Paths",
    "views/findings.py": "Findings",
    "views/saved.py": "Queries",
}
PAGES = tuple(TITLES)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)


def opened(page: str, **address: str) -> AppTest:
    shown = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in address.items():
        shown.query_params[name] = value
    shown.switch_page(page).run()
    return shown


def said(shown: AppTest) -> str:
    """Everything that the page says, as one text."""
    kinds = (
        shown.title,
        shown.subheader,
        shown.markdown,
        shown.caption,
        shown.text,
        shown.info,
        shown.warning,
    )
    return "\n".join(str(element.value) for element in itertools.chain(*kinds, shown.error))


@pytest.fixture
def empty(tmp_path: Path) -> None:
    """A snapshot in which there is nothing, checked."""
    nothing = Contents(assets=(), relations=(), policies=(), coverage=(), documents={})
    write_snapshot(tmp_path, "empty", nothing, taken_at=NOW, tool="test", fingerprint_key="test")
    results.write(tmp_path / "results" / "empty", [])
    reading.use(Place(tmp_path, f"embedded:{tmp_path / 'graph.kgl'}"))


@pytest.mark.usefixtures("showing")
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(page: str) -> None:
    shown = opened(page)
    assert not shown.exception
    assert shown.title[0].value == TITLES[page]


@pytest.mark.parametrize("page", PAGES)
def test_without_a_snapshot_every_page_says_what_to_run(page: str, tmp_path: Path) -> None:
    reading.use(Place(tmp_path, f"embedded:{tmp_path / 'graph.kgl'}"))
    shown = opened(page)
    assert not shown.exception
    assert "crownpath" in said(shown) or shown.code


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("page", PAGES)
def test_an_empty_snapshot_is_told_as_such(page: str) -> None:
    shown = opened(page)
    assert not shown.exception
    assert shown.info or shown.error


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_stand_in_code_spans_only(page: str, hostile_home: Path, tmp_path: Path) -> None:
    reading.use(Place(hostile_home, f"embedded:{tmp_path / 'graph.kgl'}"))
    shown = opened(page)
    assert not shown.exception
    for element in itertools.chain(shown.markdown, shown.title, shown.subheader, shown.caption):
        outside = CODE_SPAN.sub("", str(element.value))
        assert not any(name in outside for name in HOSTILE)
        assert "![" not in outside
        assert "javascript:" not in outside


@pytest.mark.usefixtures("showing")
def test_the_overview_names_the_worst_path_and_the_failed_calls() -> None:
    shown = opened("views/overview.py")
    text = said(shown)
    assert "Anyone can have an agent read patient data to them" in text
    assert "aiplatform:ListEndpoints" in text
    assert "Grant roles/aiplatform.viewer" in text
    unknown = next(table.value for table in shown.dataframe if "because" in table.value)
    assert list(unknown["rule"]) == ["AISPM-EXP-03 A model endpoint has no rate limit"]


@pytest.mark.usefixtures("showing")
def test_the_overview_counts_by_cloud() -> None:
    table = opened("views/overview.py").dataframe[-1].value
    models = table[table["kind"] == "Model"].iloc[0]
    assert (models["AWS"], models["Google Cloud"], models["all"]) == (1, 4, 5)


@pytest.mark.usefixtures("showing")
def test_the_list_of_paths_is_filtered_by_severity_cloud_and_text() -> None:
    shown = opened("views/paths.py")
    assert len(shown.dataframe[0].value) == 7
    shown.pills(key="severity").set_value(["critical"]).run()
    assert list(shown.dataframe[0].value["severity"]) == ["Critical", "Critical"]
    shown.pills(key="cloud").set_value(["gcp"]).run()
    assert list(shown.dataframe[0].value["reaches"]) == ["linden-ct-scans"]
    shown.text_input(key="search").set_value("nothing like it").run()
    assert "Take a filter back" in said(shown)


def worst() -> results.Result:
    return reading.view().paths[0]


@pytest.mark.usefixtures("showing")
def test_a_deep_link_opens_its_path() -> None:
    shown = opened("views/paths.py", path=worst().id)
    assert not shown.exception
    assert shown.title[0].value == "Anyone can have an agent read patient data to them"
    steps = shown.dataframe[0].value
    assert list(steps["step"])[-2:] == ["retrieves from", "indexes"]


@pytest.mark.usefixtures("showing")
def test_the_address_says_what_is_selected_and_selects_it() -> None:
    shown = opened("views/paths.py", path=worst().id, at="4-5")
    assert "INDEXES" in said(shown)
    shown.session_state[f"canvas {worst().id} Paths to the same asset"] = {
        "selected": {"group": "nodes", "id": worst().nodes[-1].id}
    }
    shown.run()
    assert shown.query_params["at"] in ("5", ["5"])
    assert "RETRIEVES_FROM" not in said(opened("views/paths.py", path=worst().id, at="99-x"))


@pytest.mark.usefixtures("showing")
def test_a_blocked_step_shows_its_guard() -> None:
    shown = opened("views/paths.py", path=worst().id)
    shown.session_state[f"canvas {worst().id} Paths to the same asset"] = {
        "selected": {"group": "edges", "id": f"arn:aws:iam::999988887777:root>{worst().subject}"}
    }
    shown.run()
    assert "What stops this step" in said(shown)
    assert "/Statement/1" in said(shown)


@pytest.mark.usefixtures("showing")
def test_a_finding_shows_why_it_matters() -> None:
    shown = opened("views/findings.py")
    shown.session_state["results FAIL"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    shown.run()
    assert not shown.exception
    assert "An endpoint keeps what it is asked" in said(shown)


@pytest.mark.usefixtures("showing")
def test_a_deep_link_to_an_unknown_path_says_so_and_shows_the_list() -> None:
    shown = opened("views/paths.py", path="f:`![](http://beacon.example)")
    assert "not among the open paths" in said(shown)
    assert shown.title[0].value == "Paths"


@pytest.mark.usefixtures("showing")
def test_the_panel_follows_the_selection() -> None:
    path = worst()
    shown = opened("views/paths.py", path=path.id)
    agent, base = path.nodes[3].id, path.nodes[4].id
    key = f"canvas {path.id} Paths to the same asset"
    shown.session_state[key] = {"selected": {"group": "edges", "id": f"{agent}>{base}"}}
    shown.run()
    text = said(shown)
    assert "RETRIEVES_FROM" in text
    assert "aws:bedrock-agent:ListAgentKnowledgeBases" in text
    assert "/agentKnowledgeBaseSummaries/0" in text
    shown.session_state[key] = {"selected": {"group": "nodes", "id": path.nodes[-1].id}}
    shown.run()
    assert "What this Dataset is" in said(shown)
    assert "tag data-class=health" in said(shown)


@pytest.mark.usefixtures("showing")
def test_the_next_path_is_one_click_away() -> None:
    shown = opened("views/paths.py", path=worst().id)
    next(button for button in shown.button if button.help == "Next path").click().run()
    assert shown.title[0].value == "Anyone can read what an imaging model learned from"
    next(button for button in shown.button if button.label == "All paths").click().run()
    assert shown.title[0].value == "Paths"


@pytest.mark.usefixtures("showing")
def test_findings_are_shown_by_state() -> None:
    shown = opened("views/findings.py")
    assert len(shown.dataframe[0].value) == 3
    shown.segmented_control(key="state").set_value("UNKNOWN").run()
    assert list(shown.dataframe[0].value["because"]) == ["denied"]


@pytest.mark.usefixtures("showing")
def test_a_store_without_a_graph_is_told_on_every_page() -> None:
    for page in PAGES:
        assert "crownpath load" in said(opened(page))


def test_a_store_that_is_away_leaves_the_paths_readable(home: Path) -> None:
    reading.use(Place(home, "bolt://127.0.0.1:1"))
    shown = opened("views/paths.py")
    assert not shown.exception
    assert "cannot be asked" in said(shown)
    assert len(shown.dataframe[0].value) == 7


def test_a_damaged_snapshot_is_a_sentence(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots" / "x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    reading.use(Place(tmp_path, f"embedded:{tmp_path / 'graph.kgl'}"))
    shown = opened("views/overview.py")
    assert not shown.exception
    assert "cannot be read" in said(shown)


@pytest.fixture
def loaded(home: Path, tmp_path: Path) -> None:
    """A store that holds one model in a bucket, and nothing else."""
    target = f"embedded:{tmp_path / 'graph.kgl'}"
    nodes = (
        Node("arn:aws:s3:::b", "Bucket", {"kind": "Bucket", "name": "b", "provider": "aws"}),
        Node("m", "Model", {"kind": "Model", "name": "=cmd()", "provider": "aws"}),
    )
    with closing(open_store(target)) as store:
        load(store, Graph(nodes, ()))
    reading.use(Place(home, target))


@pytest.mark.usefixtures("loaded")
def test_every_saved_query_is_answered_or_says_why_it_is_empty() -> None:
    for query in content.shipped().saved:
        shown = opened("views/saved.py", query=query.id)
        assert not shown.exception
        assert not shown.error, query.id
        assert shown.dataframe or "That can mean three things" in said(shown)


@pytest.mark.usefixtures("loaded")
def test_a_saved_query_shows_its_statement_and_its_command() -> None:
    query = content.shipped().saved[0]
    blocks = [str(block.value) for block in opened("views/saved.py", query=query.id).code]
    assert query.cypher.strip() in blocks[0]
    assert blocks[1].startswith(f"crownpath query {query.id}")


@pytest.mark.usefixtures("loaded")
def test_an_unknown_query_in_the_address_is_said() -> None:
    shown = opened("views/saved.py", query="![](http://beacon.example)")
    assert "There is no saved query" in said(shown)
    assert not shown.exception
