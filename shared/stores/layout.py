"""Converts records to attributes and back: each field under its own name (a duration's with
`_seconds`), by its type."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from shared.domain import timestamps

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


# The suffix of the attribute's name, and the functions that store and read its value. A tuple,
# since making a class would delay every cold start of data_writing.
_Form = tuple[str, Callable[[Any], Any], Callable[[Any], Any]]


def _unchanged(value: Any) -> Any:
    return value


def _to_seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _from_seconds(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


_FORMS: dict[Any, _Form] = {
    str: ("", _unchanged, _unchanged),
    bool: ("", _unchanged, _unchanged),
    float: ("", repr, float),
    datetime: ("", timestamps.to_text, timestamps.from_text),
    timedelta: ("_seconds", _to_seconds, _from_seconds),
    frozenset[str]: ("", _unchanged, _unchanged),
}


class Layout(Generic[Record]):
    """The layout of a class of records. Make it once, since it inspects the class's fields."""

    def __init__(self, record_class: type[Record]) -> None:
        """Raises KeyError for a field whose type has no form."""
        self._record_class = record_class
        self._fields = {
            field.name: (field.name + suffix, store, read)
            for field in fields(record_class)
            for suffix, store, read in [_form(field.type)]
        }

    def store(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes for some fields, given by their names in the record."""
        stored = {}
        for name, value in values.items():
            attribute, store, _ = self._fields[name]
            stored[attribute] = None if value is None else store(value)
        return stored

    def store_all(self, record: Record) -> dict[str, Any]:
        return self.store({name: getattr(record, name) for name in self._fields})

    def read(self, attributes: Mapping[str, Any]) -> Record:
        """Return the record. A field without an attribute gets its default."""
        return self._record_class(
            **{
                name: read(attributes[attribute])
                for name, (attribute, _, read) in self._fields.items()
                if attribute in attributes
            }
        )


def _form(annotation: Any) -> _Form:
    """Return the form of a type; of `datetime` for `datetime | None`, since None is not stored."""
    if annotation in _FORMS:
        return _FORMS[annotation]
    (stored,) = (each for each in get_args(annotation) or [annotation] if each is not NoneType)
    return _FORMS[stored]
