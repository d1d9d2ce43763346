NAMES = ("options", "running", "selection", "judging", "live", "recording", "reporting")
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
