"""What is known of each image: how it starts, what it holds, which tags exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_APPLETS = """
[ [[ arch ash awk base64 basename bc bunzip2 busybox bzcat bzip2 cat chgrp chmod chown clear cmp cp cut date dd df diff
dirname du echo egrep env expand expr factor false fgrep find fold free grep groups gunzip gzip head hexdump hostid
hostname httpd id install ip kill less link ln logname ls md5sum mkdir mkfifo mktemp more mount mv nc nl nproc nslookup
od paste patch ping printf ps pwd readlink realpath rev rm rmdir sed seq sh sha1sum sha256sum sha512sum shuf sleep sort
stat strings sync tac tail tar tee test timeout touch tr true truncate tty uname unexpand uniq unlink unzip uptime vi
watch wc wget which who whoami xargs xxd yes
"""
BUSYBOX = frozenset(_APPLETS.split())
"""The applets of busybox 1.37 that do something here."""


@dataclass(frozen=True)
class Entry:
    """One repository of a registry; `{version}` in `env` and `files` stands for the tag's version."""

    tags: str
    """A regular expression for the tags that exist."""
    latest: str
    """The version behind `latest`."""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    user: str = ""
    working_dir: str = "/"
    programs: tuple[str, ...] = ()
    shell: bool = True
    """Whether it holds a shell and small programs."""
    megabytes: float = 20.0
    files: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    stop_signal: str = "SIGTERM"

    def known(self) -> list[str]:
        """Return tags by which a digest can be looked up."""
        return ["latest", self.latest, self.latest.rsplit(".", 1)[0]]


def _system(latest: str, program: str, megabytes: float, *ports: int, tags: str = r"v?\d+(\.\d+)*(-\d+)?") -> Entry:
    """Return a part of Kubernetes itself: one program, no shell."""
    name = program.rpartition("/")[2]
    start = (f"/{program}",)
    return Entry(tags, latest, start, programs=(name,), ports=ports, shell=False, megabytes=megabytes)


_WELCOME = (
    "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n"
)
_NGINX_SITE = """server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
"""
_NGINX_CONF = """user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log;
    sendfile        on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
"""
_LOCAL = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_VERSION = r"(latest|\d+(\.\d+){0,2})?-?(alpine|slim|bookworm|trixie)?"


def _server(latest: str, program: str, port: int, megabytes: float) -> Entry:
    """Return a database or the like: it starts, and its port is open."""
    return Entry(_VERSION, latest, cmd=(program,), programs=(program, "bash"), ports=(port,), megabytes=megabytes)


CATALOGUE: dict[str, Entry] = {
    "docker.io/library/busybox": Entry(
        r"latest|(1|1\.(2[4-9]|3[0-7])(\.[0-4])?)(-(glibc|musl|uclibc))?|stable|unstable|glibc|musl|uclibc",
        "1.37.0",
        cmd=("sh",),
        megabytes=2.2,
    ),
    "docker.io/library/alpine": Entry(r"latest|edge|3(\.\d+){0,2}", "3.23.0", cmd=("/bin/sh",), megabytes=3.8),
    "docker.io/library/ubuntu": Entry(
        r"latest|2[0246]\.04|noble|jammy", "24.04", cmd=("/bin/bash",), programs=("bash",), megabytes=29.7
    ),
    "docker.io/library/debian": Entry(
        r"latest|(stable|trixie|bookworm|1[1-3])(-slim)?", "13", cmd=("bash",), programs=("bash",), megabytes=49.3
    ),
    "docker.io/library/nginx": Entry(
        r"(latest|mainline|stable|1(\.(1[0-9]|2[0-9])(\.\d{1,2})?)?)?-?(alpine|alpine-slim|perl|bookworm|trixie)?",
        "1.29.3",
        entrypoint=("/docker-entrypoint.sh",),
        cmd=("nginx", "-g", "daemon off;"),
        env={"PATH": _LOCAL, "NGINX_VERSION": "{version}"},
        ports=(80,),
        programs=("nginx", "bash", "curl", "docker-entrypoint.sh"),
        megabytes=59.8,
        files={
            "/docker-entrypoint.sh": '#!/bin/sh\nexec "$@"\n',
            "/usr/share/nginx/html/index.html": _WELCOME,
            "/etc/nginx/nginx.conf": _NGINX_CONF,
            "/etc/nginx/conf.d/default.conf": _NGINX_SITE,
        },
        users={"nginx": 101},
        stop_signal="SIGQUIT",
    ),
    "docker.io/library/httpd": Entry(
        r"(latest|2(\.4(\.\d{2})?)?)?-?(alpine|bookworm|trixie)?",
        "2.4.65",
        cmd=("httpd-foreground",),
        env={"PATH": "/usr/local/apache2/bin:" + PATH, "HTTPD_VERSION": "{version}"},
        ports=(80,),
        working_dir="/usr/local/apache2",
        programs=("httpd-foreground", "bash"),
        megabytes=45.2,
        files={"/usr/local/apache2/htdocs/index.html": "<html><body><h1>It works!</h1></body></html>\n"},
        stop_signal="SIGWINCH",
    ),
    "docker.io/library/redis": Entry(
        r"(latest|[5-8](\.\d(\.\d{1,2})?)?)?-?(alpine|bookworm|bullseye)?",
        "7.4.6",
        cmd=("redis-server",),
        env={"PATH": _LOCAL, "REDIS_VERSION": "{version}"},
        ports=(6379,),
        working_dir="/data",
        programs=("redis-server", "redis-cli", "bash"),
        megabytes=51.1,
        users={"redis": 999},
    ),
    "docker.io/library/postgres": _server("18.1", "postgres", 5432, 160.0),
    "docker.io/library/mysql": _server("9.5.0", "mysqld", 3306, 270.0),
    "docker.io/library/mongo": _server("8.2.1", "mongod", 27017, 310.0),
    "docker.io/library/traefik": Entry(
        r"latest|v?3(\.[0-6](\.\d{1,2})?)?",
        "3.6.2",
        entrypoint=("/entrypoint.sh",),
        cmd=("traefik",),
        ports=(80,),
        programs=("traefik", "entrypoint.sh"),
        megabytes=54.0,
        files={"/entrypoint.sh": '#!/bin/sh\n[ "${1#-}" = "$1" ] || set -- traefik "$@"\nexec "$@"\n'},
    ),
    "docker.io/curlimages/curl": Entry(
        r"latest|8\.\d{1,2}\.\d", "8.17.0", entrypoint=("curl",), user="100", programs=("curl",), megabytes=9.9
    ),
    "docker.io/kindest/kindnetd": _system("20250512", "bin/kindnetd", 44.0, tags=r"v2\d{7}-[0-9a-z.]+"),
    "docker.io/kindest/local-path-provisioner": _system("20250402", "local-path-provisioner", 23.0, tags=r"v.+"),
    "docker.io/kindest/local-path-helper": Entry(r"v.+", "20241212", megabytes=3.0),
    "registry.k8s.io/pause": _system("3.10.1", "pause", 0.3),
    "registry.k8s.io/metrics-server/metrics-server": _system("0.8.0", "metrics-server", 22.0, 10250),
    "registry.k8s.io/coredns/coredns": _system("1.13.1", "coredns", 23.0, 53),
    "registry.k8s.io/etcd": _system("3.6.5-0", "etcd", 23.0, 2379),
    "registry.k8s.io/kube-apiserver": _system("1.37.2", "kube-apiserver", 27.0, 6443),
    "registry.k8s.io/kube-controller-manager": _system("1.37.2", "kube-controller-manager", 23.0, 10257),
    "registry.k8s.io/kube-scheduler": _system("1.37.2", "kube-scheduler", 18.0, 10259),
    "registry.k8s.io/kube-proxy": _system("1.37.2", "usr/local/bin/kube-proxy", 26.0),
}
"""By repository, with the registry written out."""
