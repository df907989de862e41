"""The names that come back with a click: what listeners are registered for."""

from __future__ import annotations

GET_FILE = "get_file"
"""Under a summary; its value is the delivery's id."""

OPEN_FILE = "open_file"
"""A button that opens a link: it only wants to be acknowledged."""

POST_AGAIN = "post_again"
"""Beside an answer about a post that was made before; its value is the delivery's id."""

GENERATE = "generate_summary"
"""Has Cloudflare write the summary; its value is the delivery's id."""

CHOOSE_SESSION = "choose_session"
"""One of a meeting's sessions; its value is `app|session`."""

SUBSCRIBE_SHARED = "subscribe_shared"
"""Subscribes a channel that many or another company read; its value: `subscriptions.pack_wish`."""

CONFIRM_AUDIENCE = "confirm_audience"
"""Posts what its asker has seen the readers of; its value is of `audience.pack_consent`."""

PICKER = "picker"
"""The picker's view."""

PICK_APP = "pick_app"
PICK_SESSION = "pick_session"
PICK_CHANNEL = "pick_channel"
"""The picker's fields: the `block_id` and the `action_id` of each."""

CONNECT = "connect_cloudflare"
"""Opens the window with the way to enter an account id and an API token; for administrators."""

OPEN_SETUP = "open_setup"
"""Opens the one-time page: it only wants to be acknowledged."""

SETTINGS = "settings"
"""The window of the workspace's settings."""

APP_SETTINGS = "app_settings"
"""The window of one app's settings."""

OPEN_SETTINGS = "open_settings"
"""Opens the settings; for administrators."""

EDIT_APP = "edit_app"
"""Opens one app's settings on top of the workspace's; its value is the app's id."""

REFRESH_HOME = "refresh_home"
"""Shows the Home tab anew."""
