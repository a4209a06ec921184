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

# Projects whose build runs code of their own: what more each has in pyproject.toml, and its files.
BUILDERS = {
    "commands": (
        "setuptools",
        "[tool.setuptools]\npackages = ['toy']\n",
        {
            "setup.py": "import subprocess\nfrom setuptools import setup\n"
            "from setuptools.command.build_py import build_py\n\n\n"
            "class BuildPy(build_py):\n    def run(self):\n"
            "        subprocess.run(['git', 'describe', '--always'], check=False)\n        super().run()\n\n\n"
            "if __name__ == '__main__':\n    setup(cmdclass={'build_py': BuildPy})\n"
        },
    ),
    "hook": (
        "hatchling",
        "[tool.hatch.build.hooks.custom]\n",
        {
            "hatch_build.py": "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n\n\n"
            "class Hook(BuildHookInterface):\n    def initialize(self, version, build_data):\n"
            "        build_data['artifacts'] = []\n"
        },
    ),
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
        build(out, backend, module, PROJECT.format(backend=backend, module=module, more=more), {})
    for name, (backend, more, files) in BUILDERS.items():
        module, _ = BACKENDS[backend]
        build(out, name, module, PROJECT.format(backend=backend, module=module, more=more), files)


def build(out, name, module, text, files):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as project:
        write_project(pathlib.Path(project), text)
        for file, content in files.items():
            (pathlib.Path(project) / file).write_text(content)
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
