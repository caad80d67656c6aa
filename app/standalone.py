"""One attack path as a single HTML file to keep or send: works offline, calls nobody, holds no live text.

pyvis makes the network's data; its own page is not used, for it loads scripts from elsewhere and turns names
into HTML. Names reach the screen as canvas text only.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2
import msgspec
from markupsafe import Markup

from app.canvas.kinds import hue, icon
from app.canvas.picture import Picture
from app.drawing import draw_paths
from app.reading import View
from app.text import short
from queries.results import Result

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:"
)
COLUMN_PIXELS, ROW_PIXELS = 240, 120
JEWEL, CHOSEN, OTHER = "#c4232f", "#c4232f", "#8a94a3"


def page(view: View, path: Result) -> str:
    """The page for one path, with the other paths to the same asset around it."""
    others = [each for each in view.paths if each.subject == path.subject and each.id != path.id]
    picture = draw_paths(view, path, others).picture
    nodes, edges, options = _network(picture)
    return _template().render(
        title=path.title,
        sentence=path.sentence,
        snapshot=view.snapshot.id,
        taken_at=view.snapshot.taken_at.strftime("%Y-%m-%d %H:%M UTC"),
        nodes=nodes,
        edges=edges,
        options=options,
        table=[(mark.kind, mark.name, mark.holds) for mark in picture.marks if mark.chosen],
        library=_library(),
    )


def _network(picture: Picture) -> tuple[list[object], list[object], object]:
    """Nodes, edges and options as vis-network wants them, places given and physics off."""
    from pyvis.network import Network  # it imports IPython, which takes its time

    network = Network(directed=True)
    for mark in picture.marks:
        network.add_node(
            mark.id,
            label=short(mark.name, 40),
            shape="diamond" if mark.jewel else "circularImage",
            image=icon(mark.kind),
            size=20 if mark.jewel else 18,
            font={"size": 14},
            color=JEWEL if mark.jewel else hue(mark.kind),
            x=(mark.column or 0) * COLUMN_PIXELS,
            y=mark.row * ROW_PIXELS,
            physics=False,
        )
    for line in picture.lines:
        network.add_edge(
            line.source,
            line.target,
            label=line.text,
            color=CHOSEN if line.chosen else OTHER,
            width=3 if line.chosen else 1,
            smooth={"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.4},
            dashes=line.derived,
            font={"size": 11, "vadjust": -11, "color": CHOSEN if line.chosen else "#515c6b"},
            physics=False,
        )
    network.toggle_physics(status=False)
    nodes, edges, _, _, _, options = network.get_network_data()
    return nodes, edges, msgspec.json.decode(options)


@cache
def _library() -> Markup:
    """vis-network as pyvis carries it; its own text, so it goes into the page as it is."""
    script = files("pyvis") / "templates" / "lib" / "vis-9.1.2" / "vis-network.min.js"
    return Markup(script.read_text(encoding="utf-8").replace("</script", "<\\/script"))  # noqa: S704


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
