"""The database's side: rows stop here."""
