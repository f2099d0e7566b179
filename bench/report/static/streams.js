"use strict";
/* One real-time stream as a caller saw it: the audio as it was sent, partials, finals, and the text on display at any moment. */

class Replay {
  constructor(run, host) {
    Object.assign(this, { run, host, now: 0, timer: null });
    const speech = (stream) => (run.speech.length > 1 ? [run.speech[stream.s].name] : []);
    const names = run.streams.map((stream, k) => [k, `${[run.engines[stream.e], run.conditions[stream.c], ...speech(stream), shortKey(stream.key)].join(" \u00b7 ")}${stream.lost ? " (end lost)" : ""}`]);
    this.slider = el("input", { type: "range", min: "0", max: "1000", value: "1000", "aria-label": "Moment of the stream", oninput: () => (this.stop(), this.seek(+this.slider.value / 1000)) });
    this.button = el("button", { type: "button", class: "play", id: "replay", onclick: () => (this.timer ? this.stop() : this.play()) }, "\u25b6 replay");
    this.lane = el("div", { class: "lane" });
    this.screen = el("p", { class: "screen", dir: "auto" });
    this.facts = el("p", { class: "note" });
    fill(host, el("div", { class: "bar" }, select("stream", names, 0, (value) => this.open(+value)), this.button, this.slider), this.lane, this.screen, this.facts);
    this.open(0);
  }

  open(index) {
    this.stop();
    this.stream = this.run.streams[index];
    this.end = Math.max(this.stream.audio, ...this.stream.events.map(([t]) => t)) + 0.3;
    this.screen.lang = this.run.speech[this.stream.s].language;
    this.slider.value = 1000;
    this.seek(1);
  }

  /** Shows the moment at that share of the stream. */
  seek(share) {
    this.now = share * this.end;
    const { stream, run } = this;
    const width = 1080, height = 76, x = (t) => (t / this.end) * width;
    const parts = [svg("rect", { class: "audio", x: 0, y: 10, width: x(stream.audio), height: 14, rx: 4 })];
    if (stream.speech) parts.push(svg("rect", { class: "speech", x: x(stream.speech[0]), y: 10, width: Math.max(1, x(stream.speech[1] - stream.speech[0])), height: 14, rx: 4 }));
    for (const [t, final, text] of stream.events) {
      const hint = `${final ? "final" : "partial"} at ${duration(t)}: ${text || "(no text)"}`;
      parts.push(svg("rect", { class: `${final ? "final" : "partial"} e${stream.e % 8} ${t > this.now ? "later" : ""}`, x: x(t) - (final ? 2.5 : 1), y: final ? 32 : 42, width: final ? 5 : 2, height: final ? 34 : 24, "data-hint": hint }));
    }
    parts.push(svg("line", { class: "now", x1: x(this.now), x2: x(this.now), y1: 2, y2: height - 2 }));
    fill(this.lane, svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": "Audio, partials and finals over time" }, ...parts));
    this.display();
  }

  display() {
    const finals = [];
    let partial = "", number = 0;
    for (const [t, final, text] of this.stream.events) {
      if (t > this.now) break;
      if (final) finals.push(text);
      partial = final ? "" : text;
      number += 1;
    }
    fill(this.screen, el("span", {}, finals.join(" ")), " ", el("span", { class: "pending" }, partial), finals.length || partial ? null : el("span", { class: "pending" }, "nothing on display yet"));
    const { stream, run } = this;
    const done = this.now >= this.end - 0.31;
    const invalid = run.modes.find((mode) => mode.id === "stream")?.invalid;
    const complete = stream.lost ? `the last ${stream.lost} words never came in a final` : stream.latency == null ? "" : `complete ${duration(stream.latency)} after the end of speech${invalid ? " (INVALID: not the engine\u2019s latency)" : ""}`;
    this.facts.textContent = `${duration(Math.min(this.now, this.end - 0.3))} of ${duration(this.end - 0.3)} \u00b7 ${number} of ${stream.events.length} messages${done && complete ? ` \u00b7 ${complete}` : ""}`;
  }

  /** Plays from the beginning, with sound where the page has it. */
  play() {
    stopSound();
    const clip = this.run.clips[this.stream.key]?.[this.stream.c] ?? this.run.clips[this.stream.key]?.recorded;
    const audio = clip ? new Audio(clipSource(clip)) : null;
    audio?.play().catch(() => {});
    const began = performance.now();
    this.audio = audio;
    this.button.textContent = "\u25a0 stop";
    const tick = () => {
      const share = Math.min(1, (performance.now() - began) / 1000 / this.end);
      this.slider.value = share * 1000;
      this.seek(share);
      if (share >= 1) this.stop();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.audio?.pause();
    this.timer = null;
    this.button.textContent = "\u25b6 replay";
  }
}
