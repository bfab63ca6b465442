"""`poe words`: reads the code's sentences into `translations/bot.pot` and brings every `XX.po` up to date.

New sentences arrive untranslated, sentences that are gone are dropped, nothing is guessed.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

import bot.handlers
from bot import i18n
from bot.handlers.action import menu
from bot.handlers.context import Noun
from bot.handlers.group.settings import KEYS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "bot.pot"
KEYWORDS = {"t": None, "tn": (1, 2)}

_HEADER = """\
# {title}
# Copyright (C) the authors of Twinline. Licence: AGPL-3.0-or-later.
msgid ""
msgstr ""
"Project-Id-Version: twinline\\n"
{language}"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def nouns() -> Iterable[Noun]:
    """Everything that declares commands."""
    for module in pkgutil.walk_packages(bot.handlers.__path__, "bot.handlers."):
        noun = getattr(importlib.import_module(module.name), "NOUN", None)
        if isinstance(noun, Noun):
            yield noun


def _contexts() -> Iterable[tuple[str, str, str]]:
    """(context, word, comment for the translator) of what is looked up under a context."""
    for form in i18n.FORMS:
        yield "form", form, "How a quotation and a point in time are put."
    for meaning in i18n.ANSWERS:
        yield "answer", meaning, "What counts as this answer, with commas between."
    for word in i18n.DATE_WORDS:
        yield (
            "date",
            word,
            "What this may be called in a date, with commas; “of”: all words that say nothing.",
        )
    declared = [command for noun in nouns() for command in noun.commands]
    for option in sorted({*KEYS, *(option.name for command in declared for option in command.options)}):
        yield "option", option, "The name of an option or a setting: one word, or several with commas."
    for word in sorted({*menu.WORDS, *(word for command in declared for word in command.words)}):
        yield "command", word, "A word of a command: one word without blanks, or several with commas between."


def extracted() -> Catalog:
    """All that has to be translated."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(
        ROOT / "bot", [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for name, line, message, comments, context in found:
        catalog.add(message, locations=[(f"bot/{name}", line)], auto_comments=comments, context=context)
    for context, word, comment in _contexts():
        catalog.add(word, context=context, auto_comments=[comment])
    return catalog


def _written(catalog: Catalog, header: str) -> str:
    out = io.BytesIO()
    write_po(
        out,
        catalog,
        width=110,
        omit_header=True,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return header + out.getvalue().decode()


def template() -> str:
    """The text of `bot.pot`."""
    return _written(extracted(), _HEADER.format(title="Everything that Twinline says itself.", language=""))


def updated(path: Path) -> str:
    """The text of a language's catalog with the sentences of today."""
    code = path.stem
    with path.open("rb") as po:
        catalog = read_po(po, locale=code, abort_invalid=True)
    catalog.update(extracted(), no_fuzzy_matching=True)
    plurals = get_plural(code)
    lines = f'"Language: {code}\\n"\n"Plural-Forms: {plurals}\\n"\n'
    return _written(catalog, _HEADER.format(title=f"Twinline in {code}.", language=lines))


def main() -> None:
    """Write them all."""
    TEMPLATE.write_text(template(), encoding="utf-8")
    for path in sorted(FOLDER.glob("*.po")):
        path.write_text(updated(path), encoding="utf-8")


if __name__ == "__main__":
    main()
