"use strict";
/* All trials of a page, the kinds and orders of its list of utterances, and what a search asks for. */

const ABSENT = -1;
const EDITS = /(\d+)([=XDI])/g;

/** All trials by columns, filled shard by shard. */
class Trials {
  constructor(run) {
    this.run = run;
    this.utterances = [];
    this.byKey = new Map();
    this.rows = [];
    this.first = new Map();
    this.texts = [];
  }

  /** Takes the utterances and trials of one shard in. */
  add(shard) {
    const start = this.utterances.length;
    const { U, T } = shard;
    for (let k = 0; k < U.key.length; k++) {
      this.byKey.set(U.key[k], start + k);
      this.utterances.push({
        key: U.key[k], raw: U.raw[k], norm: U.norm[k], speaker: U.speaker[k], seconds: U.seconds[k], s: U.s[k], tags: U.tags[k], trials: [],
      });
    }
    for (let k = 0; k < T.u.length; k++) {
      const utterance = this.utterances[start + T.u[k]];
      utterance.trials.push({
        e: T.e[k], c: T.c[k], m: T.m[k], repeat: T.r[k], subs: T.sub[k], dels: T.del[k], ins: T.ins[k], words: T.words[k], path: T.path[k],
        heard: T.heard[k], raw: T.raw[k], latency: T.latency[k], lost: T.lost[k], failed: T.failed[k], flags: T.flags[k],
        reference: shard.references?.[k] ?? null,
      });
    }
  }

  /** The trial of an engine under a condition in a mode; of several repeats the first. */
  at(utterance, e, c, m) {
    return utterance.trials.find((trial) => trial.e === e && trial.c === c && trial.m === m);
  }

  /** What a search looks through, in small letters. */
  text(index) {
    if (this.texts[index] === undefined) {
      const u = this.utterances[index];
      const heard = u.trials.map((trial) => `${trial.heard ?? ""}\n${trial.raw ?? ""}`);
      this.texts[index] = `${u.key}\n${u.speaker ?? ""}\n${u.raw}\n${u.norm}\n${heard.join("\n")}`.toLowerCase();
    }
    return this.texts[index];
  }
}

const errorsOf = (trial) => (trial.failed >= 0 ? trial.words : trial.subs + trial.dels + trial.ins);
const isFailed = (trial) => trial.failed >= 0;
const FLAG_EMPTY = 1, FLAG_SCRIPT = 2, FLAG_BROKEN = 4, FLAG_FIXED = 8;

const KINDS = [
  ["", "any outcome", () => true],
  ["wrong", "with errors", (trial) => errorsOf(trial) > 0],
  ["sub", "words replaced", (trial) => trial.subs > 0],
  ["del", "words left out", (trial) => trial.dels > 0],
  ["ins", "words added", (trial) => trial.ins > 0],
  ["empty", "empty answers", (trial) => !!(trial.flags & FLAG_EMPTY)],
  ["failed", "failed", isFailed],
  ["lost", "end lost", (trial) => trial.lost > 0],
  ["script", "wrong script", (trial) => !!(trial.flags & FLAG_SCRIPT)],
];

/** Of a comparison of two runs. */
const CHANGES = [
  ["broken", "newly broken", (trial) => !!(trial.flags & FLAG_BROKEN)],
  ["fixed", "newly fixed", (trial) => !!(trial.flags & FLAG_FIXED)],
];

const kindsOf = (run) => (run.changes ? [KINDS[0], ...CHANGES, ...KINDS.slice(1)] : KINDS);

/** Orders: each gives a number, the largest comes first. */
function orders(run) {
  return [
    ["differ", run.differ || "engines differ most", (trials) => spread(trials.map(errorsOf))],
    ["errors", "most errors", (trials) => total(trials.map(errorsOf))],
    ...run.engines.map((name, e) => [`e${e}`, `worst of ${name}`, (trials) => {
      const own = trials.find((trial) => trial.e === e);
      return own ? errorsOf(own) + share(own) / 1000 : -1;
    }]),
    ["share", "most errors a word", (trials) => Math.max(...trials.map(share))],
    ["slow", "slowest", (trials) => Math.max(...trials.map((trial) => trial.latency ?? -1))],
    ["id", "as recorded", (_trials, index) => -index],
  ];
}

const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0);
const spread = (numbers) => (numbers.length > 1 ? Math.max(...numbers) - Math.min(...numbers) : numbers[0] ?? 0);
const share = (trial) => errorsOf(trial) / Math.max(1, trial.words);

/** `said:x heard:y rest`: words that must stand in the reference, in an answer, and text that may stand anywhere. */
function parsedSearch(text) {
  const wanted = { said: [], heard: [], anywhere: "" };
  const rest = [];
  for (const part of text.toLowerCase().split(/\s+/)) {
    const [, kind, word] = part.match(/^(said|heard):(.+)$/) || [];
    if (kind) wanted[kind].push(word);
    else if (part) rest.push(part);
  }
  wanted.anywhere = rest.join(" ");
  return wanted;
}

const holdsWord = (text, word) => ` ${text} `.includes(` ${word} `);
