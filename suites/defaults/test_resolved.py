"""defaults.resolved: what an engine really runs with, and which default an upgrade changed."""

import warnings

import pytest

from fixtures.defaults.clause import runs_with


class ChangedDefault(UserWarning):
    """A default is not what it was in the last frozen version."""


@pytest.mark.clause("defaults.resolved")
def test_no_changed_default_moves_a_logprob(answer, judged):
    """A default that an upgrade changed MUST NOT move a logprob; one that does not is a warning."""
    for finding in answer:
        if finding.notice:
            warnings.warn(finding.notice, ChangedDefault, stacklevel=1)
    judged(answer)


@pytest.mark.clause("defaults.resolved")
def test_the_profile_resolves_to_what_it_asks_for(asked, run):
    """Every engine argument of a profile MUST be what the engine then runs with, not merely what was asked."""
    resolved = runs_with(run, asked.profile)
    assert resolved
    assert resolved == {name: run.settings(asked.profile)[name] for name in resolved}
