"""The one table of languages: how the catalogs, Matrix (BCP 47) and the translation engines call each one.

The catalog code is the name inside Twinline: settings, `Words.language`, the ports. `engines` lists the
codes of the translation packages, the best one first, since a package for the plain language serves where
the regional one is missing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. `code` is the catalog's ("pt_BR"), `tag` is BCP 47 ("pt-BR"), `rtl` its direction."""

    code: str
    tag: str
    engines: tuple[str, ...]
    rtl: bool = False
    aliases: tuple[str, ...] = ()


def _plain(codes: str) -> tuple[Tongue, ...]:
    return tuple(Tongue(code, code, (code,)) for code in codes.split())


TONGUES: tuple[Tongue, ...] = (
    *_plain("az bg bn ca cs da de el en eo es et eu fi fr ga gl hi hu id it ja ko ky lt lv"),
    *_plain("ms nl pl ro ru sk sl sq sv th tr uk"),
    Tongue("ar", "ar", ("ar",), rtl=True),
    Tongue("fa", "fa", ("fa",), rtl=True),
    Tongue("he", "he", ("he",), rtl=True, aliases=("iw",)),
    Tongue("ur", "ur", ("ur",), rtl=True),
    Tongue("fil", "fil", ("tl",), aliases=("tl",)),
    Tongue("nb", "nb", ("nb",), aliases=("no",)),
    Tongue("pt", "pt", ("pt", "pb"), aliases=("pt_PT",)),
    Tongue("pt_BR", "pt-BR", ("pb", "pt"), aliases=("pb",)),
    Tongue("zh", "zh", ("zh",), aliases=("zh_CN", "zh_Hans")),
    Tongue("zh_Hant", "zh-Hant", ("zt", "zh"), aliases=("zh_TW", "zt")),
)

_BY_CODE: dict[str, Tongue] = {tongue.code: tongue for tongue in TONGUES}
_BY_TYPED: dict[str, Tongue] = {
    name.lower().replace("-", "_"): tongue
    for tongue in TONGUES
    for name in (*tongue.aliases, tongue.tag, tongue.code)
}


def tongue(code: str) -> Tongue:
    """The language of a catalog code. KeyError if there is none."""
    return _BY_CODE[code]


def find(typed: str) -> Tongue | None:
    """What a person means by "pt-br", "PT_BR" or "tl"; a region the table lacks is left out ("es-MX")."""
    name = typed.strip().lower().replace("-", "_")
    return _BY_TYPED.get(name) or _BY_TYPED.get(name.partition("_")[0])


def tag(code: str) -> str:
    """The BCP 47 tag of a catalog code, for `lang` attributes; unknown codes with their `_` turned to `-`."""
    known = _BY_CODE.get(code)
    return known.tag if known else code.replace("_", "-")


def rtl(code: str) -> bool:
    """True if the language is written from right to left."""
    known = _BY_CODE.get(code)
    return bool(known and known.rtl)
