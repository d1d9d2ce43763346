NAMES = ("options", "selection", "weights", "judging", "live", "defaults", "recording", "reporting")
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
