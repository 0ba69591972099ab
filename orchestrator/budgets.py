"""Budgets over a subtree: what a call may cost is reserved before it, and settled after it."""

import threading
from dataclasses import dataclass
from types import TracebackType

from tierscope.errors import SettingsError
from tierscope.orchestrator.errors import BudgetExceededError


@dataclass(frozen=True, slots=True)
class Budget:
    """What a member and everything below it may spend; None is no limit."""

    tokens: int | None = None
    usd: float | None = None
    wall_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("tokens", "usd", "wall_s"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise SettingsError(f"a budget of {name}={value} is less than nothing: use 0 or more.")


class Account:
    """What a subtree has spent and reserved. A reservation must fit into every account up to the root.

    Args:
        owner: name of the member, for messages.
        budget: its limits.
        parent: account of the enclosing subtree.
    """

    def __init__(self, owner: str, budget: Budget | None = None, parent: "Account | None" = None) -> None:
        self.owner = owner
        self.budget = budget or Budget()
        self.parent = parent
        self.tokens = 0
        """Settled and reserved."""
        self.usd = 0.0
        """Settled and reserved."""
        self._lock: threading.Lock = threading.Lock() if parent is None else parent._lock

    def reserve(self, tokens: int = 0, usd: float = 0.0) -> "Hold":
        """Set ``tokens`` and ``usd`` aside, here and in every account above.

        Raises:
            BudgetExceededError: an account has too little left; nothing is set aside then.
        """
        with self._lock:
            for account in self._upward():
                account._check(tokens, usd)
            self._book(tokens, usd)
        return Hold(self, tokens, usd)

    def _check(self, tokens: int, usd: float) -> None:
        limit = self.budget
        if limit.tokens is not None and self.tokens + tokens > limit.tokens:
            left = limit.tokens - self.tokens
            raise BudgetExceededError(
                f"{tokens} tokens do not fit into the {left} left of {limit.tokens} for {self.owner!r}: "
                "raise the budget or ask for less."
            )
        if limit.usd is not None and self.usd + usd > limit.usd:
            raise BudgetExceededError(
                f"{usd:.4f} USD do not fit into the {limit.usd - self.usd:.4f} left of {limit.usd:.4f} "
                f"for {self.owner!r}: raise the budget or ask for less."
            )

    def settle(self, tokens: int, usd: float) -> None:
        """Correct what a reservation booked by the difference to what was spent."""
        with self._lock:
            self._book(tokens, usd)

    def _book(self, tokens: int, usd: float) -> None:
        for account in self._upward():
            account.tokens += tokens
            account.usd += usd

    def _upward(self) -> "list[Account]":
        accounts: list[Account] = [self]
        while accounts[-1].parent is not None:
            accounts.append(accounts[-1].parent)
        return accounts


class Hold:
    """A reservation: ``with current().reserve(tokens=800) as hold: ...; hold.settle(tokens=612)``.

    Left without ``settle`` it counts in full, since nobody knows what was spent; left by an error before the call,
    settle it to 0 first.
    """

    def __init__(self, account: Account, tokens: int, usd: float) -> None:
        self._account = account
        self._tokens = tokens
        self._usd = usd
        self._settled = False

    def settle(self, tokens: int | None = None, usd: float | None = None) -> None:
        """Book what was really spent; None means as much as was reserved.

        Raises:
            BudgetExceededError: it was settled before.
        """
        if self._settled:
            raise BudgetExceededError(f"a reservation of {self._account.owner!r} was settled twice: settle it once.")
        self._settled = True
        self._account.settle(0 if tokens is None else tokens - self._tokens, 0.0 if usd is None else usd - self._usd)

    def __enter__(self) -> "Hold":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if not self._settled:
            self.settle()
