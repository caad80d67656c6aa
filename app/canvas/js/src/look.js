// What a mark looks like: a hue and a glyph for each kind, and the stylesheet. Colour never carries
// meaning alone: kind is also a glyph, a crown jewel a diamond, derived dashed, the chosen path thick,
// a blocked step interrupted with a bar.
import KINDS from "../../kinds.json";

const UNKNOWN = { hue: "#495057", glyph: "M4 4h16v16H4z" };

export const kindOf = (name) => KINDS[name] ?? UNKNOWN;

export function icon(kind) {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 24 24" fill="none" stroke="white" ' +
    `stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"><path d="${kindOf(kind).glyph}"/></svg>`;
  return "data:image/svg+xml;utf8," + encodeURIComponent(svg);
}

// Streamlit gives the theme as custom properties of the component's root.
export function themeOf(element) {
  const css = getComputedStyle(element);
  const read = (name, otherwise) => css.getPropertyValue(name).trim() || otherwise;
  const background = read("--st-background-color", "#ffffff");
  const dark = isDark(background);
  return {
    background,
    dark,
    text: read("--st-text-color", "#1b1f27"),
    font: read("--st-font", "sans-serif"),
    mono: read("--st-code-font", "monospace"),
    primary: read("--st-primary-color", "#1d5fd1"),
    danger: dark ? "#ff7b72" : "#c4232f",
    jewel: "#c4232f",
    line: dark ? "#6b7686" : "#8a94a3",
    muted: dark ? "#a4afbd" : "#545e6b",
  };
}

function isDark(colour) {
  const paint = document.createElement("canvas").getContext("2d");
  paint.fillStyle = colour;
  const [red, green, blue] = paint.fillStyle.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 < 128;
}

export const NODE = 42;
export const NAME_SIZE = 12;
export const LABEL_SIZE = 10;

export function stylesheet(theme) {
  return [
    { selector: "node.note", style: {
      "width": 1, "height": 1, "background-opacity": 0, "events": "no",
      "label": "data(shown)", "text-valign": "center", "color": theme.muted,
      "font-family": theme.mono, "font-size": LABEL_SIZE, "font-weight": 500,
      "text-background-color": theme.background, "text-background-opacity": 1, "text-background-padding": 1,
    } },
    { selector: "node.note[?chosen]", style: { "color": theme.danger } },
    { selector: "node.mark", style: {
      "width": NODE, "height": NODE, "shape": "ellipse",
      "background-color": "data(hue)", "background-image": "data(icon)",
      "background-width": "56%", "background-height": "56%",
      "border-width": 0,
      "label": "data(shown)", "color": theme.text, "font-family": theme.font, "font-size": NAME_SIZE, "font-weight": 500,
      "text-valign": "bottom", "text-margin-y": 7, "text-wrap": "wrap", "text-max-width": 1000, "line-height": 1.2,
      "text-background-color": theme.background, "text-background-opacity": 1, "text-background-padding": 2,
      "z-index": 10,
    } },
    { selector: "node[?jewel]", style: {
      "shape": "diamond", "width": NODE + 16, "height": NODE + 16, "background-color": theme.jewel,
      "background-width": "44%", "background-height": "44%",
      "border-width": 2, "border-color": theme.background, "outline-width": 2, "outline-color": theme.jewel,
      "text-margin-y": 5, "font-weight": 700,
    } },
    { selector: "node[?count]", style: { "width": "data(size)", "height": "data(size)" } },
    { selector: "node[?missing]", style: { "border-width": 2, "border-style": "dashed", "border-color": theme.background } },
    { selector: "node.mark[?chosen]", style: { "font-weight": 700 } },
    { selector: "edge", style: {
      "width": 1.5, "line-color": theme.line, "target-arrow-color": theme.line, "target-arrow-shape": "triangle", "arrow-scale": 0.9,
      "curve-style": "straight", "line-cap": "butt", "z-index": 1, "target-endpoint": "data(end)",
      "font-family": theme.mono, "font-size": LABEL_SIZE, "font-weight": 500, "color": theme.muted,
      "target-label": "data(shown)", "target-text-offset": "data(offset)", "target-text-margin-y": "data(lift)",
      "text-wrap": "wrap", "text-max-width": 1000, "line-height": 1.1,
      "text-background-color": theme.background, "text-background-opacity": 1, "text-background-padding": 1,
    } },
    { selector: "edge[?turns]", style: {
      "curve-style": "round-segments", "edge-distances": "node-position", "segment-radii": 10,
      "segment-distances": "data(distances)", "segment-weights": "data(weights)",
    } },
    { selector: "edge[?derived]", style: { "line-style": "dashed", "line-dash-pattern": [7, 4] } },
    { selector: "edge[?chosen]", style: {
      "width": 3.5, "line-color": theme.danger, "target-arrow-color": theme.danger, "color": theme.danger,
      "font-weight": 700, "z-index": 5, "arrow-scale": 0.8,
    } },
    { selector: "edge[?blocked]", style: {
      "width": 2, "line-style": "dashed", "line-dash-pattern": [2, 6], "line-color": theme.line,
      "target-arrow-shape": "triangle", "target-arrow-fill": "hollow", "target-arrow-color": theme.line,
      "mid-target-arrow-shape": "tee", "mid-target-arrow-color": theme.text, "color": theme.muted,
    } },
    { selector: ".dim", style: { "opacity": 0.18 } },
    { selector: "edge.hover", style: { "underlay-color": theme.primary, "underlay-opacity": 0.16, "underlay-padding": 5 } },
    { selector: "node.hover", style: { "underlay-color": theme.primary, "underlay-opacity": 0.16, "underlay-padding": 7, "underlay-shape": "ellipse" } },
    { selector: "edge:selected", style: {
      "underlay-color": theme.primary, "underlay-opacity": 0.38, "underlay-padding": 6, "z-index": 8,
    } },
    { selector: "node:selected", style: { "outline-width": 3, "outline-color": theme.primary, "outline-offset": 3 } },
    { selector: ":active", style: { "overlay-opacity": 0 } },
  ];
}
