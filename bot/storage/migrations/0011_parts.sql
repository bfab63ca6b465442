-- A correction of a message is one of its lines and sentences too: `part_of` is the correction of the whole.
ALTER TABLE correction ADD COLUMN part_of INTEGER;
