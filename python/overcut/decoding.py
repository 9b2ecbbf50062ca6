"""Text of files whose encoding nobody states: UTF-8, or what Chinese programs write."""

from __future__ import annotations

from contextlib import suppress

from overcut.exceptions import FileReadError

__all__ = ["decoded"]


def decoded(data: bytes, what: str, encoding: str | None = None) -> str:
    """Decode the bytes of a file.

    Parameters
    ----------
    data : bytes
        As read.
    what : str
        For the message, such as "points survey.txt".
    encoding : str, optional
        Otherwise UTF-8, with a mark in front or without, and then GB 18030, of which GBK and GB 2312 are parts.

    Examples
    --------
    >>> decoded("路径".encode("gbk"), "index")
    '路径'
    """
    tried = [encoding] if encoding else ["utf-8-sig", "gb18030"]
    for each in tried:
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(each)
    raise FileReadError(f"{what} cannot be read as {' or '.join(tried)}; state its encoding")
