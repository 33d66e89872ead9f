"""The house's rules that can be counted are kept and told; the tool that counts finds breaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.house import columns, counted, offers, reach, sources

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def rules() -> list[counted.Rule]:
    """The rules and what they count here."""
    return counted.rules()


def test_every_bound_is_kept(rules: list[counted.Rule]) -> None:
    assert {rule.name: rule.places for rule in rules if not rule.is_kept} == {}


def test_the_page_says_what_is_counted(rules: list[counted.Rule]) -> None:
    told = (ROOT / "docs" / "house.md").read_text("utf8")
    assert told == counted.page(rules), "run: make house"


COLUMNS = ("payee", "bank", "amount_fen", "paid_on", "purpose")


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (f"COLUMNS = {COLUMNS!r}", True),
        (f"row = {{{', '.join(f'{c!r}: given.{c}' for c in COLUMNS)}}}", True),
        (f"Paid({', '.join(f'{c}=row.{c}' for c in COLUMNS)})", True),
        (f"SQL = 'select {', '.join(COLUMNS)} from pay_order where id = 1'", True),
        (f"SQL = 'select p.{', p.'.join(COLUMNS)} from pay_order p'", True),
        (f"SQL = 'insert into pay_order ({', '.join(COLUMNS)}) values (1)'", True),
        (f"SQL = 'select 1 where exists (select {', '.join(COLUMNS)} from pay_order)'", True),
        (f"SQL = 'select {', '.join(COLUMNS)} from other'", False),
        (f"row = {{{', '.join(f'{c!r}: 1' for c in COLUMNS)}}}", False),
        ("SQL = 'select payee, sum(amount_fen) from pay_order where paid_on > bank and purpose = 1'", False),
        ("COLUMNS = ('payee', 'bank', 'amount_fen')", False),
        ("SQL = 'insert into pay_order as o (payee, bank) values (1, 2)'", True),
        ("SQL = 'copy pay_order (payee) from stdin'", True),
        ("SQL = 'insert into other (payee, bank) values (1, 2)'", False),
    ],
)
def test_a_list_of_columns_is_found(text: str, is_told: bool) -> None:
    kinds = {"pay.Order": columns.Declared("pay_order", frozenset(COLUMNS))}
    assert columns.told_tables(text, kinds) == (["pay.Order"] if is_told else [])


@pytest.mark.parametrize(
    ("text", "is_sql", "named"),
    [
        ("SQL = 'select 1 from pay_order o'", False, ["pay_order"]),
        ("SQL = f'pay_order o where {which}'", False, ["pay_order"]),
        ("GROWING = ('pay_order',)", False, ["pay_order"]),
        ("SQL = 'select 1 from public.pay_order join pay_line on true'", False, ["pay_line", "pay_order"]),
        ("def f():\n    'Reads pay_order.'", False, []),
        ("x = pay_order\nFILE = 'pay_order.csv'", False, []),
        ("SQL = 'select * from pay_orders_on(1)'", False, []),
        ("select 1 -- of pay_order\nfrom pay_line", True, ["pay_line"]),
    ],
)
def test_a_table_is_found_in_sql(text: str, is_sql: bool, named: list[str]) -> None:
    assert reach.named_tables(text, ["pay_order", "pay_line"], is_sql=is_sql) == named


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("SQL = 'select 1 from ledger.entry'", True),
        ("SQL = 'select 1 from x, ledger.entry e'", True),
        ("SQL = 'INSERT INTO ledger.\"posting\" (id) values (1)'", True),
        ("SQL = f'delete from only ledger.posting where {which}'", True),
        ("TABLES = ('ledger.posting',)", True),
        ("from fisc.revenue import ledger\nx = ledger.entry", False),
        ("SQL = 'select ledger.clock()'", False),
        ("def f():\n    'Reads ledger.entry.'", False),
    ],
)
def test_a_table_of_the_ledger_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, is_told: bool
) -> None:
    (tmp_path / "fisc" / "kernel").mkdir(parents=True)
    made = "create table ledger.entry (id int);\ncreate unlogged table ledger.posting (id int);"
    (tmp_path / "fisc" / "kernel" / "tables.sql").write_text(made, "utf8")
    (tmp_path / "fisc" / "asks" / "migrations").mkdir(parents=True)
    places = [tmp_path / "fisc" / "asks" / name for name in ("ask.py", "migrations/0001_initial.py")]
    for place in places:
        place.write_text(text, "utf8")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(sources, "TREE", tmp_path / "fisc")
    assert reach.ledger_readers() == ([sources.named(p) for p in places] if is_told else [])


def test_every_model_is_looked_at() -> None:
    found = columns.models()
    lines = {"rosters_step", "sim_bank_booking", "registry_agency", "documents_officer", "budget_quota"}
    assert lines <= found.keys()
    assert "batch_id" in found["treasury_import_line"].content  # a foreign key by its column's name
    assert {"agency_code", "coding_id"} <= found["budget_quota"].content  # and what it has of its bases


def test_the_tool_counts_what_is_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "fisc" / "planted"
    planted.mkdir(parents=True)
    body = "".join(f"    x = {n}\n" for n in range(71))
    (planted / "services.py").write_text(
        "class OtherFinding:\n    pass\n\nclass OneFinding:\n    pass\n\nclass Clock:\n    pass\n\n"
        "class Term:\n    pass\n\nSQL = 'select id from ledger.entry'\n"
        f"def long() -> None:\n{body}" + "# filler\n" * 400,
        "utf8",
    )
    (tmp_path / "fisc" / "kernel").mkdir()
    (tmp_path / "fisc" / "kernel" / "tables.sql").write_text("create table ledger.entry (id int);", "utf8")
    (tmp_path / "fisc" / "kernel" / "offers.py").write_text(
        "def used() -> None:\n    pass\n\ndef mine() -> None:\n    used()\n    mine()\n", "utf8"
    )
    (planted / "models.py").write_text(
        "class Paid(models.Model):\n    payee = models.TextField()\n"
        "    class Meta:\n        db_table = 'planted_paid'\n",
        "utf8",
    )
    (planted / "write.sql").write_text("insert into planted_paid (payee) values ('x');", "utf8")
    (tmp_path / "fisc" / "stranger").mkdir()
    (tmp_path / "fisc" / "stranger" / "ask.sql").write_text("select 1 from planted_paid", "utf8")
    (planted / "first.py").write_text("import csv\nrows = csv.reader([])\n", "utf8")
    (tmp_path / "fisc" / "second.py").write_text("import csv\nrows = csv.DictReader([])\n", "utf8")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(sources, "TREE", tmp_path / "fisc")
    broken = {rule.name for rule in counted.rules() if not rule.is_kept}
    assert broken == {
        "SQL over ledger.* above kernel and reading",
        "places besides model and kind that state a table's columns",
        "SQL over a table that another package declares",
        "classes of finding", "classes of a term of law",
        "readers of tables in files", "functions over 70 lines", "source files over 400 lines",
        "offers of kernel, reading and documents that nothing uses",
    }  # fmt: skip
    assert reach.foreign_tables() == ["fisc/stranger/ask.sql planted_paid"]
    assert offers.unused_offers() == ["fisc/kernel/offers.py mine"]
