"""Programs that move bytes or tell of file systems."""

from __future__ import annotations

import asyncio
import io
import posixpath
import re
import tarfile
from datetime import UTC, datetime
from typing import Any

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.volumes import sizes

_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "kB": 1000, "M": 1 << 20, "MB": 10**6, "G": 1 << 30}
_HELD = 1 << 20
"""Bytes of zeros up to which a file really holds them; a larger one only claims its size."""
_STEP = 4 << 20
"""Bytes of zeros that dd writes before others get their turn."""
_DISK_KIB = 100 << 20


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
        if written >= _DISK_KIB * 1024:
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


async def mount(call: Call) -> int:
    """List what is mounted."""
    root = "ro" if call.sandbox.read_only else "rw"
    await call.say(f"overlay on / type overlay ({root},relatime)")
    await call.say("proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)")
    await call.say("tmpfs on /dev type tmpfs (rw,nosuid,size=65536k,mode=755)")
    await call.say("sysfs on /sys type sysfs (ro,nosuid,nodev,noexec,relatime)")
    mode = {True: "ro", False: "rw"}
    for each in call.sandbox.mounts:
        kind = (
            "tmpfs on {} type tmpfs ({},relatime)" if each.volume.medium else "/dev/vda on {} type ext4 ({},relatime)"
        )
        await call.say(kind.format(each.path.rstrip("/") or "/", mode[each.read_only]))
    for path in ("/etc/hosts", "/dev/termination-log", "/etc/hostname", "/etc/resolv.conf"):
        await call.say(f"/dev/vda on {path} type ext4 ({root},relatime)")
    return await call.say("shm on /dev/shm type tmpfs (rw,nosuid,nodev,noexec,relatime,size=65536k)")


async def df(call: Call) -> int:
    """Tell how full the file systems are, in KiB or with -h for people."""
    people = "-h" in call.args
    rows = [("overlay", call.sandbox.disk(), "/")]
    rows += [("tmpfs" if m.volume.medium else "/dev/vda", m.volume.size(), m.path) for m in call.sandbox.mounts]
    await call.say(
        f"Filesystem           {'     Size      Used' if people else '1K-blocks      Used'} Available Use% Mounted on"
    )
    for device, used, path in rows:
        kib = -(-used // 1024)
        numbers = [_DISK_KIB, kib, _DISK_KIB - kib]
        shown = [_for_people(each) if people else str(each) for each in numbers]
        await call.say(f"{device:<20} {shown[0]:>9} {shown[1]:>9} {shown[2]:>9} {100 * kib // _DISK_KIB:3}% {path}")
    return 0


def _for_people(kib: int) -> str:
    size = float(kib)
    for unit in "KMG":
        if size < 1024 or unit == "G":
            break
        size /= 1024
    return f"{size:.1f}{unit}" if size else "0"


async def du(call: Call) -> int:
    """Tell how much files take, with -s in one line for each."""
    try:
        found, names = options(call.args, "shkmac", "d")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    for name in names or ["."]:
        path = call.path(name)
        if not call.fs.exists(path):
            return await call.fail(f"{name}: No such file or directory")
        volume, inner = call.sandbox.volume_at(path)
        used = volume.size() if volume is not None and inner == "/" else sum(size for _, size in sizes(call.fs, path))
        kib = -(-used // 1024)
        await call.say(f"{_for_people(kib) if 'h' in found else kib}\t{name}")
    return 0


async def ls(call: Call) -> int:
    """List files, with -l as busybox lays them out."""
    try:
        found, names = options(call.args, "laA1dhtrSnpFi", "")
    except Usage as error:
        return await call.fail(f"unrecognized option '{error}'")
    code = 0
    folders: list[str] = []
    for name in names or ["."]:
        about = _about(call, call.path(name))
        if about is None:
            code = await call.fail(f"{name}: No such file or directory")
        elif "d" in found or about["file_type"] != "directory":
            await call.say(_line(call, call.path(name), name, "l" in found))
        else:
            folders.append(name)
    for name in folders:
        top = call.path(name)
        if len(names) > 1:
            await call.out(f"{name}:\n".encode())
        inner = sorted(each["name"] for each in call.fs.read_dir(top))
        shown = [each for each in inner if not each.startswith(".") or found.keys() & {"a", "A"}]
        lines = [_line(call, posixpath.join(top, each), each, "l" in found) for each in shown]
        if "a" in found:
            lines = [_line(call, top, each, "l" in found) for each in (".", "..")] + lines
        await call.out((f"total {4 * len(lines)}\n" if "l" in found else "").encode())
        await call.out("".join(f"{line}\n" for line in lines).encode())
        if name != folders[-1]:
            await call.say("")
    return code


def _about(call: Call, path: str) -> dict[str, Any] | None:
    """Return what is known of a file, of a link rather than of what it leads to."""
    if path == "/":
        return call.fs.stat(path)
    folder, name = posixpath.split(path)
    try:
        entries = call.fs.read_dir(folder)
    except RuntimeError:
        return None
    return next((each["metadata"] for each in entries if each["name"] == name), None)


def _line(call: Call, path: str, name: str, long: bool) -> str:
    about = _about(call, path)
    if not long or about is None:
        return name
    kind = {"directory": "d", "symlink": "l"}.get(about["file_type"], "-")
    bits = "".join(letter if about["mode"] >> 8 - i & 1 else "-" for i, letter in enumerate("rwxrwxrwx"))
    if kind == "l":
        name, bits = f"{name} -> {call.fs.read_link(path)}", "rwxrwxrwx"
    volume, inner = call.sandbox.volume_at(path)
    size = 4096 if kind == "d" else volume.claimed.get(inner, about["size"]) if volume else about["size"]
    stamp = datetime.fromtimestamp(about["modified"], UTC).strftime("%b %e %H:%M")
    return f"{kind}{bits} {2 if kind == 'd' else 1:>4} {'root':<8} {'root':<8} {size:>9} {stamp} {name}"


PROGRAMS: dict[str, Program] = {"ls": ls, "dd": dd, "tail": tail, "tar": tar, "mount": mount, "df": df, "du": du}
