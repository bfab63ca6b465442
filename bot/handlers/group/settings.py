"""A group's settings: how each is read from what was typed, and how it reads; `!group` and `!group set`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import group as rules
from bot.domain.group import Approval, Attribution, Group, NewMembers, Speakers
from bot.domain.outgoing import Outgoing
from bot.domain.text import Language, Listing, Text, t, tn
from bot.domain.trust import Policy
from bot.domain.verdict import LEAST_COUNTS
from bot.handlers.command import plain
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.group import reads, season
from bot.handlers.group.values import SHOWN, Setting, choice_of, having, is_off
from bot.handlers.refusal import No, refuse
from bot.handlers.spoken import language_is
from bot.handlers.timetable import follow
from bot.i18n import fold
from bot.storage import dispatches, groups, introduced, outbox, twinnings

EXAMPLE_ZONE = "America/Mexico_City"
EXAMPLE_HOURS = "21:00-08:00"


def language_of(ctx: Context, typed: str) -> str:
    catalogs = ctx.house.catalogs
    code = catalogs.match(typed)
    spoken = catalogs.available()
    if code is None or not {code, code.partition("_")[0]} & set(spoken):
        languages = Listing(tuple(Language(one) for one in spoken))
        raise No(
            t("I do not speak “{language}” yet.", language=typed[:SHOWN]),
            t("I speak: {languages}.", languages=languages),
        )
    return code


def languages_of(ctx: Context, typed: str) -> list[str]:
    """A room's languages, the first one first: I speak that one, the others need only be known."""
    catalogs = ctx.house.catalogs
    names = [typed] if catalogs.match(typed) else [name.strip() for name in typed.split(",") if name.strip()]
    if len(names) == 1 and catalogs.match(typed) is None:
        names = typed.split()
    if len(names) > rules.MOST_LANGUAGES:
        raise No(t("A room can have up to {most} languages.", most=rules.MOST_LANGUAGES))
    first, *others = names or [typed]
    found = [language_of(ctx, first)]
    for name in others:
        code = catalogs.match(name)
        if code is None:
            raise No(t("I do not know the language “{language}”.", language=name[:SHOWN]))
        found.append(code)
    return found


def zone_of(typed: str) -> str:
    zone = rules.find_zone(typed)
    if zone is not None:
        return zone
    unknown = t("I do not know the time zone “{zone}”.", zone=typed[:SHOWN])
    close = rules.close_zones(typed[:SHOWN])
    if close:
        raise No(unknown, t("Did you mean one of these? {zones}", zones=Listing(tuple(close))))
    raise No(
        unknown,
        t("A time zone is written like {example}: part of the world, big city.", example=EXAMPLE_ZONE),
    )


def zone_is(group: Group) -> Text:
    return t("Time zone: {zone}.", zone=group.zone)


def zone_default() -> Text:
    return t("Time zone: UTC for now; set yours with: {command}", command=f"!group set zone {EXAMPLE_ZONE}")


# How each setting is read.


async def _set_language(ctx: Context, group: Group, typed: str) -> Group:
    return group.speaking(*languages_of(ctx, typed))


async def _set_zone(ctx: Context, group: Group, typed: str) -> Group:
    return replace(group, zone=zone_of(typed))


async def _set_dispatch(ctx: Context, group: Group, typed: str) -> Group:
    choice = choice_of(ctx, typed, {"stewards": t("stewards"), "members": t("members")})
    return having(group, replace(group.settings, dispatch=Speakers(choice)))


async def _set_attribution(ctx: Context, group: Group, typed: str) -> Group:
    choice = choice_of(ctx, typed, {"group": t("group"), "member": t("member")})
    return having(group, replace(group.settings, attribution=Attribution(choice)))


async def _set_threadconfirm(ctx: Context, group: Group, typed: str) -> Group:
    said = ctx.house.catalogs.answer(typed, ctx.language)
    choice = (
        {"yes": "on", "no": "off"}[said] if said else choice_of(ctx, typed, {"on": t("on"), "off": t("off")})
    )
    return having(group, replace(group.settings, threadconfirm=choice == "on"))


async def _set_keep(ctx: Context, group: Group, typed: str) -> Group:
    number = typed.split(maxsplit=1)[0]
    if not (number.isascii() and number.isdigit() and len(number) <= 3) or int(number) > rules.LONGEST_KEEP:
        raise No(
            t(
                "“{value}” is not possible here; write a number of days from 0 to {most}.",
                value=typed[:SHOWN],
                most=rules.LONGEST_KEEP,
            )
        )
    await dispatches.keep_until(ctx.tx, group.id, int(number))
    return having(group, replace(group.settings, keep=int(number)))


async def _set_devices(ctx: Context, group: Group, typed: str) -> Group:
    choice = choice_of(ctx, typed, {"signed": t("signed"), "all": t("all")})
    return having(group, replace(group.settings, devices=Policy(choice)))


async def _set_newmembers(ctx: Context, group: Group, typed: str) -> Group:
    choice = NewMembers(choice_of(ctx, typed, {"open": t("open"), "hold": t("hold")}))
    if choice is NewMembers.OPEN:
        await introduced.release(ctx.tx, group.room_id)
        await outbox.release(ctx.tx, group.room_id)
    return having(group, replace(group.settings, newmembers=choice))


async def _set_quiet(ctx: Context, group: Group, typed: str) -> Group:
    hours = "" if is_off(ctx, typed) else rules.clean_hours(typed)
    if hours is None:
        raise No(
            t(
                "“{value}” is not possible here; write hours like {example}, or {off}.",
                value=typed[:SHOWN],
                example=EXAMPLE_HOURS,
                off="off",
            )
        )
    return having(group, replace(group.settings, quiet=hours))


async def _set_urgent(ctx: Context, group: Group, typed: str) -> Group:
    return having(group, replace(group.settings, urgent=_people(ctx, typed)))


async def _set_approval(ctx: Context, group: Group, typed: str) -> Group:
    choice = choice_of(ctx, typed, {"none": t("none"), "one": t("one")})
    return having(group, replace(group.settings, approval=Approval(choice)))


async def _set_approvers(ctx: Context, group: Group, typed: str) -> Group:
    return having(group, replace(group.settings, approvers=_people(ctx, typed)))


async def _set_quorum(ctx: Context, group: Group, typed: str) -> Group:
    return having(group, replace(group.settings, quorum=_number(typed.rstrip(" %"), 1, 100)))


async def _set_counts(ctx: Context, group: Group, typed: str) -> Group:
    return having(group, replace(group.settings, counts=_number(typed, LEAST_COUNTS, 999)))


async def _set_bots(ctx: Context, group: Group, typed: str) -> Group:
    return having(group, replace(group.settings, bots=_people(ctx, typed)))


def _number(typed: str, least: int, most: int) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) <= 3 and least <= int(typed) <= most:
        return int(typed)
    raise No(
        t(
            "“{value}” is not possible here; write a number from {least} to {most}.",
            value=typed[:SHOWN],
            least=least,
            most=most,
        )
    )


def _people(ctx: Context, typed: str) -> tuple[str, ...]:
    """The members that were named."""
    if is_off(ctx, typed):
        return ()
    return tuple(dict.fromkeys(_member(ctx, name) for name in typed.replace(",", " ").split()))


def _member(ctx: Context, name: str) -> str:
    """The joined member whose user id, or its part before the colon, was typed."""
    wanted = name if name.startswith("@") else f"@{name}"
    here = [user for user in ctx.room.members if ctx.room.has(user) and user != ctx.house.me]
    found = [user for user in here if wanted.casefold() in (user, user.partition(":")[0])]
    if len(found) != 1:
        raise No(t("Nobody here is called “{name}”; write the user id.", name=name[:SHOWN]))
    return found[0]


_SETTINGS: Mapping[str, Setting] = {
    "language": Setting(_set_language, language_is, "es | en,es"),
    "zone": Setting(_set_zone, zone_is, EXAMPLE_ZONE),
    "dispatch": Setting(_set_dispatch, reads.dispatch_is, "stewards | members"),
    "attribution": Setting(_set_attribution, reads.attribution_is, "group | member"),
    "threadconfirm": Setting(_set_threadconfirm, reads.threadconfirm_is, "on | off"),
    "keep": Setting(_set_keep, reads.keep_is, "0 … 365"),
    "devices": Setting(_set_devices, reads.devices_is, "signed | all", reads.devices_means),
    "newmembers": Setting(_set_newmembers, reads.newmembers_is, "open | hold", reads.newmembers_means),
    "quiet": Setting(_set_quiet, reads.quiet_is, f"{EXAMPLE_HOURS} | off"),
    "urgent": Setting(_set_urgent, reads.urgent_is, "@ana:example.org | off"),
    "approval": Setting(_set_approval, reads.approval_is, "none | one", reads.approval_means),
    "approvers": Setting(_set_approvers, reads.approvers_is, "@ana:example.org | off"),
    "quorum": Setting(_set_quorum, reads.quorum_is, "1 … 100"),
    "counts": Setting(_set_counts, reads.counts_is, "3 …"),
    "bots": Setting(_set_bots, reads.bots_is, "@bot:example.org | off"),
    **season.SETTINGS,
}
KEYS = tuple(_SETTINGS)


async def _show(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    lines = [
        t("{name}; handle: {handle}", name=group.name, handle=group.handle),
        *(
            t("{key} · {setting}", key=called, setting=_SETTINGS[key].reads(group))
            for key, called in _called(ctx).items()
        ),
        _twins(len(await twinnings.open_of(ctx.tx, group.id))),
    ]
    if ctx.is_steward:
        lines.append(t("Change a setting: {usage}", usage=SET.usage))
    return ctx.reply(*lines)


def _called(ctx: Context) -> dict[str, str]:
    """What each setting is called in the room's language."""
    aliases = ctx.house.catalogs.option_aliases(ctx.language, KEYS)
    return {key: next((alias for alias, of in aliases.items() if of == key), key) for key in KEYS}


def _twins(count: int) -> Text:
    if count == 0:
        return t("Your group has no twin yet.")
    return tn(
        "{count} twinning; {command} shows it.",
        "{count} twinnings; {command} shows them.",
        count,
        command="!twin",
    )


async def _set(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    key, _, joined = plain(given.get("KEY") or "").partition("=")
    value = plain(joined or given.get("VALUE") or "").strip(" \t\n\"'=")
    keys = Listing(tuple(_called(ctx).values()))
    if not key:
        means = t("{command} shows what each of them means.", command="!group")
        return await refuse(
            ctx, t("You can set: {keys}.", keys=keys), means, t("Usage: {usage}", usage=SET.usage)
        )
    english = ctx.house.catalogs.option_aliases(ctx.language, KEYS)
    key = "language" if fold(key) == "languages" else english.get(fold(key), key)
    setting = _SETTINGS.get(fold(key))
    if setting is None:
        return await refuse(
            ctx, t("There is no setting “{key}”.", key=key[:SHOWN]), t("You can set: {keys}.", keys=keys)
        )
    if not value:
        how = f"!group set {fold(key)} {setting.example}"
        return await refuse(ctx, setting.reads(group), t("Change it with: {command}", command=how))
    try:
        changed = await setting.change(ctx, group, value)
    except No as no:
        return await refuse(ctx, *no.lines)
    await groups.save(ctx.tx, changed)
    if changed != group:
        await follow(ctx.tx, changed)
    if changed.zone != group.zone:
        ctx.rezoned.append(changed)
    ctx.language = changed.language
    if setting.means is None or changed == group:
        return ctx.reply(setting.reads(changed))
    return [replace(ctx.answer(setting.reads(changed), *setting.means(changed)), notice=False)]


SET = Command(
    words=("group", "set"),
    summary=t("changes one of the group's settings"),
    theme=Theme.GROUP,
    run=_set,
    notes=(
        t("{command} shows all settings, each after its KEY.", command="!group"),
        t("A KEY without a VALUE shows what can stand there."),
    ),
    arguments=(Argument("KEY", optional=True), Argument("VALUE", Shape.REST, optional=True)),
)

SHOW = Command(
    words=("group",),
    summary=t("shows the group and its settings"),
    theme=Theme.GROUP,
    run=_show,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
)
