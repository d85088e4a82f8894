"""Interrupts that end a student's or a check's code, and never tear a frame apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from grading.wire import Channel, Frame


class Interrupts:
    """Holds interrupts back while a frame is on its way: half a frame would be the end of the connection."""

    def __init__(self) -> None:
        self._held = 1  # nothing may be interrupted before the first cell
        self._pending = False

    def on_signal(self, *_: object) -> None:
        """Take SIGINT: raise KeyboardInterrupt now, or as soon as it does no harm."""
        if self._held:
            self._pending = True
        else:
            raise KeyboardInterrupt

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let interrupts through while somebody else's code runs; one that came before is forgotten."""
        held, self._held, self._pending = self._held, 0, False
        try:
            yield
        finally:
            self._held = held

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold interrupts back; one that comes meanwhile is raised at the end."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._pending and not self._held:
                self._pending = False
                raise KeyboardInterrupt


class GatedChannel(Channel):
    """A channel whose frames no interrupt tears apart."""

    def __init__(self, channel: Channel, interrupts: Interrupts) -> None:
        super().__init__(channel.socket)
        self._interrupts = interrupts

    def send(self, kind: str, **fields: Any) -> None:
        """Send one frame, wholly."""
        with self._interrupts.held():
            super().send(kind, **fields)

    def receive(self, until: float | None = None) -> Frame:
        """Receive one frame, wholly."""
        with self._interrupts.held():
            return super().receive(until)
