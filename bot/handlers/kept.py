"""What the bot keeps of people and groups, and until when: the sentences of `!privacy`, with their tables.

Every table of the database stands here, in `KEPT` or among those in which there is nothing of anybody, so
that none is forgotten; the README has the same in a table. How long the words of dispatches are kept is a
group's own setting, so that sentence is in `about`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.text import Text, t


@dataclass(frozen=True, slots=True)
class Kept:
    """One sentence, and the tables that it is about."""

    line: Text
    tables: tuple[str, ...] = ()


OF_NOBODY = ("clock", "cursor", "meta")
"""Up to where the bot has read, and what its machine's clock showed."""

DISPATCHES = ("dispatch",)
"""The words of dispatches."""

KEPT: tuple[Kept, ...] = (
    Kept(
        t(
            "Words that wait to be sent: until delivered, at most 14 days; for your “yes”: 24 hours; for "
            "approval: 72 hours."
        ),
        ("outbox", "question", "approval"),
    ),
    Kept(
        t("Pictures and recordings on their way, encrypted: until delivered, or your “no”; at most 14 days."),
        ("enclosure",),
    ),
    Kept(t("My log holds no words of yours and is kept 14 days.")),
    Kept(
        t("Reminders: until they are cancelled, or 7 days after the last one; that they were sent: 1 year."),
        ("schedule", "occurrence", "reminder"),
    ),
    Kept(
        t("Everything of a group goes with {command}.", command="!group forget"),
        ("grp", "code", "wrong_code"),
    ),
    Kept(
        t("A twinning, joint rooms, agreed words, corrections, what was read aloud: 30 days after its end."),
        ("twinning", "joint", "joint_place", "term", "correction", "reading"),
    ),
    Kept(
        t("Actions, who takes part and how, and what was said afterwards: 30 days after the twinning's end."),
        ("action", "action_part", "action_option", "debrief"),
    ),
    Kept(
        t(
            "Which message is a copy of which, without its words: 1 year; which I have seen, or must not "
            "send: 30 days."
        ),
        ("outbox", "dispatch", "voice", "moved", "seen", "attempt", "unwilling"),
    ),
    Kept(t("Messages I cannot decrypt yet: 7 days; keys to read messages: 30 days."), ("undecrypted",)),
    Kept(
        t("Who is in a room, and whose devices cannot read me: as long as I am in it."),
        ("member", "introduced", "unreadable"),
    ),
    Kept(t("That a room was encrypted: always, so that I never write there in clear."), ("room",)),
    Kept(
        t("Your identity in Matrix: 1 year after I last saw it; that it has changed: 38 days."), ("identity",)
    ),
    Kept(
        t("Your language, name and choices: until you change them; what you agreed to: with your group."),
        ("person", "threads_ok"),
    ),
    Kept(
        t(
            "For at most 2 days, without words: how much of yours I carried, what I asked, refused or warned "
            "you of, and how often I was invited."
        ),
        ("relayed", "asked", "refused", "warned", "unread_told", "invitations"),
    ),
    Kept(
        t(
            "Ballots: until the verdict. Red lines: 30 days after it, or after the action. Who said what "
            "stands under a token, whose key I destroy when the round ends."
        ),
        ("audit", "audit_group", "elector", "seat", "draft", "ballot", "red_line"),
    ),
    Kept(
        t(
            "While a round of red lines runs, my host could find out who says what; the server sees who "
            "writes to me."
        )
    ),
    Kept(
        t(
            "In a group of four, secrecy is thin; a unanimous verdict tells how everybody voted; people may "
            "recognise your way of writing."
        )
    ),
)
