"""A served make-believe Slack for the tests of Slack's edge."""

from tests.served_slack import channel, clock, observed, poster, session, slack

__all__ = ["channel", "clock", "observed", "poster", "session", "slack"]
