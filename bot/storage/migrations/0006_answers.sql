-- Where a question was asked, and what it waits for. `thread`: the root of the thread, NULL in the room itself.
-- `post`: the cause of the bot's post that asks, where it is not the event in question. turn: 'next' while the
-- person's next message in the room may be the answer; 'asked': a reply to it, or a message of its thread;
-- 'told': so was the person; 'behind': not asked yet, an earlier one comes first.
ALTER TABLE question ADD COLUMN thread TEXT;
ALTER TABLE question ADD COLUMN post TEXT;
ALTER TABLE question ADD COLUMN turn TEXT NOT NULL DEFAULT 'asked';
UPDATE question SET thread = (
    SELECT event_id FROM outbox
      WHERE outbox.dispatch_id = json_extract(question.payload, '$.dispatch') AND outbox.room_id = question.room_id
        AND outbox.what IN ('ack', 'copy', 'anew') AND outbox.event_id IS NOT NULL
      ORDER BY outbox.id DESC LIMIT 1
  ) WHERE topic = 'thread' AND NOT json_extract(payload, '$.typed');

-- Whose bare "yes" or "no" in a dispatch's thread may still be meant for the bot, and until when.
CREATE TABLE asked (
  dispatch_id INTEGER NOT NULL REFERENCES dispatch (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY (dispatch_id, user_id)
) STRICT, WITHOUT ROWID;

-- Who has confirmed where the shared threads of a group go. What was confirmed before counts for somebody who was
-- never in the home of more than one group, and for a group of which somebody has written in a thread.
CREATE TABLE threads_ok (
  user_id TEXT NOT NULL, group_id INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;
INSERT INTO threads_ok
  SELECT person.user_id, MAX(grp.id) FROM person JOIN member USING (user_id) JOIN grp USING (room_id)
    WHERE person.threads_ok = 1
    GROUP BY person.user_id
    HAVING COUNT(*) = 1 AND MAX(membership) = 'join' AND MAX(grp.id) IN (SELECT group_id FROM voice);
ALTER TABLE person DROP COLUMN threads_ok;
