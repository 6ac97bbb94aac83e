"""What is known of each image: how it starts, what it holds, which tags exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_APPLETS = """
[ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blockdev brctl bunzip2
busybox bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 crond crontab cttyhack cut
date dc dd deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix dpkg dpkg-deb du dumpkmap
dumpleases echo ed egrep env expand expr factor fallocate false fatattr fdisk fgrep find findfs fold free
freeramdisk fsfreeze fstrim ftpget ftpput getfattr getopt getty grep groups gunzip gzip halt head hexdump hostid
hostname httpd hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod install
ionice ip ipcalc kill killall klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login
logname logread losetup ls lsmod lsscsi lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo
mknod mkpasswd mkswap mktemp modinfo modprobe more mount mt mv nameif nbd-client nc netstat nl nologin nproc
nsenter nslookup nuke od openvt partprobe passwd paste patch pidof ping ping6 pivot_root poweroff printf ps pwd
rdate readlink realpath reboot renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init run-parts sed
seq setkeycodes setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client start-
stop-daemon stat strings stty su sulogin svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar
taskset tc tee telnet telnetd test tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty
tunctl ubirename udhcpc udhcpc6 udhcpd uevent umount uname uncompress unexpand uniq unix2dos unlink unlzma
unshare unxz unzip uptime usleep uudecode uuencode vconfig vi w watch watchdog wc wget which who whoami xargs
xxd xz xzcat yes zcat
"""
BUSYBOX = frozenset(_APPLETS.split())
"""The applets of busybox 1.37."""


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
    return Entry(
        tags,
        latest,
        entrypoint=(f"/{program}",),
        programs=(program.rsplit("/", 1)[-1],),
        ports=ports,
        shell=False,
        megabytes=megabytes,
    )


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
_LOCAL = "/usr/local/bin:" + "/usr/sbin:/usr/bin:/sbin:/bin"
_REDIS_PATH = {"PATH": _LOCAL, "REDIS_VERSION": "{version}"}

_VERSION = r"latest|\d+(\.\d+){0,2}(-(alpine|slim|bookworm|trixie|jammy|noble))?"

CATALOGUE: dict[str, Entry] = {
    "docker.io/library/ubuntu": Entry(
        r"latest|2[0246]\.04|noble|jammy", "24.04", cmd=("/bin/bash",), programs=("bash",), megabytes=29.7
    ),
    "docker.io/library/debian": Entry(
        r"latest|(stable|trixie|bookworm|1[1-3])(-slim)?", "13", cmd=("bash",), programs=("bash",), megabytes=49.3
    ),
    "docker.io/library/memcached": Entry(
        _VERSION, "1.6.39", cmd=("memcached",), programs=("memcached",), ports=(11211,)
    ),
    "docker.io/library/mongo": Entry(
        _VERSION, "8.2.1", cmd=("mongod",), programs=("mongod", "bash"), ports=(27017,), megabytes=310.0
    ),
    "docker.io/library/mariadb": Entry(
        _VERSION, "12.0.2", cmd=("mysqld",), programs=("mysqld", "bash"), ports=(3306,), megabytes=105.0
    ),
    "docker.io/polinux/stress": Entry(
        r"latest|1\.0\.4", "1.0.4", cmd=("stress",), programs=("stress", "bash"), megabytes=4.0
    ),
    "gcr.io/google-samples/hello-app": Entry(
        r"[12]\.0", "1.0", cmd=("./hello-app",), programs=("hello-app",), ports=(8080,), shell=False, megabytes=13.7
    ),
    "docker.io/library/busybox": Entry(
        r"latest|(1|1\.(2[4-9]|3[0-7])(\.[0-4])?)(-(glibc|musl|uclibc))?|stable|unstable|glibc|musl|uclibc",
        "1.37.0",
        cmd=("sh",),
        megabytes=2.2,
    ),
    "docker.io/library/alpine": Entry(
        r"latest|edge|3(\.(1[0-9]|2[0-3])(\.\d)?)?", "3.23.0", cmd=("/bin/sh",), programs=("apk",), megabytes=3.8
    ),
    "docker.io/library/nginx": Entry(
        r"(latest|mainline|stable|1(\.(1[0-9]|2[0-9])(\.\d{1,2})?)?)?"
        r"-?(alpine|alpine-slim|perl|otel|bookworm|trixie|alpine-perl)?",
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
            "/var/log/nginx/access.log": "",
            "/var/log/nginx/error.log": "",
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
        users={"www-data": 33},
        stop_signal="SIGWINCH",
    ),
    "docker.io/library/redis": Entry(
        r"(latest|[5-8](\.\d(\.\d{1,2})?)?)?-?(alpine|bookworm|bullseye)?",
        "7.4.6",
        cmd=("redis-server",),
        env=_REDIS_PATH,
        ports=(6379,),
        working_dir="/data",
        programs=("redis-server", "redis-cli", "bash"),
        megabytes=51.1,
        users={"redis": 999},
    ),
    "docker.io/library/postgres": Entry(
        r"(latest|1[3-8](\.\d{1,2})?)-?(alpine|bookworm|trixie)?",
        "18.1",
        cmd=("postgres",),
        env={"PGDATA": "/var/lib/postgresql/data", "PG_VERSION": "{version}"},
        ports=(5432,),
        programs=("postgres", "pg_isready", "bash"),
        megabytes=160.0,
        users={"postgres": 999},
        stop_signal="SIGINT",
    ),
    "docker.io/library/mysql": Entry(
        r"latest|[89](\.\d(\.\d{1,2})?)?|lts",
        "9.5.0",
        cmd=("mysqld",),
        ports=(3306,),
        programs=("mysqld", "bash"),
        megabytes=270.0,
        users={"mysql": 999},
    ),
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
    "docker.io/hashicorp/http-echo": Entry(
        r"latest|0\.2\.3|1\.0(\.0)?|alpine",
        "1.0",
        entrypoint=("/http-echo",),
        ports=(5678,),
        user="65532",
        programs=("http-echo",),
        shell=False,
        megabytes=3.1,
    ),
    "docker.io/curlimages/curl": Entry(
        r"latest|8\.\d{1,2}\.\d", "8.17.0", entrypoint=("curl",), user="100", programs=("curl",), megabytes=9.9
    ),
    "docker.io/kindest/kindnetd": _system("20250512", "bin/kindnetd", 44.0, tags=r"v2\d{7}-[0-9a-z.]+"),
    "docker.io/kindest/local-path-provisioner": _system("20250402", "local-path-provisioner", 23.0, tags=r"v.+"),
    "docker.io/kindest/local-path-helper": Entry(r"v.+", "20241212", megabytes=3.0),
    "quay.io/prometheus/prometheus": Entry(
        r"latest|v[23]\.\d{1,2}\.\d",
        "3.7.3",
        entrypoint=("/bin/prometheus",),
        ports=(9090,),
        user="nobody",
        programs=("prometheus",),
        megabytes=130.0,
    ),
    "registry.k8s.io/e2e-test-images/agnhost": Entry(
        r"2\.\d{1,2}(\.\d)?",
        "2.57",
        entrypoint=("/agnhost",),
        cmd=("pause",),
        programs=("agnhost", "curl"),
        megabytes=52.0,
    ),
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
