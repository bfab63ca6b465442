-- A cleaned file that waits until its message crosses: where it rests, encrypted, and the key.
CREATE TABLE enclosure (
  source TEXT PRIMARY KEY,                       -- the message whose file it was
  room_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
