-- What comes at its time. `kind` and `owner` say whose it is; `group_id` whose customs hold (NULL: a person's own).
-- `zone` and `hour` hold instead of the group's where they are given. Days are local dates.
CREATE TABLE schedule (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, owner INTEGER NOT NULL,
  group_id INTEGER REFERENCES grp (id) ON DELETE CASCADE,
  zone TEXT NOT NULL DEFAULT '', hour TEXT,
  first TEXT NOT NULL, rule TEXT NOT NULL DEFAULT '', until TEXT,
  offsets TEXT NOT NULL DEFAULT '0',             -- days from the rule's dates, with commas
  begun INTEGER NOT NULL,                        -- nothing is due that was due before
  since INTEGER NOT NULL,                        -- up to then everything has been seen to
  next_on TEXT, next_day TEXT, next_at INTEGER
) STRICT;
CREATE INDEX schedule_due ON schedule (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedule_owner ON schedule (kind, owner);
CREATE INDEX schedule_group ON schedule (group_id);

-- The ledger: what has happened of a schedule, by local date, each once.
CREATE TABLE occurrence (
  schedule_id INTEGER NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  on_day TEXT NOT NULL, at INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('said', 'mentioned', 'failed')),
  PRIMARY KEY (schedule_id, on_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrence_at ON occurrence (at);

-- What the clock and the machine's own count showed when they were last believed; one row.
CREATE TABLE clock (
  one INTEGER PRIMARY KEY CHECK (one = 1), boot TEXT NOT NULL, seconds REAL NOT NULL, at INTEGER NOT NULL,
  held_at INTEGER
) STRICT;
