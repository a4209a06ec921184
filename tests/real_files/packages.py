#!/usr/bin/env python3
"""Writes genuine wheels and source distributions with several build backends, for tests of false findings.

    python3 packages.py OUT

Run it in a virtual environment of requirements-packages.txt. The projects are toys; nothing is installed.
"""

import importlib
import os
import pathlib
import sys
import tempfile

BACKENDS = {
    "setuptools": ("setuptools.build_meta", '[tool.setuptools]\npackages = ["toy"]\n'),
    "hatchling": ("hatchling.build", ""),
    "flit": ("flit_core.buildapi", ""),
}

PROJECT = """[build-system]
requires = ["{backend}"]
build-backend = "{module}"

[project]
name = "toy"
version = "1.0"
description = "A toy"
dependencies = ["numpy>=1.20", "typing-extensions; python_version < '3.11'"]

[project.scripts]
toy = "toy:main"

{more}"""


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    os.environ["SOURCE_DATE_EPOCH"] = "1704067200"
    for backend, (module, more) in BACKENDS.items():
        folder = out / backend
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as project:
            write_project(pathlib.Path(project), PROJECT.format(backend=backend, module=module, more=more))
            os.chdir(project)
            hooks = importlib.import_module(module)
            hooks.build_sdist(str(folder))
            hooks.build_wheel(str(folder))
            os.chdir(out)


def write_project(project, text):
    (project / "pyproject.toml").write_text(text)
    (project / "toy").mkdir()
    (project / "toy/__init__.py").write_text('"""A toy."""\n\n\ndef main():\n    print("toy")\n')


if __name__ == "__main__":
    main()
