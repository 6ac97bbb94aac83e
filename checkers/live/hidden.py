"""What of the cluster belongs to the tutor: its probes, which no check must count."""

from __future__ import annotations

from typing import Any

from checkers.world import Obj

LABEL = "kubetutor.dev/probe"
NAMESPACE = "kubetutor-probes"
PREFIX = "kubetutor-probe-"
"""How every probe's name starts: events and endpoints tell no labels, only names."""


def is_probe(obj: Obj) -> bool:
    """Tell whether `obj` is a probe, lies in the probes' namespace, or is an event about one."""
    meta = obj.get("metadata") or {}
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    return (
        LABEL in (meta.get("labels") or {})
        or NAMESPACE in (meta.get("namespace"), meta.get("name"), about.get("namespace"))
        or str(meta.get("name") or "").startswith(PREFIX)
        or str(about.get("name") or "").startswith(PREFIX)
    )


def without_probes(obj: Obj) -> Obj:
    """Return `obj`, an EndpointSlice or Endpoints without the probes among its addresses."""
    if isinstance(obj.get("endpoints"), list):
        return obj | {"endpoints": [each for each in obj["endpoints"] if not _targets_probe(each)]}
    if isinstance(obj.get("subsets"), list):
        subsets = [
            subset
            | {
                key: [each for each in subset[key] if not _targets_probe(each)]
                for key in ("addresses", "notReadyAddresses")
                if subset.get(key)
            }
            for subset in obj["subsets"]
        ]
        return obj | {"subsets": [s for s in subsets if s.get("addresses") or s.get("notReadyAddresses")]}
    return obj


def _targets_probe(endpoint: Any) -> bool:
    target = (endpoint or {}).get("targetRef") or {}
    return str(target.get("name") or "").startswith(PREFIX) or target.get("namespace") == NAMESPACE
