"""From a config to a scored run folder: plan, audio, engines, trials, processes, stages."""
