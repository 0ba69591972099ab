-- One row per signal that was declared or marked critical.
SELECT run_id, invocation_id, signal_id, text, declared
FROM signals
WHERE critical AND ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, invocation_id, signal_id
