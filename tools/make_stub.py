"""Write the settings and report fields of the compiled module into its stub.

Their names, types and texts come from the module, which has them from the tables in
``loadgen/settings/`` and ``loadgen/results/report_fields.cc``. The rest of the stub, whose types a
compiled module cannot tell, is left as it is. Run ``make stub`` after a change to a table.
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

from mlperf_loadgen import _core

STUB = Path(__file__).parents[1] / "python" / "mlperf_loadgen" / "_core.pyi"
CLASSES = (
    "TestSettings",
    "LatencySummary",
    "OverheadReport",
    "EarlyStopping",
    "TokenReport",
    "EffectiveSettings",
    "PeakTrial",
    "Report",
)
WIDTH = 100


def type_of(field: property) -> str:
    """Return the type that pybind11 says the getter returns, as the stub spells it."""
    signature = (field.fget.__doc__ or "").splitlines()[0]
    returned = signature.split(" -> ", 1)[1].strip()
    returned = returned.replace("mlperf_loadgen._core.", "").replace("numpy.typing.", "npt.")
    return re.sub(r"\bnumpy\.", "np.", returned)


def quoted(text: str) -> list[str]:
    """Return the lines of a docstring."""
    mark = 'r"""' if "\\" in text else '"""'
    end = ' """' if text.endswith('"') else '"""'
    return textwrap.wrap(f"{mark}{text}{end}", WIDTH - 8, break_long_words=False)


def field_lines(name: str, field: property) -> list[str]:
    """Return the declaration of a field: an attribute if it can be set, else a property."""
    doc = quoted((field.__doc__ or "").strip()) if field.__doc__ else []
    if field.fset is not None:
        return [f"    {name}: {type_of(field)}", *(f"    {line}" for line in doc)]
    declaration = f"    def {name}(self) -> {type_of(field)}:"
    if not doc:
        return ["    @property", f"{declaration} ..."]
    return ["    @property", declaration, *(f"        {line}" for line in doc)]


def is_field(node: ast.stmt) -> bool:
    """Whether a statement in the body of a class declares a field."""
    if isinstance(node, ast.AnnAssign):
        return True
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list
    )


def with_fields(text: str, class_name: str) -> str:
    """Return the stub with the fields of one class written anew."""
    (tree,) = (
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name == class_name
    )
    old: list[int] = []
    for node, before in zip(tree.body[1:], tree.body, strict=False):
        text_of_field = isinstance(node, ast.Expr) and isinstance(before, ast.AnnAssign)
        if is_field(node) or text_of_field:
            decorators = getattr(node, "decorator_list", [])
            begin = decorators[0].lineno if decorators else node.lineno
            old += range(begin - 1, (node.end_lineno or begin))
    lines = text.splitlines()
    new = [
        line
        for name, field in vars(getattr(_core, class_name)).items()
        if isinstance(field, property)
        for line in field_lines(name, field)
    ]
    kept = [line for i, line in enumerate(lines) if i > old[0] and i not in set(old)]
    return "\n".join([*lines[: old[0]], *new, *kept]) + "\n"


def stub() -> str:
    """Return the text that the stub has to have."""
    text = STUB.read_text(encoding="utf-8")
    for class_name in CLASSES:
        text = with_fields(text, class_name)
    return text


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
