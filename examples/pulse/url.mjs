// Pulse, batch: an address instead of bytes. Node 18 or newer; node url.mjs https://example.com/call.wav [language]
// The service fetches the recording, so it must be public; the model is pulse (pulse-pro takes bytes alone).
const BASE = process.env.PULSE_BASE_URL ?? "https://api.smallest.ai";

export async function transcribe(url, language = "en") {
  const answer = await fetch(`${BASE}/waves/v1/stt/?${new URLSearchParams({ model: "pulse", language })}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.SMALLEST_API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ url }),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()).transcription;
}

console.log(await transcribe(...process.argv.slice(2)));
