"""What the doctor and the alarms look at, by what it is about."""
