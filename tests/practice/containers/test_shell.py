"""Shells: signals, standard input, terminals, and words."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.practice.containers.machine import Machine, collect
from tutor.practice.containers.sandbox import StartError


@pytest.mark.parametrize(
    ("script", "code", "stdout", "stderr"),
    [
        ("echo hi; exit 3", 3, "hi\n", ""),
        ("foo", 127, "", "sh: foo: not found\n"),
        ("curl x", 127, "", "sh: curl: not found\n"),
        ("cat /no", 1, "", "cat: can't open '/no': No such file or directory\n"),
        ("ls /no", 1, "", "ls: /no: No such file or directory\n"),
        ("echo a > /no/b", 1, "", "sh: can't create /no/b: nonexistent directory\n"),
        ("cd /no", 1, "", "sh: cd: line 0: can't cd to /no: No such file or directory\n"),
        ("false | true; echo $?", 0, "0\n", ""),
        ("(sleep 1; echo late) & echo now; wait", 0, "now\nlate\n", ""),
        ("sleep 1; echo a; exec sleep 1; echo no", 0, "a\n", ""),
        ("timeout 1 sleep 5; echo $?", 0, "143\n", ""),
        ("/bin/sh -c 'echo in; exit 4'; echo $?", 0, "in\n4\n", ""),
        ("env -i A=1 env", 0, "A=1\n", ""),
        ("yes | head -2", 0, "y\ny\n", ""),
        ("printf 'a\\nb\\n' | tail -n 1", 0, "b\n", ""),
        ("kill 4242", 1, "", "sh: can't kill pid 4242: No such process\n"),
        ("cat /proc/1/cmdline | tr '\\0' ' '", 0, "sleep 1d ", ""),
        ("mkdir -p /q/e; ls -R /q", 0, "/q:\ne\n\n/q/e:\n", ""),
        ("busybox echo a; busybox nope", 127, "a\n", "nope: applet not found\n"),
        ("set -e; false; echo no", 1, "", ""),
    ],
)
async def test_scripts_end_as_in_busybox(machine: Machine, script: str, code: int, stdout: str, stderr: str) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    ran = await machine.run(pod, ["sh", "-c", script])
    assert (ran.code, ran.stdout, ran.stderr) == (code, stdout, stderr)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("foo", 'exec: "foo": executable file not found in $PATH'),
        ("/foo", 'exec: "/foo": stat /foo: no such file or directory'),
        ("/etc", 'exec: "/etc": permission denied'),
    ],
)
async def test_what_is_not_there_cannot_start(machine: Machine, word: str, reason: str) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    with pytest.raises(StartError, match="OCI runtime create failed") as caught:
        pod.start([word])
    assert caught.value.reason == reason
    assert caught.value.for_exec("ab").startswith("error executing command in container: failed to exec in container")


async def test_the_first_process_heeds_only_what_it_traps(machine: Machine) -> None:
    deaf = machine.pod("deaf", "busybox:1.37", ["sleep", "1d"])
    trap = "trap 'echo bye; exit 7' TERM; while true; do sleep 1; done"
    polite = machine.pod("polite", "busybox:1.37", ["sleep", "1d"])
    server = machine.pod("server", "nginx:1.29")
    trapping = polite.start(["sh", "-c", trap])
    await asyncio.sleep(0.05)
    for process in (deaf.processes[1], trapping, server.processes[1]):
        process.kill(15)
    ran = await collect(trapping)
    assert (ran.code, ran.stdout) == (7, "bye\n")
    assert not deaf.processes[1].done
    main = deaf.processes[1]
    other = deaf.start(["sleep", "1d"])
    await asyncio.sleep(0.01)
    main.kill(9)
    assert ((await main.wait()).code, (await other.wait()).code) == (137, 137)
    assert not server.processes


async def test_standard_input_reaches_scripts_and_programs(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    assert (await machine.run(pod, ["cat"], b"a\nb")).stdout == "a\nb"
    assert (await machine.run(pod, ["sh", "-c", "cat > /f; wc -c < /f"], b"abc")).stdout == "3\n"
    assert (await machine.run(pod, ["sh", "-c", "read x; echo got $x; exit 5"], b"y\n")).code == 5
    ran = await machine.run(pod, ["sh"], b"x=1\nfor i in 1 2; do\necho $i$x\ndone\ncd /etc\npwd\nfalse\n")
    assert (ran.code, ran.stdout) == (1, "11\n21\n/etc\n")
    first = pod.start(["sh", "-c", "head -1"], stdin=True)
    await first.write(b"one\n")  # and no end
    assert (await collect(first)).stdout == "one\n"


async def test_a_terminal_echoes_and_edits(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    shell = pod.start(["sh"], stdin=True, tty=True)
    await shell.write(b"echp\x7fo hi\rexit 4\r")
    ran = await collect(shell)
    assert ran.stdout == "/ # echp\b \bo hi\r\nhi\r\n/ # exit 4\r\n"
    assert ran.code == 4


async def test_ctrl_c_stops_the_command_but_not_the_shell(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    shell = pod.start(["sh"], stdin=True, tty=True)
    await shell.write(b"x=5; while true; do sleep 1d; done\r")
    await asyncio.sleep(0.03)
    await shell.write(b"\x03echo $x\r\x04")
    ran = await collect(shell)
    assert ran.stdout.endswith("^C\r\n/ # echo $x\r\n5\r\n/ # \r\n")


async def test_endless_work_leaves_the_loop_free(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    busy = [
        pod.start(["sh", "-c", "while true; do :; done"]),
        pod.start(["sh", "-c", ":(){ :|:& };:"]),
        pod.start(["yes"]),
    ]
    delays = []
    for _ in range(20):
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        delays.append(time.perf_counter() - begun)
    assert sorted(delays)[10] < 0.05
    for process in busy:
        process.kill(9)
        assert (await process.wait()).code == 137


async def test_archives_go_in_and_out(machine: Machine) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sh", "-c", "mkdir /d; echo x > /d/f; sleep 1d"])
    await asyncio.sleep(0.03)
    process = pod.start(["tar", "cf", "-", "/d"])
    archive = b"".join([data async for stream, data in process.output if stream == 1])
    other = machine.pod("b", "busybox:1.37", ["sleep", "1d"])
    assert (await machine.run(other, ["tar", "xmf", "-", "-C", "/tmp"], archive)).code == 0
    assert other.read("/tmp/d/f") == b"x\n"


async def test_users_and_read_only_roots_cannot_write(machine: Machine) -> None:
    script = ["sh", "-c", "echo a > /x; touch /x; mkdir /x; echo b > /tmp/x"]
    user = machine.pod("u", "busybox:1.37", ["sleep", "1d"], user=(1000, 1000))
    ran = await machine.run(user, script)
    denied = "sh: can't create /x: Permission denied\ntouch: /x: Permission denied\n"
    assert (ran.code, ran.stderr) == (0, denied + "mkdir: can't create directory '/x': Permission denied\n")
    closed = machine.pod("r", "busybox:1.37", ["sleep", "1d"], read_only=True)
    ran = await machine.run(closed, script)
    assert (ran.code, ran.stderr.count("Read-only file system")) == (1, 4)


@pytest.mark.parametrize("more", [{}, {"user": (1000, 1000)}, {"read_only": True}])
async def test_devices_and_the_termination_log_are_there_for_all(machine: Machine, more: dict[str, Any]) -> None:
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"], **more)
    script = "echo bye > /dev/termination-log; echo x > /dev/null; cat /dev/null; head -c 2 /dev/zero | wc -c"
    ran = await machine.run(pod, ["sh", "-c", script])
    assert (ran.stdout.strip(), ran.stderr) == ("2", "")
    assert pod.read("/dev/termination-log") == b"bye\n"
