"""What may leave the network: texts for places that others run. Pure."""

import re

# In this order: what is taken out by one is no word of the next.
_PRIVATE = (
    (re.compile(r"(?i)\b[a-z][a-z0-9+.-]{0,20}://\S+"), "(an address)"),
    (re.compile(r"[^\s!@]{1,64}![^\s!@]{1,64}@[^\s!@,;]{1,128}"), "(a hostmask)"),
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,128}\.[A-Za-z]{2,}"), "(an e-mail address)"),
    (re.compile(r"\$(?:2[aby]|5|6|argon2id?|pbkdf2|1|y)\$\S{8,}"), "(a hash)"),
    (re.compile(r"\bAGE-SECRET-KEY-\S+"), "(a key)"),
    # From its beginning and to its end alone ("+" gives nothing back): else a long text is read once for each letter.
    (
        re.compile(r"(?:\b[0-9a-fA-F]{32,}+|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}+={0,2}+)(?![\w/+=])"),
        "(a digest)",
    ),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b"), "(an address)"),
    (re.compile(r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"), "(an address)"),
    (re.compile(r"(?i)(?<![\w:])(?:(?:[0-9a-f]{1,4}:){1,7}|:)(?::[0-9a-f]{1,4}){1,7}(?![\w:])"), "(an address)"),
)
_PATH = re.compile(r"(?<![\w/.])/(?:[^\s/'\"`,;:()]+/)+([^\s/'\"`,;:()]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def public(text: str) -> str:
    """The text without addresses, hostmasks, hashes and keys; of a path only its last name is left.

    Lines stay lines; other control characters and those that turn the direction of writing are gone.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    for pattern, instead in _PRIVATE:
        text = pattern.sub(instead, text)
    return _PATH.sub(r"…/\1", text)
