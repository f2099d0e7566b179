// The guide's Node real-time flow with the `ws` package: paced chunks, close_stream, wait for is_last.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const [base, file] = process.argv.slice(2);
const params = new URLSearchParams({ language: "en", encoding: "linear16", sample_rate: "16000", word_timestamps: "true" });
const ws = new WebSocket(`${base.replace("http", "ws")}/waves/v1/pulse/get_text?${params}`, {
  headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}` },
});
const messages = [];
ws.on("open", async () => {
  const audio = readFileSync(file);
  for (let at = 0; at < audio.length; at += 4096) {
    ws.send(audio.subarray(at, at + 4096));
    await new Promise((resolve) => setTimeout(resolve, 128));
  }
  ws.send(JSON.stringify({ type: "close_stream" }));
});
ws.on("message", (data) => messages.push(JSON.parse(data.toString())));
ws.on("unexpected-response", (_, response) => console.log(JSON.stringify({ refused: response.statusCode })));
ws.on("error", () => {});
ws.on("close", (code) => {
  if (messages.length) console.log(JSON.stringify({ code, messages }));
});
