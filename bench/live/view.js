"use strict";
/* Counts and scores of a run so far, asked for every two seconds until its report is written. */

const EVERY_MS = 2000;
const byId = (id) => document.getElementById(id);

function cell(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (tag === "th") node.scope = "row";
  return node;
}

function row(one, currency) {
  const failed = Object.entries(one.failed).map(([kind, number]) => `${number} ${kind}`).join(", ");
  const line = document.createElement("tr");
  const paid = one.cost == null ? "no price given" : `${one.cost.toFixed(4)} ${currency}`;
  line.append(cell("th", one.engine), cell("td", `${one.done} of ${one.planned}`), cell("td", failed || "0"), cell("td", paid));
  return line;
}

/** A cell's latency; struck where the harness was late, and timed itself. */
function latency(one) {
  const node = cell("td", "");
  const timed = one.latency !== "\u2013";
  const text = document.createElement(one.late ? "s" : "span");
  text.textContent = one.latency;
  node.append(...(one.late && !timed ? ["INVALID"] : [text, one.late ? " INVALID" : ""]));
  return node;
}

function soFar(one) {
  const line = document.createElement("tr");
  const texts = [one.mode, one.condition, one.speech, `${one.scored} of ${one.planned}`, one.failed, one.empty];
  const wrong = one.scored > one.failed ? `${one.wrong} of ${one.unit}` : "\u2013";
  line.append(cell("th", one.engine), ...texts.map((text) => cell("td", text)), cell("td", wrong), latency(one));
  return line;
}

function left(run) {
  const passed_s = (Date.now() - Date.parse(run.started)) / 1000;
  if (run.scored || !run.done || run.done >= run.planned) return "";
  const s = Math.round((passed_s / run.done) * (run.planned - run.done));
  return `, about ${s < 120 ? `${s} s` : `${Math.round(s / 60)} min`} left`;
}

async function look() {
  try {
    const run = await (await fetch("/counts", { cache: "no-store" })).json();
    byId("name").textContent = run.name;
    const stage = run.reported ? "done" : run.scored ? "scored; no report yet" : run.done < run.planned ? "going on" : "being scored";
    byId("state").textContent = `${run.done} of ${run.planned} trials, ${stage}${left(run)}`;
    byId("bar").value = run.planned ? run.done / run.planned : 0;
    byId("engines").replaceChildren(...run.engines.map((one) => row(one, run.currency)));
    byId("cells").replaceChildren(...run.cells.map(soFar));
    byId("invalid").hidden = !run.invalid.length;
    byId("invalid").textContent = `INVALID until now, latency must not be believed: ${run.invalid.join("; ")}`;
    byId("report").hidden = !run.reported;
    if (run.reported && !run.scoring) return;
  } catch {
    byId("state").textContent = "The server is gone: run bench view again.";
  }
  setTimeout(look, EVERY_MS);
}

look();
