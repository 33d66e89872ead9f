"""The naive ledger itself, on Django."""

from __future__ import annotations

import django
from django.apps import AppConfig
from django.conf import settings
from django.db import connection, models, transaction

from fisc.settings import database


class NaiveConfig(AppConfig):
    """Gives the models below a home."""

    name = "benchmarks.cases"
    label = "naive"


def configure(dsn: str) -> None:
    """Point Django at `dsn`; must come before the models are made."""
    settings.configure(
        INSTALLED_APPS=["benchmarks.cases.naive.NaiveConfig"], DATABASES={"default": database(dsn)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
    )  # fmt: skip
    django.setup()
    _define()


_models: dict[str, type[models.Model]] = {}


def _define() -> None:
    class Quota(models.Model):
        balance_fen = models.BigIntegerField()

        class Meta:
            app_label = "naive"

    class Entry(models.Model):
        natural_key = models.CharField(max_length=100, unique=True)
        posted_at = models.DateTimeField(auto_now_add=True)

        class Meta:
            app_label = "naive"

    class Posting(models.Model):
        entry = models.ForeignKey(Entry, on_delete=models.PROTECT)
        quota = models.ForeignKey(Quota, on_delete=models.PROTECT)
        account = models.CharField(max_length=20, db_index=True)
        amount_fen = models.BigIntegerField()

        class Meta:
            app_label = "naive"

    _models.update(Quota=Quota, Entry=Entry, Posting=Posting)


def create(quotas: int) -> None:
    """Make the tables and the quotas."""
    with connection.schema_editor() as editor:
        for model in _models.values():
            editor.create_model(model)
    _models["Quota"].objects.bulk_create(  # type: ignore[attr-defined]
        [_models["Quota"](balance_fen=10**14) for _ in range(quotas)]
    )


def pay(key: str, quota_id: int, fen: int) -> None:
    """One payment, as a view would make it."""
    with transaction.atomic():
        quota = _models["Quota"].objects.select_for_update().get(pk=quota_id)  # type: ignore[attr-defined]
        if quota.balance_fen < fen:
            raise ValueError("not enough")
        quota.balance_fen -= fen
        quota.save()
        entry = _models["Entry"](natural_key=key)
        entry.save()
        _models["Posting"](entry=entry, quota=quota, account="9302", amount_fen=fen).save()
        _models["Posting"](entry=entry, quota=quota, account="9501", amount_fen=-fen).save()
