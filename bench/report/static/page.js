"use strict";
/* A page: state, sections, deep links, keys. Sections and their order come from Python. */

const state = {
  mode: 0,
  speech: 0,
  condition: 0,
  listeners: [],

  /** Changes the state and draws again. */
  set(changes) {
    Object.assign(this, changes);
    this.listeners.forEach((listener) => listener());
  },

  /** The part of the address that leads to an utterance as it is shown now. */
  address(key) {
    const place = new URLSearchParams({ u: key });
    if (this.mode) place.set("mode", page.run.modes[this.mode].id);
    if (this.condition) place.set("condition", page.run.conditions[this.condition]);
    return place.toString();
  },

  remember(key) {
    history.replaceState(null, "", `#${this.address(key)}`);
  },
};

const page = { run: null, trials: null, explorer: null };

/** How each kind of section is drawn into its host. Python names the kind; see bench/report/page.py. */
const DRAW = {
  plane: (host) => drawPlane(host, page.run, state),
  conditions: (host, section) => {
    drawMatrix(part(host, "matrix"), page.run, state, (cell) => explore({ condition: cell.c }, { order: `e${cell.e}` }));
    if (page.run.conditions.length > 1) drawForest(part(host, "forest"), page.run, state);
    else host.classList.add("single");
    drawLines(part(host, "curves"), page.run, page.run.curves.filter((chart) => chart.m === state.mode && chart.s === state.speech));
    drawPivots(part(host, "tables"), page.run, state, section.pivots);
  },
  languages: (host, section) => {
    drawLanguages(part(host, "matrix"), page.run, state);
    drawPivots(part(host, "tables"), page.run, state, section.pivots);
  },
  latency: (host, section) => {
    drawStrips(part(host, "strips"), page.run, state, (cell, u) => openKey(page.run.dotNames[u], cell.c));
    drawPivots(part(host, "tables"), page.run, state, section.pivots || []);
  },
  explorer: (host) => {
    if (!page.explorer) page.explorer = new Explorer(page.run, page.trials, state, host);
    else page.explorer.conditions.querySelector("select").value = state.condition;
    page.explorer.refresh();
    if (page.explorer.found.includes(page.explorer.current)) page.explorer.show(page.explorer.current, { quiet: true });
    else page.explorer.showFirst();
  },
  streams: (host) => host.childElementCount || new Replay(page.run, host),
  intervals: (host, section) => (legendAbove(host, section), drawIntervals(part(host, "charts"), page.run, section.charts)),
  lines: (host, section) => (legendAbove(host, section), drawLines(part(host, "charts"), page.run, section.charts)),
  pivots: (host, section) => drawPivots(host, page.run, state, section.pivots, (condition) => state.set({ condition })),
};

/** Which mark is which, where marks stand for engines. */
function legendAbove(host, section) {
  if (section.legend) fill(part(host, "engines"), legend({ engines: section.legend }));
}

/** A child of a section with that name, made when it is first asked for. */
function part(host, name) {
  let found = host.querySelector(`:scope > .${name}`);
  if (!found) host.append((found = el("div", { class: name })));
  return found;
}

function drawAll() {
  for (const section of page.run.sections) {
    const host = byId(`${section.id}-content`);
    if (host) DRAW[section.draw]?.(host, section);
  }
  const scope = page.run.speech.length > 1 ? page.run.speech[state.speech].name : null;
  document.querySelectorAll("[data-speech]").forEach((box) => (box.hidden = box.dataset.speech !== String(state.speechChosen ? state.speech : "all")));
  const suffix = (...parts) => parts.filter(Boolean).map((part) => ` \u00b7 ${part}`).join("");
  const mode = paper.printing && page.run.modes.length > 1 ? page.run.modes[state.mode].name : null;
  document.querySelectorAll(".of-speech").forEach((node) => (node.textContent = suffix(scope, mode)));
  document.querySelector(".of-answer").textContent = state.speechChosen ? suffix(scope) : "";
  drawControls();
}

function drawControls() {
  const { run } = page;
  const controls = [];
  if (run.modes.length > 1) {
    controls.push(choice("Mode", run.modes.map((mode, m) => [m, mode.name]), state.mode, (mode) => state.set({ mode })));
  }
  if (run.speech.length > 1) {
    controls.push(select("speech", run.speech.map((speech, s) => [s, speech.name]), state.speech, (value) => state.set({ speech: +value, speechChosen: true }), { id: "speech" }));
  }
  const held = document.activeElement?.dataset?.value;
  fill(byId("controls"), ...controls, page.theme);
  if (held != null) byId("controls").querySelector(`[data-value="${CSS.escape(held)}"]`)?.focus();
}

/** Sets filters of the explorer and goes there. */
function explore(changes, query) {
  Object.assign(page.explorer.query, query || {});
  for (const [name, value] of Object.entries(query || {})) {
    const control = byId(name === "text" ? "search" : name);
    if (control) control.value = value;
  }
  page.explorer.current = null;
  state.set(changes);
  byId("utterances").scrollIntoView();
}

/** A click on a word: its utterances. */
function searchFor(text) {
  explore({}, { text, kind: "", least: 0 });
}

/** Opens an utterance by its key under a condition. */
function openKey(key, condition) {
  const index = page.trials.byKey.get(key);
  if (index == null) return false;
  const speech = page.trials.utterances[index].s;
  if (speech !== state.speech || (condition != null && condition !== state.condition)) {
    state.set({ speech, condition: condition ?? state.condition });
  }
  page.explorer.show(index);
  page.explorer.detail.scrollIntoView({ block: "nearest" });
  return true;
}

/** Follows a link such as `#u=corpus/id&mode=stream&condition=noise`. */
function followAddress() {
  const place = new URLSearchParams(location.hash.slice(1));
  if (!place.has("u")) return;
  const mode = page.run.modes.findIndex((found) => found.id === place.get("mode"));
  const condition = page.run.conditions.indexOf(place.get("condition"));
  state.set({ mode: Math.max(0, mode), condition: Math.max(0, condition) });
  if (openKey(place.get("u"))) byId("utterances").scrollIntoView();
}

const KEYS = {
  "/": () => byId("search")?.focus(),
  n: () => page.explorer?.step(1),
  p: () => page.explorer?.step(-1),
  m: () => page.run.modes.length > 1 && state.set({ mode: 1 - state.mode }),
  l: () => page.explorer?.detail.querySelector(".play")?.click(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, summary")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** Shards lie in the page, or are scripts beside it that call `earwitnessShard`. */
async function loadTrials() {
  const { run, trials } = page;
  for (const inside of document.querySelectorAll("script[data-shard]")) {
    trials.add(await unpacked(inside.textContent));
    inside.remove();
  }
  for (let k = 0; k < run.shards.length; k++) {
    run.loading = `${k + 1} of ${run.shards.length}`;
    trials.add(await unpacked(await fetched(run.shards[k])));
    if (k === 0 || k % 8 === 0) drawExplorer();
  }
  run.loading = "";
}

/** The text of a shard beside the page: a script, since a page opened from disk may not fetch. */
function fetched(name) {
  return new Promise((resolve, reject) => {
    globalThis.earwitnessShard = resolve;
    const script = document.createElement("script");
    script.src = trusted(`data/${name}`);
    script.onload = () => script.remove();
    script.onerror = () => reject(new Error(`data/${name} is missing: keep the page with its folder`));
    document.head.append(script);
  });
}

const policy = globalThis.trustedTypes?.createPolicy("earwitness", {
  createScriptURL: (url) => {
    if (!/^data\/\d+\.js$/.test(url)) throw new TypeError(`not a shard: ${url}`);
    return url;
  },
});
const trusted = (url) => (policy ? policy.createScriptURL(url) : url);

function drawExplorer() {
  const section = page.run.sections.find((found) => found.draw === "explorer");
  if (section) DRAW.explorer(byId(`${section.id}-content`), section);
}

/** Figures as wide as the paper, and of the list what a sheet holds. */
function redrawForPrint() {
  const redraw = (printing) => () => {
    paper.printing = printing;
    drawAll();
    page.explorer?.paint(printing ? 25 : 0);
  };
  addEventListener("beforeprint", redraw(true));
  addEventListener("afterprint", redraw(false));
}

async function main() {
  const began = performance.now();
  page.run = await unpacked(byId("run-data").textContent);
  page.run.loading = "";
  Object.assign(state, page.run.start);
  page.trials = new Trials(page.run);
  page.theme = themeButton();
  hints(document.documentElement);
  redrawForPrint();
  readyForPrint();
  followReading();
  state.listeners.push(drawAll);
  drawAll();
  await loadTrials();
  page.explorer?.fillGroups();
  drawExplorer();
  followAddress();
  addEventListener("hashchange", followAddress);
  addEventListener("keydown", onKey);
  let resizing = 0;
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(drawAll, 150);
  });
  document.documentElement.dataset.ready = String(Math.round(performance.now() - began));
}

main().catch((error) => {
  const box = byId("broken");
  box.hidden = false;
  box.textContent = `This page could not read its data: ${error.message}`;
  throw error;
});
