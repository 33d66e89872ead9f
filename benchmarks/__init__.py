"""What fisc does in a given time, each row beside a peer or a limit measured in the same run.

    python -m benchmarks                    every row; a run that was cut short goes on
    python -m benchmarks --only payments    one row
    python -m benchmarks --scale small      sizes for a look, not for the record

A row is a module in `benchmarks.cases` with a function `run(bench)` that yields `Measure`s.
Each row runs in its own process on one scratch server with the product's settings.
"""
