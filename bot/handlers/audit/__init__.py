"""`!audit`, `!redline` and `!vote`: rounds of red lines and consent before a joint action."""

from bot.handlers.audit import chats, clockwork, consent, drafts, lines, opening, stewards, talk
from bot.handlers.context import Noun

NOUN = Noun(
    commands=(
        stewards.SHOW,
        opening.OPEN,
        opening.ACCEPT,
        opening.DECLINE,
        stewards.CLOSE,
        stewards.CANCEL,
        stewards.REVISE,
        lines.JOIN,
        lines.REDLINE,
        lines.LIST,
        lines.WITHDRAW,
        lines.DONE,
        consent.VOTE,
    ),
    texts=(talk.heard, lines.slipped),
    previews={drafts.TOPIC: drafts.previewed},
    opened={
        lines.JOIN_TOPIC: lines.joined,
        lines.SLIP_TOPIC: lines.told_how,
        consent.OPEN_TOPIC: consent.told_where,
    },
    polls=(consent.polled,),
    rooms=(lines.met, chats.changed),
    left=(chats.left,),
    ticks=(clockwork.tick,),
)
