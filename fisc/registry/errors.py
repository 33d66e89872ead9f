"""Refusals of the registry."""

from __future__ import annotations

from fisc.kernel.errors import FiscError


class RegistryError(FiscError):
    """The registry has no such thing, or its tables are malformed."""


class UnknownRule(RegistryError):
    """No posting rule for this event in this year."""


class DisabledElement(RegistryError):
    """An element (agency, project, payee, theme) that is not in use in that year."""
