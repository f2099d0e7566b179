"use strict";
/* What every page shares: building the document from untrusted text, reading the data inside the page, hints, colours.
   Nothing here takes a string as HTML: text goes in as text, and the content security policy forbids the rest. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: `el("p", {class: "note"}, "text", child)`. Attributes that are null or false are left out. */
function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element, as `el`. */
function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const byId = (id) => document.getElementById(id);

/** Puts children in the place of whatever a node holds. */
function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
}

// -- numbers of single trials (all estimates come as text) --------------------------------------

const MINUS = "\u2212";
const count = (n) => n.toLocaleString("en");
const percent = (ratio) => `${trimmed(ratio * 100, 1)} %`;
const trimmed = (n, places) => String(+n.toFixed(places)).replace("-", MINUS);

/** Seconds as one reads them: `240 ms`, `1.24 s`, `12.3 s`. */
function duration(s) {
  if (s == null) return "\u2013";
  const size = Math.abs(s);
  if (size < 1) return `${trimmed(s * 1000, 0)} ms`;
  return `${trimmed(s, size < 10 ? 2 : 1)} s`;
}

// -- data in the page ---------------------------------------------------------------------------

/** Base64 of gzipped JSON, as a value. */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// -- hints: on hover and on focus ---------------------------------------------------------------

/** Shows `data-hint` of whatever is pointed at or focused below `root`. */
function hints(root) {
  const box = el("div", { id: "hint", role: "tooltip", hidden: true });
  document.body.append(box);
  const show = (target, x, y) => {
    box.textContent = target.dataset.hint;
    box.hidden = false;
    box.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`;
    const below = y + 18 + box.offsetHeight < innerHeight;
    box.style.top = `${below ? y + 18 : y - box.offsetHeight - 10}px`;
  };
  const hinted = (event) => event.target.closest?.("[data-hint]");
  root.addEventListener("pointermove", (event) => {
    const target = hinted(event);
    if (target) show(target, event.clientX, event.clientY);
    else box.hidden = true;
  });
  root.addEventListener("pointerleave", () => (box.hidden = true));
  root.addEventListener("focusin", (event) => {
    const target = hinted(event);
    if (!target || !target.matches(":focus-visible")) return;
    const place = target.getBoundingClientRect();
    show(target, place.left, place.bottom - 14);
  });
  root.addEventListener("focusout", () => (box.hidden = true));
  root.addEventListener("keydown", (event) => event.key === "Escape" && (box.hidden = true));
}

// -- light and dark -----------------------------------------------------------------------------

/** A button that changes between light and dark; the system's choice holds until it is pressed. */
function themeButton() {
  const isDark = () =>
    (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "")) === "dark";
  const button = el("button", { type: "button", class: "quiet", id: "theme" });
  const label = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  label();
  return button;
}

/** What a sheet of A4 holds beside its margins, in pixels. */
const PAPER = 680;

/** For print folds open, and tables that are wider than a sheet shrink to it; afterwards all is as it was. */
function readyForPrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((fold) => (fold.open = true));
    document.querySelectorAll(".scroll > table").forEach(shrinkToPaper);
  });
  addEventListener("afterprint", () => {
    opened.forEach((fold) => (fold.open = false));
    document.querySelectorAll(".scroll > table").forEach((table) => (table.style.zoom = ""));
  });
}

/** A sheet cannot be scrolled: a table's last columns would be lost. */
function shrinkToPaper(table) {
  table.style.width = "min-content";
  const least = table.offsetWidth;
  table.style.width = "";
  if (least > PAPER) table.style.zoom = String(PAPER / least);
}

/** Marks the link of the section that is being read. */
function followReading() {
  const links = new Map([...document.querySelectorAll("nav a[href^='#']")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  document.querySelectorAll("main section[id]").forEach((section) => seen.observe(section));
}

// -- engines: a colour and a shape each ---------------------------------------------------------

const SHAPES = ["circle", "square", "triangle", "diamond", "plus", "star"];

/** The mark of an engine at (x, y): never told by its colour alone. `hollow`: an outline. */
function mark(engine, x, y, size, attributes) {
  const { hollow, ...rest } = attributes || {};
  const kind = `mark e${engine % 8}${hollow ? " hollow" : ""}`;
  return svg("path", { d: shape(SHAPES[engine % SHAPES.length], x, y, size), ...rest, class: `${kind} ${rest.class || ""}` });
}

function shape(name, x, y, r) {
  const at = (points) => `M${points.map(([a, b]) => `${(x + a * r).toFixed(1)} ${(y + b * r).toFixed(1)}`).join("L")}Z`;
  if (name === "square") return at([[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]]);
  if (name === "triangle") return at([[0, -1.1], [1.05, 0.8], [-1.05, 0.8]]);
  if (name === "diamond") return at([[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]]);
  if (name === "plus") {
    const [a, b] = [0.38, 1.1];
    return at([[-a, -b], [a, -b], [a, -a], [b, -a], [b, a], [a, a], [a, b], [-a, b], [-a, a], [-b, a], [-b, -a], [-a, -a]]);
  }
  if (name === "star") {
    const points = Array.from({ length: 10 }, (_, k) => {
      const length = k % 2 ? 0.5 : 1.2;
      return [length * Math.sin((k * Math.PI) / 5), -length * Math.cos((k * Math.PI) / 5)];
    });
    return at(points);
  }
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

const badges = [];

/** The mark as a small picture beside text: a copy of the one that was drawn first, since lists hold many. */
function badge(engine) {
  badges[engine] ??= svg("svg", { class: "badge", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, mark(engine, 0, 0, 6));
  return badges[engine].cloneNode(true);
}

/** A switch of a few choices: buttons of which one is pressed. */
function choice(label, options, selected, onChange) {
  const group = el("span", { class: "choice", role: "group", "aria-label": label });
  for (const [value, text] of options) {
    const pressed = String(value === selected);
    group.append(
      el("button", { type: "button", "aria-pressed": pressed, "data-value": value, onclick: () => onChange(value) }, text),
    );
  }
  return group;
}

/** A labelled list of choices. */
function select(label, options, selected, onChange, attributes) {
  const list = el("select", { onchange: (event) => onChange(event.target.value), ...attributes });
  for (const [value, text] of options) {
    list.append(el("option", { value, selected: String(value) === String(selected) }, text));
  }
  return el("label", { class: "field" }, el("span", {}, label), list);
}
