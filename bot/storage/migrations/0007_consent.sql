-- The name under which a person signs, and which dispatches bear it.
ALTER TABLE person ADD COLUMN name TEXT;
ALTER TABLE dispatch ADD COLUMN signed INTEGER NOT NULL DEFAULT 0;

-- The messages of which their authors have said that they must not be sent.
CREATE TABLE unwilling (event_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Dispatches that wait for a second pair of eyes, or have waited in vain. `draft`: JSON, with the words; NULL
-- once they are forgotten. `asker`: who wanted them sent, if that was not their author.
CREATE TABLE approval (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, source TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL,
  author TEXT NOT NULL, asker TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'expired', 'withdrawn')),
  draft TEXT, written_at INTEGER NOT NULL, asked_at INTEGER NOT NULL, round INTEGER NOT NULL DEFAULT 1,
  reminded INTEGER NOT NULL DEFAULT 0,
  UNIQUE (group_id, number)
) STRICT;
