"""The read API answers what its OpenAPI description says."""

from starlette.testclient import TestClient

from tests.review.factory import Filled


def test_the_api_gives_what_its_description_says(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}", severity="high") for n in range(3)]
    described = anna.get("/api/openapi.json").json()
    assert set(described["paths"]) == {"/v1/reports", "/v1/reports/{report}/claims", "/v1/flags", "/v1/flags/{flag}", "/v1/items"}
    assert all(set(methods) == {"get"} for methods in described["paths"].values()), "read only"
    assert [f["id"] for f in anna.get("/api/v1/flags?limit=2").json()] == flags[:2]
    assert [f["id"] for f in anna.get(f"/api/v1/flags?after={flags[1]}").json()] == flags[2:]
    one = anna.get(f"/api/v1/flags/{flags[0]}").json()
    assert one["reasons"] == [
        {"code": "signal_for", "text": "for: it speaks of penalties («штраф»)", "signal": "subject_penalties", "words": ["штраф"]}
    ]
    assert one["witnesses"][0]["outlet"] == "Meduza"
    assert anna.get("/api/v1/flags/99").status_code == 404
    assert anna.get("/api/v1/flags?state=bogus").status_code == 422
    assert [c["id"] for c in anna.get("/api/v1/reports/rep-2024/claims?status=in_doubt").json()] == ["REP-001"]
    flag = filled.flag("Другая новость", story="near", text="Текст.", named=[("REP-001", 0.9), ("REP-004", 0.8)])
    (claim,) = anna.get("/api/v1/reports/rep-2024/claims?status=watch").json()
    assert (claim["id"], claim["flags"], claim["touched_by"]) == ("REP-004", "", str(flag))
    assert len(anna.get("/api/v1/items?q=штраф").json()) == 3
