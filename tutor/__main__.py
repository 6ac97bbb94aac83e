"""`python -m tutor` is `kubetutor`."""

from __future__ import annotations

import sys

from tutor.cli.main import main

sys.exit(main())
