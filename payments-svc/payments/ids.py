"""Record ids: TypeIDs over UUIDv7, as the other services make them."""

import re
import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str, wall_ms: int | None = None, random: bytes | None = None) -> str:
    """payment_01jz…: sorts by the millisecond it was made in."""
    ms = int(time.time() * 1000) if wall_ms is None else wall_ms
    drawn = int.from_bytes(secrets.token_bytes(10) if random is None else random, "big")
    bits = (ms & (1 << 48) - 1) << 80
    bits |= 0x7 << 76
    bits |= (drawn >> 68 & 0xFFF) << 64
    bits |= 0b10 << 62
    bits |= drawn & (1 << 62) - 1
    return f"{prefix}_{base32(bits)}"


def base32(bits: int) -> str:
    """128 bits in 26 digits."""
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))


def is_id(prefix: str, text: str) -> bool:
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text[len(prefix) + 1:]) is not None
