"""The form of a use case: what a page shows and reads, made from the same fields as command, file and API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from fisc.documents.inputs import WRITTEN_IN, Field
from fisc.documents.items import value_of_text
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.sheets.columns import BadCell

_WIDGETS: Final[Mapping[str, type[forms.Widget]]] = {"date": forms.DateInput, "text": forms.TextInput}


class TypedField(forms.CharField):
    """A field of a use case: its text is read as a cell of a file is, amounts in 元."""

    def __init__(self, of: Field) -> None:
        """The field of a page for a field of a use case."""
        self.of = of
        widget = forms.Select(choices=[("", "")] + [(c, c) for c in of.choices]) if of.choices else None
        super().__init__(
            label=of.heading, required=of.is_required, strip=True,
            widget=widget or _WIDGETS.get(of.form, forms.TextInput),
            help_text=WRITTEN_IN.get(of.form, ""),
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        """What the text means; what was left out has its default. Raises ValidationError in words."""
        text = super().clean(value)
        if not text:
            return self.of.default
        try:
            return value_of_text(self.of, text)
        except (BadCell, FiscError) as error:
            raise forms.ValidationError(str(error)) from None


def form_of(case: UseCase) -> type[forms.Form]:
    """The form of one item of a use case, with what is said beside it: a class of Django's forms.

    Its lines, where an item has some, are forms of their own (`line_forms_of`).
    """
    own = list(case.shape.fields) if case.shape is not None else []
    number = [case.number] if case.number is not None else []
    fields = {field.name: _field(field) for field in (*number, *own, *case.options)}
    return type(f"{case.code}Form", (forms.Form,), fields)


def line_forms_of(case: UseCase) -> dict[str, type[forms.BaseFormSet[forms.Form]]]:
    """Name of a list of lines -> the set of forms of its lines."""
    parts = case.shape.parts if case.shape is not None else ()
    return {
        part.name: forms.formset_factory(
            type(f"{part.name}Form", (forms.Form,), {f.name: _field(f) for f in part.shape.fields}),
            min_num=int(part.is_required), validate_min=part.is_required, extra=1,
        )
        for part in parts
    }  # fmt: skip


def _field(field: Field) -> forms.Field:
    if field.is_bytes:
        return forms.FileField(label=field.heading, required=field.is_required)
    if field.form in ("truth", "mark"):
        return forms.BooleanField(label=field.heading, required=False, initial=bool(field.default))
    return TypedField(field)
