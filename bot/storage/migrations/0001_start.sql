-- Times are integers: milliseconds since 1970, UTC. Days are ISO dates.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The inlet.
CREATE TABLE cursor (stream TEXT PRIMARY KEY, token TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE seen (event_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);
CREATE TABLE attempt (event_id TEXT PRIMARY KEY, tries INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE undecrypted (
  event_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, session_id TEXT NOT NULL, raw TEXT NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rooms as the server describes them.
CREATE TABLE room (
  room_id TEXT PRIMARY KEY,
  joined INTEGER NOT NULL DEFAULT 0,
  encrypted INTEGER NOT NULL DEFAULT 0,          -- never goes back to 0
  version TEXT NOT NULL DEFAULT '',
  creators TEXT NOT NULL DEFAULT '[]',           -- JSON, from the create event
  power_levels TEXT NOT NULL DEFAULT '{}',       -- JSON, as the server gives it
  inviter TEXT,
  welcomed INTEGER NOT NULL DEFAULT 0,
  direct_with TEXT                               -- whose direct chat it was when last looked at
) STRICT, WITHOUT ROWID;
CREATE TABLE member (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, membership TEXT NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_user ON member (user_id);

CREATE TABLE person (
  user_id TEXT PRIMARY KEY, language TEXT,
  threads_ok INTEGER NOT NULL DEFAULT 0,         -- has confirmed once where a shared thread goes
  replies_told INTEGER NOT NULL DEFAULT 0        -- knows that a plain reply does not cross
) STRICT, WITHOUT ROWID;

-- Groups and twinnings.
CREATE TABLE grp (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  handle TEXT NOT NULL, name TEXT NOT NULL, room_id TEXT NOT NULL UNIQUE,
  language TEXT NOT NULL, zone TEXT NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}',           -- JSON: dispatch, keep, threadconfirm, attribution
  numbers INTEGER NOT NULL DEFAULT 0,            -- dispatches numbered so far
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE code (
  hash TEXT PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE wrong_code (room_id TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX wrong_code_room ON wrong_code (room_id, at);
CREATE TABLE twinning (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  a INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,   -- who proposed
  b INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,   -- who gave the code
  state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'paused', 'ended', 'declined')),
  alias_a TEXT NOT NULL, alias_b TEXT NOT NULL,               -- a's handle as b sees it, b's as a sees it
  check_words TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  paused_a INTEGER NOT NULL DEFAULT 0, paused_b INTEGER NOT NULL DEFAULT 0,
  renew_by INTEGER, renew_until TEXT,
  created_at INTEGER NOT NULL, ended_at INTEGER
) STRICT;
CREATE INDEX twinning_a ON twinning (a);
CREATE INDEX twinning_b ON twinning (b);
CREATE TABLE joint (
  room_id TEXT PRIMARY KEY, twinning_id INTEGER NOT NULL REFERENCES twinning (id) ON DELETE CASCADE,
  confirmed_a INTEGER NOT NULL DEFAULT 0, confirmed_b INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Dispatches. What became of a copy is told by its row in the outbox.
CREATE TABLE dispatch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL UNIQUE,
  room_id TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'withdrawn')),
  original TEXT, language TEXT NOT NULL,
  written_at INTEGER NOT NULL, keep_until INTEGER NOT NULL,
  waiting_told INTEGER NOT NULL DEFAULT 0, settled_told INTEGER NOT NULL DEFAULT 0,
  UNIQUE (group_id, number)
) STRICT;
CREATE TABLE voice (
  dispatch_id INTEGER NOT NULL REFERENCES dispatch (id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL, person TEXT NOT NULL, letter TEXT NOT NULL,  -- person is an HMAC
  PRIMARY KEY (dispatch_id, group_id, person)
) STRICT, WITHOUT ROWID;

-- What waits for somebody's answer.
CREATE TABLE question (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, topic TEXT NOT NULL, source TEXT NOT NULL UNIQUE,
  payload TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX question_who ON question (room_id, user_id);

-- A command that was refused may be edited into shape for a while.
CREATE TABLE refused (event_id TEXT PRIMARY KEY, sender TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The outbox is also the map of originals to copies: a row stays, without its words, after it was sent.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, kind TEXT NOT NULL,
  rank INTEGER NOT NULL,                         -- 0 people's words and their removal, 1 the bot's answers
  state TEXT NOT NULL CHECK (state IN ('translating', 'waiting', 'sent', 'failed', 'cancelled')),
  payload TEXT,                                  -- JSON, NULL once settled
  not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, first_try INTEGER, device_id TEXT,
  event_id TEXT, reason TEXT NOT NULL DEFAULT '', unreadable INTEGER NOT NULL DEFAULT 0,
  dispatch_id INTEGER, twinning_id INTEGER, origin_room TEXT,
  created_at INTEGER NOT NULL, settled_at INTEGER,
  UNIQUE (source, room_id, what)
) STRICT;
-- Covers the questions that are asked at every wake; they have to repeat the condition to be answered by it.
CREATE INDEX outbox_queue ON outbox (room_id, rank, id, state, not_before, created_at)
  WHERE state IN ('translating', 'waiting');
CREATE INDEX outbox_translating ON outbox (id) WHERE state = 'translating';
CREATE INDEX outbox_event ON outbox (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX outbox_dispatch ON outbox (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
