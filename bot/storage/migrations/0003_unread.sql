-- What could not be read for a while: 0 nothing was done, 1 a tick has seen it, 2 its sender was told or need not be.
ALTER TABLE undecrypted ADD COLUMN told INTEGER NOT NULL DEFAULT 0;

-- When a person was told last that something of theirs could not be read.
CREATE TABLE unread_told (user_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
