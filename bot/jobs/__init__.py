"""Background work: what the rows say there is to do, done once."""
