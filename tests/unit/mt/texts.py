"""Generated texts as people write them in chats, with everything in them that must survive."""

from __future__ import annotations

from hypothesis import strategies as st

SPANS = (
    "https://example.org/a_b?c=d#e",
    "http://x.org/(a)",
    "www.example.org",
    "example.org/path",
    "matrix:r/room:example.org",
    "ana@example.org",
    "@ana:example.org",
    "#room:example.org",
    "@ana",
    "#strike",
    "!dispatch",
    "manila-12",
    "`rm -rf`",
    "snake_case",
    "{name}",
    "%s",
    "<b>",
    "flyer.pdf",
    "😀",
    "👨‍👩‍👧",
    "🇵🇭",
    "👍🏽",
    "1️⃣",
    ":)",
    "<3",
    "\u202e",
    "\u200b",
    "\ud800",
    "\x00",
    "⟦1⟧",
)
NUMBERS = (
    "40",
    "1,500",
    "3.5",
    "18:00",
    "6 pm",
    "2027-05-01",
    "2027-05-01T18:00Z",
    "1/5/2027",
    "₱1,500",
    "40 €",
    "20 %",
    "5 km",
    "MXN 300",
    "+63 2 1234 5678",
    "١٢",
    "-5",
)
WORDS = (
    *("We", "won", "the", "hearing", "families", "stay", "See", "you", "at", "and", "a"),
    *("Ganamos", "la", "audiencia", "हम", "जीते", "我们赢了"),
)
GLUE = (
    " ",
    " ",
    " ",
    ", ",
    ". ",
    "! ",
    "? ",
    "\n",
    "\r\n",
    "\n\n- ",
    "\n1. ",
    "  ",
    "\t",
    ": ",
    " (",
    ") ",
    "",
)

fragments = st.one_of(
    st.sampled_from(SPANS), st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.sampled_from(WORDS)
)
chats = st.lists(st.tuples(fragments, st.sampled_from(GLUE)), max_size=14).map(
    lambda parts: "".join(fragment + glue for fragment, glue in parts)
)
anything = st.one_of(chats, st.text(st.characters(codec=None), max_size=60))
