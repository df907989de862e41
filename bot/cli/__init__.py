"""The commands that end by themselves: `fetch`, `doctor` and `manifest`."""
