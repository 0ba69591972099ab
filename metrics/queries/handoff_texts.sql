-- One row per handoff of work from one agent to another, with what was handed over.
SELECT run_id, from_id, to_id, to_agent, text, kind
FROM handoffs
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, at_ns, from_id, to_agent
