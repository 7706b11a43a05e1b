"""References of bank transfers, as banks check them and people type them."""

from payments.providers.transfer import new_reference, read_reference


def test_a_reference_is_one_of_iso_11649():
    reference = new_reference()
    assert reference.startswith("RF") and len(reference) == 14
    assert read_reference(reference) == reference


def test_a_reference_is_read_as_people_type_it():
    reference = new_reference()
    typed = " ".join([reference[:4], reference[4:8], reference[8:]]).lower()
    assert read_reference(f" {typed}\n") == reference


def test_a_digit_that_is_wrong_is_noticed():
    reference = new_reference()
    for place in range(4, 14):
        wrong = str((int(reference[place]) + 1) % 10)
        assert read_reference(reference[:place] + wrong + reference[place + 1:]) is None
    assert read_reference("RF") is None and read_reference("ÄF18539007547034") is None
