-- Actions. `day` and `at` are as clocks show them in `zone`; without `at` it is a whole day. `rule`: the rhythm of a
-- series, `rule_on` the day of it that this action stands for. `number` is the same for all groups that take part.
CREATE TABLE action (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number INTEGER NOT NULL, source TEXT NOT NULL UNIQUE,
  group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,     -- who proposed it
  title TEXT NOT NULL, language TEXT NOT NULL,
  day TEXT NOT NULL, at TEXT, zone TEXT NOT NULL,
  state TEXT NOT NULL,
  rule TEXT NOT NULL DEFAULT '', rule_on TEXT, rhythm INTEGER NOT NULL DEFAULT 0,
  followed INTEGER NOT NULL DEFAULT 0,                                 -- by the next of its series
  audit INTEGER,
  changed_at INTEGER NOT NULL, changed_by TEXT NOT NULL,              -- an HMAC
  version INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX action_series ON action (id) WHERE rule <> '' AND followed = 0;
CREATE TABLE action_part (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  agreed INTEGER NOT NULL DEFAULT 0, confirmed INTEGER NOT NULL DEFAULT 0, debriefed INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,                                     -- it takes no part any more
  picks TEXT NOT NULL DEFAULT '', before TEXT NOT NULL,                -- numbers, with commas
  PRIMARY KEY (action_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_part_group ON action_part (group_id);
-- The entries of an action's menu that people added.
CREATE TABLE action_option (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  kind TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL,
  PRIMARY KEY (action_id, number)
) STRICT, WITHOUT ROWID;
-- What a group said about it afterwards.
CREATE TABLE debrief (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  question TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX debrief_action ON debrief (action_id);
-- What is planned for something goes with it.
CREATE TRIGGER action_gone AFTER DELETE ON action BEGIN
  DELETE FROM schedule WHERE kind = 'action' AND owner = OLD.id;
END;
CREATE TRIGGER twinning_gone AFTER DELETE ON twinning BEGIN
  DELETE FROM schedule WHERE kind = 'twinning' AND owner = OLD.id;
END;
