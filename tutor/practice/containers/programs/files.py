"""Programs that move bytes."""

from __future__ import annotations

import asyncio
import io
import posixpath
import re
import tarfile

from tutor.practice.containers.call import Call, Program, Usage, options

_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "kB": 1000, "M": 1 << 20, "MB": 10**6, "G": 1 << 30}
_HELD = 1 << 20
"""Bytes of zeros up to which a file really holds them; a larger one only claims its size."""
_STEP = 4 << 20
"""Bytes of zeros that dd writes before others get their turn."""
DISK_KIB = 100 << 20
"""The size of a node's disk."""


async def dd(call: Call) -> int:
    """Copy blocks. Zeros are counted rather than kept, so that a full disk or memory costs none here."""
    words = dict(word.split("=", 1) for word in call.args if "=" in word)
    size, count = _bytes(words.get("bs", "512")), words.get("count")
    limit = size * int(count) if count else None
    source, target = words.get("if"), words.get("of")
    if source in ("/dev/zero", "/dev/urandom", "/dev/random") and target and not target.startswith("/dev/"):
        return await _zeros(call, call.path(target), size, limit)
    try:
        data = call.fs.read_file(call.path(source)) if source else await call.read_all()
    except RuntimeError:
        return await call.fail(f"can't open '{source}': No such file or directory")
    data = data[int(words.get("skip", "0")) * size :][:limit]
    if target is None:
        await call.out(data)
    elif not target.startswith("/dev/"):
        call.fs.write_file(call.path(target), data)
    return await _copied(call, len(data), size)


async def _zeros(call: Call, path: str, block: int, limit: int | None) -> int:
    volume, inner = call.sandbox.volume_at(path)
    try:
        call.fs.write_file(path, b"")
    except RuntimeError as error:
        words = call.sandbox.refusal if "read-only" in str(error) else "No such file or directory"
        return await call.fail(f"can't open '{path}': {words}")
    written = 0
    while limit is None or written < limit:
        written = written + _STEP if limit is None else min(limit, written + _STEP)
        if volume is not None:
            volume.claimed[inner] = written
        if call.sandbox.charge():
            return 137
        if written >= DISK_KIB * 1024:
            return await call.fail(f"error writing '{path}': No space left on device")
        await asyncio.sleep(0)
    if written <= _HELD or volume is None:
        call.fs.write_file(path, bytes(min(written, _HELD)))
    return await _copied(call, written, block)


async def _copied(call: Call, size: int, block: int) -> int:
    whole, part = divmod(size, block)
    await call.err(f"{whole}+{bool(part):d} records in\n{whole}+{bool(part):d} records out\n".encode())
    unit = f"{size / (1 << 20):.1f}MB" if size >= 1 << 20 else f"{size / 1024:.1f}KB" if size >= 1024 else f"{size}B"
    await call.err(f"{size} bytes ({unit}) copied, 0.010000 seconds, {size / 0.01 / (1 << 20):.1f}MB/s\n".encode())
    return 0


def _bytes(word: str) -> int:
    found = re.fullmatch(r"(\d+)(\w*)", word)
    return int(found[1]) * _UNITS.get(found[2], 1) if found else 512


async def tail(call: Call) -> int:
    """Print the last lines or bytes; with -f also what is appended later."""
    args = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in call.args]
    try:
        found, names = options(args, "fFqv", "nc")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    if names[:1] == ["/dev/zero"]:  # it keeps the whole endless line in memory
        while not call.sandbox.charge():
            call.process.memory += _STEP
            await call.sandbox.clock.sleep(0.01)
        return 137
    texts = {name: call.sandbox.read(call.path(name)) for name in names if name != "-"} or {"-": await call.read_all()}
    code = 0
    for name, data in texts.items():
        if name == "/dev/null":
            texts[name] = data = b""
        if data is None:
            code = await call.fail(f"can't open '{name}': No such file or directory")
            continue
        if len(texts) > 1:
            await call.say(f"{'' if name == next(iter(texts)) else chr(10)}==> {name} <==")
        await call.out(_last(data, found))
    while found.keys() & {"f", "F"} and any(data is not None for data in texts.values()):
        await call.sandbox.clock.sleep(1)
        for name, old in texts.items():
            new = call.sandbox.read(call.path(name)) or b""
            if old is not None and len(new) > len(old):
                await call.out(new[len(old) :])
                texts[name] = new
    return code


def _last(data: bytes, found: dict[str, str]) -> bytes:
    word = found.get("c") or found.get("n") or "10"
    number = int(word.lstrip("+-") or 0)
    if "c" in found:
        return data[number - 1 :] if word.startswith("+") else data[-number:] if number else b""
    lines = data.splitlines(keepends=True)
    return b"".join(lines[number - 1 :] if word.startswith("+") else lines[-number:] if number else [])


async def tar(call: Call) -> int:
    """Make, list or extract an archive, on standard input and output or in a file."""
    args = list(call.args)
    if args and not args[0].startswith("-"):
        args[0] = "-" + args[0]
    args = [word for word in args if not word.startswith("--")] + [w for w in args if w.startswith("--directory=")]
    try:
        found, names = options(args, "cxtzvmopkhO", "fCX")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    top, archive = call.path(found.get("C", ".")), found.get("f", "-")
    if "c" in found:
        data = io.BytesIO()
        code = 0
        with tarfile.open(fileobj=data, mode="w:gz" if "z" in found else "w") as out:
            for name in names:
                path = posixpath.normpath(posixpath.join(top, name))
                if not call.fs.exists(path):
                    code = await call.fail(f"{name}: No such file or directory")
                    continue
                if name.startswith("/"):
                    await call.err(b"tar: removing leading '/' from member names\n")
                _add(call, out, path, name.lstrip("/") or ".")
        if archive == "-":
            await call.out(data.getvalue())
        else:
            call.fs.write_file(call.path(archive), data.getvalue())
        return await call.fail("error exit delayed from previous errors") if code else 0
    raw = await call.read_all() if archive == "-" else call.sandbox.read(call.path(archive))
    try:
        with tarfile.open(fileobj=io.BytesIO(raw or b"")) as source:
            for member in source:
                if "t" in found or "v" in found:
                    await call.say(member.name)
                if "t" not in found and not await _extract(call, source, member, top):
                    return 1
    except tarfile.TarError:
        return await call.fail("short read")
    return 0


def _add(call: Call, out: tarfile.TarFile, path: str, name: str) -> None:
    about = call.fs.stat(path)
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = about["mode"] & 0o777, int(call.sandbox.clock.now().timestamp())
    if about["file_type"] == "directory":
        info.type = tarfile.DIRTYPE
        out.addfile(info)
        for entry in call.fs.read_dir(path):
            _add(call, out, posixpath.join(path, entry["name"]), posixpath.join(name, entry["name"]))
        return
    data = call.fs.read_file(path)
    info.size = len(data)
    out.addfile(info, io.BytesIO(data))


async def _extract(call: Call, source: tarfile.TarFile, member: tarfile.TarInfo, top: str) -> bool:
    path = posixpath.normpath(posixpath.join(top, member.name.lstrip("/")))
    try:
        if member.isdir():
            call.fs.mkdir(path, recursive=True)
        elif member.issym():
            call.fs.symlink(member.linkname, path)
        elif (data := source.extractfile(member)) is not None:
            if not call.fs.exists(posixpath.dirname(path)):
                call.fs.mkdir(posixpath.dirname(path), recursive=True)
            call.fs.write_file(path, data.read())
            call.fs.chmod(path, member.mode)
    except RuntimeError as error:
        words = call.sandbox.refusal if "read-only" in str(error) else str(error)
        await call.fail(f"can't open '{member.name}': {words}")
        return False
    return True


PROGRAMS: dict[str, Program] = {"dd": dd, "tail": tail, "tar": tar}
