"""The order of ports in EndpointSlices and Endpoints: by the hash (FNV-128a) of Go's dump of each.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/endpointslice/util/controller_utils.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from tutor.practice.api.errors import Obj

_BASIS, _PRIME, _ALL = 0x6C62272E07BB014262B821756295C58D, 0x1000000000000000000013B, (1 << 128) - 1


def in_slice(ports: Iterable[Obj]) -> list[Obj]:
    """Return ports in the order of an EndpointSlice."""
    return sorted(ports, key=_key("Name:(*string){name} Protocol:(*v1.Protocol){protocol} Port:(*int32){port}"))


def in_endpoints(ports: Iterable[Obj]) -> list[Obj]:
    """Return ports in the order of an Endpoints' subset."""
    return sorted(ports, key=_key("Name:(string){name} Port:(int32){port} Protocol:(v1.Protocol){protocol}"))


def _key(form: str) -> Callable[[Obj], int]:
    def key(port: Obj) -> int:
        fields = form.format(name=port.get("name", ""), protocol=port["protocol"], port=port["port"])
        return _hash(f"(v1.EndpointPort){{{fields} AppProtocol:(*string){port.get('appProtocol', '<nil>')}}}")

    return key


@lru_cache(maxsize=1024)
def _hash(text: str) -> int:
    value = _BASIS
    for byte in text.encode():
        value = (value ^ byte) * _PRIME & _ALL
    return value
