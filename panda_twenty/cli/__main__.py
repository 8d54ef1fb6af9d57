"""``python -m panda_twenty.cli`` is the console script."""

from panda_twenty.cli import main

if __name__ == "__main__":
    main()
