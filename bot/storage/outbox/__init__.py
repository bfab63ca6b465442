"""The outbox: what the bot has promised to send, and, once sent, which message is a copy of which.

Rules:
- (source, room, what) happens once: a second promise of the same is ignored.
- Per room, rows of rank -1 (what must be known first) go before rank 0 (people's words, removals), rank 1
  (the bot's answers) and rank 2 (late translations, previews); within a rank the oldest first, but the
  groups whose words wait take turns, and what is urgent comes before the rest. A relay that is still
  being translated holds back its rank only.
- The next row may be taken while the one before is on its way (`take_ahead`), if nothing can change that it
  is the next.
- A row of a twinning that is not active is cancelled when it is taken, not sent.
- A relay into a room where it must not go yet stands aside (`holding`), and nothing waits behind it.
- An edit of a relay that was not tried yet changes that relay; of several edits that wait, the last stays.
  What was there before is kept with it until it is sent, in case that the edit is deleted.
- A settled row has no words; a failed one keeps them for a while, for the host.
"""

from bot.storage.outbox.heading import rehead
from bot.storage.outbox.holding import SUCCESSOR_WITHIN, overdue, release, rooms_held, take_over
from bot.storage.outbox.looking import cleaning, cleaning_in, cleaning_of, not_cleaned, reword_clean
from bot.storage.outbox.merging import undo_edit
from bot.storage.outbox.queue import (
    DECLINE,
    GIVE_UP_AFTER,
    NOTHING,
    add,
    cancel,
    cancel_post,
    cancel_source,
    cancel_twinning,
    forget_before,
    forget_room,
    next_due,
    next_translation,
    postpone,
    rooms_with_work,
    set_rendering,
    settle_failed,
    settle_sent,
    translating,
    unsaid,
    urgent_rooms,
)
from bot.storage.outbox.rows import (
    EDIT,
    EMPTIED,
    LATE,
    REMOVED,
    Entry,
    by_event,
    by_ref,
    by_source,
    copies,
    dispatches_waiting,
    entry_of,
    find,
    load,
    newest_dispatches,
    oldest_waiting,
    posts_of,
    relays_of,
    removed,
    root_in,
    sent_since,
    source_of_edit,
    thread_used,
    threads_used,
    waiting_for_room,
    waiting_up_to,
)
from bot.storage.outbox.taking import Taken, put_back, still_goes, take, take_ahead

__all__ = [
    "DECLINE",
    "EDIT",
    "EMPTIED",
    "GIVE_UP_AFTER",
    "LATE",
    "NOTHING",
    "REMOVED",
    "SUCCESSOR_WITHIN",
    "Entry",
    "Taken",
    "add",
    "by_event",
    "by_ref",
    "by_source",
    "cancel",
    "cancel_post",
    "cancel_source",
    "cancel_twinning",
    "cleaning",
    "cleaning_in",
    "cleaning_of",
    "copies",
    "dispatches_waiting",
    "entry_of",
    "find",
    "forget_before",
    "forget_room",
    "load",
    "newest_dispatches",
    "next_due",
    "next_translation",
    "not_cleaned",
    "oldest_waiting",
    "overdue",
    "postpone",
    "posts_of",
    "put_back",
    "rehead",
    "relays_of",
    "release",
    "removed",
    "reword_clean",
    "rooms_held",
    "rooms_with_work",
    "root_in",
    "sent_since",
    "set_rendering",
    "settle_failed",
    "settle_sent",
    "source_of_edit",
    "still_goes",
    "take",
    "take_ahead",
    "take_over",
    "thread_used",
    "threads_used",
    "translating",
    "undo_edit",
    "unsaid",
    "urgent_rooms",
    "waiting_for_room",
    "waiting_up_to",
]
