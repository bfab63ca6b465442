"""A homeserver as far as one account's login, keys and account data go, as the specification describes it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, Self, TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestServer

Json: TypeAlias = "dict[str, Any]"

USER, PASSWORD = "@bot:example.org", "a long password"
PAGE = "https://account.example.org/?action=org.matrix.cross_signing_reset"


def error(status: int, errcode: str) -> web.Response:
    return web.json_response({"errcode": errcode, "error": "no"}, status=status)


class AccountServer:
    """Use as `async with AccountServer() as server:`; the address is `url`.

    `wants` says what must be seen before cross-signing keys are taken: None, "password", "oauth" (a page of
    the provider's, allowed after `patience` tries) or "sso" (a page of the homeserver's, likewise).
    """

    def __init__(self, *, wants: str | None = None, date: str | None = None) -> None:
        self.wants = wants
        self.patience = 0
        self.date = date
        self.devices: dict[str, str] = {}  # token → device
        self.device_keys: dict[str, Json] = {}
        self.cross_signing: Json = {}
        self.account_data: dict[str, Json] = {}
        self.auths: list[Any] = []
        self.calls: Counter[str] = Counter()
        self.fails: set[str] = set()
        """Ends of paths that are answered with 500."""
        self._logins = 0
        self._news = asyncio.Condition()
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/")).rstrip("/")

    async def __aenter__(self) -> Self:
        app = web.Application()
        v3 = "/_matrix/client/v3"
        app.router.add_post(f"{v3}/login", self._login)
        app.router.add_post(f"{v3}/logout", self._logout)
        app.router.add_get(f"{v3}/account/whoami", self._whoami)
        app.router.add_post(f"{v3}/keys/query", self._query)
        app.router.add_post(f"{v3}/keys/upload", self._upload)
        app.router.add_post(f"{v3}/keys/device_signing/upload", self._cross_sign)
        app.router.add_post(f"{v3}/keys/signatures/upload", self._signatures)
        app.router.add_route("*", v3 + "/user/{user}/account_data/{kind}", self._account_data)
        app.middlewares.append(self._middleware)
        app.on_response_prepare.append(self._dated)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        await self._server.close()

    async def put(self, kind: str) -> None:
        """Wait until account data of this kind are put once more. Raises TimeoutError."""
        before = self.account_data.get(kind)
        async with asyncio.timeout(20), self._news:
            while self.account_data.get(kind) == before:
                await self._news.wait()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls[request.path.rpartition("/v3")[2]] += 1
        if any(request.path.endswith(end) for end in self.fails):
            return error(500, "M_UNKNOWN")
        if not request.path.endswith("/login") and self._device(request) is None:
            return error(401, "M_UNKNOWN_TOKEN")
        response: web.StreamResponse = await handler(request)
        return response

    async def _dated(self, _: web.Request, response: web.StreamResponse) -> None:
        if self.date is not None:
            response.headers["Date"] = self.date

    def _device(self, request: web.Request) -> str | None:
        return self.devices.get(request.headers.get("Authorization", "").removeprefix("Bearer "))

    async def _login(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["password"] != PASSWORD:
            return error(403, "M_FORBIDDEN")
        self._logins += 1
        device, token = f"DEVICE{self._logins}", f"token{self._logins}"
        self.devices[token] = device
        return web.json_response({"user_id": USER, "device_id": device, "access_token": token})

    async def _logout(self, request: web.Request) -> web.Response:
        device = self._device(request)
        assert device is not None
        self.devices = {token: name for token, name in self.devices.items() if name != device}
        self.device_keys.pop(device, None)
        return web.json_response({})

    async def _whoami(self, request: web.Request) -> web.Response:
        return web.json_response({"user_id": USER, "device_id": self._device(request)})

    async def _query(self, _: web.Request) -> web.Response:
        answer: Json = {"device_keys": {USER: self.device_keys}, "failures": {}}
        for name, key in self.cross_signing.items():
            answer[f"{name}s"] = {USER: key}
        return web.json_response(answer)

    async def _upload(self, request: web.Request) -> web.Response:
        body, device = await request.json(), self._device(request)
        if device is not None and "device_keys" in body:
            self.device_keys[device] = body["device_keys"]
        return web.json_response({"one_time_key_counts": {"signed_curve25519": 50}})

    async def _cross_sign(self, request: web.Request) -> web.Response:
        body = await request.json()
        auth = body.pop("auth", None)
        self.auths.append(auth)
        refusal = self._consent(auth)
        if refusal is None:
            self.cross_signing = body
            return web.json_response({})
        return web.json_response(refusal, status=401)

    def _consent(self, auth: Any) -> Json | None:
        """None if it is given, otherwise the answer of status 401."""
        asked: Json = {"session": "s1", "params": {}}
        given = isinstance(auth, dict) and auth.get("session") == "s1"
        if self.wants == "password":
            asked["flows"] = [{"stages": ["m.login.password"]}]
            if given and auth.get("type") == "m.login.password":
                if (auth["identifier"]["user"], auth["password"]) == (USER, PASSWORD):
                    return None
                return {**asked, "errcode": "M_FORBIDDEN", "error": "Invalid password"}
            return asked
        if self.wants == "oauth":
            stages = ("m.oauth", "org.matrix.cross_signing_reset")
            asked["flows"] = [{"stages": [stage]} for stage in stages]
            asked["params"] = {stage: {"url": PAGE} for stage in stages}
        elif self.wants == "sso":
            asked["flows"] = [{"stages": ["m.login.sso"]}]
        else:
            return None
        if given and auth.keys() == {"session"}:
            self.patience -= 1
            if self.patience < 0:
                return None
        return asked

    async def _signatures(self, request: web.Request) -> web.Response:
        body = await request.json()
        for device, keys in body[USER].items():
            self.device_keys[device] = keys
        return web.json_response({"failures": {}})

    async def _account_data(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        assert request.match_info["user"] == USER
        if request.method == "PUT":
            self.account_data[kind] = json.loads(await request.text())
            async with self._news:
                self._news.notify_all()
            return web.json_response({})
        if kind not in self.account_data:
            return error(404, "M_NOT_FOUND")
        return web.json_response(self.account_data[kind])
