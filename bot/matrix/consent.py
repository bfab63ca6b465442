"""User-interactive authentication: what the homeserver asks before it takes the bot's identity.

Matrix specification, "User-Interactive Authentication API". A stage is the password, or a page that the
host opens in a browser: that of the account's provider (stage m.oauth, at first called
org.matrix.cross_signing_reset, where the Matrix Authentication Service is used), or the homeserver's own
("fallback") for any other stage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bot.log import Plain
from bot.matrix.http import Denied, Http, Json
from bot.matrix.login import CannotStart, WrongPassword
from bot.pipeline.ports import Clock

_PASSWORD = "m.login.password"  # noqa: S105 - the name of a stage
_OWN_PAGE = ("m.oauth", "org.matrix.cross_signing_reset")
_LOOK_EVERY = 5.0  # seconds
_PATIENCE = 1800.0  # seconds for the host to open the page

logger = logging.getLogger(__name__)


class NotEnrolled(CannotStart):
    """The homeserver does not let the bot publish its identity."""


def in_log(page: str) -> None:
    """Show the host a page by way of the log, for a bot that runs as a service."""
    logger.warning(
        "the homeserver wants to be asked before it takes the bot's identity: open %s in a browser, sign in "
        "as the bot and allow it; the bot looks every few seconds whether you did",
        Plain(page),
    )


@dataclass(frozen=True, slots=True, repr=False)
class Consent:
    """How the host is asked: `password` may block, `show` tells them which page to open."""

    password: Callable[[], str]
    clock: Clock
    show: Callable[[str], None] = in_log

    async def post(self, http: Http, where: str, body: Json, user_id: str) -> Json:
        """POST `body`, with what the server wants to see first.

        Raises NotEnrolled, WrongPassword, Unavailable, LoggedOut.
        """
        auth: Json | None = None
        shown: set[str] = set()
        waited = 0.0
        while True:
            try:
                return await http.call("POST", where, body if auth is None else {**body, "auth": auth})
            except Denied as error:
                asked = _asked(error)
            session = asked.get("session")
            stage = _next_stage(asked)
            if stage == _PASSWORD:
                if auth is not None and auth.get("type") == _PASSWORD:
                    raise WrongPassword(f"the homeserver does not accept the password of {user_id}")
                auth = await self._with_password(user_id, session)
                continue
            page = _page(http, asked, stage, session)
            if stage not in shown:
                shown.add(stage)
                self.show(page)
            if waited >= _PATIENCE:
                raise NotEnrolled(f"nobody has allowed it on {page} within half an hour; start again")
            await self.clock.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
            auth = {"session": session}

    async def _with_password(self, user_id: str, session: object) -> Json:
        return {
            "type": _PASSWORD,
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": await asyncio.to_thread(self.password),
            "session": session,
        }


def _asked(error: Denied) -> Json:
    """What the server wants, if it wants anything and not refuses. Raises NotEnrolled."""
    if error.status != 401 or not isinstance(error.answer.get("flows"), list):
        raise NotEnrolled(f"the homeserver does not take the bot's identity ({error.errcode})") from None
    return error.answer


def _next_stage(asked: Json) -> str:
    """The next stage of the flow that needs a browser least. Raises NotEnrolled."""
    done = asked.get("completed")
    finished = done if isinstance(done, list) else []
    flows: list[list[str]] = []
    for flow in asked["flows"]:
        stages = flow.get("stages") if isinstance(flow, Mapping) else None
        if isinstance(stages, list) and stages and all(isinstance(stage, str) for stage in stages):
            flows.append([stage for stage in stages if stage not in finished] or stages[-1:])
    if not flows:
        raise NotEnrolled("the homeserver asks for a consent that cannot be given")

    def effort(stages: list[str]) -> tuple[int, int]:
        known = [_PASSWORD, *_OWN_PAGE]
        return sum(stage != _PASSWORD for stage in stages), sum(
            known.index(stage) if stage in known else len(known) for stage in stages
        )

    return min(flows, key=effort)[0]


def _page(http: Http, asked: Json, stage: str, session: object) -> str:
    """The address of the page for a stage. Raises NotEnrolled if it is none to open."""
    params = asked.get("params")
    own = params.get(stage) if isinstance(params, Mapping) else None
    page = own.get("url") if isinstance(own, Mapping) and stage in _OWN_PAGE else None
    if page is None:
        name, number = quote(stage, safe=""), quote(str(session), safe="")
        page = http.address(f"/auth/{name}/fallback/web?session={number}")
    try:
        parts = urlsplit(page) if isinstance(page, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotEnrolled("the homeserver names no page on which its consent could be given")
    if len(page) > 2000 or not page.isprintable() or " " in page:
        raise NotEnrolled("the homeserver names no page on which its consent could be given")
    return str(page)
