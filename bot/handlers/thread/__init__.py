"""The shared thread under a dispatch: what is written in it goes to the groups that read it.

Rules:
- It hangs under the bot's own posts: its answer in the author's room, the copy in a twin's room.
- A message goes to the groups that have the dispatch and are actively twinned with the writer's group.
- A reply to a message of the thread arrives as a reply to that message's copy.
- The first time ever that a person writes in one, their message waits for their "yes", unless their
  group has switched that off.
- A plain reply outside the thread never crosses; the person is told so once.
- It ends with its dispatch; what was written in it before stays, and goes with its own message.
"""

from __future__ import annotations

from bot.handlers.context import Noun
from bot.handlers.edits import not_changed
from bot.handlers.thread import answer, ask, edit, write

NOUN = Noun(
    commands=(answer.COMMAND,),
    texts=(edit.edited, write.written, write.replied),
    answers={ask.TOPIC: ask.answered},
    expired={ask.TOPIC: ask.expired},
    redactions=(edit.deleted,),
    settled=(write.told, not_changed),
)
