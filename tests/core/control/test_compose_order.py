"""In which order the containers of a project start, by what compose has written down and by what an operator says."""

from typing import Any

from core.control.compose import in_order
from core.control.docker_container import Container

NEEDS = "com.docker.compose.depends_on"
SERVICE = "com.docker.compose.service"


def box(name: str, needs: str = "", *, created: str = "2026-01-01T00:00:00Z") -> Container:
    labels = {SERVICE: name} | ({NEEDS: needs} if needs else {})
    found: dict[str, Any] = {"Id": name, "Name": f"/{name}", "Created": created}
    return Container.of(found | {"State": {}, "Config": {"Labels": labels}})


def names(boxes: list[Container], *order: str) -> list[str]:
    return [box.name for box in in_order(boxes, order)]


def test_who_is_needed_starts_first() -> None:
    """As version 2 of compose writes it down: service, condition, restart."""
    boxes = [
        box("panel", "atheme:service_started:false,ircd:service_healthy:true"),
        box("atheme", "ircd:service_healthy:false"),
        box("ircd"),
    ]
    assert names(boxes) == ["ircd", "atheme", "panel"]


def test_where_nothing_is_written_down_the_operator_decides() -> None:
    """As with version 1; what the operator does not name comes after."""
    boxes = [box("atheme"), box("ircd"), box("panel"), box("bot")]
    assert names(boxes, "ircd", "atheme") == ["ircd", "atheme", "bot", "panel"]


def test_what_is_needed_outweighs_what_is_said() -> None:
    assert names([box("a", "b:service_started:false"), box("b")], "a", "b") == ["b", "a"]


def test_without_either_they_start_as_they_were_made() -> None:
    boxes = [box("a", created="2026-01-02T00:00:00Z"), box("b", created="2026-01-01T00:00:00Z")]
    assert names(boxes) == ["b", "a"]


def test_a_circle_does_not_hold_anybody_up() -> None:
    boxes = [box("a", "b:service_started:false"), box("b", "a:service_started:false")]
    assert names(boxes, "b", "a") == ["b", "a"]


def test_a_service_with_two_containers_starts_both_before_who_needs_it() -> None:
    one, two = box("db"), box("db")
    assert [item.labels[SERVICE] for item in in_order([box("app", "db:service_started:false"), one, two], [])] == [
        "db",
        "db",
        "app",
    ]
