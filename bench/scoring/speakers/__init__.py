"""Who said what: word errors by speaker, diarization errors, numbers of speakers. Pure."""
