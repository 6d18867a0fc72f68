"""What a command says. It yields these; one sender, the outbox, says them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One thought, on one line where it fits.

    What is `private` goes to who asked, wherever they asked; what is `loud` is heard in the channel too, wherever they
    asked.
    """

    text: str
    private: bool = False
    loud: bool = False
