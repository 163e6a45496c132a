"""Listen addresses as a person writes them."""

import socket

import pytest

from controller.addresses import Endpoint, endpoint, taken


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:5353", Endpoint("127.0.0.1", 5353)),
        ("[::1]:5353", Endpoint("::1", 5353)),
        (" 10.0.0.1:1 ", Endpoint("10.0.0.1", 1)),
    ],
)
def test_an_address_with_its_port_is_read(text: str, place: Endpoint) -> None:
    assert endpoint(text) == place
    assert endpoint(str(place)) == place


@pytest.mark.parametrize("text", ["10.10.0.53", "fd00::53", "[fd00::53]"])
def test_a_resolver_without_a_port_is_on_53(text: str) -> None:
    assert endpoint(text, 53).port == 53


@pytest.mark.parametrize("text", ["", "127.0.0.1", "here:53", "127.0.0.1:99999", "127.0.0.1:dns", "[::1", "::1:53:x"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|appear"):
        endpoint(text)


def test_a_port_that_somebody_holds_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        place = Endpoint("127.0.0.1", holder.getsockname()[1])
        assert taken(place, udp=True)
    assert taken(place, udp=True) is None
