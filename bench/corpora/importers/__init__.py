"""Importers: one module per format, each a function from a path to `Entry`s.

Signature: `(path, options, problems) -> Iterator[Entry]`. What is wrong with a line is appended to `problems` with its
line number, and reading goes on, so that one pass reports everything. Nothing here decodes audio.
"""

from __future__ import annotations

from bench.registry import Registry

IMPORTERS = Registry(
    "importer",
    {
        "audiofolder": "bench.corpora.importers.audiofolder:read_entries",
        "common-voice": "bench.corpora.importers.common_voice:read_entries",
        "ctm": "bench.corpora.importers.ctm:read_entries",
        "crema-d": "bench.corpora.importers.labelled:read_crema_d",
        "csv": "bench.corpora.importers.table:read_entries",
        "fleurs": "bench.corpora.importers.fleurs:read_entries",
        "jsonl": "bench.corpora.importers.jsonl:read_entries",
        "kaldi": "bench.corpora.importers.kaldi:read_entries",
        "lhotse": "bench.corpora.importers.lhotse:read_entries",
        "language-folders": "bench.corpora.importers.labelled:read_language_folders",
        "librispeech": "bench.corpora.importers.librispeech:read_entries",
        "pairs": "bench.corpora.importers.pairs:read_entries",
        "ravdess": "bench.corpora.importers.labelled:read_ravdess",
        "rttm": "bench.corpora.importers.conversations:read_rttm",
        "seglst": "bench.corpora.importers.conversations:read_seglst",
        "srt": "bench.corpora.importers.subtitles:read_srt",
        "stm": "bench.corpora.importers.stm:read_entries",
        "textgrid": "bench.corpora.importers.textgrid:read_entries",
        "tsv": "bench.corpora.importers.table:read_entries",
        "vtt": "bench.corpora.importers.subtitles:read_vtt",
    },
)
"""format -> reader; third parties add theirs by an entry point in the group `bench.importer`."""
