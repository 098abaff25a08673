"""Flags sent to colleagues, and comments."""

from db import decisions, flag_messages
from db.engine import reading, writing
from tests.review.factory import Filled


def test_a_message_is_unread_until_its_receiver_opens_the_flag(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    first, second = filled.flag(story="s1"), filled.flag(story="s2")
    with writing(filled.engine) as session:
        flag_messages.send(session, first, anna, boris, "look", filled.now)
        flag_messages.send(session, second, anna, boris, "", filled.now)
        flag_messages.mark_read(session, first, anna, filled.now)
    with reading(filled.engine) as session:
        assert (flag_messages.unread(session, boris), flag_messages.unread(session, anna)) == (2, 0), "opening is for the receiver"
    with writing(filled.engine) as session:
        flag_messages.mark_read(session, first, boris, filled.now)
    with reading(filled.engine) as session:
        assert flag_messages.unread(session, boris) == 1
        received = flag_messages.received(session, boris)
        assert [(m.sender, m.flag.id, m.message.text, m.message.read_at is None) for m in received] == [
            ("Anna", second, "", True),
            ("Anna", first, "look", False),
        ]
        assert [m.message.text for m in flag_messages.to_user_on(session, first, boris)] == ["look"]


def test_comments_are_the_notes_of_people_in_order(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    flag = filled.flag()
    with writing(filled.engine) as session:
        decisions.note(session, flag, anna, "first", filled.now)
        decisions.assign(session, flag, anna, boris, filled.now)
        decisions.note(session, flag, boris, "second", filled.tick())
    with reading(filled.engine) as session:
        assert [(c.who, c.text) for c in flag_messages.comments(session, [flag], None)] == [("Anna", "first"), ("Boris", "second")]
