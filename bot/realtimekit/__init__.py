"""Cloudflare's side: its shapes and its habits stop here."""
