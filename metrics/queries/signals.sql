-- One row per declared or marked signal of an invocation.
SELECT run_id, invocation_id, signal_id, text, critical, value, unit, confidence, source, declared
FROM signals
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, invocation_id, signal_id
