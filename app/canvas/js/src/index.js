// What the bundle offers to the loaders in component.py and document.py.
export { picture } from "./canvas.js";
export { paper } from "./paper.js";
