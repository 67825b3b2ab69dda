"""The entries of a history page, as a reader sees them."""

import html
import re


def entries(response) -> list[str]:
    """Return the text of each entry, newest first."""
    text = response.content.decode()
    found = re.findall(r'<li id="change-.*?</li>(?=\s*(?:<li id="change|</ol>))', text, re.S)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in found]
