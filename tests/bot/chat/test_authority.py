"""Roles hold others within them, and two proofs of one person are one person."""

from bot.chat.authority import Actor, Role, with_implied


def _actor(name: str, *marks: str) -> Actor:
    return Actor(name=name, roles=frozenset(), proof="", marks=frozenset(marks))


def test_who_may_restore_may_look_and_back_up_but_not_approve() -> None:
    assert with_implied(frozenset({Role.RESTORE})) == {Role.RESTORE, Role.BACKUP, Role.VIEW}
    assert with_implied(frozenset({Role.APPROVE})) == {Role.APPROVE, Role.VIEW}
    assert with_implied(frozenset({Role.ADMIN})) == frozenset(Role)
    assert with_implied(frozenset()) == frozenset()


def test_one_person_under_two_names_is_one_person() -> None:
    assert _actor("alice").is_same_person(_actor("Alice"))
    assert _actor("alice", "certfp:1").is_same_person(_actor("netadmin", "certfp:1", "oper:netadmin"))
    assert not _actor("alice", "account:alice").is_same_person(_actor("carol", "account:carol"))


def test_a_name_alone_or_a_proof_alone_is_not_beyond_doubt() -> None:
    """Two may share an oper login, and somebody may bear the name that another has in the configuration."""
    alice = _actor("alice", "account:alice", "person:alice")
    assert alice.is_certainly(_actor("Alice", "certfp:1", "person:alice"))
    assert not alice.is_certainly(_actor("alice", "account:other"))
    assert not alice.is_certainly(_actor("carol", "account:alice"))
