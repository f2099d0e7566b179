"use strict";
/* Figures of the pages beside the run's own: estimates with their intervals on one scale, and lines with bands. */

const NUMBERS = {
  ratio: (v) => percent(v),
  points: (v) => signed(v),
  s: (v) => duration(v),
  "s.change": (v) => `${v > 0 ? "+" : ""}${duration(v).replace("-", MINUS)}`,
  "": (v) => trimmed(v, 3),
};

// -- estimates side by side ---------------------------------------------------------------------

/** Charts of rows: a mark at the value, a bar over its interval; grey: not told apart, or without an interval. */
function drawIntervals(host, run, charts) {
  fill(host, ...charts.map((chart) => {
    const name = chart.title;
    return el("figure", {}, el("figcaption", {}, name), intervalChart(host, chart));
  }));
}

function intervalChart(host, chart) {
  const number = NUMBERS[chart.unit] || NUMBERS[""];
  const width = widthOf(host), narrow = isNarrow(width), step = narrow ? 40 : 26, right = narrow ? 12 : 170;
  const left = narrow ? 8 : Math.min(330, 24 + 7 * Math.max(...chart.rows.map((row) => row.label.length)));
  const values = chart.rows.flatMap((row) => [row.v, row.lo ?? row.v, row.hi ?? row.v]);
  const flat = Math.max(...values.map(Math.abs)) === 0;
  const axis = flat ? { low: -1, high: 1, at: [0] } : axisOf(Math.min(0, ...values), Math.max(0, ...values), narrow ? 2 : Math.min(5, Math.floor((width - left - right) / 110)));
  const x = (v) => left + ((v - axis.low) / (axis.high - axis.low)) * (width - left - right);
  const height = chart.rows.length * step + 30, floor = height - 24;
  const parts = axis.at.map((at) => gridLine(x(at), 2, x(at), floor));
  parts.push(svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 2, y2: floor }));
  for (const at of axis.at) parts.push(axisText(x(at), floor + 17, at ? number(at) : "0", narrow && at === axis.at.at(-1) ? "end" : narrow && at === axis.at[0] ? "start" : "middle"));
  chart.rows.forEach((row, k) => {
    const y = (narrow ? 28 : 16) + k * step;
    const hint = `${row.label}: ${row.t}${row.note ? `; ${row.note}` : ""}`;
    const grey = row.sure === false ? "faint" : "";
    if (k) parts.push(gridLine(0, 3 + k * step, width, 3 + k * step));
    parts.push(svg("text", { class: "name", x: 0, y: narrow ? y - 12 : y + 4 }, fitted(row.label, narrow ? 48 : 46)));
    if (row.lo != null) parts.push(svg("line", { class: `cross wide e${row.e % 8} ${grey}`, x1: x(row.lo), x2: x(row.hi), y1: y, y2: y }));
    parts.push(mark(row.e, x(row.v), y, 5.5, { class: `point ${grey}`, hollow: row.sure === false, tabindex: "0", role: "img", "aria-label": hint, "data-hint": hint }));
    if (!narrow) parts.push(axisText(width - 2, y + 4, row.t, "end"));
  });
  return picture(width, height, chart.title, ...parts);
}

// -- lines --------------------------------------------------------------------------------------

/** As wide as a figure of several that stand side by side, where there is room (`.curves` in the style sheet). */
function columnOf(host, figures) {
  const all = widthOf(host, 4000), gap = 14, least = paper.printing ? 300 : 340;
  const columns = Math.max(1, Math.min(figures, Math.floor((all + gap) / (least + gap))));
  return Math.floor((all - gap * (columns - 1)) / columns);
}

/** Charts of lines over runs, doses or load. A point that must not be believed is a grey cross on no line. */
function drawLines(host, run, charts) {
  const width = columnOf(host, charts.length);
  fill(host, charts.length > 0 && el("div", { class: "curves" }, ...charts.map((chart) => el("figure", {}, el("figcaption", {}, chart.title), lineChart(width, chart)))));
}

function lineChart(width, chart) {
  const number = NUMBERS[chart.unit] || NUMBERS[""];
  const height = 230, left = 62, right = 14, top = 10, bottom = 42;
  const every = chart.lines.flatMap((line) => line.points);
  const shown = every.filter((point) => point.y != null);
  if (!shown.length) return el("p", { class: "nothing" }, "Nothing was measured.");
  const values = shown.flatMap((point) => [point.y, point.lo ?? point.y, point.hi ?? point.y]);
  const axis = axisOf(Math.min(0, ...values), Math.max(...values, chart.top ?? 0, chart.unit === "ratio" ? 0.01 : 0.001), 4);
  const { low, high: most } = axis;
  const scale = (v) => (chart.log ? Math.log10(Math.max(v, 1e-9)) : v);
  const begin = Math.min(...every.map((point) => scale(point.x))), end = Math.max(...every.map((point) => scale(point.x)));
  const x = (v) => left + ((scale(v) - begin) / (end - begin || 1)) * (width - left - right);
  const y = (v) => height - bottom - ((v - low) / (most - low)) * (height - bottom - top);
  const parts = [];
  for (const at of axis.at) parts.push(gridLine(left, y(at), width - right, y(at)), axisText(left - 6, y(at) + 4, number(at), "end"));
  evenly(chart.ticks, isNarrow(width) ? 3 : 5).forEach(([at, text], k, all) => {
    const anchor = all.length > 1 && k === 0 ? "start" : all.length > 1 && k === all.length - 1 ? "end" : "middle";
    parts.push(axisText(x(at), height - bottom + 16, text, anchor));
  });
  parts.push(axisText(width - right, height - 6, `${chart.x} \u2192`, "end"));
  for (const at of chart.breaks || []) {
    parts.push(svg("line", { class: `change ${at.e == null ? (at.worse ? "worse" : "better") : `e${at.e % 8} own`}`, x1: x(at.x), x2: x(at.x), y1: top, y2: height - bottom, "data-hint": at.text, tabindex: "0", role: "img", "aria-label": at.text }));
  }
  for (const line of chart.lines) parts.push(...drawnLine(line, x, y));
  return picture(width, height, chart.title, ...parts);
}

/** At most so many of a list, the first and the last among them. */
function evenly(list, most) {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, k) => list[Math.round((k * (list.length - 1)) / (most - 1))]);
}

function drawnLine(line, x, y) {
  const valid = line.points.filter((point) => point.y != null && !point.invalid);
  const parts = [];
  const tone = `e${line.e % 8}`;
  const banded = valid.filter((point) => point.lo != null);
  if (banded.length > 1) {
    const upper = banded.map((point) => `${x(point.x)} ${y(point.hi)}`), lower = banded.map((point) => `${x(point.x)} ${y(point.lo)}`);
    parts.push(svg("path", { class: `band ${tone}`, d: `M${upper.join("L")}L${lower.reverse().join("L")}Z` }));
  }
  if (valid.length > 1) parts.push(svg("path", { class: `curve ${tone} ${line.dashed ? "dashed" : ""}`, d: `M${valid.map((point) => `${x(point.x)} ${y(point.y)}`).join("L")}` }));
  const many = line.points.length > 60;
  for (const point of line.points) {
    if (point.y == null || (many && !point.invalid)) continue;
    const about = { tabindex: "0", role: "img", "aria-label": point.t, "data-hint": point.t };
    if (point.invalid) {
      const [cx, cy] = [x(point.x), y(point.y)];
      parts.push(svg("path", { class: "mark-invalid", d: `M${cx - 4} ${cy - 4}L${cx + 4} ${cy + 4}M${cx - 4} ${cy + 4}L${cx + 4} ${cy - 4}`, ...about }));
    } else parts.push(mark(line.e, x(point.x), y(point.y), line.dashed ? 3.5 : 4.5, { class: "point", hollow: line.dashed, ...about }));
  }
  return parts;
}
