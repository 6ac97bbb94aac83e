"""Programs that ask others over the network, in busybox' words."""

from __future__ import annotations

import asyncio
import posixpath
from urllib.parse import urljoin, urlsplit

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import Connection, NoSuchName, Refused, TimedOut
from tutor.practice.containers.http import Response, fetch
from tutor.practice.containers.programs.system import seconds
from tutor.practice.containers.resolver import addresses, ask, dial, read_resolver

_REDIRECTS = (301, 302, 303, 307, 308)
_BAR = "100% |********************************|"


async def wget(call: Call) -> int:
    """Fetch a page over HTTP."""
    args, headers, body = [], {"User-Agent": "Wget"}, b""
    spider = False
    words = iter(call.args)
    for word in words:
        name, _, value = word.partition("=")
        if name == "--header":
            key, _, text = (value or next(words, "")).partition(":")
            headers[key.strip()] = text.strip()
        elif name == "--post-data":
            body = (value or next(words, "")).encode()
        elif name == "--timeout":
            args += ["-T", value or next(words, "")]
        elif name == "--spider":
            spider = True
        elif not word.startswith("--"):
            args.append(word)
    try:
        found, urls = options(args, "qcS", "OTYUPot")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    headers["User-Agent"] = found.get("U", headers["User-Agent"])
    quiet = "q" in found
    for url in urls:
        response = await _follow(call, url, headers, body, found)
        if response is None:
            return 1
        if spider:
            await call.err(b"" if quiet else b"remote file exists\n")
            continue
        name = posixpath.basename(urlsplit(url if "://" in url else f"http://{url}").path) or "index.html"
        target = found.get("O", name)
        if target == "-":
            await call.out(response.body)
        elif not target.startswith("/dev/"):
            try:
                call.fs.write_file(call.path(target), response.body)
            except RuntimeError:
                return await call.fail(f"can't open '{target}': Permission denied")
        if not quiet:
            start, end = (
                ("writing to stdout", "written to stdout")
                if target == "-"
                else (f"saving to '{target}'", f"'{target}' saved")
            )
            shown = f"{start}\n{target:<20} {_BAR} {len(response.body):>5}  0:00:00 ETA\n{end}\n"
            await call.err(shown.encode())
    return 0


async def _follow(call: Call, url: str, headers: dict[str, str], body: bytes, found: dict[str, str]) -> Response | None:
    limit = float(found["T"]) if "T" in found else None
    for _ in range(10):
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            ip = (await addresses(call, host))[0]
            if "q" not in found:
                await call.err(f"Connecting to {parts.netloc} ({ip}:{port})\n".encode())
            connection = await dial(call, ip, port, limit)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            response = await _limited(
                call,
                fetch(connection, "POST" if body else "GET", target, {"Host": parts.netloc, **headers}, body),
                limit,
            )
        except NoSuchName:
            await call.fail(f"bad address '{host}'")
            return None
        except Refused:
            await call.fail(f"can't connect to remote host ({ip}): Connection refused")
            return None
        except TimedOut:
            words = "download timed out" if limit else f"can't connect to remote host ({ip}): Connection timed out"
            await call.fail(words)
            return None
        if not response.status:
            await call.fail("error getting response")
            return None
        if "S" in found:
            lines = [
                f"HTTP/1.1 {response.status} {response.reason}",
                *(f"{k}: {v}" for k, v in response.headers.items()),
            ]
            await call.err("".join(f"  {line}\n" for line in lines).encode())
        if response.status in _REDIRECTS and "location" in response.headers:
            url = urljoin(parts.geturl(), response.headers["location"])
            continue
        if response.status >= 300:
            await call.fail(f"server returned error: HTTP/1.1 {response.status} {response.reason}")
            return None
        return response
    await call.fail("too many redirections")
    return None


async def _limited(call: Call, work: object, limit: float | None) -> Response:
    """Return what `work` gives. Raises TimedOut after `limit` simulated seconds."""
    task = asyncio.ensure_future(work)  # type: ignore[arg-type,call-overload]
    timer = asyncio.ensure_future(call.sandbox.clock.sleep(900 if limit is None else limit))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimedOut
        result: Response = task.result()
        return result
    finally:
        task.cancel()
        timer.cancel()


async def curl(call: Call) -> int:
    """Fetch a page, in curl's words."""
    long = {"--max-time": "-m", "--connect-timeout": "-m", "--silent": "-s", "--header": "-H", "--request": "-X", "--data": "-d", "--output": "-o", "--write-out": "-w", "--fail": "-f", "--head": "-I", "--include": "-i", "--location": "-L", "--show-error": "-S", "--verbose": "-v", "--insecure": "-k", "--resolve": "-r"}  # fmt: skip
    headers = {"User-Agent": "curl/8.14.1", "Accept": "*/*"}
    args = [
        piece
        for word in call.args
        for piece in (
            [long.get(word.split("=")[0], word), *word.split("=", 1)[1:]] if word.startswith("--") else [word]
        )
    ]
    for i, word in enumerate(args[:-1]):
        if word == "-H":
            key, _, value = args[i + 1].partition(":")
            headers[key.strip()] = value.strip()
    try:
        found, urls = options(args, "sSvfIiLkgN", "omXdHwrAu")
    except Usage as error:
        return await _curl(call, 2, f"option -{error}: is unknown", {})
    for url in urls:
        for _ in range(10):
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            limit = seconds(found["m"]) if "m" in found else None
            method = found.get("X", "HEAD" if "I" in found else "POST" if "d" in found else "GET")
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            try:
                connection = await dial(call, host, port, limit)
                response = await _limited(
                    call,
                    fetch(connection, method, target, {"Host": parts.netloc, **headers}, found.get("d", "").encode()),
                    limit,
                )
            except NoSuchName:
                return await _curl(call, 6, f"Could not resolve host: {host}", found)
            except Refused:
                return await _curl(
                    call, 7, f"Failed to connect to {host} port {port} after 0 ms: Could not connect to server", found
                )
            except TimedOut:
                return await _curl(
                    call, 28, f"Connection timed out after {int((limit or 127) * 1000)} milliseconds", found
                )
            if response.status in _REDIRECTS and "L" in found and "location" in response.headers:
                url = urljoin(parts.geturl(), response.headers["location"])
                continue
            break
        if not response.status:
            return await _curl(call, 52, "Empty reply from server", found)
        if response.status >= 400 and "f" in found:
            return await _curl(call, 22, f"The requested URL returned error: {response.status}", found)
        if found.keys() & {"I", "i"}:
            lines = [
                f"HTTP/1.1 {response.status} {response.reason}",
                *(f"{k}: {v}" for k, v in response.headers.items()),
                "",
                "",
            ]
            await call.out("\r\n".join(lines).encode())
        if "o" not in found:
            await call.out(response.body)
        elif not found["o"].startswith("/dev/"):
            call.fs.write_file(call.path(found["o"]), response.body)
        if "w" in found:
            text = (
                found["w"]
                .replace("%{http_code}", f"{response.status:03}")
                .replace("%{response_code}", f"{response.status:03}")
            )
            await call.out(text.replace("\\n", "\n").encode())
    return 0


async def _curl(call: Call, code: int, words: str, found: dict[str, str]) -> int:
    if "w" in found:
        await call.out(found["w"].replace("%{http_code}", "000").replace("\\n", "\n").encode())
    if "s" not in found or "S" in found:
        await call.err(f"curl: ({code}) {words}\n".encode())
    return code


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

        inner = Call(
            call.name, [], call.env, call.cwd, connection.read, out, call.err, call.fs, call.sandbox, call.process
        )
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
    if names[0].replace(".", "").isdigit():
        full, kinds = [".".join(reversed(names[0].split("."))) + ".in-addr.arpa"], ["PTR"]
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
    words = {"CNAME": "canonical name =", "PTR": "name =", "SRV": "service ="}
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
    "wget": wget,
    "curl": curl,
    "nc": nc,
    "nslookup": nslookup,
    "ping": ping,
    "ip": ip_address,
}
