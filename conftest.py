NAMES = ("options", "running", "selection", "gates", "judging", "live", "recording", "whole", "failures", "reporting")
pytest_plugins = [f"fixtures.plugin.{name}" for name in NAMES]
