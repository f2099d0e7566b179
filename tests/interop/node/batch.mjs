// The guide's Node batch flow: POST the file's bytes, read `transcription`.
import { readFileSync } from "node:fs";

const [base, file] = process.argv.slice(2);
const params = new URLSearchParams({ model: "pulse", language: "en", word_timestamps: "true" });
const response = await fetch(`${base}/waves/v1/stt/?${params}`, {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}`, "Content-Type": "audio/wav" },
  body: readFileSync(file),
});
console.log(JSON.stringify({ status: response.status, body: await response.json() }));
