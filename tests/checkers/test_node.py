"""The check type `node`: files, units, processes, certificates, settings and commands on machines by role."""

from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checkers.result import Verdict
from checkers.world import LookError, Ran

from .behaviour import look, problems
from .machines import Machine, Machines
from .recorded import RecordedWorld

ETCD = "/etc/kubernetes/manifests/etcd.yaml"
MANIFEST = (
    "spec:\n  containers:\n  - command:\n    - etcd\n    - --data-dir=/var/lib/etcd\n    - --snapshot-count=10000\n"
)
FILES = {ETCD: ("600", "root:root", MANIFEST)}
# What systemctl and ps printed on a kind node of Kubernetes 1.36.
RUNNING = "Result=success\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n"
NO_UNIT = "Result=success\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n"
FAILED = "Result=exit-code\nLoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=disabled\n"
RESTARTING = (
    "Result=exit-code\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled\n"
)
PS = """/sbin/init
/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --node-labels=
kube-apiserver --advertise-address=172.18.0.2 --authorization-mode=Node,RBAC --secure-port=6443
nginx: master process nginx -g daemon off;

"""


def world(*machines: Machine, workers: tuple[Machine, ...] = ()) -> RecordedWorld:
    return RecordedWorld(nodes=Machines(*machines, workers=workers))


def one(thing: str, machine: Machine) -> Verdict:
    return look(f"{{node: {{role: control-plane}}, {thing}}}", world(machine))


# Files


@pytest.mark.parametrize(
    "rest",
    [
        "",
        ", contains: data-dir",
        ", contains: [data-dir, {$match: 'count=\\d+$'}, {$not: quorum}]",
        ", mode: '0600', owner: root",
        ", mode: '600', owner: 'root:root'",
    ],
)
def test_a_file_as_asked(rest: str) -> None:
    assert one(f"file: {{path: {ETCD}{rest}}}", Machine(FILES)) == Verdict(
        ok=True, found=f"{ETCD} on node lab-1 is as asked."
    )


def test_a_file_that_is_not_there() -> None:
    assert one("file: {path: /etc/kubernetes/manifests/etcd.yml}", Machine(FILES)) == Verdict(
        ok=False,
        found="There is no /etc/kubernetes/manifests/etcd.yml on node lab-1.",
        asked="/etc/kubernetes/manifests/etcd.yml is there on node lab-1.",
        near=f"There is a {ETCD}.",
        look="On node lab-1: ls -la /etc/kubernetes/manifests",
    )
    assert one("file: {path: /srv/x}", Machine(FILES)).near == "There is no directory /srv either."


def test_a_file_that_must_be_gone() -> None:
    assert one("file: {path: /srv/x, absent: true}", Machine(FILES)).ok
    assert one(f"file: {{path: {ETCD}, absent: true}}", Machine(FILES)) == Verdict(
        ok=False,
        found=f"{ETCD} is there on node lab-1.",
        asked=f"{ETCD} is not there on node lab-1.",
        look=f"On node lab-1: ls -l {ETCD}",
    )


def test_another_value_of_the_same_key() -> None:
    assert one(f"file: {{path: {ETCD}, contains: --snapshot-count=5000}}", Machine(FILES)) == Verdict(
        ok=False,
        found=f"{ETCD} on node lab-1 holds something else.",
        asked=f"{ETCD} contains “--snapshot-count=5000”.",
        near="It has the line: - --snapshot-count=10000",
        look=f"On node lab-1: cat {ETCD}",
        path="contains",
    )


def test_mode_and_owner() -> None:
    verdict = one(f"file: {{path: {ETCD}, mode: '0644'}}", Machine(FILES))
    assert verdict.found == f"{ETCD} on node lab-1 has the mode 0600."
    assert verdict.asked == f"{ETCD} on node lab-1 has the mode 0644."
    verdict = one(f"file: {{path: {ETCD}, owner: etcd}}", Machine(FILES))
    assert verdict.found == f"{ETCD} on node lab-1 belongs to root:root."


def test_an_empty_file_and_a_directory() -> None:
    verdict = one("file: {path: /srv/x, contains: y}", Machine({"/srv/x": ("644", "root:root", "")}))
    assert verdict.found == "/srv/x on node lab-1 is empty."
    verdict = one("file: {path: /etc/kubernetes/manifests, contains: y}", Machine(FILES))
    assert verdict.found == "/etc/kubernetes/manifests on node lab-1 is a directory."


def test_huge_and_odd_content() -> None:
    text = "键: 值\n" + "\x00\x1b[2J" * 10_000 + "a=b\n" * 50_000
    machine = Machine({"/srv/x": ("644", "root:root", text)})
    assert one("file: {path: /srv/x, contains: '键: 值'}", machine).ok
    assert one("file: {path: /srv/x, contains: '键: 其他'}", machine).near == "It has the line: 键: 值"


# Units


def test_a_unit_that_runs() -> None:
    machine = Machine(systemctl_show_kubelet=RUNNING)
    assert one("unit: {name: kubelet, enabled: true}", machine) == Verdict(
        ok=True, found="Unit kubelet on node lab-1 is active (running), enabled at boot."
    )


def test_a_unit_that_failed() -> None:
    machine = Machine(systemctl_show=FAILED, journalctl="one\nfailed to load kubelet config\n")
    assert one("unit: {name: kubelet, enabled: true}", machine) == Verdict(
        ok=False,
        found="Unit kubelet on node lab-1 is failed (failed), disabled at boot.",
        asked="Unit kubelet on node lab-1 is active. Unit kubelet on node lab-1 starts at boot.",
        evidence="Last line of its log: failed to load kubelet config",
        look="On node lab-1: systemctl status kubelet",
    )


def test_a_unit_on_its_way() -> None:
    assert one("unit: {name: kubelet}", Machine(systemctl_show=RESTARTING, journalctl="")).healing


def test_a_unit_that_must_be_stopped() -> None:
    assert not one("unit: {name: kubelet, active: false}", Machine(systemctl_show=RUNNING, journalctl="")).ok
    assert one("unit: {name: kubelet, active: false}", Machine(systemctl_show=FAILED)).ok
    assert one("unit: {name: kubelet, active: null, enabled: false}", Machine(systemctl_show=FAILED)).ok


def test_a_unit_that_is_not_there() -> None:
    machine = Machine(systemctl_show=NO_UNIT, systemctl_list="kubelet.service enabled enabled\n\n")
    verdict = one("unit: {name: kublet}", machine)
    assert verdict.found == "Node lab-1 has no unit kublet."
    assert verdict.near == "There is a unit kubelet."
    assert one("unit: {name: kublet, active: false}", machine).ok


# Processes


@pytest.mark.parametrize(
    "rest",
    [
        "name: kube-apiserver",
        "name: kubelet",
        "match: 'nginx.*daemon off'",
        "name: kube-apiserver, argument: --secure-port=6443",
        "name: kube-apiserver, argument: [--secure-port=6443, {$match: 'mode=.*RBAC'}, {$not: insecure}]",
        "name: etcd, running: false",
    ],
)
def test_a_process_as_asked(rest: str) -> None:
    assert one(f"process: {{{rest}}}", Machine(ps=PS)).ok


def test_a_process_that_does_not_run() -> None:
    assert one("process: {name: kube-apisever}", Machine(ps=PS)) == Verdict(
        ok=False,
        found="kube-apisever does not run on node lab-1.",
        asked="kube-apisever runs on node lab-1.",
        near="kube-apiserver runs there.",
        look="On node lab-1: ps -ef",
        healing=True,
    )


def test_a_process_that_must_not_run() -> None:
    verdict = one("process: {name: kubelet, running: false}", Machine(ps=PS))
    assert verdict.found == "kubelet runs on node lab-1."
    assert verdict.near == ""


def test_another_argument() -> None:
    assert one("process: {name: kube-apiserver, argument: --authorization-mode=RBAC}", Machine(ps=PS)) == Verdict(
        ok=False,
        found="kube-apiserver on node lab-1 does not run with --authorization-mode=RBAC.",
        asked="kube-apiserver on node lab-1 runs with --authorization-mode=RBAC.",
        near="It runs with --authorization-mode=Node,RBAC.",
        look="On node lab-1: ps -ww -ef",
        path="argument",
        healing=True,
    )
    verdict = one("process: {name: kubelet, argument: {$match: 'v=4'}}", Machine(ps=PS))
    assert verdict.found == "kubelet on node lab-1 runs with another command line."
    assert verdict.asked == "the command line of kubelet matches the regular expression v=4."


# Certificates


def certificate(
    days: float, cn: str = "kube-apiserver", names: tuple[str, ...] = ("kubernetes",), ip: str = "10.96.0.1"
) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    named = [x509.DNSName(each) for each in names] + [x509.IPAddress(ipaddress.ip_address(ip))]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, hours=1))
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(named), critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


CRT = "/etc/kubernetes/pki/apiserver.crt"


def pki(text: str, path: str = CRT) -> Machine:
    return Machine({path: ("644", "root:root", text)})


def cert(rest: str, text: str) -> Verdict:
    return one(f"certificate: {{path: {CRT}, {rest}}}", pki(text))


def until(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days, hours=1)).strftime("%Y-%m-%d")


def test_a_certificate_as_asked() -> None:
    whose = "subject: CN=kube-apiserver, issuer: {$equals: CN=kubernetes}, names: [kubernetes, 10.96.0.1]"
    verdict = cert(f"days_left: {{$gte: 300}}, {whose}", certificate(364))
    assert verdict == Verdict(ok=True, found=f"{CRT} on node lab-1 is good until {until(364)}, 364 days from now.")


def test_a_certificate_that_ends_too_soon_or_has_ended() -> None:
    verdict = cert("days_left: {$gte: 300}", certificate(20))
    assert verdict == Verdict(
        ok=False,
        found=f"{CRT} on node lab-1 is good until {until(20)}, 20 days from now.",
        asked=f"{CRT} on node lab-1 is good for ≥ 300 days.",
        look=f"On node lab-1: openssl x509 -noout -text -in {CRT}",
        path="days_left",
    )
    assert cert("days_left: {$gte: 0}", certificate(-5)).found.endswith("it has expired.")


def test_another_subject_issuer_or_name() -> None:
    text = certificate(9, cn="Büro 早安", names=("kubernetes", "localhost"))
    assert cert("subject: CN=jane", text).found == f"{CRT} on node lab-1 belongs to CN=Büro 早安."
    assert cert("issuer: CN=etcd-ca", text).found == f"{CRT} on node lab-1 is signed by CN=kubernetes."
    verdict = cert("names: [kubernets]", text)
    assert verdict.found == f"{CRT} on node lab-1 is for the names kubernetes, localhost, 10.96.0.1."
    assert verdict.asked == f"{CRT} on node lab-1 is for the name kubernets."
    assert verdict.near == "It has the name kubernetes."
    assert cert("names: [a]", certificate(9, names=())).found == f"{CRT} on node lab-1 is for the names -."


def test_the_certificate_in_a_kubeconfig() -> None:
    path = "/etc/kubernetes/admin.conf"
    data = base64.b64encode(certificate(30, cn="admin").encode()).decode()
    machine = pki(f"users:\n- user:\n    client-certificate-data: {data}\n    client-key-data: c2VjcmV0\n", path)
    assert one(f"certificate: {{path: {path}, subject: CN=admin, days_left: 30}}", machine).ok


def test_no_certificate() -> None:
    verdict = one("certificate: {path: /etc/kubernetes/pki/apisrver.crt}", pki(certificate(1)))
    assert verdict.near == f"There is a {CRT}."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----\nMIIEsecret\n-----END PRIVATE KEY-----\n",
        "client-certificate-data: ÿ%",
    ],
)
def test_what_is_no_certificate(text: str) -> None:
    verdict = cert("days_left: 1", text)
    assert verdict.found == f"{CRT} on node lab-1 does not hold a certificate that can be read."
    assert "secret" not in verdict.evidence


# Settings and commands


def test_a_kernel_setting() -> None:
    machine = Machine()
    machine.ran = {"sysctl -n net.ipv4.ip_forward": Ran(0, "1\n", ""), "sysctl": Ran(255, "", "No such file")}
    assert one("sysctl: {name: net.ipv4.ip_forward, value: 1}", machine).ok
    assert one("sysctl: {name: net.ipv4.ip_forward, value: {$gte: 1}}", machine).ok
    verdict = one("sysctl: {name: net.ipv4.ip_forward, value: 0}", machine)
    assert verdict.found == "net.ipv4.ip_forward on node lab-1 is 1."
    assert verdict.asked == "net.ipv4.ip_forward on node lab-1 is 0."
    assert one("sysctl: {name: net.x, value: 0}", machine).found == "Node lab-1 has no kernel setting net.x."


def test_a_command() -> None:
    machine = Machine(crictl_images="IMAGE\nbusybox\n", crictl_pull=Ran(1, "", "not found\n"))
    assert (
        one("command: {run: [crictl, images], stdout: busybox}", machine).found
        == "crictl images on node lab-1 printed: busybox"
    )
    verdict = one("command: {run: [crictl, images], stdout: nginx}", machine)
    assert verdict.found == "crictl images on node lab-1 printed: IMAGE busybox"
    verdict = one("command: {run: [crictl, pull, x]}", machine)
    assert verdict.found == "crictl pull x on node lab-1 ended with code 1."
    assert verdict.evidence == "not found"
    assert one("command: {run: [crictl, pull, x], code: null}", machine).ok


# Which nodes

ON, OFF = Machine(systemctl_show=RUNNING), Machine(systemctl_show=FAILED, journalctl="")


@pytest.mark.parametrize(
    ("choice", "machines", "ok", "told"),
    [
        ("", (ON, OFF), True, "lab-1"),
        ("index: 1", (ON, OFF), False, "lab-2"),
        ("all: true", (ON, OFF), False, "lab-2"),
        ("all: true", (ON, ON), True, "lab-1"),
        ("any: true", (OFF, ON), True, "lab-2"),
        ("any: true", (OFF, OFF), False, "lab-1"),
    ],
)
def test_which_nodes_decide(choice: str, machines: tuple[Machine, ...], ok: bool, told: str) -> None:
    verdict = look(f"{{node: {{role: control-plane, {choice}}}, unit: {{name: kubelet}}}}", world(*machines))
    assert verdict.ok is ok
    assert told in verdict.found


def test_workers_are_not_control_planes() -> None:
    made = world(OFF, workers=(ON,))
    assert look("{node: {role: worker}, unit: {name: kubelet}}", made).ok


def test_no_such_node_and_no_nodes_are_no_verdict() -> None:
    with pytest.raises(LookError, match="worker number 3"):
        look("{node: {role: worker, index: 2}, unit: {name: kubelet}}", world(ON, workers=(ON, ON)))
    with pytest.raises(LookError, match="cannot be opened from here"):
        look("{node: {role: worker}, unit: {name: kubelet}}", RecordedWorld())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{node: {role: control-plane}}", "exactly one of file"),
        ("{node: {role: control-plane}, unit: {name: a}, file: {path: /a}}", "exactly one of file"),
        ("{node: {role: master}, unit: {name: a}}", "master"),
        ("{node: {role: worker, index: 1, all: true}, unit: {name: a}}", "one of index, all and any"),
        ("{node: {role: worker, index: -1}, unit: {name: a}}", "counts from 0"),
        ("{node: {role: worker}, file: {path: a}}", "a whole path"),
        ("{node: {role: worker}, file: {path: /a, mode: 0600}}", "file.mode"),
        ("{node: {role: worker}, file: {path: /a, mode: rw}}", "octal text"),
        ("{node: {role: worker}, file: {path: /a, absent: true, contains: a}}", "absent goes alone"),
        ("{node: {role: worker}, unit: {name: a, active: null}}", "active or enabled"),
        ("{node: {role: worker}, process: {}}", "either name or match"),
        ("{node: {role: worker}, process: {match: '('}}", "not a regular expression"),
        ("{node: {role: worker}, certificate: {path: /a, days_left: {$gtee: 3}}}", "$gtee"),
        ("{node: {role: worker}, command: {run: []}}", "at least one word"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, problem: str) -> None:
    assert problem in " ".join(problems(text))
