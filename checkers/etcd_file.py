"""The keys in an etcd snapshot, read from its file: no tool of etcd's lists them.

A snapshot is a bbolt file: pages of a B+tree, with the bucket `key` in it, whose keys are revisions
and whose values are records with the key's name. Only what finds the names is read here.
Sources: https://github.com/etcd-io/bbolt (page.go, node.go),
https://etcd.io/docs/v3.6/learning/data_model/#physical-view and etcd's `mvccpb.KeyValue`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = 0xED0CDAED
_PAGE = struct.Struct("<QHHI")  # id, flags, count, overflow
_META = struct.Struct(
    "<IIIIQQQQQQ"
)  # magic, version, page size, flags, root, sequence, freelist, pages, txid, checksum
_BRANCH_ITEM = struct.Struct("<IIQ")  # position, key size, page
_LEAF_ITEM = struct.Struct("<IIII")  # flags, position, key size, value size
_BUCKET = struct.Struct("<QQ")  # root page, sequence
_BRANCH, _LEAF = 0x01, 0x02
_DEEPEST = 64
"""More levels than any tree has: a damaged file may go round in circles."""


class Damaged(Exception):
    """The file is not a bbolt file, or is broken."""


@dataclass(frozen=True)
class Stored:
    """One key as the snapshot has it."""

    revision: int
    """When it was last written."""
    deleted: bool


def keys(data: bytes) -> dict[str, Stored]:
    """Return all keys in a snapshot by name, deleted ones too while etcd remembers them. Raises Damaged."""
    try:
        return _keys(data)
    except (struct.error, IndexError, RecursionError) as error:
        raise Damaged(str(error)) from error


def _keys(data: bytes) -> dict[str, Stored]:
    size, root = _newest_meta(data)
    buckets = dict(_items(data, size, _page(data, size, root), 0))
    if b"key" not in buckets:
        raise Damaged("it has no bucket for keys")
    found: dict[str, Stored] = {}
    value = buckets[b"key"]
    page, _ = _BUCKET.unpack_from(value)
    # A small bucket lies in place of its root page, after its header.
    start = _page(data, size, page) if page else value[_BUCKET.size :]
    for revision, record in _items(data, size, start, 0):
        # 8 bytes of revision, "_", 8 bytes within the transaction, and a "t" for a deletion.
        number = int.from_bytes(revision[:8], "big")
        found[_name(record)] = Stored(number, deleted=revision[17:18] == b"t")
    return found


def _newest_meta(data: bytes) -> tuple[int, int]:
    """Return the page size and the root page, by the newer of the two meta pages."""
    best = (-1, 0, 0)
    first = _META.unpack_from(data, _PAGE.size)
    size = first[2] if first[0] == MAGIC else 4096
    for offset in (0, size):
        magic, _, page_size, _, root, _, _, _, txid, _ = _META.unpack_from(data, offset + _PAGE.size)
        if magic == MAGIC:
            best = max(best, (txid, page_size, root))
    if best[0] < 0:
        raise Damaged("it is not a database of etcd's")
    return best[1], best[2]


def _page(data: bytes, size: int, number: int) -> bytes:
    """Return a page with its overflow."""
    offset = number * size
    _, _, _, overflow = _PAGE.unpack_from(data, offset)
    return data[offset : offset + size * (overflow + 1)]


def _items(data: bytes, size: int, page: bytes, depth: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values below a page, in order."""
    _, flags, count, _ = _PAGE.unpack_from(page)
    if depth > _DEEPEST or not flags & (_BRANCH | _LEAF):
        raise Damaged("a page is not where it should be")
    for index in range(count):
        if flags & _BRANCH:
            offset = _PAGE.size + index * _BRANCH_ITEM.size
            _, _, number = _BRANCH_ITEM.unpack_from(page, offset)
            yield from _items(data, size, _page(data, size, number), depth + 1)
        else:
            offset = _PAGE.size + index * _LEAF_ITEM.size
            _, position, key_size, value_size = _LEAF_ITEM.unpack_from(page, offset)
            start = offset + position
            middle = start + key_size
            if middle + value_size > len(page):
                raise Damaged("a page is cut short")
            yield page[start:middle], page[middle : middle + value_size]


def _name(record: bytes) -> str:
    """Return the first field of a protobuf record, the key's name."""
    if record[:1] != b"\x0a":
        raise Damaged("a record without a key")
    length = shift = 0
    for place, byte in enumerate(record[1:6], 2):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return record[place : place + length].decode(errors="replace")
    raise Damaged("a record without a key")
