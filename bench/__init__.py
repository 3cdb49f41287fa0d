"""Benchmarks: `script/bench` measures Opener beside what the machine can do at best, in the same run."""
