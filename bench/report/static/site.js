"use strict";
/* A site's pages are whole without this script: it adds the choice of colours, opens folds for print, and a filter. */

/** A field that leaves those languages and engines whose names hold a word of it. */
function filterBar(host) {
  const input = el("input", { type: "search", id: "names", placeholder: "a language, an engine \u2026", "aria-label": "Filter by language and engine", oninput: () => apply() });
  const told = el("span", { class: "note", role: "status" });
  const apply = () => {
    const words = input.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const left = narrowed(words);
    told.textContent = words.length ? left : "";
  };
  fill(host, input, told);
  host.hidden = false;
}

/** Hides what no word names; words of languages choose rows, words of engines choose columns and rows. */
function narrowed(words) {
  const all = (attribute) => [...document.querySelectorAll(`[data-${attribute}]`)];
  const holds = (name, own) => own.some((word) => name.toLowerCase().includes(word));
  const naming = (attribute) => words.filter((word) => all(attribute).some((node) => holds(node.dataset[attribute], [word])));
  const languages = naming("language"), engines = naming("engine");
  const known = !words.length || languages.length + engines.length > 0;
  const stays = (name, own) => known && (!own.length || holds(name, own));
  for (const row of all("language")) row.hidden = !stays(row.dataset.language, languages);
  for (const row of all("engines")) row.hidden = !stays(row.dataset.engines, engines);
  for (const head of all("engine")) {
    const shown = stays(head.dataset.engine, engines);
    head.closest("table").querySelectorAll("tr").forEach((row) => (row.cells[head.cellIndex].hidden = !shown));
  }
  const names = (attribute) => new Set(all(attribute).filter((node) => !node.hidden).map((node) => node.dataset[attribute])).size;
  const counted = (attribute) => `${names(attribute)} ${attribute}${names(attribute) === 1 ? "" : "s"}`;
  return known ? `${counted("language")}, ${counted("engine")}` : "no language and no engine has that name";
}

byId("controls").append(themeButton());
readyForPrint();
followReading();
if (byId("filter")) filterBar(byId("filter"));
document.documentElement.dataset.ready = "";
