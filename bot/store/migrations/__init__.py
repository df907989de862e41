"""How the schema came to be, a revision at a time; run by `bot.store.migrate`."""
