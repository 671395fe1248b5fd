"""`python -m sent_tui` is the same as `sent-tui`."""

from sent_tui.cli import main

if __name__ == "__main__":
    main()
