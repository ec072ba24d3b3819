"""`python -m cloud` is `aisle-cloud`."""

import sys

from cloud.cli import main

sys.exit(main())
