"""What may differ between two clusters that behave alike: names, times, addresses, ids."""

from __future__ import annotations

import re

AGE = r"(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s|\d+ms)?"
RULES: tuple[tuple[str, str], ...] = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"(?:\b[\w./-]+@)?\b(?:sha256:|containerd://)[0-9a-f]{64}", "DIGEST"),  # how an image came there does not matter
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "TIME"),
    (r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC", "TIME"),
    (r"(LAST DEPLOYED: ).*", r"\1TIME"),
    (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b10\.244\.\d+\.\d+\b", "POD-IP"),
    (r"\b10\.96\.(?!0\.1\b|0\.10\b)\d+\.\d+\b", "SERVICE-IP"),
    (r"\b172\.\d+\.\d+\.\d+\b", "NODE-IP"),
    (r"https://127\.0\.0\.1:\d+", "https://SERVER"),
    (r'("serverAddress": ?)"[^"]*"', r'\1"SERVER"'),
    (r"\bapiserver-[a-z2-7]{26}\b", "apiserver-ID"),
    (r"\bTCP (\d+)/3\d{4}\b", "TCP PORT"),
    (r"\b3[0-2]\d{3}\b", "NODEPORT"),
    (r"(resourceVersion|uid|resource version)(\W{1,4})\"?\d+\"?", r"\1\2N"),
    (r"Resource Version:\s+\d+", "Resource Version: N"),
    (r"kube-api-access-\w{5}", "kube-api-access-XXXXX"),
    (
        r"\b([a-z0-9][a-z0-9-]*?)-[bcdfghjklmnpqrstvwxz2456789]{7,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b",
        r"\1-HASH-XXXXX",
    ),
    (r"\b([a-z0-9][a-z0-9-]*?)-(?=[a-z]*\d)[bcdfghjklmnpqrstvwxz2456789]{8,10}\b", r"\1-HASH"),
    (r"\b([a-z0-9][a-z0-9-]*?)-[bcdfghjklmnpqrstvwxz2456789]{5}\b", r"\1-XXXXX"),
    (r"pod-template-hash(=|: *)[a-z0-9]+", r"pod-template-hash\1HASH"),
    (r"controller-revision-hash(=|: *)[a-z0-9-]+", r"controller-revision-hash\1HASH"),
    (r"\.1[0-9a-f]{15}\b", ".EVENT"),
    (r"\.[0-9a-f]{16}\b", ".EVENT"),
)
"""Patterns and what they become, in order."""
TABLE_AGE = re.compile(rf"(?<=\s)(?:{AGE})(?=\s|$)(?<=\w)")
SPACES = re.compile(r"[ \t]{2,}")


def normal(text: str, nodes: tuple[str, ...], own: dict[str, str]) -> str:
    """Return output in the form that is compared: what may differ is named, columns are one space apart.

    `nodes` are the cluster's nodes, `own` other words of this cluster's, as its user, with their common names.
    """
    for number, name in enumerate(sorted(nodes, key=len, reverse=True)):
        text = text.replace(name, f"NODE{number}")
    for word, common in own.items():
        text = text.replace(word, common)
    for pattern, common in RULES:
        text = re.sub(pattern, common, text)
    lines = [SPACES.sub(" ", TABLE_AGE.sub("AGE", line)).rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip()
