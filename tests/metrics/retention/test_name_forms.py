from tierscope.metrics.retention.name_forms import find_absent_names


def test_name_in_another_form_is_there() -> None:
    assert (
        find_absent_names(
            "The World Bank met Dr Ito of NASA.",
            "Ito, of the National Aeronautics and Space Administration, and the WB",
        )
        == []
    )
    assert find_absent_names("It overturned on the M6.", "On the M6 it tipped over.") == []
    assert find_absent_names("The U.S. and Nvidia agreed.", "It was the United States and NVDA.") == []
    assert find_absent_names("The Dutch left Russia.", "People from the Netherlands; Russian trains.") == []


def test_other_names_are_absent_and_letters_of_common_words_are_no_name() -> None:
    assert find_absent_names("The SEC fined Kestrel in May.", "The sector fined Heron in June.") == ["kestrel", "sec"]
    assert find_absent_names("The US agreed.", "It went up sharply.") == ["us"]
