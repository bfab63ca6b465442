import html

from bot.domain.post import Fold, Post


def render(post: Post) -> tuple[str, str]:
    body = "\n".join((b.summary + "\n" + b.text) if isinstance(b, Fold) else b.text for b in post.blocks)
    return body, html.escape(body).replace("\n", "<br>")
