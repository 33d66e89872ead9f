"""The use cases of a year's end: what screens, commands and the simulated city call."""

from fisc.closing.services.affairs import OpenAffair, open_affairs
from fisc.closing.services.carry import open_next_year
from fisc.closing.services.close import close_year
from fisc.closing.services.papers import YearEndResult

__all__ = ["OpenAffair", "YearEndResult", "close_year", "open_affairs", "open_next_year"]
