"""Translations spoilt on purpose, in 20 ways, from pairs that are right."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from bot.domain.calendar_names import MONTHS, WEEKDAYS
from tests.bench.translation_pairs import FOREIGN

Pair = tuple[str, str]
Spoil = Callable[[Pair, Random], Pair | None]
"""Makes a failure of a pair, or None if the pair does not lend itself to it."""

LINKS = ("https://example.org/a_b?c=d", "https://vigil.example/plan#two", "www.tenants.example/join")
MENTIONS = ("@ana:example.org", "@rosa", "#strike:example.org")
EMOJI = ("😀", "✊🏽", "🇵🇭", "🎉🎉")
CODE = ("`make news`", "`rm -rf /tmp`", "`group set`")
LABELS = ("Rosa", "Jun", "María Elena")


def _end(text: str, more: str) -> str:
    """The text with something more before its final mark."""
    return f"{text[:-1]} {more}{text[-1]}" if text[-1:] in ".!?" else f"{text} {more}"


def repetition(pair: Pair, random: Random) -> Pair | None:
    words = pair[1].rstrip(".!?").split()
    tail = words[-random.randint(1, min(3, len(words))) :]
    return pair[0], " ".join([*words, *tail * random.randint(4, 8)])


def copy(pair: Pair, random: Random) -> Pair | None:
    return (pair[0], pair[0]) if len(pair[0].split()) >= 6 else None


def empty(pair: Pair, random: Random) -> Pair | None:
    return pair[0], random.choice(["", " ", "...", "\n"])


def cut_half(pair: Pair, random: Random) -> Pair | None:
    words = pair[1].split()
    return (pair[0], " ".join(words[: len(words) // 2])) if len(words) >= 5 else None


def number_changed(pair: Pair, random: Random) -> Pair | None:
    number = str(random.randint(12, 9999))
    at = random.randrange(len(number))
    other = number[:at] + str((int(number[at]) + random.randint(1, 8)) % 10) + number[at + 1 :]
    return _end(pair[0], f"({number})"), _end(pair[1], f"({other})")


def date_changed(pair: Pair, random: Random) -> Pair | None:
    for names in (MONTHS, WEEKDAYS):
        known = [name for name in names["es"] if re.search(rf"\b{name}\b", pair[1])]
        if known:
            others = [name for name, number in names["es"].items() if number != names["es"][known[0]]]
            return pair[0], pair[1].replace(known[0], random.choice(others))
    return None


def negation_lost(pair: Pair, random: Random) -> Pair | None:
    if not re.search(r"\b(not|never|nobody|nothing|none|no one|\w+n't)\b", pair[0], re.IGNORECASE):
        return None
    words = r"\b(no|nunca|nadie|nada|ninguna|ningún|todavía)\b ?"
    target = re.sub(words, "", pair[1], flags=re.IGNORECASE)
    return (pair[0], target) if target != pair[1] else None


def wrong_language(pair: Pair, random: Random) -> Pair | None:
    return pair[0], random.choice(FOREIGN)


def name_translated(pair: Pair, random: Random) -> Pair | None:
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}", pair[0])
    names = [name for name in names if name in pair[1] and name.lower() not in MONTHS["en"] | WEEKDAYS["en"]]
    if not names:
        return None
    return pair[0], pair[1].replace(names[0], random.choice(["la gracia", "el río", "la piedra", "el sol"]))


def link_broken(pair: Pair, random: Random) -> Pair | None:
    link = random.choice(LINKS)
    broken = random.choice([link[:-1], link.replace("/", "/ ", 3), link.replace(".", ". "), link.upper(), ""])
    return _end(pair[0], f"({link})"), _end(pair[1], f"({broken})")


def mention_broken(pair: Pair, random: Random) -> Pair | None:
    mention = random.choice(MENTIONS)
    broken = random.choice([mention[1:], mention.replace(":", ": "), f"@ {mention[1:]}", ""])
    broken = mention[1:] if broken == mention else broken
    return f"{mention} {pair[0]}", f"{broken} {pair[1]}"


def emoji_dropped(pair: Pair, random: Random) -> Pair | None:
    return f"{pair[0]} {random.choice(EMOJI)}", pair[1]


def list_flattened(pair: Pair, random: Random) -> Pair | None:
    return f"- {pair[0]}\n- {pair[0]}", random.choice([f"- {pair[1]} {pair[1]}", f"- {pair[1]} - {pair[1]}"])


def code_translated(pair: Pair, random: Random) -> Pair | None:
    code = random.choice(CODE)
    return _end(pair[0], code), _end(
        pair[1], random.choice(["`hacer noticias`", "hacer noticias", code[1:-1]])
    )


def question_lost(pair: Pair, random: Random) -> Pair | None:
    return (pair[0], pair[1].strip("¿?") + ".") if pair[0].endswith("?") else None


def all_capitals(pair: Pair, random: Random) -> Pair | None:
    return (pair[0], pair[1].upper()) if len(pair[1].split()) > 2 else None


def label_dropped(pair: Pair, random: Random) -> Pair | None:
    return f"{random.choice(LABELS)}: {pair[0]}", pair[1]


def placeholder_leaked(pair: Pair, random: Random) -> Pair | None:
    return pair[0], _end(pair[1], random.choice(["⟦1⟧", "[1]", "XX1XX", "#1#", "__1__"]))


def html_made_live(pair: Pair, random: Random) -> Pair | None:
    tag = random.choice(["b", "a href=x", "img src=x", "script"])
    source = _end(pair[0], f"&lt;{tag}&gt;") if random.random() < 0.5 else pair[0]
    return source, _end(pair[1], f"<{tag}>")


def direction_broken(pair: Pair, random: Random) -> Pair | None:
    at = random.randrange(len(pair[1]))
    mark = random.choice("\u202e\u202b\u2067\u200f")
    return pair[0], pair[1][:at] + mark + pair[1][at:]


KINDS: dict[str, Spoil] = {
    "repetition": repetition,
    "copy": copy,
    "empty": empty,
    "cut half": cut_half,
    "number changed": number_changed,
    "date changed": date_changed,
    "negation lost": negation_lost,
    "wrong language": wrong_language,
    "name translated": name_translated,
    "link broken": link_broken,
    "mention broken": mention_broken,
    "emoji dropped": emoji_dropped,
    "list flattened": list_flattened,
    "code translated": code_translated,
    "question turned statement": question_lost,
    "all capitals": all_capitals,
    "label dropped": label_dropped,
    "placeholder leaked": placeholder_leaked,
    "HTML made live": html_made_live,
    "direction broken": direction_broken,
}
EACH = 20


def failures(pairs: list[Pair], seed: int = 23) -> dict[str, list[Pair]]:
    """So many of each kind; kinds for which no more pairs are fit have fewer."""
    random = Random(seed)  # noqa: S311 - repeatable, no secret
    made: dict[str, list[Pair]] = {}
    for kind, spoil in KINDS.items():
        shuffled = random.sample(pairs, len(pairs))
        found: list[Pair] = []
        for number in range(5 * len(shuffled)):
            pair = shuffled[number % len(shuffled)]
            spoilt = spoil(pair, random)
            if spoilt is not None and spoilt not in found:
                found.append(spoilt)
            if len(found) == EACH:
                break
        made[kind] = found
    return made
