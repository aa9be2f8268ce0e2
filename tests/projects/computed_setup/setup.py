from pathlib import Path

from setuptools import setup

setup(
    name="meters",
    version="1.0",
    py_modules=["meters"],
    python_requires=">=3.10",
    install_requires=Path("needs.list").read_text().split(),
)
