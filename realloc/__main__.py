"""``python -m realloc``."""

from realloc.cli import main

if __name__ == "__main__":
    main()
