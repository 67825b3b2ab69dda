"""Python text, read as literals and never executed.

Names that were bound to literals before are followed; calls keep their names and arguments.
"""

import ast
import math
import operator
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.fields import readable
from experiments.importing.reading import DEEPEST, MOST_NODES, Left, Refused

_LONGEST = 300_000
_LONGEST_PIECE = 200
_MOST_LINES = 4
_LARGEST_POWER = 400
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_TYPES = {"float", "int", "str", "bool"}
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = (*_LOOPS, ast.If, ast.With, ast.AsyncWith, ast.Try)
_BODIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Bindings = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """A call: the last part of the name that is called, and the arguments as values."""

    name: str
    positional: Sequence[Any]
    named: Mapping[str, Any]
    source: Left

    def __repr__(self) -> str:
        return repr(self.source)


@dataclass(frozen=True, slots=True, repr=False)
class Symbol:
    """A name that stands for itself: ``float``, ``ParameterType.FLOAT`` (its last part)."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(slots=True)
class Script:
    """What a script says: calls in order, names bound at its top level, and bare values."""

    calls: list[Call] = field(default_factory=list)
    bindings: Bindings = field(default_factory=dict)
    bare: list[Any] = field(default_factory=list)

    def values(self) -> Iterator[Any]:
        """Yield all values, those in lists and among arguments too, each once."""
        seen: set[int] = set()
        arguments = [v for call in self.calls for v in [*call.positional, *call.named.values()]]
        for value in [*self.bare, *self.bindings.values(), *self.calls, *arguments]:
            for item in [value, *value] if isinstance(value, list) else [value]:
                if id(item) not in seen:
                    seen.add(id(item))
                    yield item


def read_script(text: str) -> Script:
    """Read Python text; raises ``Refused`` where it is none."""
    if len(text) > _LONGEST:
        raise Refused(f"Python text can have {_LONGEST:,} characters; paste only the definition.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith(">>>"):
        text = _PROMPT.sub("", text)
    text = readable(textwrap.dedent(_MAGIC.sub("", text)))
    tree = _parsed(text)
    if sum(1 for _ in ast.walk(tree)) > 4 * MOST_NODES:
        raise Refused("This is too long for a definition; paste only the part that matters.")
    reader = _Reader(text)
    reader.statements(tree.body, reader.script.bindings, 0)
    return reader.script


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Such as those about odd escapes in texts.
            return ast.parse(text)
    except SyntaxError as error:
        raise Refused(f"Python cannot read line {error.lineno or 1}: {error.msg}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("Python cannot read this: it is nested too deeply.") from error


class _Reader:
    def __init__(self, text: str) -> None:
        self.script = Script()
        self._lines = text.encode().split(b"\n")
        self._seen: set[ast.Call] = set()

    def statements(self, body: Sequence[ast.stmt], names: Bindings, depth: int) -> None:
        """Follow statements in order; ``names`` are the bindings that hold there."""
        if depth > DEEPEST:
            raise Refused("This is nested too deeply for a definition.")
        for statement in body:
            self._statement(statement, names, depth)

    def _statement(self, statement: ast.stmt, names: Bindings, depth: int) -> None:
        if isinstance(statement, ast.Assign):
            value = self._value(statement.value, names)
            for target in statement.targets:
                self._assign(target, value, names)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign(statement.target, self._value(statement.value, names), names)
        elif isinstance(statement, ast.Expr):
            value = self._value(statement.value, names)
            if depth == 0:
                self.script.bare.append(value)
            self._mutate(statement.value, names)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            self._value(statement.value, names)
        elif isinstance(statement, _BODIES):
            inner = dict(names)
            self._forget(statement, inner)
            self.statements(statement.body, inner, depth + 1)
        elif isinstance(statement, _BLOCKS):
            self._block(statement, names, depth)
        else:
            self._forget(statement, names)

    def _block(self, statement: ast.stmt, names: Bindings, depth: int) -> None:
        """Read what may happen never or often; afterwards nobody knows what it has changed."""
        inner = dict(names)
        if isinstance(statement, _LOOPS):
            self._forget(statement, inner)
        for body in _bodies(statement):
            self.statements(body, dict(inner), depth + 1)
        if not isinstance(statement, ast.With | ast.AsyncWith):
            self._forget(statement, names)
            return
        self.statements(statement.body, names, depth + 1)

    def _assign(self, target: ast.expr, value: Any, names: Bindings) -> None:
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            holder = names.get(target.value.id)
            key = self._value(target.slice, names)
            if isinstance(holder, dict) and isinstance(key, str):
                names[target.value.id] = holder | {key: value}
            else:
                names.pop(target.value.id, None)
        else:
            self._forget(target, names)

    def _mutate(self, node: ast.expr, names: Bindings) -> None:
        """Follow ``list.append``, ``list.extend`` and ``dict.update``; forget what else changes."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            return
        base = node.func.value
        if not isinstance(base, ast.Name) or base.id not in names:
            return
        holder, arguments = names[base.id], [self._value(a, names) for a in node.args]
        match (holder, node.func.attr, arguments):
            case (list(), "append", [item]):
                names[base.id] = [*holder, item]
            case (list(), "extend", [list() as items]) if len(holder) + len(items) <= MOST_NODES:
                names[base.id] = [*holder, *items]
            case (dict(), "update", [dict() as items]):
                names[base.id] = holder | items
            case (list() | dict(), _, _):
                names[base.id] = self._left(node)

    def _forget(self, node: ast.AST, names: Bindings) -> None:
        """Drop all names that a piece of code may bind or change."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
                names.pop(part.id, None)
            elif isinstance(part, ast.arg):
                names.pop(part.arg, None)
            elif isinstance(part, ast.Attribute | ast.Subscript):
                changed = part.value
                if isinstance(changed, ast.Name) and isinstance(names.get(changed.id), list | dict):
                    names.pop(changed.id)

    def _value(self, node: ast.expr, names: Bindings, depth: int = 0) -> Any:
        """Return the plain value of an expression, or ``Left`` where it has none."""
        if depth > DEEPEST:
            return self._left(node)
        values = [self._value(n, names, depth + 1) for n in _items(node)]
        match node:
            case ast.Constant(value=str(text)):
                return readable(text)
            case ast.Constant(value=None | bool() | int() | float()):
                return node.value
            case ast.List() | ast.Tuple() | ast.Set():
                found = _flat(node, values)
                return self._left(node) if found is None else found
            case ast.Dict(keys=keys):
                return self._dict(node, keys, values, names)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                found = _signed(node, values[0])
                return self._left(node) if found is None else found
            case ast.BinOp():
                found = _calculated(node, values[0], values[1])
                return self._left(node) if found is None else found
            case ast.Name(id=name):
                if name in names:
                    return names[name]
                return Symbol(name) if name in _TYPES else self._left(node)
            case ast.Attribute(attr=name):
                return Symbol(name) if name.isupper() else self._left(node)
            case ast.Call():
                return self._call(node, names, values)
        return self._left(node)

    def _dict(
        self, node: ast.Dict, keys: Sequence[ast.expr | None], values: list[Any], names: Bindings
    ) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            if key is None:
                if not isinstance(value, dict):
                    return self._left(node)
                found |= value
                continue
            plain = self._value(key, names)
            if not isinstance(plain, str | bool | int | float):
                return self._left(node)
            found[plain] = value
        return found

    def _call(self, node: ast.Call, names: Bindings, positional: list[Any]) -> Any:
        name = _called(node.func)
        if name == "dict" and not positional and all(k.arg for k in node.keywords):
            return {str(k.arg): self._value(k.value, names) for k in node.keywords}
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value, names)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                named |= {str(key): inner for key, inner in value.items()}
        if not name:
            return self._left(node)
        call = Call(name, positional, named, self._left(node))
        if node not in self._seen:
            self._seen.add(node)
            self.script.calls.append(call)
        return call

    def _left(self, node: ast.expr) -> Left:
        """Keep the beginning of an expression's text, on one line."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = self._lines[first : min(last, first + _MOST_LINES) + 1]
        if first == last:
            lines[0] = lines[0][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        pieces = [line[:_LONGEST_PIECE].decode("utf-8", "ignore") for line in lines]
        return Left(" ".join(" ".join(pieces).split()), node.lineno)


def _items(node: ast.expr) -> list[ast.expr]:
    """The inner expressions whose values a value is made of."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [item.value if isinstance(item, ast.Starred) else item for item in items]
        case ast.Dict(values=items):
            return items
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(args=items):
            return [item.value if isinstance(item, ast.Starred) else item for item in items]
        case ast.Await(value=value):
            return [value]
    return []


def _flat(node: ast.List | ast.Tuple | ast.Set, values: list[Any]) -> Any:
    """Make a list, with starred lists spread out; ``None`` where that is not possible."""
    found: list[Any] = []
    for item, value in zip(node.elts, values, strict=True):
        if not isinstance(item, ast.Starred):
            found.append(value)
        elif isinstance(value, list):
            found += value
        else:
            return None
        if len(found) > MOST_NODES:
            return None
    return found


def _signed(node: ast.UnaryOp, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return -value if isinstance(node.op, ast.USub) else value


def _calculated(node: ast.BinOp, left: Any, right: Any) -> Any:
    """Work out simple arithmetic such as ``10 ** -3``, join lists; ``None`` where it is neither."""
    if isinstance(node.op, ast.Add) and (isinstance(left, list) or isinstance(right, list)):
        return _joined(left, right)
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in (left, right)):
        return None
    try:
        if isinstance(node.op, ast.Pow):
            if abs(right) > _LARGEST_POWER or abs(left) > _LARGEST_POWER:
                return None
            result = left**right
        else:
            result = _OPERATIONS[type(node.op)](left, right)
        is_usable = isinstance(result, int | float) and math.isfinite(float(result))
    except (KeyError, ArithmeticError, ValueError):
        return None
    return result if is_usable else None


def _joined(left: Any, right: Any) -> list[Any] | None:
    """Join lists; a part that could not be worked out stands there as one item, to be told."""
    parts = [part if isinstance(part, list) else [part] for part in (left, right)]
    is_known = all(isinstance(part, list | Left) for part in (left, right))
    joined = [*parts[0], *parts[1]]
    return joined if is_known and len(joined) <= MOST_NODES else None


def _called(function: ast.expr) -> str:
    """The last part of the name that is called; empty where it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The branches of a compound statement; that of ``with`` is always run, and left out."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        return
    for name in ("body", "orelse", "finalbody"):
        if branch := getattr(statement, name, None):
            yield branch
    for handler in getattr(statement, "handlers", []):
        yield handler.body
