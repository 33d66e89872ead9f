"""An attacker that knows the API's description, and an officer of every duty to attack in the name of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from fisc.documents import Officer, define_officers
from fisc.registry.officers import duty_names
from fisc.use_cases import use_cases
from tests.api.conftest import Api

#: Ends the session that the others need.
_LEFT_OUT = "SignOut"


@dataclass(frozen=True)
class Attacked:
    """What came of an attack on operations: how many, by how many requests, and what was found, in words."""

    operations: int
    requests: int
    seconds: float
    failures: int
    said: str


def attack(api: Api, place: Path, *, paths: str, phases: str, examples: int) -> Attacked:
    """Attack the operations whose paths match a pattern, each in the name of who has the duty for it."""
    (place / "schemathesis.toml").write_text("\n".join(_named(api)), "utf8")
    report = place / "report.json"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.address}/openapi.json",
        "--phases", phases, "--max-examples", str(examples), "--workers", "1", "--seed", "1", "--no-color",
        "--continue-on-failure", "--warnings", "off", "--include-path-regex", paths,
        "--exclude-operation-id", _LEFT_OUT,
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=place, check=False)
    return _read(report, done)


def _read(report: Path, done: subprocess.CompletedProcess[str]) -> Attacked:
    if not report.exists():  # it broke off
        return Attacked(0, 0, 0, 1, done.stdout + done.stderr)
    told = json.loads(report.read_text("utf8"))
    cases, broken = told["test_cases"], len(told["errors"])
    return Attacked(
        told["operations"]["tested"], cases["generated"], told["running_time"],
        cases["unique_failures"] + broken or done.returncode, done.stdout,
    )  # fmt: skip


def _named(api: Api) -> Iterator[str]:
    """The attacker's configuration: in whose name each operation is called."""
    from fisc.api.app import REFUSED  # only a server has it

    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, [Officer(duty, duty, "", frozenset({duty})) for duty in duty_names()])
    yield f'headers = {{ Authorization = "Bearer {api.token("unit")}" }}'
    # a set of too many items may be too long before it is counted
    yield "[checks.negative_data_rejection]"
    yield f"expected-statuses = {json.dumps([str(code) for code in REFUSED])}"
    for case in use_cases().values():
        if case.is_reading:
            continue
        yield "[[operations]]"
        yield f"include-path-regex = '^/api/{case.group}/{case.verb}(/bulk)?$'"
        yield f'headers = {{ Authorization = "Bearer {api.token(case.duty_code)}" }}'
