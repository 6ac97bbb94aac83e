"""Programs that ask others over the network, in busybox' words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import Connection, NoSuchName, Refused, TimedOut
from tutor.practice.containers.resolver import addresses, ask, dial, read_resolver


async def nc(call: Call) -> int:
    """Carry bytes between standard streams and a connection, or run a program on it."""
    args = list(call.args)
    program = args[args.index("-e") + 1 :] if "-e" in args else None
    args = args[: args.index("-e")] if "-e" in args else args
    try:
        found, rest = options(args, "lkzvnu46", "pwiqs")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    if "l" in found:
        return await _listen(call, int(found.get("p") or rest[-1]), program, keep="k" in found)
    if len(rest) < 2:
        return await call.fail("missing operand")
    host, port = rest[0], int(rest[1])
    try:
        connection = await dial(call, host, port, float(found["w"]) if "w" in found else None)
    except NoSuchName:
        return await call.fail(f"bad address '{host}'")
    except Refused:
        return await call.fail(f"can't connect to remote host ({(await addresses(call, host))[0]}): Connection refused")
    except TimedOut:
        return await call.fail("timed out" if "w" in found else "can't connect to remote host: Connection timed out")
    if "v" in found:
        await call.err(f"{host} ({connection.remote}:{port}) open\n".encode())
    if "z" in found:
        connection.close()
        return 0
    return await _carry(call, connection, program)


async def _carry(call: Call, connection: Connection, program: list[str] | None) -> int:
    if program:

        async def out(data: bytes) -> None:
            connection.write(data)

        inner = replace(call, args=[], read=connection.read, out=out)
        code = await inner.run(program)
        connection.close()
        return code

    async def send() -> None:
        while data := await call.read():
            connection.write(data)
        connection.eof()

    sender = asyncio.ensure_future(send())
    try:
        while data := await connection.read():
            await call.out(data)
    finally:
        sender.cancel()
        connection.close()
    return 0


async def _listen(call: Call, port: int, program: list[str] | None, *, keep: bool) -> int:
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def handle(connection: Connection) -> None:
        code = await _carry(call, connection, program)
        if not keep and not done.done():
            done.set_result(code)

    if call.sandbox.network is None:
        return await done
    try:
        end = call.sandbox.network.listen(port, handle)
    except OSError as error:
        return await call.fail(f"bind: {error}")
    try:
        return await done
    finally:
        end()


async def nslookup(call: Call) -> int:
    """Ask DNS, as busybox 1.37 does: names without a dot go through the search list, A and AAAA are asked for."""
    kinds = [word.split("=")[1].upper() for word in call.args if word.startswith(("-type=", "-query=", "-q="))]
    names = [word for word in call.args if not word.startswith("-")]
    if not names:
        return await call.fail("missing operand")
    resolver = read_resolver(call)
    server = (await addresses(call, names[1]))[0] if len(names) > 1 else resolver.server
    full = [names[0]] if "." in names[0] or not resolver.search else [f"{names[0]}.{each}" for each in resolver.search]
    await call.say(f"Server:\t\t{server}\nAddress:\t{server}:53\n")
    code = 0
    for kind in kinds or ["A", "AAAA"]:
        for name in full:
            try:
                status, records = await ask(call, server, name, kind)
            except TimedOut:
                await call.say(";; connection timed out; no servers could be reached\n")
                return 1
            if status != "NOERROR":
                code = 1
                await call.say(f"** server can't find {name}: {status}")
            for owner, found, data in records:
                await call.say(_record(owner, found, data))
            await call.say("")
    return code


def _record(owner: str, kind: str, data: str) -> str:
    words = {"CNAME": "canonical name =", "SRV": "service ="}
    if kind in ("A", "AAAA"):
        return f"Name:\t{owner}\nAddress: {data}"
    return f"{owner}\t{words.get(kind, kind)} {data.rstrip('.')}"


async def ping(call: Call) -> int:
    """Ask a Pod or node whether it lives."""
    try:
        found, rest = options(call.args, "q46A", "cwWsiI")
        ip = (await addresses(call, rest[0]))[0]
    except NoSuchName:
        return await call.fail(f"bad address '{rest[0]}'")
    except (Usage, IndexError):
        return await call.fail("bad usage")
    count, got = int(found.get("c", "1000000")), 0
    await call.say(f"PING {rest[0]} ({ip}): 56 data bytes")
    if call.sandbox.user.uid:
        return await call.fail("permission denied (are you root?)")
    lives = call.sandbox.network is not None and call.sandbox.network.lives(ip)
    for number in range(count):
        if lives:
            got += 1
            await call.say(f"64 bytes from {ip}: seq={number} ttl=64 time=0.080 ms")
        await call.sandbox.clock.sleep(1 if number + 1 < count else 0 if lives else float(found.get("W", "10")))
    loss = 100 * (count - got) // count
    await call.say(
        f"\n--- {rest[0]} ping statistics ---\n{count} packets transmitted, {got} packets received, {loss}% packet loss"
    )
    return await call.say("round-trip min/avg/max = 0.080/0.080/0.080 ms") if got else 1


async def ip_address(call: Call) -> int:
    """`ip addr`: the Pod's two interfaces."""
    own = call.sandbox.network.ip if call.sandbox.network else "127.0.0.1"
    return await call.say(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    inet 127.0.0.1/8 scope host lo\n"
        "2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n"
        f"    inet {own}/24 brd {own.rsplit('.', 1)[0]}.255 scope global eth0"
    )


PROGRAMS: dict[str, Program] = {
    "nc": nc,
    "nslookup": nslookup,
    "ping": ping,
    "ip": ip_address,
}
