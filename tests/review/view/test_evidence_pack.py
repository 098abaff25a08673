"""The evidence pack can be checked without Ajour."""

import io
import json
import subprocess
import zipfile
from pathlib import Path

from starlette.testclient import TestClient

from tests.review.factory import Filled


def test_the_evidence_pack_is_checked_without_ajour(filled: Filled, anna: TestClient, tmp_path: Path) -> None:
    flag = filled.flag(story="s1")
    filled.compare(filled.item("tass", "Вторая заметка", origin="meduza"), "s1")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "note": "checked the gazette"})
    body = anna.get(f"/flags/{flag}/evidence.zip").content
    assert body == anna.get(f"/flags/{flag}/evidence.zip").content, "the same flag gives the same bytes"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist())
    assert {
        "README.txt",
        "SHA256SUMS",
        "flag.json",
        "decisions.jsonl",
        "items/1-v1.txt",
        "items/2-v1.json",
        "citations/1.ris",
        "citations/2.bib",
    } <= names
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    listed = {line.split("  ", 1)[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}, "nothing is left unlisted"
    captures = list((tmp_path / "captures").iterdir())
    assert len(captures) == 2
    decision = json.loads((tmp_path / "decisions.jsonl").read_text())
    assert (decision["by"], decision["choice"], decision["note"]) == ("AM", "new_or_amended_law", "checked the gazette")


def test_a_decision_in_the_pack_can_be_hashed_again_by_hand(filled: Filled, anna: TestClient) -> None:
    import hashlib

    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "later:7"})
    with zipfile.ZipFile(io.BytesIO(anna.get(f"/flags/{flag}/evidence.zip").content)) as archive:
        row = json.loads(archive.read("decisions.jsonl"))
    told = {
        k: row[k]
        for k in ("flag", "user", "choice", "claim", "note", "until", "made_at", "previous", "state_before", "state_after", "facts")
    }
    canonical = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == row["hash"]
