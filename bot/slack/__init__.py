"""The Slack edge: what comes from Slack is read here, and what goes to it is sent from here."""
