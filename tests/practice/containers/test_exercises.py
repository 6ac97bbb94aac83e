"""The commands that the course's exercises give to containers."""

from __future__ import annotations

import asyncio

from tests.practice.containers.machine import Machine, collect, settle
from tutor.practice.containers.sandbox import Mount, Volume

LEDGER = """case "$BOOK_YEAR" in
  20[0-9][0-9]) ;;
  *) echo "BOOK_YEAR must be a year such as 2025, but it is '$BOOK_YEAR'" >&2; exit 3 ;;
esac
echo "opened the book of $BOOK_YEAR"
while true; do sleep 5; done
"""


async def test_a_missing_variable_ends_the_ledger_in_its_own_words(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    ran = await machine.run(pod, ["sh", "-c", LEDGER], env={"BOOK_YEAR": "soon"})
    assert (ran.code, ran.stderr) == (3, "BOOK_YEAR must be a year such as 2025, but it is 'soon'\n")
    running = pod.start(["sh", "-c", LEDGER], env={"BOOK_YEAR": "2025"})
    assert await anext(aiter(running.output)) == (1, b"opened the book of 2025\n")
    assert not running.done


async def test_one_container_writes_what_the_other_serves(machine: Machine) -> None:
    news = Volume()
    loop = "mkdir -p /paper; while true; do date '+%T good news' > /paper/index.html; sleep 2; done"
    machine.pod("writer", "busybox:1.37", ["sh", "-c", loop], mounts=[Mount("/paper", news)])
    serve = ["sh", "-c", "mkdir -p /www; exec httpd -f -p 8000 -h /www"]
    server = machine.pod("server", "busybox:1.37", serve, mounts=[Mount("/www", news)])
    await asyncio.sleep(0.1)
    ran = await machine.run(server, ["wget", "-qO-", "http://127.0.0.1:8000/"])
    assert ran.stdout.endswith(" good news\n"), ran.stderr


async def test_paint_in_memory_takes_the_painter_down(machine: Machine) -> None:
    script = "sleep 1; dd if=/dev/zero of=/canvas/paint bs=1M count=40 && touch /tmp/painted && exec sleep 1d"
    for limit, oom in ((24 << 20, True), (64 << 20, False)):
        mounts = [Mount("/canvas", Volume("Memory"))]
        pod = machine.pod(f"p{limit}", "busybox:1.37", ["sh", "-c", script], mounts=mounts, memory_limit=limit)
        process = pod.processes[1]
        if oom:
            ended = await process.wait()
            assert (ended.code, ended.oom) == (137, True)
        else:
            await asyncio.sleep(0.15)
            assert (await machine.run(pod, ["test", "-f", "/tmp/painted"])).code == 0


async def test_a_late_server_is_not_healthy_at_first(machine: Machine) -> None:
    script = "sleep 10; echo ok > /tmp/healthz; exec httpd -f -p 8000 -h /tmp"
    pod = machine.pod("slow", "busybox:1.37", ["sh", "-c", script])
    client = machine.pod("client", "busybox:1.37", ["sleep", "1d"])
    url = f"http://{pod.network.ip if pod.network else ''}:8000/healthz"
    first = await machine.run(client, ["wget", "-qO-", "-T", "2", url])
    assert first.stderr.endswith("Connection refused\n")
    await asyncio.sleep(0.3)
    assert (await machine.run(client, ["wget", "-qO-", url])).stdout == "ok\n"


async def test_checks_see_mounts_variables_files_and_users(machine: Machine) -> None:
    key, diary = Volume(), Volume()
    key.replace({"pin": b"1234"})
    loop = "while true; do date '+%F a day at the cabin' >> /diary/days; sleep 5; done"
    mounts = [Mount("/etc/key", key, read_only=True), Mount("/diary", diary)]
    pod = machine.pod("a", "busybox:1.37", ["sh", "-c", loop], mounts=mounts, env={"GREETING": "hi"})
    await asyncio.sleep(0.05)
    days = await machine.run(pod, ["sh", "-c", "mount | grep -q ' /diary ' && cat /diary/days"])
    assert "a day at the cabin" in days.stdout
    assert (await machine.run(pod, ["sh", "-c", "mount | grep -q ' /nowhere '"])).code == 1
    assert (await machine.run(pod, ["cat", "/etc/key/pin"])).stdout == "1234"
    assert (await machine.run(pod, ["sh", "-c", 'echo "$GREETING"'])).stdout == "hi\n"
    user = machine.pod("u", "busybox:1.37", ["sleep", "1d"], user=(1000, 1000))
    ran = await machine.run(user, ["sh", "-c", "echo counted 100 as user $(id -u)"])
    assert ran.stdout == "counted 100 as user 1000\n"


async def test_a_shopper_asks_for_prices_by_the_short_name(machine: Machine) -> None:
    machine.dns()
    script = "printf 'apples 3\\npears 4\\n' > /tmp/prices && exec httpd -f -p 8000 -h /tmp"
    server = machine.pod("warehouse", "busybox:1.37", ["sh", "-c", script])
    machine.service("inventory", "10.96.7.7", [{"port": 8000}], [server])
    loop = 'while true; do wget -qO- -T 2 "$PRICES" || echo no prices today; sleep 2; done'
    for url, wanted in (
        ("http://inventory:8000/prices", b"apples 3\npears 4\n"),
        ("http://no:8000/", b"no prices today\n"),
    ):
        stall = machine.pod(f"stall-{len(machine.sandboxes)}", "busybox:1.37", ["sleep", "1d"], env={"PRICES": url})
        await settle()
        process = stall.start(["sh", "-c", loop])
        pieces = [data async for stream, data in _until(process.output, wanted) if stream == 1]
        assert pieces[-1] == wanted


async def _until(output, wanted):  # type: ignore[no-untyped-def]
    async for piece in output:
        yield piece
        if piece[1] == wanted:
            return


async def test_the_tutors_tunnels_carry_bytes_both_ways(machine: Machine) -> None:
    machine.dns()
    web = machine.pod("web", "nginx:1.29")
    machine.service("web", "10.96.3.3", [{"port": 80}], [web])
    probe = machine.pod("probe", "busybox:1.37", ["sleep", "14400"], user=(65534, 65534))
    await settle()
    assert (await machine.run(probe, ["nc", "-w", "2", "10.96.3.3", "80", "-e", "true"])).code == 0
    process = probe.start(["nc", "-w", "2", "web", "80"], stdin=True)
    await process.write(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    ran = await collect(process)  # standard input stays open, as the tutor's does
    assert ran.stdout.startswith("HTTP/1.1 200 OK\r\n")
    assert "Welcome to nginx!" in ran.stdout
    wrong = await machine.run(probe, ["nc", "-w", "2", "10.96.3.3", "81"])
    assert (wrong.code, wrong.stderr) == (1, "nc: can't connect to remote host (10.96.3.3): Connection refused\n")
