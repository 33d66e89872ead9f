"""The rows, a module each: `run(bench)` yields its measures."""
