"""The English gists of many flags."""

from db.engine import reading
from db.flag_gists import FlagGist, english_gists, story_gists
from db.gist import Gist, GistCode
from tests.review.factory import Filled


def test_flags_of_a_story_have_their_sentences_the_strongest_first(filled: Filled) -> None:
    ban = Gist(GistCode.STAGE, "exit_ban", "REP-002", "Meduza", {"en": "exit bans"}, stage="signed")
    weak = filled.flag(story="s1", score=0.5, subject="fines")
    strong = filled.flag(story="s1", score=0.9, claim="REP-002", subject="exit_ban", gist=ban)
    with reading(filled.engine) as session:
        assert english_gists(session, [weak, strong, 99]) == {
            weak: FlagGist("Reported by Meduza: fines for not appearing – signed or issued", "Штраф подняли", "ru"),
            strong: FlagGist("Exit bans: signed or issued", "Штраф подняли", "ru"),
        }
        story = filled.get_flag(weak).story_id
        assert [flag for flag, _ in story_gists(session, [story, 99])[story]] == [strong, weak]
