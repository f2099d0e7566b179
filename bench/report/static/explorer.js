"use strict";
/* Every utterance: search, filter, order, and below the list all engines and conditions against the reference.
   The alignment comes from scoring; nothing is aligned here. */

const ROW = 40;
const LIST_ROWS = 10;

class Explorer {
  constructor(run, trials, state, host) {
    Object.assign(this, { run, trials, state, host });
    this.query = { text: "", engine: "", kind: "", group: "", least: 0, order: "differ" };
    this.found = [];
    this.current = null;
    this.excluded = new Set();
    this.drawn = new Map();
    this.space = el("div", { class: "space", role: "none" });
    this.orders = orders(run);
    this.kinds = kindsOf(run);
    this.build();
  }

  build() {
    const { run } = this;
    const change = (name) => (value) => {
      this.query[name] = value;
      this.refresh();
      this.showFirst();
    };
    this.search = el("input", {
      type: "search", id: "search", placeholder: "words, id, speaker \u2026", "aria-label": "Search utterances",
      oninput: (event) => change("text")(event.target.value),
    });
    this.conditions = select("condition", run.conditions.map((name, c) => [c, name]), this.state.condition, (value) => this.state.set({ condition: +value }));
    this.least = el("input", { type: "number", min: "0", value: "0", "aria-label": "At least so many errors", oninput: (event) => change("least")(+event.target.value || 0) });
    this.bar = el("div", { class: "bar" }, this.search, this.conditions,
      run.engines.length > 1 ? select("engine", [["", "any"], ...run.engines.map((name, e) => [e, name])], "", change("engine"), { id: "engine" }) : null,
      select("kind", this.kinds.map(([id, text]) => [id, text]), "", change("kind"), { id: "kind" }),
      (this.groups = select("group", [["", "all"]], "", change("group"), { id: "group" })),
      select("order", this.orders.map(([id, text]) => [id, text]), "differ", change("order"), { id: "order" }),
      el("label", { class: "field" }, el("span", {}, "errors \u2265"), this.least));
    this.summary = el("p", { class: "note", id: "found", role: "status" });
    this.list = el("div", { class: "list", id: "list", tabindex: "0", role: "listbox", "aria-label": "Utterances", onscroll: () => this.scrolled(), onkeydown: (event) => this.key(event) });
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-u]");
      if (row) this.show(+row.dataset.u);
    });
    this.detail = el("article", { id: "detail", "aria-label": "The utterance" });
    this.exclusion = el("p", { class: "note" });
    const who = run.engines.length > 1 ? legend(run) : null;
    fill(this.host, this.bar, ...[this.summary, who].filter(Boolean), this.list, this.detail, this.exclusion);
  }

  /** Groups that the utterances carry: speakers where they are few, and tags. */
  fillGroups() {
    const values = new Map();
    for (const u of this.trials.utterances) {
      for (const [name, value] of Object.entries({ ...u.tags, ...(u.speaker ? { speaker: u.speaker } : {}) })) {
        if (!values.has(name)) values.set(name, new Set());
        if (values.get(name).size <= 60) values.get(name).add(value);
      }
    }
    const list = this.groups.querySelector("select");
    const options = [el("option", { value: "" }, "all")];
    for (const [name, found] of values) {
      if (found.size > 60) continue;
      const group = el("optgroup", { label: name });
      for (const value of [...found].sort()) group.append(el("option", { value: `${name}=${value}` }, value));
      options.push(group);
    }
    list.replaceChildren(...options);
    this.groups.hidden = values.size === 0;
  }

  /** Filters and orders again; the first stays chosen if it is still there. */
  refresh() {
    const began = performance.now();
    const { state, query, trials } = this;
    const kind = this.kinds.find(([id]) => id === query.kind)[2];
    const order = this.orders.find(([id]) => id === query.order)[2];
    const wanted = parsedSearch(query.text);
    const engine = query.engine === "" ? null : +query.engine;
    const [groupName, groupValue] = query.group ? [query.group.slice(0, query.group.indexOf("=")), query.group.slice(query.group.indexOf("=") + 1)] : [];
    const keys = [];
    for (let index = 0; index < trials.utterances.length; index++) {
      const u = trials.utterances[index];
      if (u.s !== state.speech) continue;
      if (groupName && (groupName === "speaker" ? u.speaker : u.tags?.[groupName]) !== groupValue) continue;
      const here = u.trials.filter((trial) => trial.c === state.condition && trial.m === state.mode && trial.repeat === 0);
      const own = engine === null ? here : here.filter((trial) => trial.e === engine);
      if (!own.length || !own.some((trial) => kind(trial) && errorsOf(trial) >= query.least)) continue;
      if (!this.matches(index, u, own, wanted)) continue;
      keys.push([order(engine === null ? here : own, index), index]);
    }
    keys.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    this.found = keys.map(([, index]) => index);
    this.wipe();
    this.list.scrollTop = 0;
    this.list.style.height = `${Math.min(LIST_ROWS, Math.max(1, keys.length)) * ROW + 3}px`;
    this.say();
    this.paint();
    this.filterMs = performance.now() - began;
  }

  matches(index, u, own, wanted) {
    if (wanted.anywhere && !this.trials.text(index).includes(wanted.anywhere)) return false;
    if (wanted.said.some((word) => !holdsWord(u.norm, word))) return false;
    if (!wanted.heard.length) return true;
    return own.some((trial) => wanted.heard.every((word) => holdsWord(trial.heard ?? "", word)));
  }

  say() {
    const { run, state, trials } = this;
    const all = trials.utterances.filter((u) => u.s === state.speech).length;
    const speech = run.speech.length > 1 ? `, ${run.speech[state.speech].name}` : "";
    const waiting = run.loading ? ` \u00b7 loading ${run.loading}` : "";
    this.summary.textContent = `${count(this.found.length)} of ${count(all)} utterances \u00b7 ${run.modes[state.mode].name.toLowerCase()}, ${run.conditions[state.condition]}${speech}${waiting}`;
  }

  /** Draws the rows in view alone, however many there are; those that stay in view are not drawn again. */
  paint(all = 0) {
    const { list, run, state } = this;
    const begin = all ? 0 : Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const end = all ? Math.min(all, this.found.length) : Math.min(this.found.length, begin + Math.ceil(list.clientHeight / ROW) + 9);
    const left = all ? this.found.length - end : 0;
    if (left) list.dataset.left = `and ${count(left)} more, in the page on a screen`;
    else delete list.dataset.left;
    this.space.style.height = `${(all ? end : this.found.length) * ROW}px`;
    for (const [k, row] of this.drawn) {
      if (k >= begin && k < end) continue;
      row.remove();
      this.drawn.delete(k);
    }
    const above = [], below = [];
    const first = Math.min(...this.drawn.keys());
    for (let k = begin; k < end; k++) {
      if (this.drawn.has(k)) continue;
      const row = this.row(k, run, state);
      this.drawn.set(k, row);
      (k < first && first !== Infinity ? above : below).push(row);
    }
    this.space.after(...above);
    list.append(...below);
    this.choose();
  }

  /** Draws once a frame, however often a scroll is told of. */
  scrolled() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.paint();
    });
  }

  /** Marks the row that is shown below the list. */
  choose() {
    let chosen = null;
    for (const row of this.drawn.values()) {
      const selected = +row.dataset.u === this.current;
      if (row.getAttribute("aria-selected") !== String(selected)) row.setAttribute("aria-selected", String(selected));
      if (selected) chosen = row;
    }
    if (chosen) this.list.setAttribute("aria-activedescendant", chosen.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  /** Forgets the rows that are drawn: others are found now. */
  wipe() {
    this.drawn.clear();
    this.list.replaceChildren(this.space);
  }

  row(k, run, state) {
    const index = this.found[k], u = this.trials.utterances[index];
    const marks = run.engines.map((name, e) => {
      const trial = this.trials.at(u, e, state.condition, state.mode);
      if (!trial) return null;
      const text = isFailed(trial) ? "failed" : `${errorsOf(trial)}/${trial.words}`;
      const bad = isFailed(trial) || trial.flags & FLAG_EMPTY;
      return el("span", { class: bad ? "no" : "", title: name }, badge(e), text);
    });
    const row = el("div", {
      class: "row", role: "option", id: `row-${index}`, "data-u": index, "aria-selected": String(index === this.current),
      "aria-setsize": this.found.length, "aria-posinset": k + 1,
    }, el("span", { class: "id" }, shortKey(u.key)), el("span", { class: "tx", dir: "auto", lang: run.speech[u.s].language }, u.raw || u.norm), el("span", { class: "er" }, ...marks));
    row.style.top = `${k * ROW}px`;
    return row;
  }

  key(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(step);
  }

  /** Goes on by so many rows, and brings the row into view. */
  step(by) {
    if (!this.found.length) return;
    const place = this.found.indexOf(this.current);
    const next = place < 0 ? 0 : Math.max(0, Math.min(this.found.length - 1, place + by));
    const y = next * ROW;
    if (y < this.list.scrollTop || y + ROW > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = y - this.list.clientHeight / 2;
    this.show(this.found[next]);
  }

  /** Opens the first of the list; nothing, where the list is empty. */
  showFirst() {
    if (this.found.length) this.show(this.found[0], { quiet: true });
    else fill(this.detail);
  }

  /** Opens an utterance below the list. `quiet`: the address stays as it is. */
  show(index, { quiet = false } = {}) {
    this.current = index;
    const u = this.trials.utterances[index];
    if (!quiet) this.state.remember(u.key);
    this.paint();
    fill(this.detail, ...this.head(u), ...this.answers(u));
  }

  head(u) {
    const { run } = this;
    const wrong = this.excluded.has(u.key);
    const exclude = el("button", {
      type: "button", class: "quiet", "aria-pressed": String(wrong), onclick: () => this.exclude(u),
    }, wrong ? "Reference marked as wrong" : "The reference is wrong");
    const facts = [u.speaker ? `speaker ${u.speaker}` : "speaker not known", ...(u.seconds == null ? [] : [`${u.seconds} s`]), ...Object.entries(u.tags || {}).map(([name, value]) => `${name}: ${value}`)];
    const link = el("a", { href: `#${this.state.address(u.key)}` }, "link to this");
    return [
      el("header", {}, el("h3", {}, shortKey(u.key)), el("span", { class: "note" }, facts.join(" \u00b7 ")), link, exclude,
        el("span", { class: "steps" }, el("button", { type: "button", class: "quiet", onclick: () => this.step(-1), "aria-label": "Previous utterance" }, "\u2190"),
          el("button", { type: "button", class: "quiet", onclick: () => this.step(1), "aria-label": "Next utterance" }, "\u2192"))),
      el("p", { class: "said", dir: "auto", lang: run.speech[u.s].language }, u.raw || u.norm),
      u.raw && u.norm && u.norm !== u.raw ? el("p", { class: "note", dir: "auto", lang: run.speech[u.s].language }, el("b", {}, "as counted: "), ...changed(u.raw, u.norm, run.speech[u.s].unit)) : null,
      players(run, u.key),
    ];
  }

  answers(u) {
    const { run, state } = this;
    const shown = u.trials.filter((trial) => trial.m === state.mode);
    const here = [state.condition, ...run.conditions.map((_, c) => c).filter((c) => c !== state.condition)];
    shown.sort((a, b) => here.indexOf(a.c) - here.indexOf(b.c) || a.e - b.e || a.repeat - b.repeat);
    return shown.map((trial) => this.answer(u, trial));
  }

  answer(u, trial) {
    const { run } = this;
    const who = el("div", { class: "who" }, badge(trial.e), el("b", {}, run.engines[trial.e]), el("span", { class: "note" }, run.conditions[trial.c] + (trial.repeat ? ` \u00b7 repeat ${trial.repeat + 1}` : "")));
    const invalid = run.modes[trial.m].invalid;
    const latency = trial.lost ? "end lost" : trial.latency == null ? "" : duration(trial.latency);
    const numbers = el("div", { class: "numbers" }, el("span", {}, isFailed(trial) ? "no answer" : `${errorsOf(trial)} of ${trial.words}`),
      latency ? (invalid && !trial.lost ? el("s", { class: "invalid" }, latency) : el("span", { class: trial.lost ? "no" : "note" }, latency)) : null);
    if (isFailed(trial)) {
      const { kind, message } = run.failures[trial.failed];
      return el("div", { class: "answer" }, who, el("div", {}, el("p", { class: "no" }, `failed: ${kind}`), el("p", { class: "note" }, message)), numbers);
    }
    const reference = trial.reference ?? u.norm;
    const language = run.speech[u.s].language;
    const diff = trial.heard === "" ? [el("span", { class: "no" }, "empty answer: "), ...alignment(reference, "", trial.path)] : alignment(reference, trial.heard, trial.path);
    const raw = trial.raw != null && trial.raw !== trial.heard ? el("p", { class: "raw note", dir: "auto", lang: language }, el("b", {}, "as it came: "), trial.raw) : null;
    return el("div", { class: "answer" }, who, el("div", {}, el("p", { class: "diff", dir: "auto", lang: language }, ...diff), raw), numbers);
  }

  /** Marks a reference as wrong, or takes the mark back; the marks can be saved as a list. */
  exclude(u) {
    if (!this.excluded.delete(u.key)) this.excluded.add(u.key);
    this.show(this.current, { quiet: true });
    const list = [...this.excluded].sort().join("\n") + "\n";
    const save = el("a", { href: URL.createObjectURL(new Blob([list], { type: "text/plain" })), download: "exclude.txt" }, "save the list (exclude.txt)");
    fill(this.exclusion, this.excluded.size ? [`${this.excluded.size} marked as wrong: `, save] : []);
  }
}

const shortKey = (key) => key.slice(key.indexOf("/") + 1);

/** The alignment of two texts, as scoring left it: what was left out is struck, what came instead stands behind it. */
function alignment(reference, heard, path) {
  const said = reference.split(" ").filter(Boolean), words = heard.split(" ").filter(Boolean);
  const parts = [];
  let r = 0, h = 0;
  for (const [, length, edit] of path.matchAll(EDITS)) {
    const n = +length;
    if (edit === "=") {
      parts.push(`${said.slice(r, (r += n)).join(" ")} `);
      h += n;
    } else {
      if (edit !== "I") parts.push(el("del", {}, said.slice(r, (r += n)).join(" ")), " ");
      if (edit !== "D") parts.push(el("ins", {}, words.slice(h, (h += n)).join(" ")), " ");
    }
  }
  return parts;
}

/** The normalised text, with what the rules changed marked: words, or characters where those are counted. */
function changed(raw, norm, unit) {
  const words = new Set(raw.split(/\s+/));
  const plain = unit === "characters" ? (part) => raw.includes(part) : (part) => words.has(part);
  return norm.split(" ").map((part) => (plain(part) ? `${part} ` : el("span", { class: "ruled", title: "changed by the text rules" }, `${part} `)));
}

// -- sound --------------------------------------------------------------------------------------

const sound = { audio: null, button: null };

/** Buttons for the clips that the page has of an utterance. */
function players(run, key) {
  const clips = run.clips[key];
  if (!clips) return Object.keys(run.clips).length ? el("p", { class: "note" }, "No clip of this utterance is in the page.") : null;
  const order = ([c]) => (c === "recorded" ? -1 : +c);
  const buttons = Object.entries(clips).sort((a, b) => order(a) - order(b)).map(([c, clip]) => {
    const name = c === "recorded" ? "as recorded" : run.conditions[c];
    return el("button", { type: "button", class: "play", "aria-pressed": "false", "data-clip": clip, onclick: (event) => toggleSound(event.currentTarget) }, `\u25b6 ${name}`);
  });
  return el("p", { class: "players" }, ...buttons);
}

/** Where a clip can be played from: inside the page, or a file beside it. */
function clipSource(clip) {
  const inside = byId(`clip-${clip}`);
  if (!inside) return `audio/${encodeURIComponent(clip)}`;
  const bytes = Uint8Array.from(atob(inside.textContent.trim()), (char) => char.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: inside.dataset.type }));
}

/** Plays what a button stands for, or stops it. */
function toggleSound(button) {
  const wasPlaying = sound.button === button && !sound.audio.paused;
  stopSound();
  if (wasPlaying) return;
  sound.button = button;
  sound.audio = new Audio(clipSource(button.dataset.clip));
  button.setAttribute("aria-pressed", "true");
  sound.audio.addEventListener("ended", stopSound);
  sound.audio.play().catch(() => {
    button.setAttribute("aria-pressed", "false");
    button.textContent = "cannot be played here";
  });
}

function stopSound() {
  sound.audio?.pause();
  sound.button?.setAttribute("aria-pressed", "false");
  sound.button = null;
}
