"""Write the stub of the compiled module, all of it from the module.

Its docstrings begin with their types. pybind11 writes those lines for what it binds, with what
``bindings/typed.h`` adds; what is written against the C API of Python has them in its own texts: a
function, and what can only be read, as ``name(parameters) -> type``; an attribute as
``name: type``; a class as a call for each way to make it. Run ``make stub`` after a change to what
Python sees.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from mlperf_loadgen import _core

STUB = Path(__file__).parents[1] / "python" / "mlperf_loadgen" / "_core.pyi"
WIDTH = 100

# Where the names in types come from.
IMPORTS = {
    "import os": ["os"],
    "from collections.abc import {}": ["Callable", "Sequence"],
    "from pathlib import {}": ["Path"],
    "from typing import {}": ["Any", "ClassVar", "Literal", "SupportsIndex", "overload"],
    "\nimport numpy as np": ["np"],
    "import numpy.typing as npt": ["npt"],
    "from typing_extensions import {}": ["Buffer", "Self"],
}

# How the stub spells what pybind11 writes. It asks for __int__, which a float has, and refuses one.
SPELLINGS = {
    "typing.SupportsInt | typing.SupportsIndex": "SupportsIndex",
    "typing.SupportsFloat | typing.SupportsIndex": "float",
    "numpy.typing.": "npt.",
    "numpy.": "np.",
    f"{_core.__name__}.": "",
}

# What every class has. With __setattr__ a stub would let any attribute through.
OF_OBJECT = {"__doc__", "__module__", "__new__", "__repr__", "__str__", "__setattr__"}
# What pybind11 adds to a class.
OF_PYBIND11 = {"_pybind11_conduit_v1_", "__entries"}
# What the language settles.
FIXED = {
    "__eq__": "def __eq__(self, other: object, /) -> bool: ...",
    "__ne__": "def __ne__(self, other: object, /) -> bool: ...",
    "__len__": "def __len__(self) -> int: ...",
}


def types_and_text(name: str, doc: str | None) -> tuple[list[str], str]:
    """Return the types that a docstring begins with, one for each overload, and its text."""
    types = []
    lines = (doc or "").strip().splitlines()
    while lines and (line := re.fullmatch(rf"(?:{name})?(: \w+|\(.*\) -> .+)", lines[0])):
        spelled = line[1].removeprefix(": ")
        for theirs, ours in SPELLINGS.items():
            spelled = spelled.replace(theirs, ours)
        types.append(re.sub(r"^\(self: \w+", "(self", spelled))
        del lines[0]
    return types, "\n".join(lines).partition("\nMembers:\n")[0].strip()


def wrapped(docstring: re.Match[str]) -> str:
    """Return a docstring, which has a line for each paragraph, in lines of the stub's width."""
    indent, text = docstring.groups()
    wrapper = textwrap.TextWrapper(
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    first, *others = text.split("\n\n")
    if not others:
        return wrapper.fill(f'"""{first}"""')
    paragraphs = [f'"""{first}', *(paragraph.strip() for paragraph in others)]
    return "\n\n".join(map(wrapper.fill, paragraphs)) + f'\n{indent}"""'


def function(name: str, types: list[str], text: str) -> Iterator[str]:
    """Yield the declaration of a function or a method."""
    for each in types:
        if len(types) > 1:
            yield "@overload"
        yield f"def {name}{each}:" if text else f"def {name}{each}: ..."
        if text:
            yield f'    """{text}"""'


def attribute(name: str, type_: str, text: str) -> Iterator[str]:
    """Yield the declaration of an attribute."""
    yield f"{name}: {type_}"
    if text:
        yield f'"""{text}"""'


def read_only(name: str, type_: str, text: str) -> Iterator[str]:
    """Yield the declaration of what can only be read."""
    yield "@property"
    yield from function(name, [f"(self) -> {type_}"], text)


def member(owner: type, name: str, thing: object) -> Iterator[str]:
    """Yield the declaration of what a class has."""
    if isinstance(thing, owner):  # of an enum
        entry = vars(owner)["__entries"].get(name, (thing, None))
        yield from attribute(name, f"ClassVar[{owner.__name__}]", entry[1] or "")
    elif name == "__members__":
        yield f"{name}: ClassVar[dict[str, {owner.__name__}]]"
    elif name in FIXED:
        yield FIXED[name]
    elif type(thing).__name__ == "wrapper_descriptor":
        return  # around a slot of a C type; its text is Python's own
    elif isinstance(thing, property):
        types, _ = types_and_text(name, thing.fget.__doc__)
        _, text = types_and_text(name, thing.__doc__)
        type_ = types[0].rpartition(" -> ")[2]
        if type(thing) is not property:  # of the class
            yield from attribute(name, f"ClassVar[{type_}]", text)
        elif thing.fset is not None:
            yield from attribute(name, type_, text)
        else:
            yield from read_only(name, type_, text)
    else:
        types, text = types_and_text(name, thing.__doc__)
        if not types:
            raise SystemExit(
                f"{owner.__name__}.{name}: its docstring does not begin with its types"
            )
        if type(thing).__name__ != "getset_descriptor":
            yield from function(name, types, text)
        elif " -> " in types[0]:
            yield from read_only(name, types[0].rpartition(" -> ")[2], text)
        else:
            yield from attribute(name, types[0], text)


def class_lines(owner: type) -> Iterator[str]:
    """Yield the declaration of a class."""
    made, text = types_and_text(owner.__name__, owner.__doc__)
    yield f"class {owner.__name__}:"
    body = [f'"""{text}"""', ""]
    if made:
        body += function("__new__", [f"(cls, {each[1:]}".replace(", )", ")") for each in made], "")
    for name, thing in vars(owner).items():
        if name not in OF_OBJECT | OF_PYBIND11:
            body += member(owner, name, thing)
    yield textwrap.indent("\n".join(body), "    ")


def module_lines() -> Iterator[str]:
    """Yield the declarations of what the module has."""
    yield "__version__: str"
    for name, thing in vars(_core).items():
        if isinstance(thing, type):
            yield from class_lines(thing)
        elif callable(thing):
            types, text = types_and_text(name, thing.__doc__)
            if not types:
                raise SystemExit(f"{name}: its docstring does not begin with its types")
            yield from function(name, types, text)


def import_lines(body: str) -> Iterator[str]:
    """Yield the imports that the declarations need."""
    types = re.sub(r'""".*?"""', "", body, flags=re.S)
    for line, names in IMPORTS.items():
        used = [name for name in names if re.search(rf"\b{name}\b", types)]
        if used:
            yield line.format(", ".join(used))


def stub() -> str:
    """Return the text that the stub has to have."""
    body = re.sub(r'^( +)"""(.+?)"""$', wrapped, "\n".join(module_lines()), flags=re.M | re.S)
    text = "\n".join(
        [f'"""{_core.__doc__}"""', "# Written by make stub.", *import_lines(body), body]
    )
    return subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", STUB, "-"],
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
