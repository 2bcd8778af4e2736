"""A command whose options are one object: a frozen dataclass instead of a function with many arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from inspect import Parameter, Signature
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def command_of(run: Callable[[T], None], options: type[T]) -> Callable[..., None]:
    """Return `run` as a function that Typer reads: a parameter for each field of the dataclass `options`.

    Fields are annotated as Typer's parameters are (`Annotated[int, typer.Option(...)]`); the help text is `run`'s.
    """
    hints = get_type_hints(options, include_extras=True)

    def command(**given: Any) -> None:
        run(options(**given))

    parameters = [
        Parameter(
            field.name,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(options)  # type: ignore[arg-type]
    ]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {**hints, "return": None}
    command.__name__, command.__doc__ = run.__name__, run.__doc__
    return command
