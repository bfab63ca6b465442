"""`!help`: the commands that this person can use here, read from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.handlers.command import plain
from bot.handlers.context import Argument, Command, Context, Given, Noun, Place, Shape, Theme, Who
from bot.handlers.paging import paged
from bot.handlers.refusal import refuse
from bot.i18n import fold

_SHOWN = 40

Commands = Mapping[tuple[str, ...], Command]

_THEMES: Mapping[Theme, Text] = {
    Theme.START: t("Start"),
    Theme.GROUP: t("Group"),
    Theme.TWIN: t("Twins"),
    Theme.DISPATCH: t("Dispatches"),
    Theme.ACTION: t("Actions"),
    Theme.WORDS: t("Words"),
    Theme.CALENDAR: t("Calendar"),
    Theme.AUDIT: t("Red lines"),
    Theme.HOST: t("For the host"),
}


def noun(commands: Callable[[], Commands]) -> Noun:
    """Help on all commands there are; they are asked for when somebody asks, since help is one of them."""

    async def run(ctx: Context, given: Given) -> list[Outgoing]:
        return await _help(ctx, plain(given.get("WORD") or ""), commands())

    return Noun(
        commands=(
            Command(
                words=("help",),
                summary=t("shows what you can type here; with a word, more about it"),
                theme=Theme.START,
                run=run,
                who=frozenset(Who),
                arguments=(Argument("WORD", Shape.REST, optional=True),),
                places=frozenset(Place),
            ),
        )
    )


async def _help(ctx: Context, typed: str, commands: Commands) -> list[Outgoing]:
    usable = {words: command for words, command in commands.items() if may_use(ctx, command)}
    asked, page = _asked(ctx, typed, commands)
    if not asked:
        return ctx.reply(*paged(ctx, _overview(ctx, usable), page, "!help"))
    for theme, heading in _THEMES.items():
        if asked in ((theme.value,), tuple(_folded(ctx, heading).split())):
            shown = [command for command in usable.values() if command.theme is theme]
            lines = [*map(_summary, shown), *(note for command in shown for note in command.notes)]
            if lines:
                return ctx.reply(*paged(ctx, lines, page, f"!help {theme}"))
    found = [command for words, command in commands.items() if _about(words, asked)]
    if not found:
        return await refuse(
            ctx,
            t("I have no help on “{word}”.", word=typed.strip()[:_SHOWN]),
            t("{command} shows what you can type here.", command="!help"),
        )
    if len(found) > 1:
        return ctx.reply(*paged(ctx, [_summary(one) for one in found], page, f"!help {' '.join(asked)}"))
    return ctx.reply(*_page_of(ctx, found[0]))


def may_use(ctx: Context, command: Command) -> bool:
    """Whether this person can use the command here, as far as that can be told beforehand."""
    if ctx.place not in command.places:
        return False
    if ctx.place is Place.DIRECT:
        return Who.PERSON in command.who or (Who.HOST in command.who and ctx.sender in ctx.house.hosts)
    return Who.MEMBER in command.who or (Who.STEWARD in command.who and ctx.is_steward)


def _asked(ctx: Context, typed: str, commands: Commands) -> tuple[tuple[str, ...], int]:
    """The words asked about, in English, and the page."""
    words = [fold(word) for word in typed.split()]
    page = 1
    if words and words[-1].isascii() and words[-1].isdigit():
        page = max(int(words.pop()[:3]), 1)
    known = {word for declared in commands for word in declared}
    aliases = ctx.house.catalogs.command_aliases(ctx.language, sorted(known))
    english = [aliases[word] if word not in known and word in aliases else word for word in words if word]
    return tuple(english), page


def _folded(ctx: Context, text: Text) -> str:
    return fold(ctx.house.catalogs.say(text, ctx.language))


def _about(words: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether a command is meant by its words, or by those of them that stand at its end ("pause")."""
    return tuple(words) == tuple(asked) or tuple(words[-len(asked) :]) == tuple(asked)


def _overview(ctx: Context, usable: Commands) -> list[Text]:
    own = _in_own_words(ctx, [(words[0],) for words in usable])
    lines = [t("You can also type: {commands}", commands=" · ".join(own))] if own else []
    for theme, heading in _THEMES.items():
        names = [f"!{command.name}" for command in usable.values() if command.theme is theme]
        if names:
            lines.append(t("{theme}: {commands}", theme=heading, commands=" · ".join(names)))
    if ctx.place is Place.OTHER:
        lines.append(t("This room is not the home of a group yet."))
    elif ctx.place is Place.DIRECT:
        lines.append(t("What concerns your group is typed in your group's room."))
    lines.append(t("More about one of them: {command}", command="!help group"))
    return lines


def _in_own_words(ctx: Context, commands: Sequence[tuple[str, ...]]) -> list[str]:
    """How these may be typed in the reader's language, where it has words of its own for them."""
    english = sorted({word for words in commands for word in words})
    own: dict[str, str] = {}
    for alias, word in ctx.house.catalogs.command_aliases(ctx.language, english).items():
        own.setdefault(word, alias)
    found = {words: " ".join(own.get(word, word) for word in words) for words in commands}
    return [f"!{typed}" for words, typed in found.items() if typed != " ".join(words)]


def _summary(command: Command) -> Text:
    return t("{usage} – {summary}", usage=command.usage, summary=command.summary)


def _page_of(ctx: Context, command: Command) -> list[Text]:
    lines = [_summary(command), *command.notes]
    if names := _in_own_words(ctx, [command.words]):
        lines.append(t("You can also type: {commands}", commands=names[0]))
    lines += [
        t("{option} may be left out.", option=f"{option.name}={option.example}") for option in command.options
    ]
    if Who.MEMBER in command.who:
        lines.append(t("Every member of the room can type it."))
    elif Who.STEWARD in command.who:
        lines.append(t("For stewards: members with power level 50 or more in the group's room."))
    elif Who.HOST in command.who:
        lines.append(t("For those who host me, in a direct chat."))
    if not may_use(ctx, command):
        lines.append(t("You cannot use it here."))
    return lines
