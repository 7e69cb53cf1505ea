"""`python -m mconn_contracts` is the command `mconn`."""

from mconn_contracts.cli.main import main

if __name__ == "__main__":
    main()
