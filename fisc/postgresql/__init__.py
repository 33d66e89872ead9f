"""Django's PostgreSQL, which looks for the database when it first connects (`ENGINE` of `fisc.settings`)."""
