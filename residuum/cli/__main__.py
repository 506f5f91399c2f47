"""``python -m residuum.cli`` is the same as ``residuum``."""

from residuum.cli import main

if __name__ == "__main__":
    main()
