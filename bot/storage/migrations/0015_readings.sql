-- Which dispatches a group has read aloud: what was typed, and which room was told of it; without a word.
CREATE TABLE reading (
  source TEXT PRIMARY KEY, twinning_id INTEGER NOT NULL REFERENCES twinning (id) ON DELETE CASCADE,
  dispatch_id INTEGER NOT NULL, group_id INTEGER NOT NULL, room_id TEXT NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reading_dispatch ON reading (dispatch_id);
CREATE INDEX reading_twinning ON reading (twinning_id, at);
