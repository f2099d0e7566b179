"""The vendors that come described, as registry entries, and the two entries for a server of the user's own."""

from bench.engines.dialect.engine import Own, Vendor

assemblyai = Vendor("assemblyai", dialect="assemblyai")
assemblyai_sync = Vendor("assemblyai_sync", dialect="assemblyai")
azure = Vendor("azure")
azure_short = Vendor("azure_short")
cartesia = Vendor("cartesia", dialect="cartesia")
cartesia_turns = Vendor("cartesia_turns")
deepgram = Vendor("deepgram", dialect="deepgram")
deepgram_flux = Vendor("deepgram_flux", dialect="deepgram_flux")
elevenlabs = Vendor("elevenlabs", dialect="elevenlabs")
gladia = Vendor("gladia", dialect="gladia")
google = Vendor("google")
mistral = Vendor("mistral")
openai = Vendor("openai", dialect="openai")
openai_compatible = Vendor("openai_compatible", dialect="openai")
revai = Vendor("revai")
sarvam = Vendor("sarvam")
sherpa_server = Vendor("sherpa_server")
soniox = Vendor("soniox", dialect="soniox")
speechmatics = Vendor("speechmatics", dialect="speechmatics")
vllm_realtime = Vendor("vllm_realtime")
vosk_server = Vendor("vosk_server")
whisper_cpp = Vendor("whisper_cpp")

http = Own("batch")
websocket = Own("stream")
