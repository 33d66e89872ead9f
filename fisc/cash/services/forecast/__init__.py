"""Cash forecast: the treasury account day by day for ninety days, and what is short when."""

from fisc.cash.services.forecast.backtest import BackTest, back_test
from fisc.cash.services.forecast.outlook import CashForecast, forecast
from fisc.cash.services.forecast.profile import History, foretell
from fisc.cash.services.outlook import Day, FlowItem, Shortage, Week

__all__ = [
    "BackTest", "CashForecast", "Day", "FlowItem", "History", "Shortage", "Week", "back_test", "forecast",
    "foretell",
]  # fmt: skip
