NAMES = (
    "options",
    "selection",
    "waiving",
    "weights",
    "pauses",
    "updates",
    "reuse",
    "heads",
    "noise",
    "trainer",
    "judging",
    "live",
    "defaults",
    "recording",
    "reporting",
)
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
