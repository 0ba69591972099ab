-- Which invocation failed before its parent tried again, and which had the problem that was escalated; null where that
-- is not known, as in everything that was derived before.
ALTER TABLE recoveries ADD COLUMN failed_id VARCHAR;
ALTER TABLE escalations ADD COLUMN asker_id VARCHAR;
