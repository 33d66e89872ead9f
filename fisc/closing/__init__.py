"""The end of a year: closing its books, opening the next one's, statements, settlement, conversion.

What a year's end posts stands in period 13 of the year and period 0 of the next. Every amount of a
statement says which accounts, periods and elements it was read from.
"""
