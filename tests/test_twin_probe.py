"""The probe of memory against planning."""

from benchmarks import twin_probe


def test_both_worlds_are_trained_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(twin_probe, "EVERY", 2)
    flags = twin_probe.Flags(out=tmp_path, episodes=128)
    rows = [row for name in twin_probe.OBSERVABILITY for row in twin_probe.measure(name, flags)]
    assert [(row["observability"], row["episodes"]) for row in rows] == [
        ("partial", 64),
        ("partial", 128),
        ("full", 64),
        ("full", 128),
    ]
    assert all(0 <= row["satisfied"] <= 1 for row in rows)
    twin_probe.draw(rows, 1, tmp_path / "twins.png")
    assert (tmp_path / "twins.png").stat().st_size > 1000
