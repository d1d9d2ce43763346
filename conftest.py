NAMES = ("options", "selection", "weights", "pauses", "judging", "live", "defaults", "recording", "reporting")
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
