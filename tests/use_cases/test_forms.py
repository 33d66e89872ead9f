"""The form of a use case reads what a file and a command read, and refuses in the same words."""

from __future__ import annotations

import pytest

from fisc import app
from fisc.use_cases import use_case, use_cases

app.configure("postgresql:///")

from fisc.documents.forms import form_of, line_forms_of  # noqa: E402
from fisc.documents.inputs import build  # noqa: E402

GIVEN = {
    "pay_app_no": "A1", "bgt_id": "Q1", "amount_fen": "1,000.50", "pay_type": "direct",
    "payee_name": "某公司",
    "payee_acct_no": "6222", "payee_bank_no": "102", "purpose": "货款", "mof_div_code": "150600",
}  # fmt: skip


def test_a_form_makes_the_item_that_the_service_takes() -> None:
    case = use_case("treasury.apply")
    form = form_of(case)(GIVEN)
    assert form.is_valid(), form.errors
    assert case.shape is not None
    item = build(case.shape, form.cleaned_data)
    assert (item.amount_fen, item.mof_div_code, item.stage) == (100_050, "150600000", "executable")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [("amount_fen", "1.234", "小于分"), ("amount_fen", "十元", "不是金额"),
     ("mof_div_code", "999999", "没有区划"), ("purpose", "", ""),
     ("pay_type", "payroll", "")],  # pay is asked for by its roster
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(field: str, text: str, words: str) -> None:
    form = form_of(use_case("treasury.apply"))({**GIVEN, field: text})
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])


@pytest.mark.parametrize("code", sorted(use_cases()))
def test_every_use_case_has_a_form_with_its_fields(code: str) -> None:
    case = use_cases()[code]
    form = form_of(case)()
    asked = [
        *([case.number] if case.number else []),
        *(case.shape.fields if case.shape else ()),
        *case.options,
    ]
    assert list(form.fields) == [field.name for field in asked]
    assert all(form.fields[field.name].label == field.heading for field in asked)
    parts = case.shape.parts if case.shape else ()
    assert list(line_forms_of(case)) == [part.name for part in parts]
