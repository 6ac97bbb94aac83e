"""Programs that list files, and tell how full file systems are."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime
from typing import Any

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.programs.files import DISK_KIB


async def mount(call: Call) -> int:
    """List what is mounted."""
    root = "ro" if call.sandbox.read_only else "rw"
    rows = [
        f"overlay on / type overlay ({root},relatime)",
        "proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)",
        "tmpfs on /dev type tmpfs (rw,nosuid,size=65536k,mode=755)",
        "sysfs on /sys type sysfs (ro,nosuid,nodev,noexec,relatime)",
    ]
    for each in call.sandbox.mounts:
        device, kind = ("tmpfs", "tmpfs") if each.volume.medium else ("/dev/vda", "ext4")
        rows.append(f"{device} on {each.path} type {kind} ({'ro' if each.read_only else 'rw'},relatime)")
    return await call.say("\n".join(rows))


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
        numbers = [DISK_KIB, kib, DISK_KIB - kib]
        shown = [_for_people(each) if people else str(each) for each in numbers]
        await call.say(f"{device:<20} {shown[0]:>9} {shown[1]:>9} {shown[2]:>9} {100 * kib // DISK_KIB:3}% {path}")
    return 0


def _for_people(kib: int) -> str:
    size = float(kib)
    for unit in "KMG":
        if size < 1024 or unit == "G":
            break
        size /= 1024
    return f"{size:.1f}{unit}" if size else "0"


async def ls(call: Call) -> int:
    """List files, with -l as busybox lays them out."""
    try:
        found, names = options(call.args, "laA1dhtrSnpFiR", "")
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
    for name in folders:  # which -R makes longer on the way
        top = call.path(name)
        if len(names) > 1 or "R" in found:
            await call.out(f"{name}:\n".encode())
        inner = sorted(each["name"] for each in call.fs.read_dir(top))
        shown = [each for each in inner if not each.startswith(".") or found.keys() & {"a", "A"}]
        lines = [_line(call, posixpath.join(top, each), each, "l" in found) for each in shown]
        if "R" in found:
            folders += [f"{name}/{each}" for each in shown if _is_folder(call, posixpath.join(top, each))]
        if "a" in found:
            lines = [_line(call, top, each, "l" in found) for each in (".", "..")] + lines
        await call.out((f"total {4 * len(lines)}\n" if "l" in found else "").encode())
        await call.out("".join(f"{line}\n" for line in lines).encode())
        if name != folders[-1]:
            await call.say("")
    return code


def _is_folder(call: Call, path: str) -> bool:
    about = _about(call, path)
    return about is not None and about["file_type"] == "directory"


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
    if about["mode"] & 0o1000:
        bits = bits[:-1] + "t"
    if kind == "l":
        name, bits = f"{name} -> {call.fs.read_link(path)}", "rwxrwxrwx"
    volume, inner = call.sandbox.volume_at(path)
    size = 4096 if kind == "d" else volume.claimed.get(inner, about["size"]) if volume else about["size"]
    stamp = datetime.fromtimestamp(about["modified"], UTC).strftime("%b %e %H:%M")
    return f"{kind}{bits} {2 if kind == 'd' else 1:>4} {'root':<8} {'root':<8} {size:>9} {stamp} {name}"


PROGRAMS: dict[str, Program] = {"ls": ls, "mount": mount, "df": df}
