// Pulse, batch: who speaks, and how. Node 18 or newer; node features.mjs call.wav [language]
// Who speaks is in `utterances[].speaker` (and in `words[].speaker`), not in the text; how is in `emotions`, a score for
// each. Options are parameters of the query, never of the body.
import { readFile } from "node:fs/promises";

const BASE = process.env.PULSE_BASE_URL ?? "https://api.smallest.ai";
const OPTIONS = { model: "pulse", diarize: "true", word_timestamps: "true", emotion_detection: "true" };

export async function analyse(path, language = "en") {
  const answer = await fetch(`${BASE}/waves/v1/stt/?${new URLSearchParams({ ...OPTIONS, language })}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}`, "Content-Type": "audio/wav" },
    body: await readFile(path),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  const { utterances, emotions } = await answer.json();
  const [emotion] = Object.entries(emotions).reduce((best, one) => (one[1] > best[1] ? one : best));
  return { turns: utterances.map(({ speaker, text }) => [String(speaker), text.trim()]), emotion };
}

const { turns, emotion } = await analyse(...process.argv.slice(2));
for (const [speaker, text] of turns) console.log(`${speaker}: ${text}`);
console.log(`emotion: ${emotion}`);
