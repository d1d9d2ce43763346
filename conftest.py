NAMES = ("options", "running", "selection", "gates", "judging", "live", "recording", "whole", "reporting")
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
