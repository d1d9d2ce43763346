pytest_plugins = [
    *(f"fixtures.plugin.{name}" for name in ("options", "selection", "judging", "live", "recording", "reporting")),
]
