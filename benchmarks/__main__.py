"""Runs the rows one after the other, each in its own process, and saves each as it ends."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import publish
from benchmarks.measure import Measure
from benchmarks.scale import SCALES
from benchmarks.scratch import ROOT, Bench, scratch_home

#: Row -> where its `run` is. Rows over the large synthetic ledger stand together: they share it.
ROWS = {
    "book": "book:run",
    "payments": "payments:run",
    "desk": "desk:run",
    "stages": "stages:run",
    "growth": "stages:run_growth",
    "reconciliation": "reconciling:run",
    "import": "files:run",
    "batch": "batches:run_batch",
    "vouchers": "batches:run_vouchers",
    "figures": "reading:run_figures",
    "verify": "reading:run_verify",
    "journals": "journals:run",
    "orm": "orm:run",
    "pages": "pages:run",
    "summary": "summary:run",
}
_ROW_SECONDS = 3600


def main() -> int:
    """Exit code 0 when every row ran; whether goals are reached is in the results."""
    options = _options()
    if options.child:
        return _child(options)
    path = options.json or (publish.RESULTS if options.scale == "full" else None)
    with scratch_home(options.home) as home:
        results = _begin(Bench(SCALES[options.scale], home), path, options)
        failed = [name for name in _wanted(options, results) if not _row(name, home, options, results, path)]
    if not options.only and not failed:
        results["complete"] = True
        _save(path, results)
    if path == publish.RESULTS:
        publish.publish(results)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=ROWS, action="append", help="one row; may be given again")
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--json", type=Path, help="where the results go (full: benchmarks/results.json)")
    parser.add_argument("--fresh", action="store_true", help="begin anew though a run was cut short")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help="keep the scratch server here, and use again what it holds")
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _begin(bench: Bench, path: Path | None, options: argparse.Namespace) -> dict[str, Any]:
    """The results to go on with: those of a run that was cut short, or of which rows are run again."""
    before = publish.read(path) if path else {}
    same = before.get("scale") == options.scale
    if same and not options.fresh and (options.only or not before.get("complete")):
        return {**before, "complete": False if not options.only else before.get("complete", False)}
    return {"scale": options.scale, "machine": publish.machine(bench), "complete": False, "rows": {}}


def _wanted(options: argparse.Namespace, results: dict[str, Any]) -> list[str]:
    if options.only:
        return list(options.only)
    return [name for name in ROWS if name not in results["rows"]]


def _row(
    name: str, home: Path, options: argparse.Namespace, results: dict[str, Any], path: Path | None
) -> bool:
    """Run one row in a process of its own; False when it failed (the other rows go on)."""
    out, started = home / f"{name}.json", time.perf_counter()
    command = [sys.executable, "-m", "benchmarks", "--child", name, "--scale", options.scale]
    print(f"== {name}", flush=True)
    done = subprocess.run(
        [*command, "--home", str(home), "--out", str(out)], cwd=ROOT, check=False, timeout=_ROW_SECONDS
    )
    if done.returncode != 0 or not out.exists():
        return False
    elapsed = time.perf_counter() - started
    results["rows"][name] = {"seconds": round(elapsed, 1), "measures": json.loads(out.read_text("utf8"))}
    results["rows"] = {row: results["rows"][row] for row in ROWS if row in results["rows"]}
    _save(path, results)
    return True


def _save(path: Path | None, results: dict[str, Any]) -> None:
    if path:
        publish.write(path, results)


def _child(options: argparse.Namespace) -> int:
    module, function = ROWS[options.child].split(":")
    run: Callable[[Bench], Iterator[Measure]] = getattr(import_module(f"benchmarks.cases.{module}"), function)
    measures = []
    for measure in run(Bench(SCALES[options.scale], options.home)):
        measures.append(measure.as_json())
        print(_said(measures[-1]), flush=True)
    options.out.write_text(json.dumps(measures, ensure_ascii=False), "utf8")
    return 0


def _said(measure: dict[str, Any]) -> str:
    ours, peer = (publish.amount(measure[side], measure["unit"]) for side in ("ours", "peer"))
    mark = {None: "", True: "  reached", False: "  NOT reached"}[measure["reached"]]
    goal = f"  goal {measure['goal']}{mark}" if measure["goal"] else ""
    return f"  {measure['what']}: {ours}; {measure['peer_name']}: {peer}; ratio {measure['ratio']:.3g}{goal}"


if __name__ == "__main__":
    sys.exit(main())
