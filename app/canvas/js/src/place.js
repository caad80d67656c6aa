// Where things stand. Columns, rows and the turns of each edge come from Python; here they become pixels
// for the width at hand. A graph without columns is laid out by dagre.
import dagre from "@dagrejs/dagre";
import { LABEL_SIZE, NAME_SIZE, NODE } from "./look.js";

const ROW = 116;
const NARROWEST = 128;
const WIDEST = 250;
const MARGIN = 150; // half a name on either side

export function pixels(data, width, theme) {
  const placed = data.nodes.every((node) => node.column !== null);
  const grid = placed ? data : withColumns(data);
  const columns = Math.max(1, ...grid.nodes.map((node) => node.column));
  const pitch = Math.min(WIDEST, Math.max(NARROWEST, (width - MARGIN) / columns));
  const at = ([column, row]) => ({ x: column * pitch, y: row * ROW });
  const name = ruler(`500 ${NAME_SIZE}px ${theme.font}`);
  const label = ruler(`700 ${LABEL_SIZE}px ${theme.mono}`);
  const labels = together(data.edges);
  const jewels = new Set(data.nodes.filter((node) => node.jewel).map((node) => node.id));
  const rows = new Map(grid.nodes.map((node) => [node.id, at([node.column, node.row])]));
  return {
    position: (node) => rows.get(node.id),
    shown: (node) => fold(node.name, pitch - 22, name),
    edge: (edge) => {
      const from = rows.get(edge.source);
      const to = rows.get(edge.target);
      const turns = (grid.turns?.get(edge.id) ?? edge.turns).map(at);
      const arrives = { x: to.x, y: to.y + edge.port * ROW };
      return { end: endpoint(edge.port * ROW, jewels.has(edge.target)), ...bend(from, to, turns), ...write(labels.get(edge.id), from, arrives, turns, label, edge.port) };
    },
  };
}

function withColumns(data) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 40, ranksep: 1, edgesep: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of data.nodes) graph.setNode(node.id, { width: 1, height: 1 });
  for (const edge of data.edges) graph.setEdge(edge.source, edge.target, {}, edge.id);
  dagre.layout(graph);
  const across = [...new Set(data.nodes.map((node) => graph.node(node.id).x))].sort((a, b) => a - b);
  const nodes = data.nodes.map((node) => {
    const { x, y } = graph.node(node.id);
    return { ...node, column: across.indexOf(x), row: y / 41 };
  });
  return { nodes, turns: new Map(data.edges.map((edge) => [edge.id, []])) };
}

// Cytoscape wants bends relative to the line between the two nodes.
function bend(from, to, turns) {
  if (!turns.length) return { turns: false };
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const square = dx * dx + dy * dy || 1;
  const length = Math.sqrt(square);
  const relative = turns.map(({ x, y }) => [(x - from.x) * dx + (y - from.y) * dy, (y - from.y) * dx - (x - from.x) * dy]);
  return {
    turns: true,
    weights: relative.map(([along]) => along / square),
    distances: relative.map(([, aside]) => aside / length),
  };
}

// The label stands above the last stretch before the target, where no other line runs.
function write(text, from, to, turns, measure, port) {
  const start = turns.length ? turns[turns.length - 1] : from;
  const gap = Math.abs(to.x - start.x) - NODE / 2 - (turns.length ? 0 : NODE / 2);
  const whole = Math.max(...text.split("\n").map(measure));
  const folded = whole + 18 <= gap || port ? text : text.replace(/([^\n]{3,}?)_(?=.{3})/g, "$1\n");
  const shown = port > 0 ? folded.replaceAll("\n", " \u00b7 ") : folded; // between two lines there is room for one
  const lines = shown.split("\n");
  const wide = Math.max(...lines.map(measure));
  const offset = turns.length ? wide / 2 + 12 + (port ? 10 : 0) : Math.max(gap / 2, wide / 2 + 8);
  return { shown, offset, lift: port > 0 ? -8 : -6 - lines.length * LABEL_SIZE * 0.62 };
}

// Where on its outline a mark is met by a line that arrives `aside` of its middle: a circle, or a diamond.
function endpoint(aside, jewel) {
  if (!aside) return "outside-to-node";
  const size = jewel ? (NODE + 16) / 2 + 2 : NODE / 2;
  const back = jewel ? size - Math.abs(aside) : Math.sqrt(size * size - aside * aside);
  return `${-back}px ${aside}px`;
}

// Lines into one asset end on the same stretch, so they share one label there, written by one of them.
function together(edges) {
  const labels = new Map();
  for (const edge of edges) {
    const group = edges.filter((each) => each.target === edge.target && each.port === edge.port);
    group.sort((a, b) => b.chosen - a.chosen || a.turns.length - b.turns.length);
    const words = new Set(group.flatMap((each) => each.text.split(" ")));
    labels.set(edge.id, edge === group[0] ? [...words].join("\n") : "");
  }
  return labels;
}

function ruler(font) {
  const paint = document.createElement("canvas").getContext("2d");
  paint.font = font;
  return (text) => paint.measureText(text).width;
}

const mayBreak = (before, after) =>
  "-_/.:@ ".includes(before) || (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(after));

// At most two lines; what is too long keeps its beginning and its end, where names differ.
export function fold(name, room, measure) {
  const text = [...name];
  if (measure(name) <= room) return name;
  const fits = (part) => measure(part.join("")) <= room;
  let cut = text.length;
  while (cut > 1 && !fits(text.slice(0, cut))) cut -= 1;
  const breaks = text.flatMap((letter, at) => (at > 1 && at <= cut && mayBreak(text[at - 1], letter) ? [at] : []));
  const first = breaks.findLast((at) => fits(text.slice(at))) ?? breaks.findLast((at) => at > cut / 2) ?? cut;
  const rest = text.slice(first);
  if (fits(rest)) return text.slice(0, first).join("") + "\n" + rest.join("");
  let keep = rest.length;
  while (keep > 1 && !fits(["\u2026", ...rest.slice(-keep)])) keep -= 1;
  return text.slice(0, first).join("") + "\n\u2026" + rest.slice(-keep).join("");
}
