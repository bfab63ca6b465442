"""Files on their way out: uploaded for each message that shows them, so that no two rooms share an upload.

An upload that nobody came to know of, since the program died, is noise without a key on the media server.
"""

from __future__ import annotations

from bot.domain.files import Content, Remote
from bot.domain.outgoing import File
from bot.domain.post import Attachment
from bot.pipeline.points import point
from bot.pipeline.ports import Refused, Transport
from bot.sealed import Damaged
from bot.storage.files import Files


class Carrier:
    """Uploads what a row holds; a row that is tried again is not uploaded again while the program runs."""

    def __init__(self, transport: Transport, files: Files) -> None:
        self._transport = transport
        self._files = files
        self._uploaded: dict[int, tuple[Remote, Remote | None]] = {}

    async def carried(self, row: int, file: File, thread: str | None, reply: str | None) -> Attachment:
        """The message, once its file is on the server. Raises Unavailable, Refused, LoggedOut."""
        if row not in self._uploaded:
            thumbnail = file.form.picture.thumbnail if file.form.picture is not None else None
            small = await self._upload(thumbnail) if thumbnail is not None else None
            self._uploaded[row] = await self._upload(file.content), small
            point("send:uploaded")
        found, small = self._uploaded[row]
        return Attachment(found, file.form, small, thread, reply)

    def done(self, row: int) -> None:
        """The row is settled."""
        self._uploaded.pop(row, None)

    async def _upload(self, content: Content) -> Remote:
        try:
            await self._files.check(content)
        except Damaged as error:
            raise Refused(str(error)) from None
        return await self._transport.upload(self._files.pieces(content), content.size)
