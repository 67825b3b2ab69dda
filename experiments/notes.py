"""Notes: Markdown becomes HTML that is safe to show. No Django."""

from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "td": {"class"}, "th": {"class"}}
_SCHEMES = {"http", "https", "mailto"}
_TOP_HEADING = 3  # The page has a heading of its own, and the notes have one.
_LAST_HEADING = 6


@lru_cache(maxsize=128)
def to_html(markdown: str) -> str:
    """Return the notes as HTML in which no script, style, picture or foreign markup is left.

    Tags in the text are shown as text. Pictures become links to them.
    """
    html: str = _parser().render(markdown)
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("fit_into_the_page", _fit_into_the_page)
    parser.add_render_rule("image", _link_to_image)
    return parser


def _fit_into_the_page(state: object) -> None:
    """Put headings below the page's own, and say how columns are aligned without styles."""
    tokens: list[Token] = state.tokens  # type: ignore[attr-defined]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) + _TOP_HEADING - 1
            token.tag = f"h{min(level, _LAST_HEADING)}"
        if token.attrGet("style") == "text-align:right":
            token.attrSet("class", "r")


def _link_to_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Write a picture as a link to it: pages load nothing from elsewhere."""
    token = tokens[place]
    words = renderer.renderInlineAsText(token.children or [], options, env)
    link = Token("link_open", "a", 1, attrs={"href": token.attrGet("src") or ""})
    text = Token("text", "", 0, content=words or str(token.attrGet("src")))
    return renderer.renderInline([link, text, Token("link_close", "a", -1)], options, env)
