"""The falls benchmark on a small set made here, and on files that are not what they should be."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

from hearthlight.runtime.bench import falls
from hearthlight.runtime.bench.recordings import read

EXCERPTS = Path(__file__).parents[1] / "demo/umafall.npz"
COUNTED = {"recordings", "falls", "sensitivity", "specificity", "auc", "false_alarms_per_day", "delay_s"}


@pytest.fixture
def data(tmp_path):
    (tmp_path / "falls").mkdir()
    shutil.copy(EXCERPTS, tmp_path / "falls" / "umafall.npz")
    return tmp_path


def measured(data):
    return falls.run(argparse.Namespace(data=str(data)))


def remade(data, name, **changed):
    arrays = dict(np.load(EXCERPTS)) | changed
    np.savez(data / "falls" / name, **{key: value for key, value in arrays.items() if value is not None})


def test_it_counts_the_recordings_chosen_for_the_demonstration(data):
    result = measured(data)["sets"]["umafall"]

    assert result.keys() >= COUNTED
    assert (result["sensitivity"], result["specificity"], result["auc"]) == (1.0, 1.0, 1.0)
    assert result["false_alarms_per_day"] == 0.0
    assert result["recordings"] == len(np.load(EXCERPTS)["fall"])


def test_it_marks_the_set_it_learned_from(data):
    remade(data, "elsewhere.npz")

    sets = measured(data)["sets"]

    assert {name: one["training_data"] for name, one in sets.items()} == {"umafall": True, "elsewhere": False}


def test_it_counts_the_delay_from_the_onset_where_that_is_known(data):
    n = len(np.load(EXCERPTS)["fall"])
    remade(data, "umafall.npz", onset_s=np.zeros(n))

    result = measured(data)["sets"]["umafall"]

    assert result["delay_s"] > result["after_blow_s"] > 0


def test_it_names_age_groups_only_where_the_labels_allow(data):
    n = len(np.load(EXCERPTS)["fall"])
    remade(data, "weda_fall.npz", subject=np.array(["U01", "U25"] * n)[:n])

    sets = measured(data)["sets"]

    assert set(sets["weda_fall"]["by_age_group"]) == {"young adult", "77 to 95"}
    assert "by_age_group" not in sets["umafall"]


def test_it_writes_a_table(data):
    words = falls.table(measured(data))

    assert "umafall (learned from)" in words
    assert "hardest knock alone" in words


def test_it_counts_a_set_without_falls(data):
    n = len(np.load(EXCERPTS)["fall"])
    remade(data, "umafall.npz", fall=np.zeros(n, np.bool_))

    result = measured(data)["sets"]["umafall"]

    assert (result["sensitivity"], result["auc"], result["delay_s"]) == (None, None, None)
    assert falls.table({"threshold": 0.5, "sets": {"umafall": result}})


def test_it_counts_ties_as_half():
    assert falls.auc(np.array([0.5, 0.9]), np.array([0.5, 0.1])) == 0.875


def test_it_keeps_the_quiet_spell_after_a_report():
    blows = ((1.0, 4.0, 0.9), (5.0, 8.0, 0.95), (17.0, 20.0, 0.9), (40.0, 43.0, 0.2))

    assert [blow[0] for blow in falls.reports(blows, 0.5)] == [1.0, 17.0]


def test_it_says_what_to_put_where_when_there_is_no_data(tmp_path, monkeypatch):
    monkeypatch.delenv("HEARTHLIGHT_DATA", raising=False)

    with pytest.raises(FileNotFoundError, match=r"DIR/falls/ holds one .npz"):
        falls.run(argparse.Namespace(data=None))
    with pytest.raises(FileNotFoundError, match=r"No .npz file in"):
        falls.run(argparse.Namespace(data=str(tmp_path)))


def test_it_finds_the_data_the_environment_names(data, monkeypatch):
    monkeypatch.setenv("HEARTHLIGHT_DATA", str(data))

    assert set(falls.run(argparse.Namespace(data=None))["sets"]) == {"umafall"}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"fall": None}, "lacks fall"),
        ({"acc": np.zeros((9, 3))}, "acc must be int16"),
        ({"acc": np.zeros((9, 2), np.int16)}, "acc must be int16"),
        ({"start": np.array([0, 10**9])}, "start must rise"),
        ({"subject": np.array(["U01"])}, "subject has 1 values"),
        ({"rate_hz": np.zeros(34)}, "rate_hz must be"),
        ({"fall": np.ones(34)}, "fall must be"),
        ({"activity": np.array([object()] * 34)}, "not an .npz file of plain arrays"),
    ],
)
def test_it_refuses_a_wrong_file_and_says_why(data, changed, complaint):
    remade(data, "wrong.npz", **changed)

    with pytest.raises(ValueError, match=f"wrong.npz.* {complaint}|wrong.npz is {complaint}"):
        read(data / "falls" / "wrong.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"time,x,y,z\n0,1,2,3\n"])
def test_it_refuses_what_is_no_npz_at_all(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)

    with pytest.raises(ValueError, match=r"x.npz is not an .npz file"):
        read(tmp_path / "x.npz")
