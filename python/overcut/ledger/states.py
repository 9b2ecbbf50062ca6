"""What a patch is doing, from what the surveys saw there: new, growing, dormant, backfilling, backfilled, reopened.

Pure: events in, state out. Events are put in the order of their surveys, so the order in which runs came into the
ledger has no say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

__all__ = ["ACTIVITIES", "STATES", "Activity", "Event", "State", "state_of"]

Activity = Literal["new", "growing", "dormant", "backfilling", "backfilled", "reopened"]
ACTIVITIES: tuple[Activity, ...] = ("new", "growing", "dormant", "backfilling", "backfilled", "reopened")
STATES = (*ACTIVITIES, "verified", "merged")
"""`verified`: an inspection on site is not older than the last change. `merged`: goes on under another id."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Event:
    """What one pair of surveys saw at a patch.

    Attributes
    ----------
    earlier, later : datetime.date
        The surveys.
    cut_m3, fill_m3 : float or None
        What was dug and filled there; None where no area was found.
    looked : bool
        Whether the surveys cover the ground of the patch.
    """

    earlier: datetime.date
    later: datetime.date
    cut_m3: float | None
    fill_m3: float | None
    looked: bool


@dataclass(frozen=True)
class State:
    """What the events come to.

    Attributes
    ----------
    activity : str
        One of `ACTIVITIES`.
    first_seen, last_dug : datetime.date
        Earlier survey of the first interval with a cut; later survey of the last.
    last_filled, last_looked : datetime.date or None
        Later survey of the last interval with backfill, and of the last that covers the ground.
    intervals_dug, reopened : int
        In how many intervals it was dug; how often after it had been backfilled.
    cut_m3, backfill_m3, void_m3 : float
        All that was dug; all that was filled after the first cut; what is open now.
    filled_share : float
        Share of the greatest void (since it was reopened, if it was) that is filled.
    """

    activity: Activity
    first_seen: datetime.date
    last_dug: datetime.date
    last_filled: datetime.date | None
    last_looked: datetime.date | None
    intervals_dug: int
    reopened: int
    cut_m3: float
    backfill_m3: float
    void_m3: float
    filled_share: float

    @property
    def last_change(self) -> datetime.date:
        """Later survey of the last interval in which ground was dug or filled."""
        return self.last_dug if self.last_filled is None else max(self.last_dug, self.last_filled)


def state_of(events: Iterable[Event], *, backfilled_share: float) -> State | None:
    """Go through what was seen, in the order of the surveys.

    - The first cut makes it *new*, any further one *growing*; a cut after *backfilled* makes it *reopened*.
    - A fill without a cut makes it *backfilling*, or *backfilled* once `backfilled_share` of the greatest void is
      filled. What was filled before the first cut is no backfill.
    - Where the surveys covered the ground and found neither, it is *dormant*, unless it is being filled or was.

    Parameters
    ----------
    events : iterable of Event
        In any order.
    backfilled_share : float
        From 0 to 1.

    Returns
    -------
    State or None
        None if nothing was dug.

    Examples
    --------
    Dug in two quarters, quiet in the third, filled in the fourth:

    >>> import datetime
    >>> days = [datetime.date(2024, month, 1) for month in (1, 4, 7, 10)] + [datetime.date(2025, 1, 1)]
    >>> seen = [(600.0, None), (400.0, None), (None, None), (None, 950.0)]
    >>> events = [Event(*days[at : at + 2], *each, True) for at, each in enumerate(seen)]
    >>> [state_of(events[:count], backfilled_share=0.9).activity for count in (1, 2, 3, 4)]
    ['new', 'growing', 'dormant', 'backfilled']
    """
    activity: Activity | None = None
    first_seen = last_dug = last_filled = last_looked = None
    intervals_dug = reopened = 0
    cut_m3 = backfill_m3 = void_m3 = greatest_m3 = 0.0
    for event in sorted(events, key=lambda each: (each.later, each.earlier)):
        if event.looked or event.cut_m3 is not None:
            last_looked = event.later
        if event.cut_m3 is not None:
            cut_m3 += event.cut_m3
            void_m3 += event.cut_m3
            intervals_dug += 1
            first_seen = first_seen or event.earlier
            last_dug = event.later
            if activity == "backfilled":
                # What is filled from now on is held against the new void, not against the one that is gone.
                activity, greatest_m3 = "reopened", void_m3
                reopened += 1
            else:
                activity = "new" if activity is None else "growing"
            greatest_m3 = max(greatest_m3, void_m3)
        if event.fill_m3 is not None and activity is not None:
            backfill_m3 += event.fill_m3
            void_m3 = max(void_m3 - event.fill_m3, 0.0)
            last_filled = event.later
            if event.cut_m3 is None:
                filled_m3 = greatest_m3 - void_m3
                full = filled_m3 >= (backfilled_share - _ROUNDING) * greatest_m3
                activity = "backfilled" if full else "backfilling"
        elif event.cut_m3 is None and event.looked and activity in ("new", "growing", "reopened"):
            activity = "dormant"
    if activity is None or first_seen is None or last_dug is None:
        return None
    return State(
        activity,
        first_seen,
        last_dug,
        last_filled,
        last_looked,
        intervals_dug,
        reopened,
        cut_m3,
        backfill_m3,
        void_m3,
        1.0 - void_m3 / greatest_m3 if greatest_m3 > 0.0 else 0.0,
    )
