"""The `fisc` command: each area of commands in a module of its own."""
