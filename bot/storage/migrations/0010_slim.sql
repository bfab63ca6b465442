-- A settled row stays for a year, and what it takes is mostly ids, of which each stood in an index once more. Now
-- the indexes hold twelve characters of an id: a query narrows down by them (source_key, event_key) and compares
-- the id itself then. That (source, room, what) happens once is seen to by the statement that adds a row.
CREATE TABLE outbox_slim (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, kind TEXT NOT NULL,
  rank INTEGER NOT NULL,  -- -1 what must be known first, 0 people's words, removals, 1 answers, 2 what can wait
  state TEXT NOT NULL CHECK (state IN ('translating', 'waiting', 'sent', 'failed', 'cancelled')),
  payload TEXT,                                  -- JSON, NULL once settled
  not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, first_try INTEGER, device_id TEXT,
  event_id TEXT, reason TEXT NOT NULL DEFAULT '', unreadable INTEGER NOT NULL DEFAULT 0,
  dispatch_id INTEGER, twinning_id INTEGER, origin_room TEXT,
  created_at INTEGER NOT NULL, settled_at INTEGER,
  frame TEXT,                                    -- a relay's payload without anybody's words
  turn INTEGER NOT NULL DEFAULT 0,
  source_key TEXT GENERATED ALWAYS AS (substr(source, 2, 6) || substr(source, -6)) VIRTUAL,
  event_key TEXT GENERATED ALWAYS AS (substr(event_id, 2, 12)) VIRTUAL
) STRICT;
INSERT INTO outbox_slim (id, room_id, source, what, kind, rank, state, payload, not_before, deadline, tries,
    first_try, device_id, event_id, reason, unreadable, dispatch_id, twinning_id, origin_room, created_at,
    settled_at, frame, turn)
  SELECT id, room_id, source, what, kind, rank, state, payload, not_before, deadline, tries,
    first_try, device_id, event_id, reason, unreadable, dispatch_id, twinning_id, origin_room, created_at,
    settled_at, frame, turn
  FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_slim';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_slim', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_slim RENAME TO outbox;
CREATE INDEX outbox_queue ON outbox (room_id, rank, turn, id, state, not_before, created_at)
  WHERE state IN ('translating', 'waiting');
CREATE INDEX outbox_turns ON outbox (room_id, origin_room, turn) WHERE state IN ('translating', 'waiting');
CREATE INDEX outbox_translating ON outbox (rank, turn, id) WHERE state = 'translating';
CREATE INDEX outbox_source ON outbox (source_key);
CREATE INDEX outbox_event ON outbox (event_key) WHERE event_id IS NOT NULL;
CREATE INDEX outbox_dispatch ON outbox (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
