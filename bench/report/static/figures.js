"use strict";
/* Figures, drawn from numbers that Python made. A number of an invalid run is grey and struck wherever it stands. */

const NARROW = 560;
const isNarrow = (width) => width < NARROW;
const paper = { printing: false };

/** As wide as the place of a figure, so that its text is as large as the page's; on paper what a sheet holds. */
function widthOf(host, most = 1240) {
  const place = paper.printing ? PAPER : host.clientWidth || host.closest("section")?.clientWidth || most;
  return Math.round(Math.max(290, Math.min(most, place)));
}

/** A scale that begins and ends at round numbers, in about so many steps of one round number. */
function axisOf(low, high, steps) {
  const least = (high - low) / steps || 1;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least * 0.9999);
  const first = Math.floor(low / step + 1e-9), last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return { low: first * step, high: last * step, at: Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step) };
}

/** Round numbers between two powers of ten, from a thousandth on; closer ones where there are hardly any. */
function logTicks(low, high) {
  const powers = [-3, -2, -1, 0, 1, 2, 3];
  const among = (...steps) => powers.flatMap((power) => steps.map((step) => step * 10 ** power)).filter((at) => Math.log10(at) >= low && Math.log10(at) <= high);
  const few = among(1, 2, 5);
  return few.length > 1 ? few : among(1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9);
}

const axisText = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor || "middle" }, text);
const gridLine = (x1, y1, x2, y2) => svg("line", { class: "grid", x1, y1, x2, y2 });

/** A figure with a name for those who do not see it. */
function picture(width, height, name, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": name, class: "figure" }, ...children);
}

/** The beginning and the end of what is too long. */
const fitted = (text, length) => (text.length <= length ? text : `${text.slice(0, Math.ceil(length / 2))}\u2026${text.slice(1 - Math.floor(length / 2))}`);

/** Engines with their marks. */
function legend(run, ...more) {
  return el("p", { class: "legend" }, ...run.engines.map((name, k) => el("span", {}, badge(k), name)), ...more);
}

/** An estimate as text: greyed and struck when invalid, a dash with its reason when there is none. */
function numberText(estimate, { struck = false, tag = "b" } = {}) {
  if (!estimate || estimate.v == null) {
    return el(tag, { class: "none", "data-hint": estimate?.note || "not measured", tabindex: "0" }, "\u2013");
  }
  if (struck) {
    const why = "INVALID: the harness was late, so this is not the engine's latency";
    return el(tag, {}, el("s", { class: "invalid", "data-hint": why, tabindex: "0" }, estimate.t));
  }
  return el(tag, {}, estimate.t);
}

// -- accuracy against speed ---------------------------------------------------------------------

/** Cells of the mode and speech that are shown. */
const shownCells = (run, state) => run.cells.filter((cell) => cell.m === state.mode && cell.s === state.speech);

/** WER against median latency; scales are those of all modes together, so that a switch moves marks and not axes. */
function drawPlane(host, run, state) {
  const both = (cell) => cell.wer?.v != null && cell.lat.p50?.v != null;
  const everywhere = run.cells.filter((cell) => cell.s === state.speech && both(cell));
  const cells = everywhere.filter((cell) => cell.m === state.mode);
  const mode = run.modes[state.mode];
  if (!cells.length) {
    return fill(host, el("p", { class: "nothing" }, mode.noLatency || "Nothing has both an error rate and a latency in this mode."));
  }
  const width = widthOf(host), height = isNarrow(width) ? 320 : 380;
  const left = 52, bottom = 46, top = 14, right = 24;
  const latencies = everywhere.flatMap((cell) => [cell.lat.p50.v, cell.lat.p50.lo, cell.lat.p50.hi]).filter((v) => v > 0);
  if (!latencies.length) latencies.push(0.001);
  const low = Math.log10(Math.min(...latencies) / 1.3), high = Math.log10(Math.max(...latencies) * 1.5);
  const rates = axisOf(0, Math.max(0.01, ...everywhere.map((cell) => cell.wer.hi ?? cell.wer.v)), 5), most = rates.high;
  const x = (v) => left + ((Math.log10(Math.max(v, 10 ** low)) - low) / (high - low || 1)) * (width - left - right);
  const y = (v) => height - bottom - (Math.min(v, most) / most) * (height - bottom - top);
  const parts = [];
  for (const value of rates.at) parts.push(gridLine(left, y(value), width - right, y(value)), axisText(left - 7, y(value) + 4, percent(value), "end"));
  for (const tick of logTicks(low, high)) {
    parts.push(gridLine(x(tick), top, x(tick), height - bottom), axisText(x(tick), height - bottom + 17, duration(tick)));
  }
  parts.push(axisText(width - right, height - 6, `${mode.latency}, median (log scale) \u2192`, "end"));
  if (!mode.invalid) parts.push(frontier(cells, x, y, left, width - right, top));
  const grey = mode.invalid ? "invalid" : "";
  const taken = cells.flatMap((cell) => [around(x(cell.lat.p50.v), y(cell.wer.v), 8), ...crossOf(cell, x, y).flatMap(along)]);
  for (const cell of cells) {
    const origin = cells.find((other) => other.e === cell.e && other.c === 0);
    if (origin && cell.c) {
      const line = { x1: x(origin.lat.p50.v), y1: y(origin.wer.v), x2: x(cell.lat.p50.v), y2: y(cell.wer.v) };
      parts.push(svg("line", { class: `lead e${cell.e % 8} ${grey}`, ...line }));
      taken.push(...along(line));
    }
  }
  const inside = [left + 4, top - 2, width - 2, height - bottom];
  for (const cell of [...cells].sort((a, b) => a.c - b.c)) parts.push(...planeMark(run, cell, x, y, grey, inside, taken));
  if (mode.invalid) parts.push(struckOut(left, top, width - right, height - bottom));
  fill(host, legend(run), picture(width, height, "Word errors against latency", ...parts));
}

/** The lower left border: nothing else here is both more accurate and faster. */
function frontier(cells, x, y, left, right, top) {
  const best = cells.filter((cell) => cell.c === 0).sort((a, b) => a.lat.p50.v - b.lat.p50.v || a.wer.v - b.wer.v);
  const steps = [];
  let least = Infinity;
  for (const cell of best) if (cell.wer.v < least) steps.push([x(cell.lat.p50.v), y((least = cell.wer.v))]);
  if (steps.length < 2) return null;
  let path = `M${steps[0][0]} ${top}L${steps[0][0]} ${steps[0][1]}`;
  for (let k = 1; k < steps.length; k++) path += `L${steps[k][0]} ${steps[k - 1][1]}L${steps[k][0]} ${steps[k][1]}`;
  path += `L${right} ${steps.at(-1)[1]}`;
  return svg("path", { class: "frontier", d: path });
}

const around = (x, y, r) => [x - r, y - r, x + r, y + r];

/** Small boxes along a line. */
function along({ x1, y1, x2, y2 }) {
  const steps = Math.max(1, Math.round(Math.hypot(x2 - x1, y2 - y1) / 6));
  return Array.from({ length: steps + 1 }, (_, k) => around(x1 + ((x2 - x1) * k) / steps, y1 + ((y2 - y1) * k) / steps, 1));
}

/** The lines over the two intervals of a cell. */
function crossOf(cell, x, y) {
  const [cx, cy] = [x(cell.lat.p50.v), y(cell.wer.v)];
  const { wer, lat: { p50 } } = cell;
  return [
    wer.lo == null ? null : { x1: cx, x2: cx, y1: y(wer.lo), y2: y(wer.hi) },
    p50.lo == null ? null : { x1: x(p50.lo), x2: x(p50.hi), y1: cy, y2: cy },
  ].filter(Boolean);
}

function planeMark(run, cell, x, y, grey, inside, taken) {
  const [cx, cy] = [x(cell.lat.p50.v), y(cell.wer.v)];
  const name = `${run.engines[cell.e]} \u00b7 ${run.conditions[cell.c]}`;
  const failed = cell.failed ? `${count(cell.failed)} of ${count(cell.attempted)} failed` : "";
  const hint = `${name}: ${cell.wer.t}${cell.wer.i} of ${cell.unit} wrong, ${cell.lat.p50.t}${cell.lat.p50.i}; ${cell.wer.n} utterances${failed && `; ${failed}`}`;
  const parts = crossOf(cell, x, y).map((line) => svg("line", { class: `cross e${cell.e % 8} ${grey}`, ...line }));
  const about = { tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint, class: `point ${grey}` };
  parts.push(mark(cell.e, cx, cy, cell.c ? 5.5 : 8.5, about));
  const own = cell.c ? run.conditions[cell.c] : name;
  for (const label of failed ? [`${own} (${failed})`, `${count(cell.failed)} failed`] : [own]) {
    const place = freePlace(cx, cy, label.length * 6.8, inside, taken);
    if (!place) continue;
    parts.push(svg("text", { class: "name", x: place.x, y: place.y, "text-anchor": place.anchor }, label));
    break;
  }
  return parts;
}

/** Where a name beside a mark covers no mark, line or other name; null: nowhere, and the hint alone has it. */
function freePlace(cx, cy, length, inside, taken) {
  const sides = [["start", cx + 14, cx + 12], ["end", cx - 14, cx - 12 - length], ["middle", cx, cx - length / 2]];
  for (const [anchor, x, from] of sides) {
    for (const y of anchor === "middle" ? [cy - 14, cy + 22] : [cy + 4, cy - 10, cy + 18]) {
      const box = [from, y - 11, from + length, y + 3];
      const fits = box[0] > inside[0] && box[1] > inside[1] && box[2] < inside[2] && box[3] < inside[3];
      const covers = taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
      if (!fits || covers) continue;
      taken.push(box);
      return { x, y, anchor };
    }
  }
  return null;
}

/** What lies over a figure of an invalid run. */
function struckOut(x1, y1, x2, y2) {
  return svg("g", { class: "struck" },
    svg("line", { x1, y1: y2, x2, y2: y1 }),
    svg("text", { x: (x1 + x2) / 2, y: y1 + 22, "text-anchor": "middle" }, "INVALID: the harness was late. Not the engines\u2019 latency."));
}

// -- conditions ---------------------------------------------------------------------------------

/** Engine by condition: the rate, what it adds, and always how many failed or came back empty. */
function drawMatrix(host, run, state, onPick) {
  const cells = shownCells(run, state);
  const most = Math.max(0.0001, ...cells.map((cell) => cell.wer?.v ?? 0));
  const head = el("tr", {}, el("th", { scope: "col" }, "engine"), ...run.conditions.map((name) => el("th", { scope: "col", class: "n" }, name)));
  const rows = run.engines.map((name, e) =>
    el("tr", {}, el("th", { scope: "row" }, badge(e), name),
      ...run.conditions.map((_, c) => matrixCell(run, state, cells.find((cell) => cell.e === e && cell.c === c), most, onPick))));
  const table = el("table", { class: "heat" }, el("thead", {}, head), el("tbody", {}, ...rows));
  fill(host, scrolling("Word errors by engine and condition", table));
}

function matrixCell(run, state, cell, most, onPick) {
  if (!cell) return el("td", { class: "c" }, el("span", { class: "none" }, "not run"));
  const added = run.differences.find((d) => d.e === cell.e && d.c === cell.c && d.m === cell.m && d.s === cell.s);
  let change = null;
  if (added) {
    const hint = `against ${run.conditions[0]}, on the same ${added.d.n} utterances${added.d.note ? `; ${added.d.note}` : ""}`;
    change = el("small", { class: added.sure, "data-hint": hint }, `${added.d.t}${added.d.i}${added.sure === "same" ? " not told apart" : ""}`);
  }
  const name = `${run.engines[cell.e]}, ${run.conditions[cell.c]}: show its utterances`;
  const button = el("button", { type: "button", "aria-label": `${cell.wer?.t ?? "no rate"}. ${name}`, onclick: () => onPick(cell) }, ...rateParts(cell, change));
  return heated(cell, most, [button]);
}

/** A rate with its interval, or else of how many; how many failed or came back empty always stands by it. */
function rateParts(cell, change) {
  const { wer, failed, empty } = cell;
  return [numberText(wer), el("small", {}, wer?.i ? wer.i.trim() : `n ${count(wer?.n ?? 0)}`), change,
    el("small", { class: failed || empty ? "trouble" : "calm" }, `${count(failed)} failed \u00b7 ${count(empty)} empty`)];
}

/** A place of a table, the darker the more words are wrong. */
function heated(cell, most, parts) {
  const td = el("td", { class: "c" }, ...parts);
  td.style.setProperty("--heat-share", cell.wer?.v == null ? 0 : (0.05 + 0.4 * Math.min(1, cell.wer.v / most)).toFixed(2));
  return td;
}

/** A table that scrolls sideways by itself, and can be reached by keyboard. */
function scrolling(name, table) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table);
}

/** What each condition adds, paired on the same utterances; hollow marks are single speakers. */
function drawForest(host, run, state) {
  const rows = run.differences.filter((d) => d.m === state.mode && d.s === state.speech && d.d.v != null);
  rows.sort((a, b) => a.c - b.c || a.e - b.e);
  if (!rows.length) return fill(host, el("p", { class: "nothing" }, "Nothing was answered under two conditions."));
  const every = run.differences.filter((d) => d.s === state.speech && d.d.v != null);
  const values = every.flatMap((d) => [d.d.v, d.d.lo ?? 0, d.d.hi ?? 0, ...d.speakers.map(([, v]) => v)]);
  const width = widthOf(host), left = 130, right = 26, step = 22;
  const axis = axisOf(Math.min(0, ...values), Math.max(0.01, ...values), isNarrow(width) ? 3 : 5);
  const x = (v) => left + ((v - axis.low) / (axis.high - axis.low)) * (width - left - right);
  const height = rows.length * step + 56, floor = height - 40;
  const parts = axis.at.map((at) => gridLine(x(at), 4, x(at), floor));
  parts.push(svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 4, y2: floor }));
  let last = -1;
  rows.forEach((row, k) => {
    const cy = 18 + k * step;
    if (row.c !== last) {
      last = row.c;
      if (k) parts.push(gridLine(0, cy - step / 2, width, cy - step / 2));
      parts.push(svg("text", { class: "name", x: 0, y: cy + 4 }, fitted(run.conditions[row.c], 18)));
    }
    if (row.d.lo != null) parts.push(svg("line", { class: `cross e${row.e % 8}`, x1: x(row.d.lo), x2: x(row.d.hi), y1: cy, y2: cy }));
    for (const [speaker, value] of row.speakers) {
      parts.push(mark(row.e, x(value), cy, 4, { hollow: true, "data-hint": `${run.engines[row.e]}, speaker ${speaker}: ${signed(value)}` }));
    }
    const hint = `${run.engines[row.e]} \u00b7 ${run.conditions[row.c]}: ${row.d.t}${row.d.i} on the same ${row.d.n} utterances`;
    parts.push(mark(row.e, x(row.d.v), cy, 6, { class: "point", tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint }));
  });
  for (const at of axis.at) parts.push(axisText(x(at), floor + 16, trimmed(at * 100, 2)));
  parts.push(axisText(width - right, height - 5, "points more than under the first condition \u2192", "end"));
  fill(host, picture(width, height, "What each condition adds to the error rate", ...parts));
}

const signed = (v) => `${v < 0 ? MINUS : "+"}${Math.abs(v * 100).toFixed(1)} points`;

/** Language by engine, under the first condition. */
function drawLanguages(host, run, state) {
  const cells = run.cells.filter((cell) => cell.m === state.mode && cell.c === 0);
  const most = Math.max(0.0001, ...cells.map((cell) => cell.wer?.v ?? 0));
  const head = el("tr", {}, el("th", { scope: "col" }, "language"), ...run.engines.map((name, e) => el("th", { scope: "col", class: "n" }, badge(e), name)));
  const body = run.speech.map((speech, s) =>
    el("tr", {}, el("th", { scope: "row" }, speech.name, el("small", {}, ` in ${speech.unit}`)), ...run.engines.map((_, e) => {
      const cell = cells.find((found) => found.e === e && found.s === s);
      return cell ? heated(cell, most, rateParts(cell)) : el("td", { class: "c" }, el("span", { class: "none" }, "not run"));
    })));
  const means = run.means.filter((mean) => mean.m === state.mode && mean.c === 0);
  if (means.length) {
    body.push(el("tr", { class: "sum" }, el("th", { scope: "row" }, "mean, each language alike"),
      ...run.engines.map((_, e) => {
        const mean = means.find((found) => found.e === e);
        return el("td", { class: "c" }, numberText(mean?.n), mean?.n.i ? el("small", {}, mean.n.i.trim()) : null);
      })));
  }
  fill(host, scrolling("Error rate by language and engine", el("table", { class: "heat" }, el("thead", {}, head), el("tbody", {}, ...body))));
}

// -- latency ------------------------------------------------------------------------------------

/** Every utterance a dot; hollow ones lost their end and are not among those timed. */
function drawStrips(host, run, state, onPick) {
  const mode = run.modes[state.mode];
  const rows = shownCells(run, state).filter((cell) => cell.dots.length || cell.numLost);
  if (!rows.length) return fill(host, el("p", { class: "nothing" }, mode.noLatency || "Nothing was timed in this mode."));
  const width = widthOf(host), narrow = isNarrow(width), step = narrow ? 40 : 26;
  const left = narrow ? 24 : Math.min(250, 24 + 7 * Math.max(...rows.map((cell) => nameOf(run, cell).length))), right = narrow ? 34 : 110;
  const ofSpeech = run.cells.filter((cell) => cell.s === state.speech);
  const every = ofSpeech.flatMap((cell) => cell.dots.map(([t]) => t)).sort((a, b) => a - b);
  const targets = run.latencyTargets.filter((target) => target.m === state.mode && target.s === state.speech);
  const summed = ofSpeech.flatMap((cell) => [cell.lat.p50?.v, cell.lat.p95?.v]);
  const slow = Math.max(every[Math.floor(every.length * 0.99)] ?? every.at(-1) ?? 0.001, ...summed.filter(Number.isFinite), ...targets.map((target) => target.at)) * 1.02;
  const axis = axisOf(Math.min(0, every[0] ?? 0), slow, narrow ? 3 : 6), { low: least, high: most } = axis;
  const x = (t) => left + ((Math.min(t, most) - least) / (most - least)) * (width - left - right);
  x.most = most;
  const height = rows.length * step + 48, floor = rows.length * step + 10;
  const parts = [];
  for (const at of axis.at) parts.push(gridLine(x(at), 4, x(at), floor), axisText(x(at), floor + 16, duration(at)));
  parts.push(axisText(width - right, height - 4, `${mode.latency} \u2192`, "end"));
  rows.forEach((cell, k) => parts.push(...strip(run, cell, (narrow ? 32 : 18) + k * step, x, { left, right: width - right, narrow }, mode, onPick)));
  for (const target of targets) {
    parts.push(svg("line", { class: "target", x1: x(target.at), x2: x(target.at), y1: 2, y2: floor }),
      svg("text", { class: "target", x: x(target.at) + 4, y: floor + 30 }, `target ${target.text}`));
  }
  if (mode.invalid) parts.push(struckOut(left, 4, width - right, floor));
  fill(host, legend(run, el("span", {}, "| median"), el("span", {}, "\u2506 95 % within, from 20 values"),
    rows.some((cell) => cell.dots.some(([t]) => t > most)) ? el("span", {}, "\u203a slower than the scale") : null,
    rows.some((cell) => cell.numLost) ? el("span", {}, "hollow: lost its end, not timed") : null,
    rows.some((cell) => cell.dots.length < cell.timed) ? el("span", {}, `${Math.max(...rows.map((cell) => cell.dots.length))} marks at most, evenly from fastest to slowest`) : null),
    picture(width, height, "Latency of every utterance", ...parts));
}

const nameOf = (run, cell) => `${run.engines[cell.e]} \u00b7 ${run.conditions[cell.c]}`;

function strip(run, cell, y, x, { left, right, narrow }, mode, onPick) {
  const name = nameOf(run, cell);
  const grey = mode.invalid ? "invalid" : "";
  const label = narrow ? { x: left, y: y - 13 } : { x: left - 10, y: y + 4, "text-anchor": "end" };
  const lost = cell.numLost ? `${count(cell.numLost)} lost` : "";
  const parts = [svg("text", { class: "name", ...label }, fitted(name, 34), narrow && lost ? ` \u00b7 ${lost}` : "")];
  cell.dots.forEach(([t, u], k) => {
    const hint = `${run.dotNames[u] ?? ""}: ${duration(t)}`, cy = y + ((k * 7) % 9) - 4;
    const dot = t > x.most
      ? svg("text", { x: right + 2, y: cy + 4, class: `dot beyond e${cell.e % 8} ${grey}`, "data-hint": hint }, "\u203a")
      : mark(cell.e, +x(t).toFixed(1), cy, 3, { class: `dot ${grey}`, "data-hint": hint });
    dot.addEventListener("click", () => onPick(cell, u));
    parts.push(dot);
  });
  cell.lost.slice(0, narrow ? 2 : 6).forEach((u, k) => {
    const about = { hollow: true, class: "dot", "data-hint": `${run.dotNames[u] ?? ""}: the last words never came, so it has no latency` };
    const dot = mark(cell.e, right + 12 + k * 8, y, 3.4, about);
    dot.addEventListener("click", () => onPick(cell, u));
    parts.push(dot);
  });
  if (lost && !narrow) parts.push(svg("text", { x: right + 14 + cell.lost.length * 8, y: y + 4 }, lost));
  const { p50, p95 } = cell.lat;
  const bar = (value, kind, what) => {
    const hint = `${name}: ${what} ${value.t}${value.i}, of ${value.n}`;
    return svg("line", { class: `${kind} ${grey}`, x1: x(value.v), x2: x(value.v), y1: y - 10, y2: y + 10, tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint });
  };
  if (p50?.v != null) parts.push(bar(p50, "median", "median"));
  if (p95?.v != null) parts.push(bar(p95, "tail", "95 % within"));
  return parts;
}

// -- tables -------------------------------------------------------------------------------------

/** Pivoted tables: rows are what was measured, columns the engines; those of other modes or conditions are left out.
    `onCondition`: what a list of conditions calls, where the tables differ by condition. */
function drawPivots(host, run, state, pivots, onCondition) {
  const matches = (own, chosen) => own == null || own === chosen;
  const shown = pivots.filter((p) => matches(p.m, state.mode) && matches(p.s, state.speech) && matches(p.c, state.condition));
  const differ = onCondition && run.conditions.length > 1 && pivots.some((pivot) => pivot.c != null);
  const chooser = differ && select("condition", run.conditions.map((name, c) => [c, name]), state.condition, (value) => onCondition(+value));
  const nothing = pivots.length > 0 && !shown.length && el("p", { class: "nothing" }, "Nothing of this kind in this mode and condition.");
  const open = new Set([...host.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
  fill(host, chooser, ...shown.map((pivot) => pivotTable(run, pivot)), nothing);
  host.querySelectorAll("details").forEach((fold) => (fold.open = open.has(fold.firstChild.textContent)));
}

function pivotTable(run, pivot) {
  const align = pivot.text ? "" : "n";
  const columns = pivot.columns.map((column) => el("th", { scope: "col", class: align }, column.e == null ? null : badge(column.e), el("span", { class: "of" }, column.text)));
  const rows = pivot.rows.map((row) => {
    const head = el("th", { scope: "row" }, row.hint ? el("span", { class: "term", tabindex: "0", "data-hint": row.hint }, row.text) : row.text);
    return el("tr", {}, head, ...row.cells.map((cell) => pivotCell(cell, align, run.speech[pivot.s]?.language)));
  });
  const caption = el("caption", { class: pivot.folded ? "vh" : "" }, el("span", {}, pivot.title, pivot.note && !pivot.folded ? el("small", {}, pivot.note) : null));
  const corner = pivot.corner ? el("th", { scope: "col" }, pivot.corner) : el("td", { class: "corner" });
  const table = el("table", {}, caption, el("thead", {}, el("tr", {}, corner, ...columns)), el("tbody", {}, ...rows));
  const wrapped = scrolling(pivot.title, table);
  if (pivot.folded) return el("details", {}, el("summary", {}, pivot.title), pivot.note ? el("p", { class: "note" }, pivot.note) : null, wrapped);
  if (pivot.columns.length > 3 || pivot.columns.every((column) => column.e == null)) wrapped.classList.add("wide");
  return wrapped;
}

function pivotCell(cell, align, language) {
  if (cell == null) return el("td", { class: align }, align ? numberText(null, { tag: "span" }) : null);
  const text = cell.struck ? el("s", { class: "invalid", "data-hint": "INVALID: the harness was late" }, cell.t) : cell.t;
  const open = cell.search ? el("button", { type: "button", class: "link", onclick: () => searchFor(cell.search) }, text) : text;
  return el("td", { class: align, "data-hint": cell.hint || null, dir: align ? null : "auto", lang: align ? null : language }, open);
}
