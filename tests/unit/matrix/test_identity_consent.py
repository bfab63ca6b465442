"""What the homeserver wants to see before it takes the bot's identity: a password, a page, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from bot.matrix.consent import Consent, NotEnrolled
from bot.matrix.http import Http, Json
from bot.matrix.login import WrongPassword
from bot.pipeline.ports import Unavailable
from tests.unit.matrix.account_server import PAGE, PASSWORD, USER, AccountServer

WHERE, BODY = "/keys/device_signing/upload", {"master_key": {"usage": ["master"]}}


class Clock:
    """Does not wait."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime(2027, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


class Host:
    """Answers what is asked."""

    def __init__(self, password: str = PASSWORD) -> None:
        self.pages: list[str] = []
        self.passwords = 0
        self.clock = Clock()
        self._password = password

    def _ask(self) -> str:
        self.passwords += 1
        return self._password

    async def post(self, server: AccountServer) -> Json:
        http = Http(server.url, "token")
        try:
            return await Consent(self._ask, self.clock, self.pages.append).post(http, WHERE, BODY, USER)
        finally:
            await http.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        running.devices["token"] = "DEVICE"
        yield running


async def test_nothing_is_asked_that_the_server_does_not_want(server: AccountServer) -> None:
    host = Host()
    await host.post(server)
    assert server.cross_signing == BODY
    assert (server.auths, host.passwords, host.pages) == ([None], 0, [])


async def test_the_password_is_given(server: AccountServer) -> None:
    server.wants = "password"
    host = Host()
    await host.post(server)
    assert server.cross_signing == BODY
    assert (host.passwords, host.pages) == (1, [])


async def test_a_wrong_password_is_told_and_not_tried_again(server: AccountServer) -> None:
    server.wants = "password"
    host = Host("wrong")
    with pytest.raises(WrongPassword, match=f"password of {USER}"):
        await host.post(server)
    assert host.passwords == 1
    assert server.cross_signing == {}


@pytest.mark.parametrize("patience", [0, 1, 7])
async def test_the_providers_page_is_shown_once_and_the_server_asked_until_it_was_allowed(
    server: AccountServer, patience: int
) -> None:
    server.wants, server.patience = "oauth", patience
    host = Host()
    await host.post(server)
    assert host.pages == [PAGE]
    assert server.cross_signing == BODY
    assert server.auths == [None, *[{"session": "s1"}] * (patience + 1)]
    assert host.clock.slept == 5.0 * (patience + 1)
    assert host.passwords == 0


async def test_the_homeservers_own_page_is_shown_for_other_stages(server: AccountServer) -> None:
    server.wants, server.patience = "sso", 1
    host = Host()
    await host.post(server)
    assert host.pages == [f"{server.url}/_matrix/client/v3/auth/m.login.sso/fallback/web?session=s1"]
    assert server.cross_signing == BODY


async def test_a_page_that_nobody_opens_is_given_up_after_half_an_hour(server: AccountServer) -> None:
    server.wants, server.patience = "oauth", 10_000
    host = Host()
    with pytest.raises(NotEnrolled, match="nobody has allowed it") as caught:
        await host.post(server)
    assert PAGE in str(caught.value)
    assert host.clock.slept == 1800
    assert server.cross_signing == {}


async def test_a_server_that_goes_away_meanwhile_is_no_refusal(server: AccountServer) -> None:
    server.fails.add(WHERE)
    with pytest.raises(Unavailable):
        await Host().post(server)


FLOWS: dict[str, Any] = {
    "no flows": {"flows": []},
    "malformed flows": {"flows": [7, {}, {"stages": []}, {"stages": [7]}, {"stages": "m.oauth"}]},
    "no page": {"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": "javascript:alert(1)"}}},
    "no address": {"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": "https://"}}},
    "a broken address": {"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": "http://[::1"}}},
    "two lines": {"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": "https://a.b/\nrm"}}},
    "a novel": {
        "flows": [{"stages": ["m.oauth"]}],
        "params": {"m.oauth": {"url": "https://a.b/" + "x" * 3000}},
    },
    "a number": {"flows": [{"stages": ["m.oauth"]}], "params": {"m.oauth": {"url": 7}}},
}


@pytest.mark.parametrize("asked", FLOWS.values(), ids=list(FLOWS))
async def test_what_cannot_be_followed_is_one_sentence(
    server: AccountServer, monkeypatch: pytest.MonkeyPatch, asked: Json
) -> None:
    monkeypatch.setattr(server, "_consent", lambda _: asked)
    host = Host()
    with pytest.raises(NotEnrolled) as caught:
        await host.post(server)
    assert "\n" not in str(caught.value)
    assert host.pages == []


@pytest.mark.parametrize(
    ("flows", "completed", "first"),
    [
        ([["m.login.sso"], ["m.login.password"]], [], "password"),
        ([["m.login.email.identity", "m.login.password"], ["m.oauth"]], [], "page"),
        ([["m.login.password", "m.login.terms"]], [], "password"),
        ([["m.login.password", "m.login.terms"]], ["m.login.password"], "page"),
    ],
)
async def test_the_way_that_needs_a_browser_least_is_taken(
    server: AccountServer,
    monkeypatch: pytest.MonkeyPatch,
    flows: list[list[str]],
    completed: list[str],
    first: str,
) -> None:
    asked = {
        "session": "s1",
        "flows": [{"stages": stages} for stages in flows],
        "completed": completed,
        "params": {"m.oauth": {"url": PAGE}},
    }
    answers = iter([asked, None])
    monkeypatch.setattr(server, "_consent", lambda _: next(answers))
    host = Host()
    await host.post(server)
    assert ("password" if host.passwords else "page" if host.pages else "") == first


async def test_two_stages_are_passed_one_after_the_other(
    server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = ["m.login.password", "m.login.terms"]
    asked: Json = {"session": "s1", "flows": [{"stages": stages}]}
    answers = iter([asked, {**asked, "completed": stages[:1]}, None])
    monkeypatch.setattr(server, "_consent", lambda _: next(answers))
    host = Host()
    await host.post(server)
    assert (host.passwords, len(host.pages)) == (1, 1)
    assert [auth and auth.get("type") for auth in server.auths] == [None, "m.login.password", None]
