"""On which days offices and banks work: what banking, and the simulated city, ask of a year."""

from fisc.calendar.working_days import known, working_days, working_days_between

__all__ = ["known", "working_days", "working_days_between"]
