-- An edit that its author deletes is found by its cause; rows that are no edits take no room here.
CREATE INDEX outbox_edit ON outbox (substr(what, instr(what, ':edit:'))) WHERE instr(what, ':edit:') > 0;
