"""defaults.resolved: what an engine really runs with, and which default an upgrade changed."""

import warnings

import pytest

from fixtures.judging.evidence import carried


class ChangedDefault(UserWarning):
    """A default is not what it was in the last frozen version."""


@pytest.mark.defaults
def test_no_changed_default_moves_a_logprob(resolved_defaults, record_property):
    """A default that an upgrade changed MUST NOT move a logprob; one that does not is told as a warning."""
    moving = []
    record_property(*carried(resolved_defaults.new_and_gone()))
    for setting in resolved_defaults.settings:
        effect = resolved_defaults.effect(setting)
        record_property(*carried(resolved_defaults.row(setting, effect)))
        if setting.changed:
            told = f"{setting.name}: {setting.previous!r} before, {setting.here!r} now"
            moves = f"{effect.difference:.1e} nats" if effect else "what was not measured"
            warnings.warn(f"{told}; moves a logprob by {moves}", ChangedDefault, stacklevel=1)
            moving += [told] if effect and effect.moves else []
    assert not moving


@pytest.mark.defaults
def test_the_profile_resolves_to_what_it_asks_for(resolved_defaults):
    """Every engine argument of a profile MUST be what the engine then runs with, not merely what was asked."""
    runs_with = resolved_defaults.profile_runs_with
    assert runs_with
    assert runs_with == {name: resolved_defaults.asked[name] for name in runs_with}
