"""``python -m tierscope`` is the command line."""

from tierscope.cli import main

if __name__ == "__main__":
    main()
