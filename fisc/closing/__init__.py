"""The end of a year: closing its books, opening the next one's, statements, settlement, conversion.

What clears up a year stands in its December, the closing in period 13, the opening in period 0 of the
next year. Every amount of a statement says which accounts, periods and elements it was read from.
"""
