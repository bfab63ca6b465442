-- A room can be the joint room of several twinnings: three groups sit in it.
CREATE TABLE joint_of_many (
  room_id TEXT NOT NULL, twinning_id INTEGER NOT NULL REFERENCES twinning (id) ON DELETE CASCADE,
  confirmed_a INTEGER NOT NULL DEFAULT 0, confirmed_b INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, twinning_id)
) STRICT, WITHOUT ROWID;
INSERT INTO joint_of_many SELECT room_id, twinning_id, confirmed_a, confirmed_b FROM joint;
DROP TABLE joint;
ALTER TABLE joint_of_many RENAME TO joint;

-- Where translations stand in a joint room: in the thread of a message, or as a reply under it.
CREATE TABLE joint_place (room_id TEXT PRIMARY KEY, place TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Who does not want to be translated in joint rooms.
ALTER TABLE person ADD COLUMN untranslated INTEGER NOT NULL DEFAULT 0;

-- What somebody (an HMAC) has lately had relayed; kept for an hour.
CREATE TABLE relayed (who TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX relayed_who ON relayed (who, at);

-- Whose turn it is in a room: the groups whose words wait for it take turns. What belongs to nobody waits as one.
ALTER TABLE outbox ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
DROP INDEX outbox_queue;
CREATE INDEX outbox_queue ON outbox (room_id, rank, turn, id, state, not_before, created_at)
  WHERE state IN ('translating', 'waiting');
CREATE INDEX outbox_turns ON outbox (room_id, origin_room, turn) WHERE state IN ('translating', 'waiting');
DROP INDEX outbox_translating;
CREATE INDEX outbox_translating ON outbox (rank, turn, id) WHERE state = 'translating';
