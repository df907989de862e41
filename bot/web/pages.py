"""The pages a person sees in a browser: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response


def page(template: str, *, status: HTTPStatus = HTTPStatus.OK, **facts: object) -> Response:
    """Render a template of `bot/web/templates/` as an answer that no browser keeps or frames.

    Args:
        template: the file's name; `message.html` takes `heading`, `paragraphs` and perhaps `link`
            with its `link_text`.
        status: of the answer.
        facts: what the template asks for; all of it is escaped. One that is missing is an error.
    """
    environment = _environment()
    return HTMLResponse(environment.get_template(template).render(facts), status, _headers())


@cache
def _environment() -> Environment:
    loader = PackageLoader("bot.web", "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, _, _ = loader.get_source(environment, "style.css")
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of ours, as it is
    return environment


@cache
def _headers() -> dict[str, str]:
    style = str(_environment().globals["style"])
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    return {
        "cache-control": "no-store",
        "content-security-policy": "; ".join(policy),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
