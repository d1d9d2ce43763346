"""A waiver that cannot stand fails the run."""

import pytest

WAIVERS = "waivers.toml"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("until = 2099-12-31", "until = 2020-01-01", "ended on 2020-01-01"),
        ('parameters = ["min_p", "top_p"]', 'cases = ["00000000"]', "matches no case; remove it"),
        ('pins = "v1_order"', 'pins = "anything"', "pins is one of v1_order"),
        ('versions = "==1.*"', 'versions = "one"', "is no version range"),
        ("[[waiver]]", "[[waver", "not a waiver file"),
        ("until = 2099-12-31", 'until = "soon"', "until must be a date"),
    ],
)
def test_waiver_that_cannot_stand(toy_golden, gate, before, after, said):
    """A waiver past its date, matching nothing, or unreadable MUST end the run with a sentence."""
    path = toy_golden / WAIVERS
    path.write_text(path.read_text().replace(before, after))
    done = gate(suites=("suites/logprobs/test_prompt.py",))
    assert done.code == 1
    assert said in done.output


def test_waiver_for_another_version_does_not_hold(toy_golden, gate):
    """A waiver MUST hold for its versions only."""
    path = toy_golden / WAIVERS
    path.write_text(path.read_text().replace("==1.*", "==0.9"))
    done = gate(suites=("suites/logprobs/test_prompt.py",))
    assert done.code == 1
    assert "logprobs.prompt/temperature-weather" in done.output
