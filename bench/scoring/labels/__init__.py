"""What was claimed of a voice (emotion, age, gender, language) against what is true. Pure."""
