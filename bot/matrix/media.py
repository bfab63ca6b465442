"""Files on the media server: each with a key of its own, under no name; and the events that show them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from bot.domain.files import Attached, Cipher, Form, Remote
from bot.domain.post import Attachment
from bot.matrix.http import Http, Json
from bot.matrix.wire import text_at
from bot.pipeline.ports import Refused, TooLarge, Unavailable
from bot.sealed import Sealing

_ADDRESS = re.compile(r"mxc://(?P<server>[A-Za-z0-9.:\[\]-]{1,255})/(?P<name>[A-Za-z0-9_-]{1,255})")


class Media:
    """The media server of the bot's homeserver."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def upload(self, pieces: AsyncIterator[bytes], size: int) -> Remote:
        """Raises Unavailable, Refused, LoggedOut."""
        sealing = Sealing()

        async def sealed() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield sealing.add(piece)

        url = text_at(await self._http.upload(sealed(), size), "content_uri")
        if url is None or not url.startswith("mxc://"):
            raise Unavailable("the answer to an upload names no file")
        return Remote(url, sealing.cipher, size)

    async def download(self, url: str, limit: int) -> AsyncIterator[bytes]:
        """Raises Unavailable, TooLarge, Refused, LoggedOut."""
        found = _ADDRESS.fullmatch(url)
        if found is None:
            raise Refused("the address of a file is malformed")
        left = limit
        async for piece in self._http.download(found["server"], found["name"], limit):
            left -= len(piece)
            if left < 0:
                raise TooLarge("a file is too large")
            yield piece


def described(content: object) -> Attached | None:
    """The encrypted file that a message says it is; None if it is none, or says so in a wrong way."""
    file = content.get("file") if isinstance(content, dict) else None
    url, key, iv = text_at(file, "url"), text_at(file, "key", "k"), text_at(file, "iv")
    digest = text_at(file, "hashes", "sha256")
    if url is None or key is None or iv is None or digest is None or not _ADDRESS.fullmatch(url):
        return None
    name, body = text_at(content, "filename"), text_at(content, "body") or ""
    caption = body if name is not None and name != body else ""
    return Attached(Remote(url, Cipher(key, iv, digest), 0), caption)


def attached(post: Attachment) -> Json:
    """The encrypted part of a message that is a file. It mentions nobody."""
    form, picture, voice = post.form, post.form.picture, post.form.voice
    info: Json = {"mimetype": form.mimetype, "size": post.file.size}
    content: Json = {
        "msgtype": "m.file",
        "body": form.name,
        "filename": form.name,
        "file": _file(post.file),
        "info": info,
        "m.mentions": {},
    }
    if picture is not None:
        content["msgtype"] = "m.image"
        info |= {"w": picture.width, "h": picture.height}
        if picture.blurhash:
            info["xyz.amorgan.blurhash"] = picture.blurhash
        if picture.animated:
            info["is_animated"] = True
        if post.thumbnail is not None:
            info["thumbnail_file"] = _file(post.thumbnail)
            info["thumbnail_info"] = _thumbnail(form, post.thumbnail.size)
    elif voice is not None:
        content["msgtype"] = "m.audio"
        info["duration"] = voice.milliseconds
        content["org.matrix.msc1767.audio"] = {
            "duration": voice.milliseconds,
            "waveform": list(voice.waveform),
        }
        content["org.matrix.msc3245.voice"] = {}
    return content


def _thumbnail(form: Form, size: int) -> Json:
    picture = form.picture
    if picture is None:
        return {}
    return {
        "mimetype": picture.thumbnail_mimetype,
        "size": size,
        "w": picture.thumbnail_width,
        "h": picture.thumbnail_height,
    }


def _file(remote: Remote) -> Json:
    """An encrypted file as events describe it."""
    cipher: Cipher = remote.cipher
    return {
        "v": "v2",
        "url": remote.url,
        "key": {
            "kty": "oct",
            "key_ops": ["encrypt", "decrypt"],
            "alg": "A256CTR",
            "k": cipher.key,
            "ext": True,
        },
        "iv": cipher.iv,
        "hashes": {"sha256": cipher.sha256},
    }
