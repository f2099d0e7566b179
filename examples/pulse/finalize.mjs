// Pulse, real time: several turns over one stream, each flushed when it is over. npm install ws; node finalize.mjs turn1.wav turn2.wav
// `finalize` gives what was heard so far at once, as one final, and the stream stays open (push to talk, a turn that the
// caller's own end-of-speech detection found). It is no end: `is_last` comes after `close_stream` alone.
// The files must be 16-bit mono WAV of one rate, with headers of 44 bytes.
import { readFile } from "node:fs/promises";
import WebSocket from "ws";

const BASE = (process.env.PULSE_BASE_URL ?? "https://api.smallest.ai").replace("http", "ws");
const CHUNK_S = 0.1, FLUSH_S = 5;
const sleep = (s) => new Promise((wait) => setTimeout(wait, 1000 * Math.max(0, s)));

export async function transcribe(paths, language = "en") {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  const rate = files[0].readUInt32LE(24);
  const query = new URLSearchParams({ model: "pulse", language, encoding: "linear16", sample_rate: String(rate) });
  const socket = new WebSocket(`${BASE}/waves/v1/stt/live?${query}`, { headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}` } });
  const finals = [];
  let heard = () => {};
  const last = new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed before is_last (${code})`)));
    socket.on("message", (data) => {
      const event = JSON.parse(data);
      if (event.type === "error" || event.status === "error") { reject(new Error(String(data))); socket.close(); return; }
      if (event.is_final) { finals.push((event.transcript ?? "").trim()); heard(); }
      if (event.is_last) { resolve(); socket.close(); }
    });
  });
  last.catch(() => {});
  await Promise.race([new Promise((open) => socket.on("open", open)), last]);
  const turns = [];
  for (const file of files) {
    await send(socket, file.subarray(44), 2 * Math.round(rate * CHUNK_S));
    const said = finals.splice(0); // what the service ended by itself
    const flushed = new Promise((resolve) => { heard = resolve; });
    socket.send(JSON.stringify({ type: "finalize" }));
    await Promise.race([flushed, sleep(FLUSH_S)]); // nothing may be left to flush
    turns.push([...said, ...finals.splice(0)].filter(Boolean).join(" "));
  }
  socket.send(JSON.stringify({ type: "close_stream" }));
  await last;
  turns[turns.length - 1] = [turns.at(-1), ...finals].filter(Boolean).join(" ");
  return turns;
}

async function send(socket, pcm, size) {
  const began = performance.now();
  for (let at = 0, number = 1; at < pcm.length; at += size, number++) {
    await sleep(number * CHUNK_S - (performance.now() - began) / 1000);
    socket.send(pcm.subarray(at, at + size));
  }
}

for (const turn of await transcribe(process.argv.slice(2))) console.log(turn);
process.exit(0); // no timer of a flush is waited for
