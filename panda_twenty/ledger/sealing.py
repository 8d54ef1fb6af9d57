"""Sealing values that only the practice may read again: AES-256-GCM, bound to the place they belong to."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealError(Exception):
    """What is sealed was altered, moved to another place, or sealed with another key."""


def seal(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Encrypt ``content``; it opens only with the same key and the same ``bound_to``.

    Each sealing draws a nonce of its own (NIST SP 800-38D allows 2**32 of them under one key).
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The content again. Raises SealError for any other key, place or byte."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise SealError from None
