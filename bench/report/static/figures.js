"use strict";
/* Figures, drawn from numbers that Python made. A number of an invalid run is grey and struck wherever it stands. */

const NARROW = 640;
const isNarrow = () => innerWidth < NARROW;

/** The least round number that is not below `most`. */
function rounded(most) {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].map((step) => step * power).find((step) => step >= most * 0.9999);
}

const axisText = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor || "middle" }, text);
const gridLine = (x1, y1, x2, y2) => svg("line", { class: "grid", x1, y1, x2, y2 });

/** A figure with a name for those who do not see it. */
function picture(width, height, name, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": name, class: "figure" }, ...children);
}

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
    return fill(host, el("p", { class: "nothing" }, mode.noLatency || "No cell has both an error rate and a latency in this mode."));
  }
  const width = isNarrow() ? 380 : 1080, height = isNarrow() ? 320 : 360;
  const left = 52, bottom = 46, top = 14, right = 24;
  const latencies = everywhere.flatMap((cell) => [cell.lat.p50.v, cell.lat.p50.lo, cell.lat.p50.hi]).filter((v) => v > 0);
  const low = Math.log10(Math.min(...latencies) / 1.3), high = Math.log10(Math.max(...latencies) * 1.5);
  const most = rounded(Math.max(...everywhere.map((cell) => cell.wer.hi ?? cell.wer.v)) * 1.04);
  const x = (v) => left + ((Math.log10(Math.max(v, 10 ** low)) - low) / (high - low || 1)) * (width - left - right);
  const y = (v) => height - bottom - (Math.min(v, most) / most) * (height - bottom - top);
  const parts = [];
  for (let k = 0; k <= 5; k++) {
    const value = (most * k) / 5;
    parts.push(gridLine(left, y(value), width - right, y(value)), axisText(left - 7, y(value) + 4, percent(value), "end"));
  }
  const ticks = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
  for (const tick of ticks.filter((t) => Math.log10(t) >= low && Math.log10(t) <= high)) {
    parts.push(gridLine(x(tick), top, x(tick), height - bottom), axisText(x(tick), height - bottom + 17, duration(tick)));
  }
  parts.push(axisText(width - right, height - 6, `${mode.latency}, median (log scale) \u2192`, "end"));
  if (!mode.invalid) parts.push(frontier(cells, x, y, left, width - right, top));
  const grey = mode.invalid ? "invalid" : "";
  for (const cell of cells) {
    const origin = cells.find((other) => other.e === cell.e && other.c === 0);
    if (origin && cell.c) {
      const line = { x1: x(origin.lat.p50.v), y1: y(origin.wer.v), x2: x(cell.lat.p50.v), y2: y(cell.wer.v) };
      parts.push(svg("line", { class: `lead e${cell.e % 8} ${grey}`, ...line }));
    }
  }
  const taken = cells.map((cell) => {
    const [cx, cy] = [x(cell.lat.p50.v), y(cell.wer.v)];
    return [cx - 7, cy - 7, cx + 7, cy + 7];
  });
  for (const cell of [...cells].sort((a, b) => a.c - b.c)) parts.push(...planeMark(run, cell, x, y, grey, width, taken));
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

function planeMark(run, cell, x, y, grey, width, taken) {
  const [cx, cy] = [x(cell.lat.p50.v), y(cell.wer.v)];
  const name = `${run.engines[cell.e]} \u00b7 ${run.conditions[cell.c]}`;
  const hint = `${name}: ${cell.wer.t}${cell.wer.i} of ${cell.unit} wrong, ${cell.lat.p50.t}${cell.lat.p50.i}; ${cell.wer.n} utterances`;
  const parts = [];
  const tone = `cross e${cell.e % 8} ${grey}`;
  if (cell.wer.lo != null) parts.push(svg("line", { class: tone, x1: cx, x2: cx, y1: y(cell.wer.lo), y2: y(cell.wer.hi) }));
  if (cell.lat.p50.lo != null) {
    parts.push(svg("line", { class: tone, y1: cy, y2: cy, x1: x(cell.lat.p50.lo), x2: x(cell.lat.p50.hi) }));
  }
  const about = { tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint, class: `point ${grey}` };
  parts.push(mark(cell.e, cx, cy, cell.c ? 5.5 : 8.5, about));
  const label = cell.c ? run.conditions[cell.c] : name;
  const place = isNarrow() && cell.c ? null : freePlace(cx, cy, label.length * 6.8, width, taken);
  if (place) parts.push(svg("text", { class: "name", x: place.x, y: place.y, "text-anchor": place.anchor }, label));
  return parts;
}

/** Where a name beside a mark covers neither a mark nor another name; null: nowhere. */
function freePlace(cx, cy, length, width, taken) {
  const places = [
    { x: cx + 14, y: cy + 4, anchor: "start", from: cx + 12 },
    { x: cx - 14, y: cy + 4, anchor: "end", from: cx - 12 - length },
    { x: cx, y: cy - 13, anchor: "middle", from: cx - length / 2 },
    { x: cx, y: cy + 22, anchor: "middle", from: cx - length / 2 },
  ];
  for (const place of places) {
    const box = [place.from, place.y - 11, place.from + length, place.y + 3];
    const inside = box[0] > 4 && box[2] < width - 2;
    const covers = taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
    if (inside && !covers) {
      taken.push(box);
      return place;
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
  const parts = [numberText(cell.wer), cell.wer?.i ? el("small", {}, cell.wer.i.trim()) : el("small", {}, `n ${count(cell.wer?.n ?? 0)}`)];
  if (added) {
    const hint = `against ${run.conditions[0]}, on the same ${added.d.n} utterances${added.d.note ? `; ${added.d.note}` : ""}`;
    parts.push(el("small", { class: added.sure, "data-hint": hint }, `${added.d.t}${added.d.i}${added.sure === "apart" ? "" : added.sure === "same" ? " not told apart" : ""}`));
  }
  const trouble = cell.failed || cell.empty;
  parts.push(el("small", { class: trouble ? "trouble" : "calm" }, `${cell.failed} failed \u00b7 ${cell.empty} empty`));
  const name = `${run.engines[cell.e]}, ${run.conditions[cell.c]}: show its utterances`;
  const button = el("button", { type: "button", "aria-label": `${cell.wer?.t ?? "no rate"}. ${name}`, onclick: () => onPick(cell) }, ...parts);
  const td = el("td", { class: "c" }, button);
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
  if (!rows.length) return fill(host, el("p", { class: "nothing" }, "One condition: nothing to set beside it."));
  const every = run.differences.filter((d) => d.s === state.speech && d.d.v != null);
  const values = every.flatMap((d) => [d.d.v, d.d.lo ?? 0, d.d.hi ?? 0, ...d.speakers.map(([, v]) => v)]);
  const low = Math.min(0, ...values), high = Math.max(0.001, ...values), step = 22;
  const width = isNarrow() ? 380 : 560, left = 130, right = 40;
  const x = (v) => left + ((v - low) / (high - low)) * (width - left - right);
  const height = rows.length * step + 44;
  const parts = [svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 4, y2: height - 26 })];
  let last = -1;
  rows.forEach((row, k) => {
    const cy = 18 + k * step;
    if (row.c !== last) {
      last = row.c;
      if (k) parts.push(gridLine(0, cy - step / 2, width, cy - step / 2));
      parts.push(svg("text", { class: "name", x: 0, y: cy + 4 }, run.conditions[row.c]));
    }
    if (row.d.lo != null) parts.push(svg("line", { class: `cross e${row.e % 8}`, x1: x(row.d.lo), x2: x(row.d.hi), y1: cy, y2: cy }));
    for (const [speaker, value] of row.speakers) {
      parts.push(mark(row.e, x(value), cy, 4, { hollow: true, "data-hint": `${run.engines[row.e]}, speaker ${speaker}: ${signed(value)}` }));
    }
    const hint = `${run.engines[row.e]} \u00b7 ${run.conditions[row.c]}: ${row.d.t}${row.d.i} on the same ${row.d.n} utterances`;
    parts.push(mark(row.e, x(row.d.v), cy, 6, { class: "point", tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint }));
  });
  parts.push(axisText(x(0), height - 8, "0"), axisText(width - right, height - 8, signed(high)));
  if (low < 0 && x(0) - x(low) > 50) parts.push(axisText(x(low), height - 8, signed(low)));
  fill(host, picture(width, height, "What each condition adds to the error rate", ...parts));
}

const signed = (v) => `${v < 0 ? MINUS : "+"}${Math.abs(v * 100).toFixed(1)} points`;

/** Conditions that differ in one number, as a curve with the band of its intervals. */
function drawCurves(host, run, state) {
  const figures = run.curves.map((curve) => drawCurve(run, state, curve)).filter(Boolean);
  fill(host, figures.length ? el("div", { class: "curves" }, ...figures) : null);
}

function drawCurve(run, state, curve) {
  const cells = shownCells(run, state);
  const lines = run.engines.map((_, e) =>
    curve.points.map(([dose, c]) => [dose, cells.find((cell) => cell.e === e && cell.c === c)]).filter(([, cell]) => cell?.wer?.v != null));
  if (!lines.some((points) => points.length > 1)) return null;
  const width = isNarrow() ? 380 : 520, height = 250, left = 48, bottom = 40, top = 12, right = 16;
  const doses = curve.points.map(([dose]) => (curve.log ? Math.log10(dose) : dose));
  const low = Math.min(...doses), high = Math.max(...doses);
  const most = rounded(Math.max(...lines.flat().map(([, cell]) => cell.wer.hi ?? cell.wer.v)));
  const x = (dose) => left + (((curve.log ? Math.log10(dose) : dose) - low) / (high - low || 1)) * (width - left - right);
  const y = (v) => height - bottom - (v / most) * (height - bottom - top);
  const parts = [];
  for (let k = 0; k <= 4; k++) parts.push(gridLine(left, y((most * k) / 4), width - right, y((most * k) / 4)), axisText(left - 6, y((most * k) / 4) + 4, percent((most * k) / 4), "end"));
  for (const [dose] of curve.points) parts.push(axisText(x(dose), height - bottom + 16, trimmed(dose, 3)));
  parts.push(axisText(width - right, height - 6, `${curve.label} \u2192`, "end"));
  lines.forEach((points, e) => {
    if (points.length > 1 && points.every(([, cell]) => cell.wer.lo != null)) {
      const upper = points.map(([dose, cell]) => `${x(dose)} ${y(cell.wer.hi)}`), lower = points.map(([dose, cell]) => `${x(dose)} ${y(cell.wer.lo)}`);
      parts.push(svg("path", { class: `band e${e % 8}`, d: `M${upper.join("L")}L${lower.reverse().join("L")}Z` }));
    }
    parts.push(svg("path", { class: `curve e${e % 8}`, d: `M${points.map(([dose, cell]) => `${x(dose)} ${y(cell.wer.v)}`).join("L")}` }));
    for (const [dose, cell] of points) {
      const hint = `${run.engines[e]} at ${trimmed(dose, 3)}: ${cell.wer.t}${cell.wer.i}`;
      parts.push(mark(e, x(dose), y(cell.wer.v), 5, { class: "point", tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint }));
    }
  });
  return el("figure", {}, el("figcaption", {}, `Word errors against ${curve.label}`), picture(width, height, `Word errors against ${curve.label}`, ...parts));
}

/** Language by engine, under the first condition. */
function drawLanguages(host, run, state) {
  const cells = run.cells.filter((cell) => cell.m === state.mode && cell.c === 0);
  const most = Math.max(0.0001, ...cells.map((cell) => cell.wer?.v ?? 0));
  const head = el("tr", {}, el("th", { scope: "col" }, "language"), ...run.engines.map((name, e) => el("th", { scope: "col", class: "n" }, badge(e), name)));
  const body = run.speech.map((speech, s) =>
    el("tr", {}, el("th", { scope: "row" }, speech.name, el("small", {}, ` in ${speech.unit}`)), ...run.engines.map((_, e) => {
      const cell = cells.find((found) => found.e === e && found.s === s);
      if (!cell) return el("td", { class: "c" }, el("span", { class: "none" }, "not run"));
      const td = el("td", { class: "c" }, numberText(cell.wer), el("small", {}, cell.wer?.i ? cell.wer.i.trim() : `n ${count(cell.wer?.n ?? 0)}`),
        el("small", { class: cell.failed || cell.empty ? "trouble" : "calm" }, `${cell.failed} failed \u00b7 ${cell.empty} empty`));
      td.style.setProperty("--heat-share", cell.wer?.v == null ? 0 : (0.05 + 0.4 * Math.min(1, cell.wer.v / most)).toFixed(2));
      return td;
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
  const rows = shownCells(run, state).filter((cell) => cell.dots.length || cell.lost.length);
  if (!rows.length) return fill(host, el("p", { class: "nothing" }, mode.noLatency || "Nothing was timed in this mode."));
  const width = isNarrow() ? 380 : 1080, left = isNarrow() ? 120 : 250, right = isNarrow() ? 34 : 110, step = 26;
  const ofSpeech = run.cells.filter((cell) => cell.s === state.speech);
  const every = ofSpeech.flatMap((cell) => cell.dots.map(([t]) => t)).sort((a, b) => a - b);
  const targets = run.latencyTargets.filter((target) => target.m === state.mode && target.s === state.speech);
  const most = rounded(Math.max(every[Math.floor(every.length * 0.99)] ?? every.at(-1) ?? 0.001, ...targets.map((target) => target.at)) * 1.02);
  const least = Math.min(0, every[0] ?? 0);
  const x = (t) => left + ((Math.min(t, most) - least) / (most - least)) * (width - left - right);
  const height = rows.length * step + 48, floor = rows.length * step + 10;
  const parts = [];
  for (let k = 0; k <= 5; k += isNarrow() ? 2.5 : 1) {
    const at = least + ((most - least) * k) / 5;
    parts.push(gridLine(x(at), 4, x(at), floor), axisText(x(at), floor + 16, duration(at)));
  }
  parts.push(axisText(width - right, height - 4, `${mode.latency} \u2192`, "end"));
  rows.forEach((cell, k) => parts.push(...strip(run, cell, 18 + k * step, x, left, width - right, mode, onPick)));
  for (const target of targets) {
    parts.push(svg("line", { class: "target", x1: x(target.at), x2: x(target.at), y1: 2, y2: floor }),
      svg("text", { class: "target", x: x(target.at) + 4, y: floor + 30 }, `target ${target.text}`));
  }
  if (mode.invalid) parts.push(struckOut(left, 4, width - right, floor));
  fill(host, legend(run, el("span", {}, "| median"), el("span", {}, "\u2506 95 % within, from 20 values"),
    rows.some((cell) => cell.lost.length) ? el("span", {}, "hollow: lost its end, not timed") : null),
    picture(width, height, "Latency of every utterance", ...parts));
}

function strip(run, cell, y, x, left, right, mode, onPick) {
  const name = `${run.engines[cell.e]} \u00b7 ${run.conditions[cell.c]}`;
  const grey = mode.invalid ? "invalid" : "";
  const parts = [svg("text", { class: "name", x: left - 10, y: y + 4, "text-anchor": "end" }, isNarrow() ? run.conditions[cell.c] : name)];
  cell.dots.forEach(([t, u], k) => {
    const dot = mark(cell.e, +x(t).toFixed(1), y + ((k * 7) % 9) - 4, 3, { class: `dot ${grey}`, "data-hint": `${run.dotNames[u] ?? ""}: ${duration(t)}` });
    dot.addEventListener("click", () => onPick(cell, u));
    parts.push(dot);
  });
  cell.lost.slice(0, 6).forEach((u, k) => {
    const about = { hollow: true, class: "dot", "data-hint": `${run.dotNames[u] ?? ""}: the last words never came, so it has no latency` };
    const dot = mark(cell.e, right + 12 + k * 8, y, 3.4, about);
    dot.addEventListener("click", () => onPick(cell, u));
    parts.push(dot);
  });
  if (cell.lost.length) parts.push(svg("text", { x: right + 14 + Math.min(6, cell.lost.length) * 8, y: y + 4 }, `${cell.lost.length} lost`));
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
  fill(host, chooser, ...shown.map((pivot) => pivotTable(run, pivot)), nothing);
}

function pivotTable(run, pivot) {
  const align = pivot.text ? "" : "n";
  const columns = pivot.columns.map((column) => el("th", { scope: "col", class: align }, column.e == null ? null : badge(column.e), column.text));
  const rows = pivot.rows.map((row) => {
    const head = el("th", { scope: "row" }, row.hint ? el("span", { class: "term", tabindex: "0", "data-hint": row.hint }, row.text) : row.text);
    return el("tr", {}, head, ...row.cells.map((cell) => pivotCell(cell, align)));
  });
  const caption = el("caption", { class: pivot.folded ? "vh" : "" }, pivot.title, pivot.note && !pivot.folded ? el("small", {}, pivot.note) : null);
  const corner = pivot.corner ? el("th", { scope: "col" }, pivot.corner) : el("td", {});
  const table = el("table", {}, caption, el("thead", {}, el("tr", {}, corner, ...columns)), el("tbody", {}, ...rows));
  const wrapped = scrolling(pivot.title, table);
  if (pivot.folded) return el("details", {}, el("summary", {}, pivot.title), pivot.note ? el("p", { class: "note" }, pivot.note) : null, wrapped);
  if (pivot.columns.every((column) => column.e == null)) wrapped.classList.add("wide");
  return wrapped;
}

function pivotCell(cell, align) {
  if (cell == null) return el("td", { class: align }, "\u2013");
  const text = cell.struck ? el("s", { class: "invalid", "data-hint": "INVALID: the harness was late" }, cell.t) : cell.t;
  const open = cell.search ? el("button", { type: "button", class: "link", onclick: () => searchFor(cell.search) }, text) : text;
  return el("td", { class: align, "data-hint": cell.hint || null, dir: align ? null : "auto" }, open);
}
