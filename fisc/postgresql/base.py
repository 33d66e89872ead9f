"""The connection that Django asks for by the name of this package.

Django wants a connection's facts (the longest name of a table) as soon as it meets a model. Who only asks
what a document is would start the private server by that: the database is looked for at the first connection.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the database in force, or to the one that its settings name."""

    def get_connection_params(self) -> dict[str, Any]:
        """What psycopg is given; the database in force where the settings name none."""
        if not self.settings_dict["NAME"]:
            from fisc import store
            from fisc.settings import database

            self.settings_dict.update(database(store.dsn()))
        params: dict[str, Any] = super().get_connection_params()
        return params
