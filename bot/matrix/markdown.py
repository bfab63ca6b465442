"""The Markdown that people type, as HTML that is made here: CommonMark as Element reads it, tables,
~~struck~~ and ||hidden|| words, and the five tags that Element's own buttons type.

Nothing that was written may vanish from sight, and nothing may come together that its writer's markers kept
apart: what cannot be shown so is shown as it was typed. So no HTML, images, entities or definitions of links;
a link shows its target; headings are smaller than the bot's own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.matrix.addresses import ADDRESS, clickable, linked
from bot.matrix.bidi import LRI, PDI, RLI, Direction, isolated
from bot.matrix.neutral import harmless, unled

DEEPEST = 20
"""Tags within each other; Element drops those beyond 50."""

_BLOCKS = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li",
    "blockquote": "blockquote", "table": "table",
    "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
}  # fmt: skip
_INLINE = {"strong": "strong", "em": "em", "s": "del"}
_SPOILER = "||"
_MARK = re.compile(r"<(/?)(del|s|u|sub|sup)>|\|+", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?|mailto)\Z", re.IGNORECASE)
_KIND_OF_CODE = re.compile(r"[A-Za-z0-9+#-]{1,20}")


def formatted(text: str, own: Direction, around: Direction) -> str | None:
    """The HTML of cleaned words; None if there is no markup in them, or none that can be shown.

    `own` is their direction, `around` that of the message.
    """
    page = _Page(own, around)
    page.blocks(_PARSER.parse(text))
    shown = "".join(page.shown)
    if not page.marked or page.deepest > DEEPEST or _heard(text) != _heard("".join(page.kept)):
        return None
    return "".join(page.out) if harmless(shown) == shown else None


def _heard(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@dataclass(slots=True)
class _Page:
    """HTML on its way; `shown` is what is seen, `kept` all that was written, markers apart."""

    own: Direction
    around: Direction
    out: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    marked: bool = False
    fresh: bool = True
    depth: int = 0
    deepest: int = 0

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Paragraphs, lists, quotes, tables, code."""
        alone = sum(token.level == 0 and token.nesting >= 0 for token in tokens) == 1
        for token in tokens:
            name = token.type.removesuffix("_open").removesuffix("_close")
            if token.type == "inline":
                self._inline(token.children or [])
            elif token.type in ("fence", "code_block"):
                self._code(token)
            elif token.type == "hr":
                self._tag("<hr>")
            elif name == "paragraph":
                if not token.hidden and not (alone and token.level == 0):
                    self._nest("p", token)
            elif name == "heading":
                self._nest(f"h{min(int(token.tag[1:]) + 2, 6)}", token)
                self.marked = True
            else:
                self._nest(_BLOCKS[name], token)
                self.marked = True
            self.shown.append("\n")

    def _nest(self, tag: str, token: Token) -> None:
        self.kept.append(token.info if tag == "li" else "")
        start = token.attrs.get("start") if tag == "ol" else None
        attribute = f' start="{int(start)}"' if start is not None else ""
        self.out.append(f"<{tag}{attribute}>" if token.nesting == 1 else f"</{tag}>")
        self._deeper(token.nesting)

    def _deeper(self, by: int) -> None:
        self.depth += by
        self.deepest = max(self.deepest, self.depth)

    def _tag(self, tag: str) -> None:
        self.out.append(tag)
        self.marked = True

    def _code(self, token: Token) -> None:
        kind, text = token.info.strip(), token.content.removesuffix("\n")
        if kind and not _KIND_OF_CODE.fullmatch(kind):
            kind, text = "", f"{kind}\n{text}"
        self.kept += [kind, text]
        self.shown.append(text)
        attribute = f' class="language-{kind}"' if kind else ""
        self._tag(f"<pre><code{attribute}>{html.escape(isolated(text, self.own, self.around))}</code></pre>")

    def _inline(self, tokens: list[Token]) -> None:
        """One line after the other: each is isolated as a whole, and does not begin like a command."""
        paired = _pairs(tokens)
        line, self.fresh = len(self.out), True
        targets: list[tuple[str, str, int]] = []
        for number, token in enumerate(tokens):
            if token.type in ("softbreak", "hardbreak"):
                self._isolate(line)
                self.out.append("<br>")
                self.shown.append("\n")
                line, self.fresh = len(self.out), True
            elif token.type == "mark":
                self._mark(token, paired.get(number))
            elif token.type == "link_open":
                targets.append((str(token.attrs["href"]), str(token.attrs.get("title", "")), len(self.shown)))
            elif token.type == "link_close":
                self._target(token, *targets.pop())
            elif token.nesting:
                tag = _INLINE[token.type.rsplit("_", 1)[0]]
                self._tag(f"<{tag}>" if token.nesting == 1 else f"</{tag}>")
                self._deeper(token.nesting)
            else:
                self._leaf(token)
        self._isolate(line)

    def _isolate(self, start: int) -> None:
        """Around the line that begins at `start`."""
        if self.own != self.around and len(self.out) > start:
            self.out.insert(start, RLI if self.own == "rtl" else LRI)
            self.out.append(PDI)

    def _leaf(self, token: Token) -> None:
        text = token.content
        self.marked |= token.type == "text_special"
        self.kept.append(text)
        if self.fresh and text.strip():
            text, self.fresh = unled(text), False
        self.shown.append(text)
        text = isolated(text, self.own, self.own)
        if token.type == "code_inline":
            self._tag(f"<code>{html.escape(text)}</code>")
        elif text:
            self.out.append(linked(text))

    def _mark(self, token: Token, tag: str | None) -> None:
        if tag is None:
            self._leaf(token)
            return
        self.kept.append(token.content)
        self._deeper(-1 if tag.startswith("</") else 1)
        self._tag(tag)

    def _target(self, token: Token, target: str, title: str, start: int) -> None:
        """Behind the words of a link, where it leads to."""
        self.marked = True
        if token.info == "auto":
            return
        self.kept += [target, title]
        said = "".join(self.shown[start:])
        target = "" if said == target and not title else target
        behind = " ".join(part for part in (target, f"“{title}”" if title else "") if part)
        if behind:
            self.shown.append(f" ({behind})")
            self.out.append(linked(isolated(f" ({behind})", self.own, self.own)))


def _pairs(tokens: Iterable[Token]) -> dict[int, str]:
    """The tags for those marks that have a partner, neither of them across other markup."""
    found: dict[int, str] = {}
    waiting: list[tuple[int, str]] = []  # what is open; other markup has no name
    for number, token in enumerate(tokens):
        if token.type != "mark":
            if token.nesting == 1:
                waiting.append((number, ""))
            while token.nesting == -1 and waiting.pop()[1]:
                pass
            continue
        name = token.tag
        if token.meta["closes"] and waiting and waiting[-1][1] == name:
            found[waiting.pop()[0]] = "<span data-mx-spoiler>" if name == _SPOILER else f"<{name}>"
            found[number] = "</span>" if name == _SPOILER else f"</{name}>"
        elif token.meta["opens"]:
            waiting.append((number, name))
    return found


def _read_mark(state: StateInline, silent: bool) -> bool:
    """`||`, and the tags that Element's buttons type."""
    found = _MARK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        bar = found.group()[0] == "|"
        token = state.push("mark" if not bar or found.group() == _SPOILER else "text", "", 0)
        token.content = found.group()
        before, after = state.src[: state.pos][-1:], state.src[found.end() : found.end() + 1]
        token.tag = _SPOILER if bar else found.group(2).lower()
        token.meta = {
            "opens": bool(after.strip()) if bar else not found.group(1),
            "closes": bool(before.strip()) if bar else bool(found.group(1)),
        }
    state.pos = found.end()
    return True


def _read_address(state: StateInline, silent: bool) -> bool:
    """An address is no markup, whatever stars and lines are in it."""
    if state.src[state.pos] != ":":
        return False
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    if scheme is None or not (silent or state.pending.endswith(scheme.group())):
        return False
    start = state.pos - len(scheme.group())
    first, last = state.env.get(state.src, (0, 0))
    if first <= start < last:
        return False
    run = ADDRESS.match(state.src, start, state.posMax)
    address = clickable(run.group().split("](", 1)[0]) if run else ""
    if not address:
        state.env[state.src] = start, run.end() if run else start  # looked at once: it may be long
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        state.push("text", "", 0).content = address
    state.pos = start + len(address)
    return True


class _AsTyped(MarkdownIt):
    """Takes every target of a link, as it is; which ones can be clicked is decided when they are shown."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


def _parser() -> MarkdownIt:
    parser = _AsTyped("commonmark", {"html": False, "linkify": False, "maxNesting": DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline", "image", "entity", "reference", "text_join"])
    parser.inline.ruler.before("newline", "address", _read_address)
    parser.inline.ruler.before("autolink", "mark", _read_mark)
    parser.inline.add_terminator_char("|")
    return parser


_PARSER = _parser()
