"""How names and domains are made comparable. PostgreSQL without extensions cannot do it, so Python does."""

import re
import unicodedata

_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ß": "ss",
    }
)
"""Letters that Unicode does not take apart, and that a keyboard elsewhere lacks. The database has them in `opener_key`."""


def name_key(name: str) -> str:
    """`name` without accents, case and repeated blanks: what lists are ordered by and search compares.

    >>> name_key("  Société  Générale "), name_key("Ørsted")
    ('societe generale', 'orsted')
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.translate(_PLAIN).split())[:200]


def normalise_domain(text: str) -> str:
    """The bare host of a domain, web or email address, in lower case and IDNA; "" where there is none.

    >>> normalise_domain("https://www.Example.com/about")
    'example.com'
    """
    host = text.strip().lower().rpartition("@")[2]
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", host)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].rstrip(".")
    host = host.removeprefix("www.")
    if "." not in host or " " in host:
        return ""
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return ascii_host if re.fullmatch(r"[a-z0-9.-]{3,253}", ascii_host) else ""
