"""Alembic's entry: runs revisions on the connection `bot.store.migrate` hands over.

To write a revision, change `bot.store.tables`, let the test of the schema say what differs, and
put the same change into a new file in `versions`.
"""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
