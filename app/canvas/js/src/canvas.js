// The graph canvas of Crownpath, a Streamlit component (v2). Names of assets are hostile text: they reach
// the screen as canvas text or textContent, never as HTML.
import cytoscape from "cytoscape";
import { icon, kindOf, NODE, stylesheet, themeOf } from "./look.js";
import { pixels } from "./place.js";
import { KEYS, say, walk } from "./walk.js";

const mounts = new Map(); // host element -> { cy, signature, select }

export function picture(component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".picture");
  parentElement.querySelector(".frame").style.height = `${data.height}px`;
  forgetTheGone();
  const theme = themeOf(parentElement.host ?? parentElement);
  const signature = [data.revision, theme.background, theme.text].join(" ");
  const mounted = mounts.get(host);
  if (mounted?.signature === signature) {
    // The same graph: the camera stays where the reader left it.
    mounted.component = component;
    mounted.follow(data.selected);
    return;
  }
  mounted?.cy.destroy();
  const mount = { component, signature };
  mounts.set(host, mount);
  draw(mount, host, parentElement, theme);
}

// Streamlit tells nobody when an element goes; cytoscape would keep listening to the window.
function forgetTheGone() {
  for (const [host, { cy }] of mounts) {
    if (!host.isConnected) {
      cy?.destroy();
      mounts.delete(host);
    }
  }
}

function draw(mount, host, root, theme) {
  const { data } = mount.component;
  const place = pixels(data, host.clientWidth || 900, theme);
  const cy = cytoscape({
    container: host,
    minZoom: 0.1,
    maxZoom: 2.5,
    boxSelectionEnabled: false,
    autoungrabify: true,
    elements: {
      nodes: data.nodes.flatMap((node) => [note(node, place.position(node)), {
        classes: "mark",
        position: place.position(node),
        data: {
          ...node,
          hue: kindOf(node.kind).hue,
          icon: icon(node.kind),
          shown: place.shown(node),
          size: NODE + 3 * Math.sqrt(node.count ?? 0),
        },
      }]),
      edges: data.edges.map((edge) => ({ data: { ...edge, ...place.edge(edge) } })),
    },
    style: stylesheet(theme),
    layout: { name: "preset" },
  });
  mount.cy = cy;
  host.cytoscape = cy; // for tests and curious people
  const view = camera(cy, host);
  host.setAttribute("aria-label", data.label);
  const line = root.querySelector(".line");
  const rest = line.dataset.rest;
  const hush = () => { line.textContent = mount.at ? say(mount.at) : rest; };

  const show = (element, { dim } = { dim: true }) => {
    mount.at = element?.nonempty() ? element : null;
    cy.batch(() => {
      cy.elements().removeClass("dim").unselect();
      if (!mount.at) return;
      element.select();
      if (!dim) return;
      const ends = element.isNode() ? element : element.connectedNodes();
      const before = (element.isNode() ? element : element.source()).predecessors();
      const after = (element.isNode() ? element : element.target()).successors();
      const kept = before.union(after).union(ends).union(element);
      const notes = cy.collection(kept.nodes().map((node) => cy.getElementById(`note ${node.id()}`)));
      cy.elements().not(kept.union(notes)).addClass("dim");
    });
    hush();
  };
  const choose = (element) => {
    show(element);
    mount.component.setStateValue("selected", element ? { group: element.group(), id: element.id() } : null);
  };
  mount.follow = (selected) => {
    const element = selected ? cy.getElementById(selected.id) : null;
    const now = mount.at?.id() ?? null;
    if ((element?.nonempty() ? element.id() : null) !== now) show(element?.nonempty() ? element : null);
  };

  cy.on("tap", (event) => choose(event.target === cy ? null : event.target));
  cy.on("dbltap", ".mark", (event) => mount.component.setTriggerValue("open", event.target.id()));
  cy.on("mouseover", ".mark, edge", (event) => {
    event.target.addClass("hover");
    line.textContent = say(event.target);
    host.style.cursor = "pointer";
  });
  cy.on("mouseout", ".mark, edge", (event) => {
    event.target.removeClass("hover");
    hush();
    host.style.cursor = "";
  });
  host.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS.has(event.key)) {
      const next = walk(cy, mount.at, event.key);
      if (next) {
        choose(next);
        view.follow(next);
      }
    } else if (event.key === "Enter" && mount.at?.isNode()) mount.component.setTriggerValue("open", mount.at.id());
    else if (event.key === "Escape") choose(null);
    else if (event.key === "+" || event.key === "=") view.zoom(1.25);
    else if (event.key === "-") view.zoom(0.8);
    else if (event.key === "0") view.fit();
    else return;
    event.preventDefault();
  };
  root.querySelector(".fit").onclick = view.fit;
  root.querySelector(".in").onclick = () => view.zoom(1.25);
  root.querySelector(".out").onclick = () => view.zoom(0.8);
  root.querySelector(".png").onclick = () => save(cy, theme);
  legend(root.querySelector(".legend"), data);
  hush();
  view.start();
  if (data.selected) show(cy.getElementById(data.selected.id), { dim: false });
  document.fonts?.ready.then(() => { if (!cy.destroyed()) cy.style().update(); });
}

// What the attacker holds stands above the mark, in an element of its own that nothing else knows.
function note(node, { x, y }) {
  const rise = (node.jewel ? NODE + 16 : NODE) / 2 + 12;
  return {
    classes: "note",
    position: { x, y: y - rise },
    data: { id: `note ${node.id}`, shown: node.holds.split(", ").join(" \u203a "), chosen: node.chosen },
    selectable: false,
  };
}

// Fits at most to natural size; a picture that is too wide to be read at once starts at its left end.
const READABLE = 0.56;
function camera(cy, host) {
  const padding = 26;
  const fit = () => {
    cy.resize();
    cy.fit(undefined, padding);
    if (cy.zoom() > 1.1) cy.zoom(1.1);
    cy.center();
  };
  const start = () => {
    fit();
    if (cy.zoom() >= READABLE) return;
    cy.zoom(READABLE);
    const box = cy.elements().renderedBoundingBox();
    cy.panBy({ x: padding - box.x1, y: (host.clientHeight - box.y1 - box.y2) / 2 });
  };
  const follow = (element) => {
    const box = element.renderedBoundingBox();
    const { clientWidth: wide, clientHeight: high } = host;
    const dx = box.x1 < 0 ? 20 - box.x1 : box.x2 > wide ? wide - 20 - box.x2 : 0;
    const dy = box.y1 < 0 ? 20 - box.y1 : box.y2 > high ? high - 20 - box.y2 : 0;
    if (dx || dy) cy.panBy({ x: dx, y: dy });
  };
  const zoom = (factor) =>
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: host.clientWidth / 2, y: host.clientHeight / 2 } });
  return { fit, follow, start, zoom };
}

async function save(cy, theme) {
  const blob = await cy.png({ output: "blob-promise", scale: 2, full: true, bg: theme.background });
  const link = document.createElement("a");
  link.download = "crownpath.png";
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function legend(box, data) {
  const entries = [...new Set(data.nodes.map((node) => node.kind))].map((kind) => [kind, mark(kind)]);
  if (data.nodes.some((node) => node.jewel)) entries.push(["crown jewel", swatch("jewel")]);
  if (data.edges.some((edge) => edge.chosen)) entries.push(["chosen path", swatch("chosen")]);
  if (data.edges.some((edge) => edge.derived)) entries.push(["derived", swatch("derived")]);
  if (data.edges.some((edge) => edge.blocked)) entries.push(["blocked", swatch("blocked")]);
  box.replaceChildren(...entries.map(([text, picture]) => {
    const item = document.createElement("span");
    item.append(picture, text);
    return item;
  }));
}

function mark(kind) {
  const picture = document.createElement("img");
  picture.src = icon(kind);
  picture.alt = "";
  picture.style.background = kindOf(kind).hue;
  return picture;
}

function swatch(name) {
  const picture = document.createElement("i");
  picture.className = name;
  return picture;
}
