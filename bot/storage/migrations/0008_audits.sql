-- Audits. Times are those of the round; nothing says when anybody answered. `number` is how all its groups call it.
ALTER TABLE grp ADD COLUMN audits INTEGER NOT NULL DEFAULT 0;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL,
  opener INTEGER NOT NULL, lead INTEGER NOT NULL, wished INTEGER NOT NULL,      -- groups
  title TEXT NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL,
  lines INTEGER NOT NULL, until INTEGER NOT NULL, begun INTEGER NOT NULL, opened INTEGER NOT NULL, length INTEGER NOT NULL,
  round INTEGER NOT NULL, marks TEXT NOT NULL, weak INTEGER NOT NULL, changed TEXT NOT NULL,
  changed_in TEXT NOT NULL,
  decided INTEGER, kept_until INTEGER, action INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The groups that were asked. No foreign key, so that it is noticed when a group is gone. `closes`: the phase that
-- its stewards want to end early. quorum and counts are the group's rules when it accepted.
CREATE TABLE audit_group (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, group_id INTEGER NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('asked', 'in', 'out')), quorum INTEGER NOT NULL, counts INTEGER NOT NULL,
  closes TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (audit_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE elector (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, group_id INTEGER NOT NULL, user_id TEXT NOT NULL,
  PRIMARY KEY (audit_id, group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX elector_user ON elector (user_id);

-- What people say in an audit. `token` is an HMAC of the person with the audit's secret, which is in no database;
-- rows stand in the order of tokens and random ids, which tells nothing.
CREATE TABLE seat (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, token TEXT NOT NULL,
  group_id INTEGER, chosen INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
  step TEXT NOT NULL DEFAULT '', answers TEXT NOT NULL DEFAULT '[]',            -- ids of the poll's answers, JSON
  told TEXT NOT NULL DEFAULT '',                                                -- of which phase
  PRIMARY KEY (audit_id, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE draft (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, token TEXT NOT NULL,
  text TEXT NOT NULL, language TEXT NOT NULL, back TEXT NOT NULL DEFAULT '', step TEXT NOT NULL,
  drop_at INTEGER NOT NULL,                                                     -- in full hours
  PRIMARY KEY (audit_id, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE ballot (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, token TEXT NOT NULL, choice TEXT NOT NULL,
  PRIMARY KEY (audit_id, token)
) STRICT, WITHOUT ROWID;

-- Red lines, and reasons for a ballot. Once the audit has ended the record has no token, number or group.
CREATE TABLE red_line (
  audit_id INTEGER NOT NULL REFERENCES audit (id) ON DELETE CASCADE, id TEXT NOT NULL,
  token TEXT NOT NULL, mine INTEGER NOT NULL, group_id INTEGER,
  reason TEXT NOT NULL DEFAULT '',                                              -- of which choice it is the reason
  kind TEXT NOT NULL DEFAULT '', text TEXT NOT NULL, language TEXT NOT NULL,
  PRIMARY KEY (audit_id, id)
) STRICT, WITHOUT ROWID;
