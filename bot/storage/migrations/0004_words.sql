-- What the people of a twinning agreed on for their translations. Deleted with the twinning.

CREATE TABLE term (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  twinning_id INTEGER NOT NULL REFERENCES twinning (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,                       -- as `!term list` shows it
  kind TEXT NOT NULL CHECK (kind IN ('term', 'keep', 'avoid')),
  word TEXT NOT NULL, language TEXT NOT NULL,
  other TEXT NOT NULL DEFAULT '',                -- the agreed translation, or why to avoid it
  other_language TEXT NOT NULL DEFAULT '',
  group_id INTEGER NOT NULL,                     -- who said so
  UNIQUE (twinning_id, number)
) STRICT;

CREATE TABLE correction (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  twinning_id INTEGER NOT NULL REFERENCES twinning (id) ON DELETE CASCADE,
  language TEXT NOT NULL, other_language TEXT NOT NULL,
  sentence TEXT NOT NULL,                        -- normalised
  target TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX correction_key ON correction (twinning_id, language, other_language, sentence);

-- A relay's payload without anybody's words: who wrote to whom, how it is headed, so that it can be corrected.
ALTER TABLE outbox ADD COLUMN frame TEXT;
