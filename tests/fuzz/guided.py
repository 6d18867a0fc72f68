"""Coverage-guided: libFuzzer, through atheris, looks for bytes that reach new code in everything that is pure.

`.venv-fuzz/bin/python -m tests.fuzz.guided [libFuzzer's options]`; `scripts/fuzz.sh` makes that environment.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot", "core"]):
    from tests.fuzz.parsers import PARSERS

WORDS = (
    "PRIVMSG NOTICE NICK QUIT JOIN CAP LS ACK NAK NEW DEL AUTHENTICATE sasl= sts=port= duration= ;account= batch="
    " @time= 001 005 311 312 313 317 318 319 320 330 276 671 900 903 904 908 433 CASEMAPPING= PREFIX=(ov)@+ #opers"
    " alice!a@h ago yesterday today last tue nov noon midnight 2026-11-22 T21:00 Z +01:00 from merge replace founded as"
    " founder is_an_IRC_Operator_( ,_privset_ fingerprint result client user modes name cj0 r= ,s= ,i="
)
SEEDS = (
    b"@time=2026-11-23T09:30:00.000Z;account=alice :alice!a@h PRIVMSG #opers :!restore user bob from latest",
    b":irc.test CAP * LS :sasl=PLAIN,SCRAM-SHA-256 account-tag\nAUTHENTICATE +\nAUTHENTICATE cj0=\n:irc.test 903 x :y",
    b":irc.test 311 me alice a h * :A\n:irc.test 313 me alice :is an IRC Operator (a) [n]\n:irc.test 318 me alice",
    b"yesterday at 9pm",
    b'bob from "last tue 14:30" as robert founded',
    b'{"name":"alice","user":{"modes":"iowxz","operlogin":"a"},"tls":{"certfp":"ab"}}',
)


def look_at(content: bytes) -> None:
    """The first byte says who takes the rest apart."""
    if content:
        PARSERS[content[0] % len(PARSERS)](content[1:])


def _entry(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    escaped = "".join(f"\\x{byte:02x}" for byte in word.replace("_", " ").encode())
    return f'"{escaped}"\n'


def main() -> None:
    """Until the time is over or something breaks."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        words = place / "words"
        words.write_text("".join(map(_entry, WORDS.split())))
        corpus = place / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            for parser in range(len(PARSERS)):
                (corpus / f"{number}-{parser}").write_bytes(bytes([parser]) + seed)
        atheris.Setup([*sys.argv, f"-dict={words}", f"-artifact_prefix={place}/", str(corpus)], look_at)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
