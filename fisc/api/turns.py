"""Whose sign-in is next: anybody may ask for one, and each costs a hash that is slow on purpose.

Addresses take turns, so that who asks for many waits for themselves, and one sign-in from elsewhere is served
after a few. Of one officer's number one is judged at a time and few wait: who guesses at a number holds up
that number alone. What is too much is turned away at once, without a hash.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from fisc.kernel.errors import FiscError

#: Sign-ins that wait for their turn.
MOST_WAITING: Final = 30
#: Sign-ins of one officer's number on their way, with the one that is judged.
MOST_OF_ONE: Final = 4


class TooManySignIns(FiscError):
    """More sign-ins on their way than are served; nothing was looked up."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """A sign-in that waits to be called."""

    number: str
    called: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    is_served: bool = False


class Turns:
    """Who is served of those that wait, `width` at once; within one event loop."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._judged: set[str] = set()
        self._on_their_way: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiting]] = {}  # by address, in the order of their turns

    @asynccontextmanager
    async def turn(self, number: str, address: str) -> AsyncIterator[None]:
        """Wait until a sign-in with an officer's number from an address is served. Raises TooManySignIns."""
        self._require_room(number, address)
        one = _Waiting(number)
        self._waiting.setdefault(address, deque()).append(one)
        self._on_their_way[number] += 1
        try:
            self._call()
            await one.called
            yield
        finally:
            self._leave(address, one)

    def _require_room(self, number: str, address: str) -> None:
        """Raise TooManySignIns for one too many; where an address has more waiting, its last one goes."""
        if self._on_their_way[number] >= MOST_OF_ONE:
            raise _too_many(f"同一编号同时登录的不超过 {MOST_OF_ONE} 次")
        if sum(map(len, self._waiting.values())) < MOST_WAITING:
            return
        most = max(self._waiting, key=lambda one: len(self._waiting[one]))
        rule = f"同时等候登录的不超过 {MOST_WAITING} 人"
        if len(self._waiting[most]) <= len(self._waiting.get(address, ())) + 1:
            raise _too_many(rule)
        last = self._waiting[most].pop()
        if not last.called.done():  # who gave up makes room without a word
            last.called.set_exception(_too_many(rule))

    def _call(self) -> None:
        """Call who is next, as long as somebody may be served."""
        while self._free and (found := self._next()) is not None:
            address, one = found
            line = self._waiting.pop(address)
            line.remove(one)
            if line:
                self._waiting[address] = line  # the others of this address come after all other addresses
            one.is_served = True
            self._free -= 1
            self._judged.add(one.number)
            if not one.called.done():
                one.called.set_result(None)

    def _next(self) -> tuple[str, _Waiting] | None:
        free = (
            (address, one) for address, line in self._waiting.items() for one in line
            if one.number not in self._judged
        )  # fmt: skip
        return next(free, None)

    def _leave(self, address: str, one: _Waiting) -> None:
        self._on_their_way[one.number] -= 1
        if not self._on_their_way[one.number]:
            del self._on_their_way[one.number]
        if one.is_served:
            self._free += 1
            self._judged.discard(one.number)
        elif one in (line := self._waiting.get(address, deque())):
            line.remove(one)
        if not self._waiting.get(address, True):
            del self._waiting[address]
        self._call()


def _too_many(rule: str) -> TooManySignIns:
    return TooManySignIns("同时登录的人太多，没有核对口令", rule=rule, hint="请稍后再试；已登录的人照常办理")
