"""The programs that are simulated, where bashkit lacks them or they must see the simulated machine."""

from __future__ import annotations

from tutor.practice.containers.call import Program
from tutor.practice.containers.programs import clients, files, listing, nginx, redis, servers, system, web

PROGRAMS: dict[str, Program] = {
    **files.PROGRAMS,
    **listing.PROGRAMS,
    **system.PROGRAMS,
    **clients.PROGRAMS,
    **web.PROGRAMS,
    **servers.PROGRAMS,
    **nginx.PROGRAMS,
    **redis.PROGRAMS,
}
"""By name; an image has those that its programs list."""
GRACEFUL = frozenset({"nginx", "redis-server", "httpd-foreground", "coredns", *servers.DAEMONS})
"""Programs that end well when a signal tells them to."""
