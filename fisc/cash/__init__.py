"""Cash: where a region's money stands, what is known to come and go, and a forecast of the days ahead."""
