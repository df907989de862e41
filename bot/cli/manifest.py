"""`manifest`: the Slack app's manifest for this deployment."""

from __future__ import annotations

from bot.cli.arguments import ExitCode
from bot.cli.terminal import Terminal
from bot.manifest import Manifest, ManifestUnusable, for_address, for_socket_mode, load_manifest
from bot.setting_values import public_url


class NoAddress(ValueError):
    """Nobody said where Slack reaches this deployment."""


def choose_manifest(*, url: str | None, socket: bool, default_url: str | None) -> Manifest:
    """Read the manifest and fill it in for this deployment.

    Args:
        url: where Slack reaches this deployment, as it was typed.
        socket: for Socket Mode; no address then.
        default_url: the setting PUBLIC_URL, for when no address was typed.

    Raises:
        ManifestUnusable: the file cannot be used.
        NoAddress: there is neither an address nor Socket Mode.
        ValueError: what was typed cannot be meant; the error is a sentence.
    """
    manifest = load_manifest()
    if socket and url is not None:
        raise ValueError("--url and --socket exclude each other: keep one of them")
    if socket:
        return for_socket_mode(manifest)
    try:
        address = default_url if url is None else public_url(url.strip())
    except ValueError as error:
        raise ValueError(f"--url {error}") from error
    if address is None:
        raise NoAddress("Say where Slack reaches the bot: --url, PUBLIC_URL, or --socket.")
    return for_address(manifest, address)


def print_manifest(
    terminal: Terminal, *, url: str | None, socket: bool, default_url: str | None
) -> ExitCode:
    """Print the manifest as YAML; the arguments are those of `choose_manifest`."""
    try:
        manifest = choose_manifest(url=url, socket=socket, default_url=default_url)
    except NoAddress:
        terminal.complain("No --url and no PUBLIC_URL: replace meeting-summary.example.com.")
        manifest = load_manifest()
    except ManifestUnusable as error:
        terminal.complain(str(error))
        return ExitCode.FAILED
    except ValueError as error:
        terminal.complain(str(error))
        return ExitCode.WRONG_USE
    terminal.print(manifest.to_yaml().rstrip())
    return ExitCode.DONE
