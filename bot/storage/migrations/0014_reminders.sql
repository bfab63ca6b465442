-- A room's own reminders, and a person's; their schedules are of the kind 'reminder'.
CREATE TABLE reminder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER REFERENCES grp (id) ON DELETE CASCADE,   -- whose room it is for, or
  user_id TEXT,                                             -- whose own it is
  number INTEGER NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL,
  over_at INTEGER,                                          -- when the last of it was due
  CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX reminder_group ON reminder (group_id, number) WHERE group_id IS NOT NULL;
CREATE UNIQUE INDEX reminder_person ON reminder (user_id, number) WHERE user_id IS NOT NULL;
CREATE INDEX reminder_over ON reminder (over_at) WHERE over_at IS NOT NULL;
