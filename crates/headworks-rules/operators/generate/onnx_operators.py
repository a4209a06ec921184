"""Writes the lists of `onnx.toml` from the packages that define the operators.

    pip install onnx==1.23.2 onnxruntime==1.32.0 && python onnx_operators.py

prints every `[[domain]]` of them; paste it over those in the file. What is written by hand stays.
"""

import textwrap

from onnx import defs
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

SOURCES = {
    "": "onnx 1.23.2, every version of the operator set; onnxruntime 1.32.0, experimental operators of opset 1",
    "ai.onnx.ml": "onnx 1.23.2, every version of the operator set",
    "ai.onnx.preview": "onnx 1.23.2",
    "ai.onnx.preview.training": "onnx 1.23.2",
    "com.microsoft": "onnxruntime 1.32.0, contributed operators",
    "com.microsoft.nchwc": "onnxruntime 1.32.0, layouts that its optimizer writes",
    "com.ms.internal.nhwc": "onnxruntime 1.32.0, layouts that its optimizer writes",
}

# Judged by hand: they run what lies outside of the file.
EFFECTS = {"EPContext", "Snpe"}


def main():
    names = {}
    for schema in [*defs.get_all_schemas_with_history(), *runtime.get_all_operator_schema()]:
        names.setdefault(schema.domain, set()).add(schema.name)
    for domain, source in SOURCES.items():
        operators = ", ".join(f'"{name}"' for name in sorted(names[domain] - EFFECTS))
        body = textwrap.fill(operators, 118, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        print(f'[[domain]]\nname = "{domain}"\nsource = "{source}"\noperators = [\n{body},\n]\n')


main()
