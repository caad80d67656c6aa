"""The app in a real browser: the canvas draws, answers clicks and keys, and nothing leaves the machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.reading import Place, use, view
from app.standalone import page as standalone_page

pytestmark = pytest.mark.browser

LINE = ".line"
KNOWN = "the server responded with a status of 404"  # Streamlit looks for its own address below the page's


class Watched:
    """A page, and what went wrong on it: errors of the console, requests to anywhere else."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._request(request.url))

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("h1")
        return self.page

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and KNOWN not in text:
            self.errors.append(text)

    def _request(self, url: str) -> None:
        here = self.address.removeprefix("http://")
        if not url.startswith((self.address, f"ws://{here}", "data:", f"blob:{self.address}")):
            self.outside.append(url)


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield Watched(context.new_page(), address)
    context.close()


@pytest.fixture(scope="module")
def worst(home: Path) -> str:
    use(Place(home, "embedded:none"))
    return view().paths[0].id


def _canvas(watched: Watched, path: str) -> Page:
    page = watched.open(f"/paths?path={path}")
    expect(page.locator(".picture canvas").first).to_be_visible()
    _until(page, f"{CANVAS}?.nodes('.mark').length > 0")
    return page


def _until(page: Page, condition: str) -> None:
    """Playwright's own waiting evaluates text in the page, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never became true: {condition}")


CANVAS = """(() => {
  const find = (root) => {
    for (const each of root.querySelectorAll('*')) {
      if (each.cytoscape) return each.cytoscape;
      const inner = each.shadowRoot && find(each.shadowRoot);
      if (inner) return inner;
    }
  };
  return find(document);
})()"""


def test_every_page_opens_without_errors_or_outside_requests(watched: Watched) -> None:
    for path in ("/", "/paths", "/findings", "/saved"):
        watched.open(path).wait_for_timeout(500)
    assert watched.errors == []
    assert watched.outside == []


def test_the_canvas_draws_the_path_and_says_what_is_selected(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    assert page.evaluate(f"{CANVAS}.nodes('.mark').length") == 6
    assert page.evaluate(f"{CANVAS}.nodes('[?jewel]').length") == 1
    expect(page.locator(LINE)).to_contain_text("Internet EXPOSES Function triage-chat")
    assert watched.errors == []


def test_a_click_on_an_edge_shows_its_statement(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    place = page.evaluate(f"{CANVAS}.edges('[text = \"INDEXES\"]').renderedMidpoint()")
    box = page.locator(".picture").bounding_box()
    assert box
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    expect(page.get_by_text("INDEXES", exact=True)).to_be_visible()
    expect(page.locator(".lines .marked")).to_contain_text("letters/")
    expect(page.locator(LINE)).to_contain_text("KnowledgeBase patient-letters INDEXES Dataset")


def test_the_keyboard_walks_the_path(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    page.locator(".picture").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(LINE)).to_contain_text("Function triage-chat, the attacker holds: reach, invoke")
    page.keyboard.press("ArrowRight")
    expect(page.locator(LINE)).to_contain_text("CALLS_MODEL")
    page.keyboard.press("End")
    expect(page.locator(LINE)).to_contain_text("crown jewel")
    expect(page.get_by_text("What this Dataset is")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(LINE)).to_contain_text("Click a node")


def test_the_camera_stays_where_it_was_over_a_rerun(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    page.evaluate(f"{CANVAS}.viewport({{zoom: 1.7, pan: {{x: 40, y: -30}}}})")
    page.locator(".picture").focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("What this Internet is")).to_be_visible()
    assert page.evaluate(f"{CANVAS}.zoom()") == pytest.approx(1.7)


def test_a_selection_dims_what_is_neither_before_nor_after(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    page.get_by_text("Every path", exact=True).click()
    _until(page, f"{CANVAS}?.nodes('.mark').length > 8")
    assert page.evaluate(f"{CANVAS}.elements('.dim').length") == 0
    page.locator(".picture").focus()
    page.keyboard.press("ArrowRight")
    _until(page, f"{CANVAS}.elements('.mark.dim').length > 3")


def test_the_picture_can_be_saved(watched: Watched, worst: str) -> None:
    page = _canvas(watched, worst)
    with page.expect_download() as waiting:
        page.locator(".png").click()
    assert waiting.value.suggested_filename == "crownpath.png"
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")


def test_hostile_names_do_nothing(browser: Browser, hostile_address: str, worst: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    watched = Watched(context.new_page(), hostile_address)
    page = _canvas(watched, worst)
    page.locator(".picture").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    watched.open("/").wait_for_timeout(500)
    assert page.evaluate("window.__broken") is None
    assert watched.outside == []
    assert watched.errors == []
    context.close()


def test_the_stand_alone_graph_is_inert_and_draws(
    browser: Browser, hostile_home: Path, tmp_path: Path
) -> None:
    use(Place(hostile_home, "embedded:none"))
    shown = view()
    kept = tmp_path / "graph.html"
    kept.write_text(standalone_page(shown, shown.paths[0]), encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(kept.as_uri())
    page.mouse.move(400, 300)
    expect(page.locator("#graph canvas")).to_be_visible()
    expect(page.locator("table")).to_contain_text("<img src=x onerror=")
    assert page.evaluate("window.__broken") is None
    assert errors == []
    assert asked == [kept.as_uri()]
    assert page.locator("[title]").count() == 0
    context.close()
