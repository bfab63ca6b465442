-- Whose identity has changed. `event_id` names the change; acknowledged: a steward trusts it, or 7 days went by.
CREATE TABLE identity (
  user_id TEXT PRIMARY KEY, event_id TEXT NOT NULL, at INTEGER NOT NULL, acknowledged INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Who was told in a room, and when, why words from their device do not count.
CREATE TABLE warned (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- The devices that could not read the last message of a room.
CREATE TABLE unreadable (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL,
  PRIMARY KEY (room_id, user_id, device_id)
) STRICT, WITHOUT ROWID;

-- Those who can read a home room, as far as the room knows of them. `source` is the event that announced them;
-- held: relays into the room wait for a steward's trust in them.
CREATE TABLE introduced (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, source TEXT NOT NULL DEFAULT '', held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO introduced (room_id, user_id)
  SELECT room_id, user_id FROM member JOIN grp USING (room_id) WHERE membership IN ('join', 'invite');

-- Upgrades of rooms: what the room's own state says of its predecessor and its successor, and which were followed.
ALTER TABLE room ADD COLUMN predecessor TEXT;
ALTER TABLE room ADD COLUMN successor TEXT;
ALTER TABLE room ADD COLUMN successor_at INTEGER;
CREATE TABLE moved (old TEXT PRIMARY KEY, new TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX moved_new ON moved (new);

-- What became of invitations, by the minute since 1970.
CREATE TABLE invitations (
  minute INTEGER PRIMARY KEY, accepted INTEGER NOT NULL DEFAULT 0, declined INTEGER NOT NULL DEFAULT 0,
  ignored INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
