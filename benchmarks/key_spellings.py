"""How a key may come back: in answers, errors, headers and logs."""

from __future__ import annotations

import base64
import html
import json
import quopri
import urllib.parse


def _codes(octets: bytes) -> list[str]:
    """What codes of bytes are met in answers and errors."""
    coded = base64.b64encode(octets).decode()
    return [
        coded,
        coded.rstrip("="),
        base64.urlsafe_b64encode(octets).decode(),
        base64.b64encode(coded.encode()).decode(),
        coded.replace("/", "\\/"),
        "\n".join(coded[at : at + 16] for at in range(0, len(coded), 16)),
        json.dumps("\r\n".join(coded[at : at + 24] for at in range(0, len(coded), 24))),
        octets.hex(),
        octets.hex(" "),
        octets.hex(":").upper(),
        "\\x" + octets.hex("|").replace("|", "\\x"),
        ", ".join(f"0x{octet:02x}" for octet in octets),
        str(list(octets)),
        "".join(f"={octet:02X}" for octet in octets),
        "".join(f"\\{octet:03o}" for octet in octets),
        quopri.encodestring(octets).decode(),
    ]


def spellings(key: str) -> list[str]:
    """A key as it is, and written in every other way that is masked."""
    return [
        *(key, key.upper(), key.lower(), key.swapcase()),
        urllib.parse.quote(key, safe=""),
        urllib.parse.quote(urllib.parse.quote(urllib.parse.quote(key, safe="")), safe=""),
        "".join(f"%{ord(character):02X}" for character in key),
        "".join(f"%{ord(character):02x}" for character in key),
        json.dumps(json.dumps(key)),
        key.replace("/", "\\/"),
        "".join(f"\\u{ord(character):04X}" for character in key),
        html.escape(key),
        "".join(f"&#{ord(character)};" for character in key),
        "".join(f"&#{ord(character)}" for character in key),
        "".join(f"&#x{ord(character):X};" for character in key),
        *(key.encode(coding).decode("latin-1") for coding in ("utf-16-le", "utf-16-be", "utf-32-le")),
        json.dumps(key.encode("utf-16-le").decode("latin-1")),
        *_codes(key.encode()),
        *(base64.b64encode(key.encode(coding)).decode() for coding in ("utf-16-le", "utf-16-be")),
        *(base64.b64encode(before + key.encode()).decode() for before in (b"a", b"ab", b"Bearer ", b"api:")),
        repr(f"Bearer {key}\n"),
        repr(key.encode()),
    ]
