"""`python -m overcut` is the command line."""

import sys

from overcut.cli import main

sys.exit(main())
