"""The types that upstream's cases of strategic merge patches are about."""

from tutor.practice.schema.definitions import Definitions


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items, strategy="", merge_key=""):
    node = {"type": "array", "items": items}
    if strategy:
        node["x-kubernetes-patch-strategy"] = strategy
    if merge_key:
        node["x-kubernetes-patch-merge-key"] = merge_key
    return node


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
STRINGS = {"type": "object", "additionalProperties": STRING}
PLAIN = {
    **{"name": STRING, "value": STRING, "other": STRING, "simpleMap": STRINGS},
    "mergingIntList": _list(INTEGER, "merge"),
    "mergingList": _list(_ref("MergeItem"), "merge", "name"),
    "nonMergingList": _list(_ref("MergeItem")),
}
MERGE_ITEM = {
    **PLAIN,
    "nonMergingIntList": _list(INTEGER),
    "mergeItemPtr": _list(_ref("MergeItem"), "merge", "name"),  # a pointer there, but the cases give it lists
    "replacingItem": {"allOf": [_ref("Raw")], "x-kubernetes-patch-strategy": "replace"},
    "retainKeysMap": {"allOf": [_ref("RetainKeysMergeItem")], "x-kubernetes-patch-strategy": "retainKeys"},
    "retainKeysMergingList": _list(_ref("MergeItem"), "merge,retainKeys", "name"),
}
DEFINITIONS = Definitions(
    {
        "MergeItem": {"type": "object", "properties": MERGE_ITEM},
        "RetainKeysMergeItem": {"type": "object", "properties": PLAIN},
        "Raw": {"type": "object"},
    }
)
