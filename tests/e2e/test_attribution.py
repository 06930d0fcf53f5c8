"""Each tag is attributed to its posting, key and publisher."""

from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import Service


def test_tags_are_attributed_to_their_publishers_and_the_later_posting_wins(
    service: Service, caller_number: str
) -> None:
    alpha = service.new_key(service.new_publisher("Alpha"))
    beta = service.new_key(service.new_publisher("Beta"))
    service.tag(alpha, caller_number, age="38", zip="90210")
    service.tag(beta, caller_number, age="39", score="7")
    by_alpha, by_beta = service.pending(caller_number)

    announced = service.start(PhoneCall(caller_number=caller_number))

    assert announced["tags"] == {"age": "39", "zip": "90210", "score": "7"}
    for tag, key, posting in (
        ("age", beta, by_beta),
        ("zip", alpha, by_alpha),
        ("score", beta, by_beta),
    ):
        assert announced["attribution"][tag] == {
            "publisher_id": key.publisher_id,
            "key_id": key.key_id,
            "posting_id": posting["posting_id"],
            "posted_at": posting["posted_at"],
        }


def test_a_tag_posted_during_the_call_replaces_another_publishers(
    service: Service, caller_number: str
) -> None:
    alpha = service.new_key(service.new_publisher("Alpha"))
    beta = service.new_key(service.new_publisher("Beta"))
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    service.tag(alpha, caller_number, age="38", zip="90210")
    service.tag(beta, caller_number, age="39")

    announced = service.wait_for_tagged(call, {"age": "39", "zip": "90210"})
    assert announced["attribution"]["age"]["key_id"] == beta.key_id
    assert announced["attribution"]["zip"]["key_id"] == alpha.key_id


def test_two_keys_of_one_publisher_are_distinguished(
    service: Service, publisher_id: str, caller_number: str
) -> None:
    landing_page, dialer = service.new_key(publisher_id), service.new_key(publisher_id)
    service.tag(landing_page, caller_number, age="39")
    service.tag(dialer, caller_number, zip="90210")

    attribution = service.start(PhoneCall(caller_number=caller_number))["attribution"]

    assert {source["publisher_id"] for source in attribution.values()} == {publisher_id}
    assert attribution["age"]["key_id"] == landing_page.key_id
    assert attribution["zip"]["key_id"] == dialer.key_id
