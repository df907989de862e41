"""A Slack app that posts Cloudflare RealtimeKit meeting summaries."""
