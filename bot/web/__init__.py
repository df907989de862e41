"""The HTTP edge: Slack's requests, health and metrics."""
