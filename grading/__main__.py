"""Makes ``python -m grading`` the same as ``grading``."""

from grading.cli import main

main()
