-- One row per agent invocation of the runs in which a signal was critical, with what it returned; parents first.
SELECT run_id, invocation_id, parent_id, agent, tier, domain, output
FROM invocations
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
  AND run_id IN (SELECT run_id FROM signals WHERE critical)
ORDER BY run_id, position
