pytest_plugins = [
    "pytester",
    *(f"fixtures.plugin.{name}" for name in ("options", "selection", "judging", "recording", "reporting")),
]
