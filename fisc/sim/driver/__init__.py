"""Drives the real services with a plan: each step takes a connection, the year's plan and a day.

Every step hands the services the same items again when it is run again, so that a run that was
killed goes on where its last recorded day ended, and ends in the same books.
"""
