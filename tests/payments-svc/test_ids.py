"""Ids look like those of the other services, and partitions are chosen as Java does."""

from payments.ids import is_id, new_id
from payments.partitioner import murmur2, partition_of


def test_an_id_is_a_typeid_over_a_uuid_of_version_7():
    # 01890a5d-ac96-774b-bcce-b302099a8057, from the specification of TypeIDs.
    random = (0x74B << 68 | 0x3CCEB302099A8057).to_bytes(10, "big")
    assert new_id("prefix", 0x01890A5DAC96, random) == "prefix_01h455vb4pex5vsknk084sn02q"


def test_ids_sort_by_time_and_are_recognised():
    first, second = new_id("payment", 1), new_id("payment", 2)
    assert first < second
    assert is_id("payment", first)
    for wrong in ("payment_", first[:-1], first.upper(), f"order_{first[8:]}", f"{first}\n"):
        assert not is_id("payment", wrong)


def test_murmur2_is_javas():
    # From Kafka's own tests.
    expected = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536,
                b"a-little-bit-longer-string": -1486304829, b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8":
                -58897971, b"abc": 479470107}
    for key, value in expected.items():
        assert murmur2(key) == value & 0xFFFFFFFF
    assert 0 <= partition_of(b"21", 8) < 8
