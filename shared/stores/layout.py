"""How a record lies in an item: each field under its own name, in the form of its type."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from shared.domain import timestamps

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


# What follows a field's name in the item, and how its value gets there and back. Plain tuples, not
# a class of their own: every cold start of a posting would wait for its making.
_Form = tuple[str, Callable[[Any], Any], Callable[[Any], Any]]


def _unchanged(value: Any) -> Any:
    return value


def _to_seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _from_seconds(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


_FORMS: dict[type, _Form] = {
    str: ("", _unchanged, _unchanged),
    bool: ("", _unchanged, _unchanged),
    float: ("", repr, float),
    datetime: ("", timestamps.to_text, timestamps.from_text),
    timedelta: ("_seconds", _to_seconds, _from_seconds),
}


class Layout(Generic[Record]):
    """Made once for a class of records, since it looks at the class's fields."""

    def __init__(self, record_class: type[Record]) -> None:
        """Raises KeyError for a field of a type that has no form yet."""
        self._record_class = record_class
        self._fields = {
            field.name: (field.name + suffix, store, read)
            for field in fields(record_class)
            for suffix, store, read in [_form(field.type)]
        }

    def store(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes for some fields, which are given by their names in the record."""
        stored = {}
        for name, value in values.items():
            attribute, store, _ = self._fields[name]
            stored[attribute] = None if value is None else store(value)
        return stored

    def store_all(self, record: Record) -> dict[str, Any]:
        return self.store({name: getattr(record, name) for name in self._fields})

    def read(self, attributes: Mapping[str, Any]) -> Record:
        """The record; what the attributes lack has the field's default."""
        return self._record_class(
            **{
                name: read(attributes[attribute])
                for name, (attribute, _, read) in self._fields.items()
                if attribute in attributes
            }
        )


def _form(annotation: Any) -> _Form:
    """That of `datetime` for `datetime | None` as well: an item has no attribute for a None."""
    (stored,) = (each for each in get_args(annotation) or [annotation] if each is not NoneType)
    return _FORMS[stored]
