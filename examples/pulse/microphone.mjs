// Pulse, real time: what you say, as you say it. npm install ws; node microphone.mjs SECONDS [language]
// A recorder gives raw 16-bit samples: `arecord` of ALSA, or what RECORDER says, for instance "rec -q -t raw -b 16 -e signed -r 16000 -c 1 -".
// Partials are rewritten in place, finals stay. After so many seconds `close_stream` flushes the last words.
import { spawn } from "node:child_process";
import WebSocket from "ws";

const BASE = (process.env.PULSE_BASE_URL ?? "https://api.smallest.ai").replace("http", "ws");
const RATE = 16000, CHUNK_S = 0.1, SIZE = 2 * RATE * CHUNK_S;
const RECORDER = process.env.RECORDER ?? `arecord -q -t raw -f S16_LE -r ${RATE} -c 1`;

export function listen(seconds, language = "en") {
  const query = new URLSearchParams({ model: "pulse", language, encoding: "linear16", sample_rate: String(RATE) });
  const socket = new WebSocket(`${BASE}/waves/v1/stt/live?${query}`, { headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}` } });
  return new Promise((resolve, reject) => {
    const finals = [];
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed before is_last (${code})`)));
    socket.on("message", (data) => {
      const event = JSON.parse(data);
      if (event.type === "error" || event.status === "error") { reject(new Error(String(data))); socket.close(); return; }
      const text = event.transcript?.trim();
      if (event.is_final && text) { finals.push(text); process.stderr.write(`\r\x1b[K${text}\n`); }
      else if (text) process.stderr.write(`\r\x1b[K... ${text}`);
      if (event.is_last) { resolve(finals.join(" ")); socket.close(); }
    });
    socket.on("open", () => send(socket, seconds, reject));
  });
}

function send(socket, seconds, reject) {
  const recorder = spawn("sh", ["-c", `exec ${RECORDER}`], { stdio: ["ignore", "pipe", "inherit"] });
  let left = Math.round(seconds / CHUNK_S), kept = Buffer.alloc(0);
  const end = () => { if (left >= 0) { left = -1; recorder.kill(); socket.send(JSON.stringify({ type: "close_stream" })); } };
  recorder.on("error", reject);
  recorder.stdout.on("end", end);
  recorder.stdout.on("data", (data) => {
    kept = Buffer.concat([kept, data]);
    for (; kept.length >= SIZE && left > 0; left--) {
      socket.send(kept.subarray(0, SIZE));
      kept = kept.subarray(SIZE);
    }
    if (left === 0) end();
  });
}

console.log(await listen(Number(process.argv[2]), ...process.argv.slice(3)));
