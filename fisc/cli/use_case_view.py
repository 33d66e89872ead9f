"""What commands of use cases print: what happened to each number, or what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fisc.cli import output
from fisc.cli.told_cells import cell, column, heading, is_deep, is_shown, lines_in, part_of, plain
from fisc.cli.told_rows import asked_for, for_people

if TYPE_CHECKING:
    from fisc.documents.given_file import GivenFile
    from fisc.documents.use_case import UseCase

#: Rows that a screen shows; --json has all.
_SHOWN: Final = 200


def rows_of(
    conn: Any, case: UseCase, result: Any, numbers: Sequence[str], said: Mapping[str, Any], *, as_json: bool
) -> list[dict[str, Any]]:
    """What a use case answered, as rows.

    For people codes have their names, and what a list was asked for (`said`) is not told on every row.
    """
    from fisc.cli.code_names import with_names
    from fisc.documents.told import told

    rows = told(result, numbers)
    if as_json:
        return rows
    asked = {name for name in _ASKED if said.get(name)} if len(rows) > 1 else set()
    alike = {n for n in asked if all(row.get(n, said[n]) == said[n] for row in rows)}
    return [
        {
            name: _outcome(row) if name == "is_new" else value
            for name, value in row.items()
            if name not in alike
        }
        for row in with_names(conn, for_people(case, rows), said)
    ]


def _outcome(row: Mapping[str, Any]) -> Any:
    """What became of an item: one that was refused was not done, neither now nor before."""
    return "未办理" if row.get("refusal") else row["is_new"]


#: What a list is asked for, and every row of it has.
_ASKED: Final = ("mof_div_code", "fiscal_year")


def as_told(code: str, rows: list[dict[str, Any]], *, is_dry: bool = False) -> dict[str, object]:
    """What a use case answered, for programs: its rows as any door tells them."""
    return {"use_case": code, "is_dry_run": is_dry, "rows": rows}


def show(
    case: UseCase, result: Any, rows: list[dict[str, Any]], *, as_json: bool, is_dry: bool,
    of: Mapping[str, Any], why: str = "",
) -> None:  # fmt: skip
    """Print what a use case answered that was asked with what is said in `of`, and `why` that is nothing."""
    after = getattr(result, "after", None)
    title = asked_for(case, of) if case.is_reading else ""
    said = as_told(case.code, rows, is_dry=is_dry)
    said |= {} if after is None else {"after": after}
    said |= {"why_empty": why} if why else {}
    output.emit(
        said, as_json, lambda console: _print(console, case, result, rows, title, why=why, is_dry=is_dry)
    )


def tell_dry(console: Any, is_dry: bool) -> None:
    """Say of a trial that nothing of what follows stands."""
    if is_dry:
        console.print("只是试办：以下都已撤回，账上没有变化", style="yellow")


def _print(
    console: Any, case: UseCase, result: Any, rows: list[dict[str, Any]], title: str, *, why: str,
    is_dry: bool,
) -> None:  # fmt: skip
    tell_dry(console, is_dry)
    if not rows:
        because = f"；{why}" if why else ""
        console.print(f"{title or case.title}：{_nothing(case, result)}{because}", markup=False)
    elif len(rows) == 1 and _is_for_a_page(case, rows[0]):
        _print_whole(console, case, rows[0])
    else:
        if title:
            console.print(title, style="bold", markup=False)
        _print_rows(console, case, rows)
    if after := getattr(result, "after", ""):
        console.print(
            f"后面还有：加 --after {after} 接着看，或加 --limit 一次多列（现列 {len(rows):,} 行）",
            markup=False,
        )


def _nothing(case: UseCase, result: Any) -> str:
    """What an answer without rows means: nothing was found, there was nothing to do, or it says no more."""
    if case.is_reading:
        return "没有记录"
    return "已办理" if result is None else "没有可办的"


def _is_for_a_page(case: UseCase, row: dict[str, Any]) -> bool:
    """Whether one answer has lists of its own, or more to say than a row of a table has room for."""
    has_lists = any(lines_in(value) is not None or value == [] for value in row.values())
    return has_lists or _columns(case, [row])[1] > 0


def _print_whole(console: Any, case: UseCase, row: dict[str, Any]) -> None:
    """One answer that has lists of its own: its plain fields, then each list under its heading."""
    lists = {name: lines for name, value in row.items() if (lines := lines_in(value)) is not None}
    said = {
        heading(case, n): cell(case, n, value)
        for n, value in row.items()
        if n not in lists and is_shown(n, row)
    }
    console.print(output.facts({name: words for name, words in said.items() if words}))
    for name, lines in lists.items():
        if lines:
            console.print(f"\n{case.heading(name)}（{len(lines):,}）", style="bold")
            _print_part(console, part_of(case, name), lines)


def _print_part(console: Any, case: UseCase, lines: list[dict[str, Any]]) -> None:
    """A list of one answer; of one thing that has more to say than a row has room for all that it says."""
    if len(lines) > 1 or not _columns(case, lines)[1]:
        _print_rows(console, case, lines)
        return
    [row] = lines
    said = {heading(case, n): cell(case, n, value) for n, value in row.items() if is_shown(n, row)}
    console.print(output.facts({name: words for name, words in said.items() if words}))


def _print_rows(console: Any, case: UseCase, rows: list[dict[str, Any]]) -> None:
    names, left = _columns(case, rows[:_SHOWN])
    heads = [column(case, name) for name in names]
    console.print(
        output.table(heads, ([_cell(case, name, row.get(name)) for name in names] for row in rows[:_SHOWN]))
    )
    more = [f"{len(rows) - _SHOWN:,} 行"] if len(rows) > _SHOWN else []
    if more := [*more, *([f"{left} 栏"] if left else [])]:
        console.print(f"另有 {'、'.join(more)}；加 --json 列出全部")


#: Lines that a cell has room for.
_FEW_LINES: Final = 2


def _cell(case: UseCase, name: str, value: Any) -> str:
    """A cell of a table: of lists that are longer than a cell has room for, how many lines they have."""
    lines = lines_in(value)
    return f"{len(lines)} 行" if lines is not None and len(lines) > _FEW_LINES else cell(case, name, value)


#: Columns of a table on a screen, and those that come first where there are more: ends of their names.
_MOST_COLUMNS: Final = 9
_FIRST: Final = (
    ("number",),
    ("div_code",),
    ("_fen",),
    ("state", "is_new"),
    ("name", "title", "purpose"),
    ("agency_code", "dept_code", "bgt_id"),
    ("cert_no", "doc_no"),
    ("_on",),
    ("_no", "_key"),
)


def _columns(case: UseCase, rows: list[dict[str, Any]]) -> tuple[list[str], int]:
    """The columns that a screen has room for, and how many are left out.

    Those that say nothing are no columns, unless that nothing stands there is told by it (`UseCase.shows`).
    """
    said = dict.fromkeys(
        n for row in rows for n, value in row.items()
        if (n in case.shows or value not in (None, "", [], ())) and is_shown(n, row) and not is_deep(value)
    )  # fmt: skip
    if len(said) <= _MOST_COLUMNS:
        return list(said or (n for n in rows[0] if is_shown(n, rows[0]))), 0
    first, *others = said  # what a row is about comes first, and stays
    told = {name: len({plain(row.get(name)) for row in rows}) > 1 for name in others}
    kept = {
        first,
        *sorted(others, key=lambda name: (name not in case.shows, not told[name], _weight(name)))[
            : _MOST_COLUMNS - 1
        ],
    }
    return [name for name in said if name in kept], len(said) - len(kept)


def _weight(name: str) -> int:
    return next((n for n, ends in enumerate(_FIRST) if name.endswith(ends)), len(_FIRST))


def write_file(
    result: tuple[str, bytes] | GivenFile, out: Path | None, *, is_dry: bool
) -> list[dict[str, object]]:
    """Write the file that a use case answers with; what is said of it."""
    from fisc.store import scratch

    name, data, *is_new = result
    path = out or Path(f"{name}{'.xml' if data.lstrip().startswith(b'<') else '.txt'}")
    if not is_dry:
        scratch.write(path, data)
    row: dict[str, object] = {"number": name, "file": str(path), "bytes": len(data)}
    return [row | ({"is_new": is_new[0]} if is_new else {})]
