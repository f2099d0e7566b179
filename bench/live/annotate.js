"use strict";
const $ = (id) => document.getElementById(id);
let rows = [], at = 0, isTouched = false, timer = 0;

function say(text, isBad = false) {
  $("saved").textContent = text;
  $("saved").className = isBad ? "bad" : "";
}

function state(row) {
  return row.text ? "done" : row.draft ? "draft" : "no text";
}

function list() {
  const done = rows.filter((row) => row.text).length;
  $("progress").textContent = `${done} of ${rows.length} clips have a text`;
  rows.forEach((row, index) => {
    const item = $("clips").children[index] || $("clips").appendChild(document.createElement("li"));
    const button = item.firstChild || item.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = `${row.clip} · ${row.duration_s} s · ${state(row)}`;
    button.onclick = () => go(index);
    if (index === at) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  });
}

function show() {
  const row = rows[at];
  $("clip").textContent = `${at + 1} of ${rows.length}: ${row.clip}`;
  $("player").src = `clip/${at}.wav`;
  $("text").value = row.text || row.draft;
  $("draft-note").textContent = !row.text && row.draft ? `(a draft by ${row.draft_engine}: correct it, then save)` : "";
  $("speaker").value = row.speaker;
  $("personal").checked = row.personal_data !== "";
  isTouched = false;
  list();
  $("text").focus();
  const current = $("clips").children[at];
  if (current) current.scrollIntoView({ block: "nearest" });
}

async function save() {
  clearTimeout(timer);
  const number = at;
  const changes = { text: $("text").value.trim(), speaker: $("speaker").value.trim(), personal_data: $("personal").checked ? "yes" : "" };
  try {
    const answer = await fetch(`rows/${number}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(changes) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error);
    Object.assign(rows[number], body);
    if (number === at) isTouched = false;
    say(`Saved ${rows[number].clip}`);
    list();
    return true;
  } catch (error) {
    say(`Not saved: ${error.message}`, true);
    return false;
  }
}

async function go(index) {
  if (isTouched && !(await save())) return;
  at = Math.max(0, Math.min(rows.length - 1, index));
  show();
}

async function saveAndGo() {
  if (!(await save())) return;
  const later = rows.findIndex((row, index) => index > at && !row.text);
  const next = later >= 0 ? later : rows.findIndex((row) => !row.text);
  if (next < 0) { say("Every clip has a text. Run `bench init` again to make the corpus."); return; }
  at = next;
  show();
  $("player").play().catch(() => {});
}

function touched() {
  isTouched = true;
  say("…");
  clearTimeout(timer);
  timer = setTimeout(save, 1000);
}

function unclear() {
  const field = $("text");
  field.setRangeText("{*}", field.selectionStart, field.selectionEnd, "end");
  field.focus();
  touched();
}

const play = () => ($("player").paused ? $("player").play().catch(() => {}) : $("player").pause());
const back = () => { $("player").currentTime = Math.max(0, $("player").currentTime - 3); };
const keys = {
  "Ctrl+Enter": saveAndGo, "Ctrl+ ": play, "Ctrl+,": back, "Ctrl+u": unclear,
  "Alt+ArrowUp": () => go(at - 1), "Alt+ArrowDown": () => go(at + 1),
  "Alt+p": () => { $("personal").checked = !$("personal").checked; touched(); },
};
document.addEventListener("keydown", (event) => {
  const held = event.ctrlKey || event.metaKey ? "Ctrl+" : event.altKey ? "Alt+" : "";
  const action = keys[held + (event.key.length === 1 ? event.key.toLowerCase() : event.key)];
  if (held && action) { event.preventDefault(); action(); }
});
for (const [id, action] of Object.entries({ play, back, unclear, save: saveAndGo, previous: () => go(at - 1), next: () => go(at + 1) })) $(id).onclick = action;
for (const id of ["text", "speaker"]) $(id).addEventListener("input", touched);
$("personal").addEventListener("change", touched);
window.addEventListener("beforeunload", (event) => { if (isTouched) event.preventDefault(); });

fetch("rows").then((answer) => answer.json()).then((found) => {
  if (found.error) { say(found.error, true); return; }
  rows = found;
  at = Math.max(0, rows.findIndex((row) => !row.text));
  if (rows.length) show(); else say("The sheet has no rows: every recording has a transcript.");
});
