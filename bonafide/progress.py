"""Progress on standard error, for anything that may take more than two seconds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, ProgressColumn, Task


@contextlib.contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that `callback(done, total)` moves; it leaves one line with the time taken."""
    from rich.progress import BarColumn, TaskProgressColumn

    with _progress(BarColumn(bar_width=24), TaskProgressColumn()) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
        _finish(progress)


@contextlib.contextmanager
def rate(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar as `bar`, with how many a second and the time left."""
    from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn

    with _progress(BarColumn(bar_width=24), TaskProgressColumn(), _speed(), TimeRemainingColumn()) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
        _finish(progress)


@contextlib.contextmanager
def waiting(title: str) -> Iterator[None]:
    """A moving sign for work that cannot say how far it is; it leaves one line with the time taken."""
    from rich.progress import BarColumn

    with _progress(BarColumn(bar_width=24)) as progress:
        progress.add_task(title, total=None)
        yield
        _finish(progress)


def _speed() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Speed(ProgressColumn):
        """How many a second."""

        def render(self, task: Task) -> Text:
            """The speed, once it is known."""
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f} a second")

    return Speed()


def _progress(*columns: ProgressColumn) -> Progress:
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False), *columns, TimeElapsedColumn(), console=Console(stderr=True)
    )


def _finish(progress: Progress) -> None:
    for task in progress.tasks:
        total = task.total or 1
        progress.update(task.id, completed=total, total=total)
