"""The command line itself; what each command does is tested with the command."""

import pytest

from hearthlight.runtime import cli

PROMISED = {"serve", "demo", "doctor", "backup", "restore", "bench", "device", "app", "watchdog"}


@pytest.mark.parametrize("asked", [[], ["--help"], ["-h"]])
def test_it_lists_every_command_when_asked_for_help(asked, capsys):
    assert cli.main(asked) == 0

    offered = set(capsys.readouterr().err.split("{")[1].split("}")[0].split("|"))
    assert offered >= PROMISED
    assert not [name for name in offered if name.startswith("_")]


@pytest.mark.parametrize("asked", ["dance", "Serve", "serve ", "../serve", "--serve", "serve.py", "", "commands"])
def test_it_runs_nothing_it_does_not_know(asked, capsys):
    status = cli.main([asked, "--now"])

    assert status == (0 if asked == "" else 2)
    assert "usage: hearthlight {" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in cli.names() if not name.startswith("_")])
def test_it_says_what_a_command_is_for(name, capsys):
    with pytest.raises(SystemExit) as done:
        cli.main([name.replace("_", "-"), "--help"])

    assert done.value.code == 0
    told = capsys.readouterr().out
    assert f"hearthlight {name.replace('_', '-')}" in told
    assert len(told.split("\n\n")[1].strip()) > 20  # the command's own words


def test_it_refuses_an_argument_no_command_has(capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(["doctor", "--gently"])

    assert done.value.code == 2
    assert "--gently" in capsys.readouterr().err
