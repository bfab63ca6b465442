"""`!privacy`, `!status` and `!language`: what the bot knows and does here."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.group import Group
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.text import Day, Language, Listing, Moment, Text, Words, t, tn
from bot.handlers.context import Argument, Command, Context, Given, Noun, Place, Shape, Theme, Who
from bot.handlers.kept import KEPT
from bot.handlers.paging import page_of, paged
from bot.handlers.refusal import refuse
from bot.handlers.spoken import language_is
from bot.handlers.twin_states import named, renewal, state
from bot.handlers.twins import Twin, aliases, twins_of
from bot.storage import actions, approvals, groups, identities, introduced, people, twinnings, unreadable

_SHOWN = 40
_MOST_STATUS = 8
_MOST_PEOPLE = 5
_MOST_UNAPPROVED = 5


async def _privacy(ctx: Context, given: Given) -> list[Outgoing]:
    first, *others = (kept.line for kept in KEPT)
    lines = [
        t(
            "I can read everything in the rooms I am in, and so can the person who hosts me: {host}.",
            host=ctx.house.host_name,
        ),
        t("Groups at risk use a room made for me and keep their own talk elsewhere."),
        *_engines(ctx),
        first,
        _dispatches(ctx),
        *others,
    ]
    return ctx.reply(*paged(ctx, lines, page_of(given.get("PAGE")), "!privacy"))


def _engines(ctx: Context) -> list[Text]:
    engines, servers = ctx.house.engines, ctx.house.servers
    if not engines and not servers:
        return [t("No translation engine is installed here: words cross untranslated.")]
    lines = []
    if engines:
        lines.append(
            t(
                "Machine translation is done on the host's own machine, by {engines}, and is not stored.",
                engines=Listing(engines),
            )
        )
    if servers:
        lines.append(
            t(
                "Words to be translated go to LibreTranslate servers that the host has chosen, and can be "
                "read there: {servers}.",
                servers=Listing(servers),
            )
        )
    return lines


def _dispatches(ctx: Context) -> Text:
    if ctx.group is None:
        return t("A dispatch's words: 90 days, unless its group chose otherwise.")
    days = ctx.group.settings.keep
    if days == 0:
        return t("The words of this group's dispatches: not kept.")
    return tn(
        "The words of this group's dispatches: {count} day; change it with {command}.",
        "The words of this group's dispatches: {count} days; change it with {command}.",
        days,
        command="!group set keep",
    )


async def _status(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    lines = [
        t(
            "{name} ({handle}) · {language} · {zone}",
            name=group.name,
            handle=group.handle,
            language=Listing(tuple(map(Language, group.languages))),
            zone=group.zone,
        )
    ]
    known = await twins_of(ctx.tx, group)
    if not known:
        lines.append(
            t("Your group has no twin yet. {command} gives you a code for one.", command="!group code")
        )
    waits = False
    for index, twin in enumerate(known):
        waiting = await _waiting(ctx, twin)
        waits = waits or waiting is not None
        more = renewal(twin, group, ctx.now.date())
        about = [t("{twin}: {state}", twin=named(twin, group), state=state(twin, group)), waiting, more]
        said = [line for line in about if line is not None]
        if len(lines) + len(said) > _MOST_STATUS:
            lines.append(
                t("And: {twins}. {command} shows more.", twins=aliases(known[index:], group), command="!twin")
            )
            break
        lines += said
    unapproved = await _unapproved(ctx, group)
    if known and not waits and not unapproved:
        lines.append(t("Nothing waits to be sent."))
    return ctx.reply(*lines, *unapproved, *await _next_action(ctx, group), *await _trouble(ctx, group))


async def _unapproved(ctx: Context, group: Group) -> list[Text]:
    """Which dispatches wait for a second pair of eyes."""
    names = [f"{group.handle}-{number}" for number in await approvals.waits(ctx.tx, group.id)]
    more = len(names) - _MOST_UNAPPROVED
    shown: list[str | Text] = list(names[:_MOST_UNAPPROVED])
    if more > 0:
        shown.append(tn("{count} more", "{count} more", more))
    return [t("Not approved yet: {names}", names=Listing(tuple(shown)))] if names else []


async def _next_action(ctx: Context, group: Group) -> list[Text]:
    """The action that comes next, agreed or not."""
    here = today(ctx.now, group.zone)
    for action in await actions.open_of(ctx.tx, group.id):
        if action.when.day_in(group.zone) >= here:
            begins = action.when.begins
            return [
                t(
                    "Next action: {number} · {title} · {when}",
                    number=str(action.number),
                    title=Words(action.title, action.language),
                    when=Day(action.when.day) if begins is None else Moment(begins, group.zone),
                )
            ]
    return []


async def _trouble(ctx: Context, group: Group) -> list[Text]:
    """Whose devices cannot read the bot, and whom a steward has to confirm."""
    lines: list[Text] = []
    deaf = await unreadable.owners(ctx.tx, group.room_id)
    if deaf:
        lines.append(
            t(
                "These have a device that cannot read me, until they verify it in Element under Settings → "
                "Sessions: {people}.",
                people=_people(deaf),
            )
        )
    changed = [change.user_id for change in await identities.waiting(ctx.tx, group.room_id)]
    if changed:
        lines.append(
            t(
                "Their identity in Matrix is a new one, so I neither write to them nor heed them: {people}.",
                people=_people(changed),
            )
        )
    new = await introduced.held(ctx.tx, group.room_id)
    if new:
        lines.append(t("What your twins send waits until you confirm: {people}.", people=_people(new)))
    if changed or new:
        lines.append(t("A steward confirms a member with: {command}", command="!trust NAME"))
    return lines


def _people(users: Collection[str]) -> Listing:
    """The first of them by name, the others by number."""
    shown = sorted(users)[:_MOST_PEOPLE]
    more = len(users) - len(shown)
    return Listing((*shown, tn("{count} more", "{count} more", more)) if more else tuple(shown))


async def _waiting(ctx: Context, twin: Twin) -> Text | None:
    """What waits for the twin's room, and why; None if nothing does."""
    waiting = await twinnings.waiting(ctx.tx, twin.twinning.id, twin.group.room_id)
    if waiting.count == 0:
        return None
    if waiting.tried:
        why = t("the server has not taken it yet; I keep trying")
    elif waiting.translating:
        why = t("it is being translated")
    else:
        why = t("it is on its way")
    return tn("{count} message waits: {why}", "{count} messages wait: {why}", waiting.count, why=why)


async def _language(ctx: Context, given: Given) -> list[Outgoing]:
    catalogs = ctx.house.catalogs
    spoken = catalogs.available()
    typed = given.get("CODE")
    languages = Listing(tuple(Language(one) for one in spoken))
    if typed is None:
        return await refuse(
            ctx,
            t("I speak {language} here.", language=Language(ctx.language)),
            t("I can speak: {languages}.", languages=languages),
            t("Change it with: {command}", command="!language es"),
        )
    code = catalogs.match(typed)
    if code is None or not {code, code.partition("_")[0]} & set(spoken):
        return await refuse(
            ctx,
            t("I do not speak “{language}” yet.", language=typed[:_SHOWN]),
            t("I speak: {languages}.", languages=languages),
        )
    if ctx.group is not None:
        return await _group_language(ctx, ctx.group, code)
    await people.set_language(ctx.tx, ctx.sender, code)
    ctx.language = code
    return ctx.reply(t("From now on I speak {language} with you.", language=Language(code)))


async def _group_language(ctx: Context, group: Group, code: str) -> list[Outgoing]:
    also = [one for one in group.settings.others if one != code]
    kept = [group.language] if code in group.settings.others else []  # it changes places with the first
    changed = group.speaking(code, *kept, *also)
    await groups.save(ctx.tx, changed)
    ctx.language = code
    return ctx.reply(language_is(changed))


NOUN = Noun(
    commands=(
        Command(
            words=("privacy",),
            summary=t("what I can read, what I keep until when, and who hosts me"),
            theme=Theme.START,
            run=_privacy,
            who=frozenset(Who),
            arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
            places=frozenset(Place),
        ),
        Command(
            words=("status",),
            summary=t("your group, its twins, what waits to be sent, and whose devices cannot read me"),
            theme=Theme.START,
            run=_status,
            who=frozenset({Who.STEWARD, Who.MEMBER}),
        ),
        Command(
            words=("language",),
            summary=t("the language I speak here"),
            theme=Theme.START,
            run=_language,
            who=frozenset({Who.STEWARD, Who.PERSON}),
            arguments=(Argument("CODE", optional=True),),
            places=frozenset({Place.HOME, Place.DIRECT}),
        ),
    )
)
