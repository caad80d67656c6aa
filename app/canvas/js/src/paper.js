// A document, line by line, with the statement that counts marked. Every line is textContent.
const PART = /^(\s*)("(?:[^"\\]|\\.)*": )?("(?:[^"\\]|\\.)*")?(.*)$/s;

export function paper({ data, parentElement }) {
  const box = parentElement.querySelector(".lines");
  const revision = JSON.stringify(data);
  if (box.revision === revision) return;
  box.revision = revision;
  box.setAttribute("aria-label", data.label);
  box.style.height = `${data.height}px`;
  const [from, to] = data.marked ?? [0, -1];
  const rows = data.lines.map((text, index) => {
    const row = document.createElement("div");
    const number = document.createElement("b");
    number.textContent = String(data.first + index);
    row.append(number, ...coloured(text));
    if (data.marked) row.className = index >= from && index <= to ? "marked" : "aside";
    return row;
  });
  box.replaceChildren(...rows);
  if (data.marked) {
    // The whole statement when it fits, its beginning otherwise.
    const spare = box.clientHeight - (to - from + 1) * 20;
    box.scrollTop = rows[from].offsetTop - Math.max(20, spare / 2);
  }
}

function coloured(text) {
  const [, indent, key, value, rest] = text.match(PART);
  return [[indent, ""], [key, "key"], [value, "text"], [rest, ""]]
    .filter(([part]) => part)
    .map(([part, name]) => {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = part;
      return span;
    });
}
