"""The shared thread under a dispatch: what is written in it goes to the groups that read it.

Rules:
- It hangs under the bot's own posts: its answer in the author's room, the copy in a twin's room.
- A message goes to the groups that have the dispatch and are actively twinned with the writer's group.
- A reply to a message of the thread arrives as a reply to that message's copy.
- The first time that a person of a group writes in one, their message waits for their "yes", unless the
  group has switched that off; what they write meanwhile waits behind it.
- A bare "yes" or "no" that may be meant for the bot never crosses.
- A plain reply outside the thread never crosses, nor does what is written under the message that made the
  dispatch; the person is told so once.
- It ends with its dispatch; what was written in it before stays, and goes with its own message.
"""

from __future__ import annotations

from bot.handlers.context import Noun
from bot.handlers.edits import not_changed
from bot.handlers.thread import answer, ask, edit, picture, write

NOUN = Noun(
    commands=(answer.COMMAND,),
    texts=(edit.edited, write.written, write.replied),
    answers={ask.TOPIC: ask.answered, picture.TOPIC: picture.answered},
    expired={ask.TOPIC: ask.expired, picture.TOPIC: picture.expired},
    cleaned={picture.TOPIC: picture.cleaned, picture.BLURRED: picture.cleaned},
    blurs={picture.TOPIC: picture.blur},
    redactions=(edit.deleted,),
    settled=(write.told, not_changed),
)
