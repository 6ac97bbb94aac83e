import copy
import json
from pathlib import Path

import pytest

from tests.practice.patches.merge_item import DEFINITIONS
from tutor.practice.patches import strategic
from tutor.practice.patches.errors import PatchError

CASES = [json.loads(line) for line in (Path(__file__).parent / "strategic_cases.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_upstream_case(case):
    before = copy.deepcopy(case)
    if "error" in case:
        with pytest.raises(PatchError) as refused:
            strategic.apply(case["original"], case["patch"], DEFINITIONS["MergeItem"])
        assert case["error"] in str(refused.value)
    else:
        assert strategic.apply(case["original"], case["patch"], DEFINITIONS["MergeItem"]) == case["result"]
    assert case == before
