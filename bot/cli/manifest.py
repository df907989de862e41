"""`manifest`: the Slack app's manifest for this deployment."""

from __future__ import annotations

from bot.cli.arguments import ExitCode
from bot.cli.terminal import Terminal
from bot.manifest import ManifestUnusable, for_address, for_socket_mode, load_manifest
from bot.setting_values import public_url


def print_manifest(
    terminal: Terminal, *, url: str | None, socket: bool, default_url: str | None
) -> ExitCode:
    """Print the manifest as YAML.

    Args:
        terminal: where to print.
        url: where Slack reaches this deployment, as it was typed.
        socket: for Socket Mode; no address then.
        default_url: the setting PUBLIC_URL, for when no address was typed.
    """
    try:
        manifest = load_manifest()
        if socket:
            manifest = for_socket_mode(manifest)
        elif address := public_url(url.strip()) if url is not None else default_url:
            manifest = for_address(manifest, address)
        else:
            terminal.complain("No --url and no PUBLIC_URL: replace meeting-summary.example.com.")
    except ManifestUnusable as error:
        terminal.complain(str(error))
        return ExitCode.FAILED
    except ValueError as error:
        terminal.complain(f"--url {error}")
        return ExitCode.WRONG_USE
    terminal.print(manifest.to_yaml().rstrip())
    return ExitCode.DONE
