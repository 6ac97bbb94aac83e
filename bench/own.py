"""`python -m bench.own VERB…`: `kubetutor` on a cluster of the bench's own, so that a learner's is left alone."""

from __future__ import annotations

import sys
from functools import partial

from tutor.cli.main import main
from tutor.clusters.kind.provider import KindProvider
from tutor.session import tutor

PREFIX = "kubetutor-bench"

tutor.KindProvider = partial(KindProvider, prefix=PREFIX)  # type: ignore[assignment, misc]

if __name__ == "__main__":
    sys.exit(main())
