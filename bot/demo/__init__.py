"""The real bot between a local Slack and a local RealtimeKit: no account needed."""
