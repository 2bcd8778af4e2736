"""`python -m docpipe`."""

from __future__ import annotations

from docpipe.cli import main

if __name__ == "__main__":
    main()
