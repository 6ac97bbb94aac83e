"""Programs that show or steer processes and the machine."""

from __future__ import annotations

import asyncio
import re

from tutor.practice.containers.call import Call, Program, Usage, options

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15, "CONT": 18, "STOP": 19}


def seconds(word: str) -> float:
    """Return a time such as `1.5`, `10s` or `1d` in seconds. Raises ValueError."""
    found = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", word)
    if not found:
        raise ValueError(word)
    return float(found[1]) * _UNITS[found[2]]


async def sleep(call: Call) -> int:
    """Wait for so long as the practice clock counts."""
    if call.args[:1] in (["inf"], ["infinity"]):
        await asyncio.get_running_loop().create_future()
    try:
        total = sum(seconds(each) for each in call.args)
    except ValueError as error:
        return await call.fail(f"invalid number '{error}'")
    if not call.args:
        return await call.fail("missing operand")
    await call.sandbox.clock.sleep(total)
    return 0


async def timeout(call: Call) -> int:
    """Run a program for no longer than it may; 143 when it was stopped, as busybox has it."""
    args = list(call.args)
    while args and args[0].startswith("-"):
        word = args.pop(0)
        if word in ("-s", "-k"):
            args.pop(0)
    if len(args) < 2:
        return await call.fail("missing operand")
    work = asyncio.ensure_future(call.run(args[1:]))
    limit = asyncio.ensure_future(call.sandbox.clock.sleep(seconds(args[0].removeprefix("-t"))))
    try:
        await asyncio.wait({work, limit}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else 143
    finally:
        work.cancel()
        limit.cancel()


async def kill(call: Call) -> int:
    """Send a signal to processes of the container."""
    signal, args = 15, list(call.args)
    if args and args[0] == "-l":
        return await call.say(" ".join(_SIGNALS))
    if args and args[0].startswith("-") and len(args) > 1:
        word = args.pop(0)[1:]
        word = args.pop(0) if word == "s" else word
        signal = int(word) if word.isdigit() else _SIGNALS.get(word.removeprefix("SIG"), 0)
    code = 0
    for word in args:
        process = call.sandbox.processes.get(int(word)) if word.isdigit() else None
        if process is None:
            shell = call.process.name if call.process.name in ("sh", "bash") else "kill"  # a shell has its own kill
            await call.err(f"{shell}: can't kill pid {word}: No such process\n".encode())
            code = 1
        elif signal and not (process.pid == 1 and signal == 9):  # nobody inside kills a container's first process
            process.kill(signal)
    return code


async def ps(call: Call) -> int:
    """List the container's processes, as busybox does."""
    await call.say("PID   USER     COMMAND")
    user = call.sandbox.user.name or str(call.sandbox.user.uid)
    for process in call.sandbox.processes.values():
        await call.say(f"{process.pid:5} {user:<8} {' '.join(process.argv)}")
    return 0 if call.process.name == "ps" else await call.say(f"{call.sandbox.next_pid():5} {user:<8} ps")


async def who(call: Call) -> int:
    """`id` and `whoami`."""
    user = call.sandbox.user
    if call.name == "whoami":
        return await call.say(user.name) if user.name else await call.fail(f"unknown uid {user.uid}")
    try:
        found, _ = options(call.args, "ugGnr", "")
    except Usage as error:
        return await call.fail(f"unrecognized option: {error}")
    group = user.name if user.uid == user.gid else "root" if user.gid == 0 else ""
    if "u" in found or "g" in found or "G" in found:
        name, number = (user.name, user.uid) if "u" in found else (group, user.gid)
        return await call.say(name if "n" in found and name else str(number))
    shown = [
        f"{number}({name})" if name else str(number) for name, number in ((user.name, user.uid), (group, user.gid))
    ]
    return await call.say(f"uid={shown[0]} gid={shown[1]} groups={shown[1]}")


async def hostname(call: Call) -> int:
    """Print the Pod's host name, or with -i its address."""
    if call.args[:1] == ["-i"] and call.sandbox.network is not None:
        return await call.say(call.sandbox.network.ip)
    return await call.say(call.sandbox.hostname)


async def environment(call: Call) -> int:
    """`env`: print the variables, or run a program with others."""
    env, args = dict(call.env), list(call.args)
    while args and (args[0].startswith("-") or "=" in args[0]):
        word = args.pop(0)
        if word in ("-i", "-"):
            env = {}
        elif word == "-u":
            env.pop(args.pop(0), None)
        elif "=" in word:
            name, _, env[name] = word.partition("=")
    if args:
        return await call.run(args, env)
    return await call.say("\n".join(f"{name}={value}" for name, value in env.items()))


async def yes(call: Call) -> int:
    """Repeat a word for ever."""
    lines = (" ".join(call.args) or "y").encode() + b"\n"
    while True:
        await call.out(lines * 64)
        await asyncio.sleep(0)


async def busybox(call: Call) -> int:
    """Run an applet by its name, or say what this is."""
    if call.args and call.args[0] in call.sandbox.image.programs:
        return await call.run(call.args)
    if call.args and not call.args[0].startswith("-"):
        await call.err(f"{call.args[0]}: applet not found\n".encode())
        return 127
    return await call.say("BusyBox v1.37.0 multi-call binary.")


PROGRAMS: dict[str, Program] = {
    "sleep": sleep,
    "timeout": timeout,
    "kill": kill,
    "ps": ps,
    "id": who,
    "whoami": who,
    "hostname": hostname,
    "env": environment,
    "yes": yes,
    "busybox": busybox,
}
