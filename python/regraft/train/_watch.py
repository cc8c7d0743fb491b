"""Being told when an object builds itself: before and after it is called, built, or compiled
into the functions of ``fit``. No trace stays behind."""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import Any, Callable, Dict, List, Protocol, Sequence, Type

from .._frameworks import build_by_call

_WATCH = "_regraft_watch"
_AFTER = ("build", "make_train_function", "make_test_function", "make_predict_function")
_STEPS = ("apply_gradients", "apply", "minimize")


class Watcher(Protocol):
    def advance(self) -> bool:
        """Does what has become possible. True if that was something."""

    def called(self, thing: Any) -> None:
        """``thing`` has been called, so that what is still not built is not used by it."""

    def check_call(self, thing: Any) -> None:
        """``thing`` is about to compute."""

    def check_step(self, thing: Any) -> None:
        """The optimizer ``thing`` is about to change variables."""


class _Watch:
    """Who is to be told of one object, and what it was before."""

    def __init__(self, thing: Any) -> None:
        self.watchers: List[Watcher] = []
        self.cls: Type[Any] = type(thing)


class _Inside(threading.local):
    """Whether this thread is in a call that is watched: what is called there takes part in it."""

    call = False


_inside = _Inside()


def watch(thing: Any, watcher: Watcher) -> None:
    """Tells ``watcher`` of an object that will be called."""
    _tell(thing, watcher, _AFTER, _after, of_calls=True)


def watch_steps(optimizer: Any, watcher: Watcher) -> None:
    """Asks ``watcher`` before an optimizer's steps."""
    _tell(optimizer, watcher, _STEPS, _before_step, of_calls=False)


def _tell(thing: Any, watcher: Watcher, methods: Sequence[str], told: Callable[..., Any],
          of_calls: bool) -> None:
    known = vars(thing).get(_WATCH)
    if known is None:
        known = _Watch(thing)
        object.__setattr__(thing, _WATCH, known)
        if of_calls:
            with contextlib.suppress(TypeError):  # Its class may forbid it; builds are watched.
                object.__setattr__(thing, "__class__", _watched(known.cls))
        for name in methods:
            if callable(getattr(thing, name, None)):
                _replace(thing, name, told)
    known.watchers.append(watcher)


def unwatch(thing: Any, watcher: Watcher) -> None:
    """Makes an object what it was, if nobody else watches it."""
    known = vars(thing).get(_WATCH)
    if known is None or watcher not in known.watchers:
        return
    known.watchers.remove(watcher)
    if known.watchers:
        return
    if type(thing) is not known.cls:
        object.__setattr__(thing, "__class__", known.cls)
    own = vars(thing)
    for name in (*_AFTER, *_STEPS):
        replaced = getattr(own.get(name), "_regraft_replaced", None)
        if replaced is not None:
            own.update(replaced) if replaced else own.pop(name)
    own.pop(_WATCH)


def _replace(thing: Any, name: str, how: Callable[[Any, Callable[..., Any]], Callable[..., Any]]
             ) -> None:
    """Puts a function of the object itself before that of its class."""
    new = how(thing, getattr(thing, name))
    own = vars(thing)
    new._regraft_replaced = {name: own[name]} if name in own else {}  # type: ignore[attr-defined]
    object.__setattr__(thing, name, new)


def _after(thing: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def then(*args: Any, **kwargs: Any) -> Any:
        if _inside.call:
            return original(*args, **kwargs)
        _inside.call = True
        try:
            made = original(*args, **kwargs)
        finally:
            _inside.call = False
        known = vars(thing).get(_WATCH)
        for watcher in list(known.watchers) if known else ():
            watcher.advance()
        return made

    return then


def _before_step(thing: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def first(*args: Any, **kwargs: Any) -> Any:
        known = vars(thing).get(_WATCH)
        for watcher in list(known.watchers) if known else ():
            watcher.check_step(thing)
        return original(*args, **kwargs)

    return first


_classes: Dict[Type[Any], Type[Any]] = {}


def _watched(cls: Type[Any]) -> Type[Any]:
    """A class like another one, of the same name, whose objects tell that they are called."""
    known = _classes.get(cls)
    if known is None:
        # With autograph_info__ TensorFlow's AutoGraph calls it as it is, and goes on below.
        make: Any = type(cls)
        known = _classes[cls] = make(cls.__name__, (cls,), {
            "__call__": _call, "autograph_info__": {}, "__module__": cls.__module__,
            "__qualname__": cls.__qualname__, "__doc__": cls.__doc__})
    return known


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    known = vars(self).get(_WATCH)
    if known is None or _inside.call:
        cls = type(self).__mro__[1] if known is None else known.cls
        return cls.__call__(self, *args, **kwargs)
    _inside.call = True
    try:
        return _first_call(self, known, functools.partial(known.cls.__call__, self), args, kwargs)
    finally:
        _inside.call = False


def _first_call(thing: Any, known: _Watch, original: Callable[..., Any], args: Any, kwargs: Any
                ) -> Any:
    """Builds, lets the watchers do what they wait for, and computes."""
    built = build_by_call(thing, original, args, kwargs)
    if built is None:  # Somebody else builds it, and variables have no values yet.
        return original(*args, **kwargs)
    watchers = list(known.watchers)
    result = None if built else original(*args, **kwargs)
    for watcher in watchers:
        watcher.called(thing)
    advanced = any([watcher.advance() for watcher in watchers])
    for watcher in watchers:
        watcher.check_call(thing)
    # If only the call itself could build it, it has computed with values of before.
    return original(*args, **kwargs) if built or advanced else result
