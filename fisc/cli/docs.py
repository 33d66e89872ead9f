"""`fisc docs`: what the declarations of documents make, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import docs_use_cases, output
from fisc.cli.docs_use_cases import FORMS
from fisc.cli.exit_codes import help_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from fisc.documents.kind import Kind

app = typer.Typer(
    help="声明：单据的种类与由其声明而来的一切 / kinds of documents, and what follows from each",
    no_args_is_help=True,
    epilog=help_text(),
)


def register(root: typer.Typer) -> None:
    """Add `docs` to the program's commands."""
    docs_use_cases.register(app)
    root.add_typer(app, name="docs")


@app.command("kind", epilog=help_text())
def kind_command(
    prefix: Annotated[
        str, typer.Argument(help="种类前缀，缺省列出全部 / a kind's prefix", metavar="KIND")
    ] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """一种单据是什么，由其声明而来的语句与守卫；不给 KIND 列出全部 / a kind, the SQL and guards of it."""
    from fisc.documents.errors import NotFound
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    kinds = {kind.prefix: kind for kind in declared_by(INSTALLED_APPS).kinds}
    if prefix and prefix not in kinds:
        raise NotFound(
            f"没有单据种类 {prefix}",
            rule="单据种类以自然键前缀为准",
            hint=f"可用：{'、'.join(sorted(kinds))}",
        )
    if not prefix:
        every = [{"kind": k.prefix, "name": k.name, "table": k.table} for k in kinds.values()]
        output.emit(every, as_json, _list(every))
        return
    told = _told(kinds[prefix], list(kinds.values()))
    output.emit(told, as_json, lambda console: _show(console, told))


def _told(kind: Kind[Any], among: list[Kind[Any]]) -> dict[str, Any]:
    from fisc.documents import guards, statements
    from fisc.documents.files import file_columns

    given = ("doc_key", "mof_div_code", "fiscal_year", *kind.content, "state", "trail")
    return {
        "kind": kind.prefix, "name": kind.name, "table": kind.table, "number": kind.number,
        "states": dict(kind.states), "content": list(kind.content),
        "written": {move: list(columns) for move, columns in kind.written.items()},
        "lines": [lines.table for lines in kind.lines], "refers": dict(kind.refers),
        "facets": list(kind.facets),
        "file": [{"name": c.name, "heading": c.label, "form": c.form} for c in file_columns(kind)],
        "moves": [
            {"move": m.code, "name": m.name, "from": list(m.sources), "to": m.target, "duty": m.duty,
             "not_by": list(m.not_by)}
            for m in kind.flow.moves
        ],
        "sql": {"make": statements.make(kind, given, is_read=False).decode(),
                "read": statements.read(kind).decode()},
        "guards": list(guards.of_kinds([kind], among)),
    }  # fmt: skip


def _list(kinds: list[dict[str, str]]) -> RenderableType:
    return output.table(("前缀", "名称", "表"), [tuple(kind.values()) for kind in kinds], "单据种类")


def _show(console: Console, told: dict[str, Any]) -> None:
    from fisc.registry.officers import duty_names

    headings = {column["name"]: column["heading"] for column in told["file"]}
    states, moves = told["states"], {m["move"]: m["name"] for m in told["moves"]}

    def listed(columns: list[str]) -> str:
        return "、".join(f"{headings[name]}（{name}）" if name in headings else name for name in columns)

    console.print(f"{told['name']}（{told['kind']}，表 {told['table']}，编号 {told['number']}）")
    console.print("内容（编制后不变）：" + listed(told["content"]), markup=False)
    for move, columns in told["written"].items():
        console.print(f"“{moves.get(move, move)}”写入：" + listed(columns), markup=False)
    steps = [
        (m["move"], m["name"], "、".join(states[state] for state in m["from"]), states[m["to"]],
         duty_names().get(m["duty"], m["duty"]))
        for m in told["moves"]
    ]  # fmt: skip
    console.print(output.table(("代码", "名称", "由", "至", "岗位"), steps, "步骤"))
    file = [(c["name"], c["heading"], FORMS.get(c["form"], c["form"])) for c in told["file"]]
    console.print(output.table(("要素名", "中文名", "形式"), file, "文件各列"))
    for name, statement in told["sql"].items():
        console.print(f"\n-- {name}\n{statement}", markup=False, highlight=False)
    for statement in told["guards"]:
        console.print(f"\n{statement}", markup=False, highlight=False)
