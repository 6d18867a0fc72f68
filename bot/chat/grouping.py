"""Keywords and what stands behind each: the grammar of every `!restore`."""

from collections.abc import Collection, Iterator


def groups(args: tuple[str, ...], keywords: Collection[str], *, first: int) -> Iterator[tuple[str, list[str], int]]:
    """Each keyword with what follows it, and its place; what stands before the first one belongs to "".

    `first` is how many words belong to the command itself and are left out. "at" is "from", unless it follows it.
    """
    word, values, place = "", list[str](), first
    for number, item in enumerate(args[first:], start=first + 1):
        keyword = item.lower()
        if keyword == "at" and word != "from":
            keyword = "from"
        if keyword in keywords:
            if word or values:
                yield word, values, place
            word, values, place = keyword, [], number
        else:
            values.append(item)
    if word or values:
        yield word, values, place
