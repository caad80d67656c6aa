// Keyboard: arrows walk the graph along its edges, so that each edge can be read and opened too.

const height = (element) => (element.isNode() ? element.position("y") : element.target().position("y"));
const inOrder = (elements) => elements.toArray().sort((a, b) => (b.data("chosen") - a.data("chosen")) || (height(a) - height(b)));
const byHeight = (elements) => elements.toArray().sort((a, b) => height(a) - height(b));

function beside(element, step) {
  const row = element.isNode()
    ? byHeight(element.cy().nodes(".mark").filter((node) => Math.abs(node.position("x") - element.position("x")) < 1))
    : byHeight(element.source().outgoers("edge"));
  return row[(row.findIndex((each) => each.id() === element.id()) + step + row.length) % row.length];
}

export function firstOf(cy) {
  const marks = cy.nodes(".mark");
  return inOrder(marks.roots().nonempty() ? marks.roots() : marks)[0];
}

// The element a key leads to; undefined when the key means nothing here.
export function walk(cy, at, key) {
  if (key === "Home" || !at) return firstOf(cy);
  switch (key) {
    case "ArrowRight": return at.isNode() ? inOrder(at.outgoers("edge"))[0] : at.target();
    case "ArrowLeft": return at.isNode() ? inOrder(at.incomers("edge"))[0] : at.source();
    case "ArrowDown": return beside(at, 1);
    case "ArrowUp": return beside(at, -1);
    case "End": return inOrder(cy.nodes(".mark").leaves())[0];
    default: return undefined;
  }
}

export const KEYS = new Set(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"]);

// What is read out, and shown in the line below the picture: whole names, never shortened.
export function say(element) {
  const of = (node) => [...new Set([node.data("kind"), node.data("name")])].join(" ");
  if (element.isNode()) {
    const parts = [of(element)];
    if (element.data("jewel")) parts.push("crown jewel");
    if (element.data("holds")) parts.push(`the attacker holds: ${element.data("holds")}`);
    parts.push(`${element.incomers("edge").length} in, ${element.outgoers("edge").length} out`);
    return parts.join(", ");
  }
  const parts = [`${of(element.source())} ${element.data("text")} ${of(element.target())}`];
  if (element.data("blocked")) parts.push("blocked");
  if (element.data("derived")) parts.push("derived");
  if (element.data("note")) parts.push(element.data("note"));
  if (element.data("chosen")) parts.push("on the chosen path");
  return parts.join(", ");
}
