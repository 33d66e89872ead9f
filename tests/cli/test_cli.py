"""The `fisc` command as its users meet it: help, exit codes, JSON, refusals in words."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import django.db
import psycopg
import pytest
import typer

from fisc.cli import failures, main, output
from fisc.cli.exit_codes import MEANINGS, ExitCode
from fisc.cli.failures import describe
from fisc.kernel.errors import FiscError, QuotaShortfall, StoreBusy
from fisc.store import StoreError, server
from tests.cli.conftest import Fisc, post_something


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in main.COMMANDS)
    assert all(str(code.value) in shown for code in MEANINGS)
    assert set(MEANINGS) == set(ExitCode)


def test_every_area_registers_the_commands_it_is_listed_with() -> None:
    listed = {(area, name) for name, (area, _) in main.COMMANDS.items()}
    registered = set()
    for area in {area for area, _ in main.COMMANDS.values()}:
        app = typer.Typer()
        import_module(f"fisc.cli.{area}").register(app)
        names = [c.name for c in app.registered_commands] + [g.name for g in app.registered_groups]
        registered |= {(area, name) for name in names}
    assert registered == listed


@pytest.mark.parametrize("command", sorted(main.COMMANDS))
def test_every_command_has_help_in_chinese_and_english(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([command, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert any("\u4e00" <= letter <= "\u9fff" for letter in shown)
    assert "--help" in shown


def test_help_imports_no_area_and_no_database() -> None:
    code = (
        "import sys; from fisc.cli import main; main.run(['--help'])\n"
        "heavy = {'psycopg', 'numpy', 'django', 'polars', 'typst'}\n"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (["registry", "officers"], {"numpy", "polars", "duckdb", "lxml", "django.http"}),
        (["findings", "list"], {"numpy", "polars", "duckdb", "django.http"}),
        (["figures", "list"], {"duckdb", "typst"}),
    ],
)
def test_who_only_looks_waits_for_no_library_of_others(
    arguments: list[str], left_out: set[str], own: str
) -> None:
    code = (
        f"import sys; from fisc.cli import main; main.run({arguments})\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert left_out.isdisjoint(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["db", "nonsense"], ["db", "stop", "--nonsense"], ["db", "shell", "--json"]]
)
def test_wrong_usage_is_code_2(arguments: list[str], fisc: Fisc) -> None:
    done = fisc(*arguments)
    assert done.code == ExitCode.USAGE
    assert arguments[-1] in (done.json["error"]["message"] if "--json" in arguments else done.err)


def _by_django(cause: psycopg.Error) -> BaseException:
    """What Django says in the place of what the database said."""
    error = django.db.OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QuotaShortfall("余额不足", "预算法第五十七条", "请先追加指标"), ExitCode.REFUSED),
        (StoreError("数据库不可用", "", "请启动"), ExitCode.DATABASE),
        (StoreBusy("数据库正忙"), ExitCode.DATABASE),
        (psycopg.OperationalError("server closed the connection"), ExitCode.DATABASE),
        (_by_django(psycopg.OperationalError("server closed the connection")), ExitCode.DATABASE),
        (psycopg.errors.DiskFull("could not extend file"), ExitCode.DATABASE),
        (psycopg.errors.InsufficientPrivilege("permission denied for table fisc_setup"), ExitCode.DATABASE),
        (FileNotFoundError(2, "No such file", "/no/book.xlsx"), ExitCode.REFUSED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError("division by zero"), ExitCode.INTERNAL),
    ],
)
def test_errors_are_words_with_a_code(
    error: BaseException, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failures.tell(error, as_json=False, debug=False) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    if isinstance(error, FiscError | StoreError):
        assert all(part in shown.err for part in (error.message, error.rule, error.hint))
    failures.tell(error, as_json=True, debug=False)
    assert said(capsys)["error"]["exit_code"] == code


def test_a_refusal_by_the_database_is_said_in_the_ledgers_words(conn: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error) as refused:
        conn.execute(
            "insert into ledger.region (mof_div_code) values ('530700000'); delete from ledger.region"
        )
    failure = failures.describe(refused.value)
    assert failure.code is ExitCode.REFUSED
    assert failure.message


@pytest.mark.parametrize("arguments", [["--debug", "db", "status"], ["db", "status", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(
    arguments: list[str], fisc: Fisc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    done = fisc(*arguments)
    assert done.code == ExitCode.DATABASE
    assert "Traceback" in done.err
    assert "Traceback" not in fisc("db", "status").err


@pytest.mark.parametrize("arguments", [["figures", "list"], ["figures", "show", "revenue.general", "--json"]])
def test_who_reads_no_further_is_told_nothing(arguments: list[str]) -> None:
    ended = subprocess.Popen(
        [sys.executable, "-m", "fisc.cli.main", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )  # fmt: skip
    assert ended.stdout is not None and ended.stderr is not None
    ended.stdout.close()
    assert ended.stderr.read() == b""
    assert ended.wait() in (ExitCode.OK, ExitCode.UNREAD)


def test_a_pipe_that_closes_in_the_middle_has_a_code_of_its_own() -> None:
    ended = subprocess.Popen(
        [sys.executable, "-u", "-m", "fisc.cli.main", "docs", "use-cases"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert ended.stdout is not None and ended.stderr is not None
    ended.stdout.close()
    assert (ended.stderr.read(), ended.wait()) == (b"", ExitCode.UNREAD)


def test_the_readme_says_every_exit_code() -> None:
    told = (Path(__file__).parents[2] / "README.md").read_text("utf8").partition("an exit code that means")[2]
    paragraph = told.partition("\n\n")[0].replace("\n", " ")
    assert {int(code) for code in re.findall(r"\b(\d+) (?=[a-z])", paragraph)} == set(ExitCode)


@pytest.mark.parametrize(
    ("host", "wrong", "remedy"),
    [("127.0.0.1", "端口已被占用", "--port"), ("192.0.2.1", "没有这个地址", "--host"),
     ("999.1.1.1", "不是可用的地址", "--host")],
)  # fmt: skip
def test_where_nothing_can_listen_is_said_in_words(host: str, wrong: str, remedy: str, fisc: Fisc) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = fisc("serve", "--host", host, "--port", str(taken.getsockname()[1]))
    assert (done.code, done.out) == (ExitCode.REFUSED, "")
    assert wrong in done.err and remedy in done.err and "rrno" not in done.err


def test_a_moment_that_was_left_empty_is_not_the_present(fisc: Fisc) -> None:
    for empty in ("", " "):
        done = fisc("direct", "--year", "2022", "--as-of", empty)
        assert (done.code, done.out) == (ExitCode.USAGE, "")
        assert "--as-of" in done.err


def test_a_table_wider_than_the_terminal_gives_its_words_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    number, words = "ZF20221506000000002", "支付金额达到大额标准，须有附件"
    output.emit(None, False, output.table(("单据!", "对方单据!", "疑点"), [(number, number, words)]))
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert [number in row and words in row for row in rows] == [True]


def test_json_keeps_chinese_and_exact_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    from decimal import Decimal

    output.emit({"name": "丽江", "amount": Decimal("0.10"), "path": Path("a")}, True, "")
    text = capsys.readouterr().out
    assert "丽江" in text
    assert json.loads(text) == {"name": "丽江", "amount": "0.10", "path": "a"}


def test_what_is_declared_is_shown_without_a_database(empty_home: Path, fisc: Fisc) -> None:
    assert fisc("docs", "kind", "pay_app").code == ExitCode.OK
    assert list(empty_home.iterdir()) == []


def test_start_status_stop(empty_home: Path, fisc: Fisc) -> None:
    stopped = fisc("db", "status", "--json")
    assert (stopped.code, stopped.json["is_running"]) == (ExitCode.FAULTS, False)
    started = fisc("db", "start", "--json")
    assert started.code == ExitCode.OK
    assert [started.json[name] for name in ("kind", "is_running", "is_pinned")] == ["embedded", True, True]
    now = fisc("db", "status", "--json")
    assert (now.code, now.json) == (ExitCode.OK, started.json)
    assert "在运行" in fisc("db", "status").out
    assert fisc("db", "stop", "--json").json == {"outcome": "stopped"}
    assert fisc("db", "stop", "--json").json == {"outcome": "not_running"}


def test_shell_is_psql_and_leaves_no_server(empty_home: Path) -> None:
    command = [sys.executable, "-m", "fisc.cli.main", "db", "shell"]
    done = subprocess.run(command, input="select 6 * 7;\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "42" in done.stdout
    assert server.status().pid is None


def test_own_database_is_shown_without_a_password(own: str, fisc: Fisc) -> None:
    shown = fisc("db", "status", "--json").json
    assert shown["kind"] == "external"
    assert "password" not in shown


def test_shell_runs_one_statement(own: str, fisc: Fisc) -> None:
    done = fisc("db", "shell", "-c", "select 1 as 一, '市' as 名", "--json")
    assert (done.code, done.json["rows"]) == (ExitCode.OK, [{"一": 1, "名": "市"}])


def test_what_the_database_does_not_take_is_refused(own: str, fisc: Fisc) -> None:
    for wrong in ("selec 1", "select * from no_such_table"):
        done = fisc("db", "shell", "-c", wrong, "--json")
        assert (done.code, done.json["error"]["exit_code"]) == (ExitCode.REFUSED, ExitCode.REFUSED)
        assert wrong.split()[-1 if "from" in wrong else 0] in done.json["error"]["message"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("select 1/0", "division by zero"),
        ("select xpath('/a', '<a/>')", "unsupported XML feature"),
        ("select 'x'::date", "invalid input syntax"),
        ("select 'infinity'::date", "date too large"),
        ("insert into ledger.region (mof_div_code) values (null)", "null value in column"),
        ("set statement_timeout = 1; select pg_sleep(60)", "statement timeout"),
    ],
)
def test_what_goes_wrong_in_ones_own_statement_is_told_as_the_database_says_it(
    own: str, fisc: Fisc, statement: str, said: str
) -> None:
    told = fisc("db", "shell", "-c", statement, "--json")
    assert told.code == ExitCode.REFUSED
    assert said in told.json["error"]["message"]
    assert "凭证" not in str(told.json)


def test_shell_takes_the_commands_of_psql(own: str) -> None:
    command = [sys.executable, "-m", "fisc.cli.main", "db", "shell", "-c"]
    done = subprocess.run([*command, r"\d ledger.posting"], capture_output=True, text=True, check=False)
    assert (done.returncode, "amount_fen" in done.stdout) == (ExitCode.OK, True)
    assert subprocess.run([*command, r"\nonsense"], capture_output=True, check=False).returncode == (
        ExitCode.REFUSED
    )


def test_init_may_be_repeated(own: str, fisc: Fisc) -> None:
    assert fisc("db", "init", "--json").json == fisc("db", "init", "--json").json == {"is_ready": True}


def test_verify_seal_and_export(own: str, tmp_path: Path, fisc: Fisc) -> None:
    post_something(own)
    sealed = fisc("seal", "--json")
    assert {link["chain"] for link in sealed.json["seals"]} == {"master", "530700000"}
    proven = fisc("verify", "--json")
    assert (proven.code, proven.json["is_ok"], proven.json["unsealed_entry_count"]) == (ExitCode.OK, True, 0)
    done = fisc("export", "--format", "beancount", "--out", str(tmp_path / "j"), "--json")
    assert (done.code, done.json["entry_count"], done.json["posting_count"]) == (ExitCode.OK, 1, 2)
    assert "8.88 CNY" in (tmp_path / "j").read_text("utf8")


def test_an_anchor_is_kept_outside_and_held_against_the_books(own: str, tmp_path: Path, fisc: Fisc) -> None:
    post_something(own)
    kept = tmp_path / "anchor.json"
    told = fisc("seal", "--anchor", "--to", str(kept))
    assert told.code == ExitCode.OK and "校验码" in told.out and str(kept) in told.out.replace("\n", "")
    written = json.loads(kept.read_text("utf8"))
    shown = fisc("seal", "--anchor", "--json").json["anchor"]
    assert shown == written and shown["entry_count"] == 1
    for anchor in (str(kept), written["check"], written["digest"]):
        assert fisc("verify", "--anchor", anchor).code == ExitCode.OK
    assert fisc("seal", "--anchor", "--to", str(kept)).code == ExitCode.REFUSED, "it is not overwritten"
    assert fisc("seal", "--anchor", "--to", str(kept), "--force").code == ExitCode.OK
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    assert fisc("seal", "--anchor", "--to", str(link), "--force").code == ExitCode.REFUSED
    assert fisc("seal", "--anchor", "--to", str(tmp_path / "no" / "x")).code == ExitCode.REFUSED
    with psycopg.connect(own, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # past the guards: all is sealed anew
        conn.execute("delete from ledger.seal")
        conn.execute("delete from ledger.anchor")
    fisc("seal")
    found = fisc("verify", "--anchor", str(kept), "--json")
    assert found.code == ExitCode.FAULTS
    assert [check["name"] for check in found.json["checks"] if not check["is_ok"]] == ["外部锚点"]
    assert fisc("verify", "--json").code == ExitCode.OK


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"kind": "fisc anchor 1", "link": "x"}', "[" * 70_000, "\0"]
)
def test_what_is_no_anchor_is_refused_in_words(own: str, tmp_path: Path, fisc: Fisc, text: str) -> None:
    (tmp_path / "x").write_text(text)
    for given in (str(tmp_path / "x"), str(tmp_path), "12-34", "nothing"):
        told = fisc("verify", "--anchor", given)
        assert told.code == ExitCode.REFUSED and "怎么办" in told.err


def test_verify_names_what_differs_and_leaves_with_1(own: str, fisc: Fisc) -> None:
    post_something(own)
    with psycopg.connect(own, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # past the guards, as a tamperer might
        conn.execute("update ledger.posting set amount_fen = amount_fen + 1 where side = 1")
    found = fisc("verify", "--json")
    assert (found.code, found.json["is_ok"]) == (ExitCode.FAULTS, False)
    assert any("example" in check["difference"] for check in found.json["checks"])
    told = fisc("verify")
    assert told.code == ExitCode.FAULTS
    assert "不符" in told.out


def test_an_export_into_a_folder_that_is_not_there_is_refused(own: str, tmp_path: Path, fisc: Fisc) -> None:
    post_something(own)
    missing = tmp_path / "另处" / "账"
    for asked in (
        ["export", "--format", "hledger", "--out", str(missing / "x.journal")],
        ["books", "voucher", "example", "--out", str(missing / "x.html")],
    ):
        told = fisc(*asked)
        assert told.code == ExitCode.REFUSED
        assert "依据：" in told.err and f"没有文件夹 {missing}：请先建立它" in told.err.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_and_a_wrong_option_are_told_what_to_do(tmp_path: Path, fisc: Fisc) -> None:
    missing = describe(FileNotFoundError(2, "no", str(tmp_path / "a1.xml")))
    assert missing.rule and f"请核对文件名：{tmp_path} 里没有 a1.xml" in missing.hint
    told = fisc("export", "--format", "nosuch", "--out", "x")
    assert told.code == ExitCode.USAGE and "依据：" in told.err and "怎么办：" in told.err


def test_export_that_cannot_be_written_is_refused(own: str, tmp_path: Path, fisc: Fisc) -> None:
    (tmp_path / "file").write_text("")
    assert fisc("export", "--out", str(tmp_path / "file" / "journal")).code == ExitCode.REFUSED
