"""``python -m tests.mutants``: see :mod:`mutants.run`."""

import sys

from .run import main

sys.exit(main())
