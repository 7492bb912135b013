"""A pytest plugin for scripts/test: nothing is skipped silently, and the browser's tests share one worker.

A skipped test makes the run fail: on the machine that decides, everything the tests need is there or the run stops
before it begins. Expected failures are printed, never hidden.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One Chromium at a time: two on two cores would time each other out."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    is_controller = not hasattr(session.config, "workerinput")
    if is_controller and session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = _skipped(config)
    if skipped:
        terminalreporter.section("skipped, and so not passed", red=True)
    for report in skipped:
        where, line, why = report.longrepr if isinstance(report.longrepr, tuple) else (report.nodeid, 0, report.longrepr)
        terminalreporter.write_line(f"{report.nodeid or where}:{line}: {why}")
