// Pulse, batch: the bytes of a file in one request. Node 18 or newer; node batch.mjs call.wav [language]
// The text is in `transcription`; a 429 or 5xx is asked again, after what Retry-After says.
import { readFile } from "node:fs/promises";

const BASE = process.env.PULSE_BASE_URL ?? "https://api.smallest.ai";

export async function transcribe(path, language = "en", attempts = 4) {
  const body = await readFile(path);
  const query = new URLSearchParams({ model: "pulse", language });
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${BASE}/waves/v1/stt/?${query}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}`, "Content-Type": "audio/wav" },
      body,
    });
    if (answer.ok) return (await answer.json()).transcription;
    if (![429, 500, 502, 503, 504].includes(answer.status) || attempt === attempts) {
      throw new Error(`${answer.status}: ${await answer.text()}`);
    }
    const wait = Number(answer.headers.get("retry-after") ?? 0.5 * 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
  }
}

console.log(await transcribe(...process.argv.slice(2)));
