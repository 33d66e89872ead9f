"""results.json, and the table in README.md that is made from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.scratch import Bench
from fisc.store import config
from fisc.store.settings import memory_mib

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
README = HERE / "README.md"
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"


def machine(bench: Bench) -> dict[str, Any]:
    """What was measured on, in general words."""
    with bench.connect(config.DATABASE) as conn:
        (postgres,) = conn.execute("show server_version").fetchone() or ("",)
    return {"cores": os.cpu_count(), "memory_gib": round(memory_mib() / 1024), "postgresql": postgres}


def read(path: Path) -> dict[str, Any]:
    """What an earlier run left; empty when there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf8"))
    except (OSError, ValueError):
        return {}
    return found


def write(path: Path, results: dict[str, Any]) -> None:
    """Replace the results whole, so that a kill leaves the old or the new."""
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf8")
    scratch.replace(path)


def publish(results: dict[str, Any]) -> None:
    """Put the table between the marks of the README."""
    text = README.read_text("utf8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    README.write_text(f"{before}{_BEGIN}\n\n{table(results)}\n{_END}{after}", "utf8")


def table(results: dict[str, Any]) -> str:
    """The results as a table in Markdown."""
    on = results["machine"]
    lines = [
        f"{on['cores']} cores, {on['memory_gib']} GiB, PostgreSQL {on['postgresql']}; server and "
        f"load on the same cores; medians (least to greatest). A ratio above 1 is better than the peer.",
        "", "| what | fisc | peer | ratio | goal | |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in results["rows"].values():
        lines += [_line(measure) for measure in row["measures"]]
    return "\n".join(lines) + "\n"


def _line(measure: dict[str, Any]) -> str:
    mark = {None: "", True: "reached", False: "not reached"}[measure["reached"]]
    ours, peer = amount(measure["ours"], measure["unit"]), amount(measure["peer"], measure["unit"])
    beside = (
        measure["peer_name"]
        if measure["peer_name"].startswith("limit")
        else f"{measure['peer_name']}: {peer}"
    )
    return f"| {measure['what']} | {ours} | {beside} | {measure['ratio']:.3g} | {measure['goal']} | {mark} |"


def amount(found: dict[str, Any], unit: str) -> str:
    """A spread in words: '3.2 s (3.1-3.9)'."""
    middle = f"{number(found['median'])} {unit}"
    if found["count"] == 1:
        return middle
    return f"{middle} ({number(found['low'])} to {number(found['high'])})"


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
