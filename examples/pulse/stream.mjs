// Pulse, real time: chunks as a microphone gives them, and the end flushed. npm install ws; node stream.mjs call.wav [language]
// Finals are put together; `close_stream` flushes the last words, and `is_last` says that they were all.
// The file must be 16-bit mono WAV with a header of 44 bytes.
import { readFile } from "node:fs/promises";
import WebSocket from "ws";

const BASE = (process.env.PULSE_BASE_URL ?? "https://api.smallest.ai").replace("http", "ws");
const CHUNK_S = 0.1;

export async function transcribe(path, language = "en") {
  const file = await readFile(path);
  const rate = file.readUInt32LE(24), pcm = file.subarray(44), size = 2 * Math.round(rate * CHUNK_S);
  const query = new URLSearchParams({ model: "pulse", language, encoding: "linear16", sample_rate: String(rate) });
  const socket = new WebSocket(`${BASE}/waves/v1/stt/live?${query}`, { headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}` } });
  return new Promise((resolve, reject) => {
    const finals = [];
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed before is_last (${code})`)));
    socket.on("message", (data) => {
      const event = JSON.parse(data);
      if (event.type === "error" || event.status === "error") { reject(new Error(String(data))); socket.close(); return; }
      if (event.is_final && event.transcript?.trim()) finals.push(event.transcript.trim());
      if (event.is_last) { resolve(finals.join(" ")); socket.close(); }
    });
    socket.on("open", async () => {
      const began = performance.now();
      for (let at = 0, number = 1; at < pcm.length; at += size, number++) {
        await new Promise((wait) => setTimeout(wait, Math.max(0, began + 1000 * number * CHUNK_S - performance.now())));
        socket.send(pcm.subarray(at, at + size));
      }
      socket.send(JSON.stringify({ type: "close_stream" }));
    });
  });
}

console.log(await transcribe(...process.argv.slice(2)));
