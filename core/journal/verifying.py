"""Is every line of the chain as it was written, and in its place? The first that is not is named."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.domain.audit import Fault, Head, Verdict, Wrong
from core.journal.files import walk_all
from core.journal.line import ADOPTED, ROOT, TORN, Link
from core.journal.walk import Loose, Step

_MOST_REMARKS = 20
_WINDOW = 3  # a line, and two after it: enough to tell a swap from an insertion


def verify(path: Path, head: str = "") -> Verdict:
    """The whole chain as a stream, in bounded memory. `head` is the beginning of a digest that was posted.

    Raises:
        StorageUnavailable: a file cannot be read.
    """
    state = _State()
    for step, *ahead in _with_two_ahead(walk_all(path)):
        fault = _loose_fault(step, state) or _place_fault(step, ahead, state)
        if fault is not None:
            return Verdict(head=state.head, fault=fault, remarks=tuple(state.remarks))
        state.pass_by(step, head)
    fault = None
    if head and not state.head_seen:
        story = f"the head that was given is none of the {state.seq:,} lines: the end is gone, or all was written anew"
        fault = Fault(file=path.name, line=state.number + 1, wrong="cut off", story=story)
    return Verdict(head=state.head, fault=fault, remarks=tuple(state.remarks))


@dataclass(slots=True)
class _State:
    """How far the chain is good."""

    seq: int = 0
    digest: str = ROOT
    file: str = ""
    number: int = 0
    head_seen: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def head(self) -> Head:
        return Head(digest=self.digest, lines=self.seq)

    def pass_by(self, step: Step, head: str) -> None:
        """One line more is good."""
        if step.loose is not None:
            self._remark(step.loose)
        if step.link is not None:
            self.seq, self.digest, self.file, self.number = step.link.seq, step.digest, step.file, step.number
            self.head_seen |= bool(head) and step.digest.startswith(head.lower())

    def _remark(self, loose: Loose) -> None:
        if self.seq == 0:
            self.remarks.append(f"{loose.lines:,} lines are from before there was a chain")
        elif len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(f"{loose.file} line {loose.first}: torn by a crash, which the line after it says")


def _with_two_ahead(steps: Iterator[Step]) -> Iterator[tuple[Step, Step | None, Step | None]]:
    window: deque[Step] = deque()
    for step in steps:
        window.append(step)
        if len(window) == _WINDOW:
            yield window.popleft(), window[0], window[1]
    while window:
        step = window.popleft()
        yield step, window[0] if window else None, window[1] if len(window) > 1 else None


def _loose_fault(step: Step, state: _State) -> Fault | None:
    """What is wrong with lines that have no place in the chain, if nothing in the chain speaks of them."""
    loose = step.loose
    if loose is None:
        return None
    if step.link is None:
        return _loose_end_fault(step, loose, state)
    told = step.link.fields
    if state.seq == 0:
        return _fault_before_the_chain(step, step.link, loose)
    if told.get("event") == TORN and told.get("sha256") == loose.digest:
        return None
    if step.link.seq == state.seq + 1 and step.link.prev == state.digest:
        return _at(loose, "inserted", "it was not there when the line after it was written")
    return _at(loose, "changed", "it is not as it was written")


def _loose_end_fault(step: Step, loose: Loose, state: _State) -> Fault | None:
    if not step.ended:
        return _at(loose, "torn", "the last line is not whole; the next one that is written will say so")
    if state.seq == 0 and loose.is_whole:
        return None  # nobody has written since there is a chain
    return _at(loose, "changed", "it is no line of the chain")


def _fault_before_the_chain(step: Step, link: Link, loose: Loose) -> Fault | None:
    if link.fields.get("event") == ADOPTED:
        if link.fields.get("sha256") == loose.digest:
            return None
        story = f"one of the {loose.lines:,} lines from before the chain is not as it was"
        return Fault(file=loose.file, line=loose.first_bad or loose.first, wrong="changed", story=story)
    if link.seq == 1 and link.prev == ROOT:
        return _at(loose, "inserted", "it was not there when the chain began")
    if loose.is_whole:
        return _here(step, "missing", "the beginning of the chain is gone")
    return Fault(file=loose.file, line=loose.first_bad, wrong="changed", story="it is not as it was written")


def _at(loose: Loose, wrong: Wrong, story: str) -> Fault:
    return Fault(file=loose.file, line=loose.first, wrong=wrong, story=story)


def _place_fault(step: Step, ahead: list[Step | None], state: _State) -> Fault | None:
    """What is wrong with the place of a line that is whole in itself."""
    link, due = step.link, state.seq + 1
    if link is None:
        return None
    if link.fields.get("event") in {ADOPTED, TORN} and step.loose is None:
        return _here(step, "missing", "what this line speaks of is gone")
    if not step.ended and ahead[0] is None:
        return _here(step, "torn", "its end is missing; the next line that is written brings it")
    if link.seq == due:
        return None if link.prev == (step.before or ROOT) else _digest_fault(step, ahead[0], state)
    wrong, story = _misplaced(link.seq, due, *(item.link.seq if item and item.link else 0 for item in ahead))
    return _here(step, wrong, story)


def _here(step: Step, wrong: Wrong, story: str) -> Fault:
    return Fault(file=step.file, line=step.number, wrong=wrong, story=story)


def _digest_fault(step: Step, after: Step | None, state: _State) -> Fault:
    """Of two lines one was changed, and its own check made anew: the line after them knows which."""
    changed_here = after is not None and after.link is not None and after.link.prev != step.digest
    if state.seq == 0 or changed_here:
        return _here(step, "changed", "the digest that it holds is not that of the line before it")
    story = "the line after it was written after another one"
    return Fault(file=state.file, line=state.number, wrong="changed", story=story)


def _misplaced(seq: int, due: int, after: int, second: int) -> tuple[Wrong, str]:
    here = f"line {seq:,} of the chain stands where {due:,} belongs"
    if after == due:
        is_swap = seq == due + 1 and second in {0, due + 2}
        return ("swapped" if is_swap else "inserted"), here
    if after == due + 1:
        return "swapped", here
    if seq > due:
        gone = f"line {due:,}" if seq == due + 1 else f"lines {due:,} to {seq - 1:,}"
        return "missing", f"{gone} of the chain {'is' if seq == due + 1 else 'are'} gone"
    return "inserted", here
