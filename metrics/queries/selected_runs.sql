-- One row per (run, name that asked for it); matched is null where no name was asked for. Newest first, untimed last.
-- A whole id means that run alone, though another's label may read like it, or another's id begin with it.
WITH names AS (
    SELECT unnest($runs::VARCHAR[]) AS name
),
asked AS (
    SELECT name, name IN (SELECT run_id FROM runs WHERE run_id IN (FROM names)) AS is_id
    FROM names
)
SELECT runs.run_id, asked.name AS matched
FROM runs
LEFT JOIN asked
    ON runs.run_id = asked.name
    OR (NOT asked.is_id AND runs.label = asked.name)
    OR (NOT asked.is_id AND length(asked.name) >= 4 AND starts_with(runs.run_id, asked.name))
WHERE (len($runs::VARCHAR[]) = 0 OR asked.name IS NOT NULL)
  AND ($since_ns::BIGINT IS NULL OR runs.started_ns >= $since_ns::BIGINT)
  AND ($project::VARCHAR IS NULL OR runs.project = $project::VARCHAR)
  AND ($version::VARCHAR IS NULL OR runs.version = $version::VARCHAR)
  AND ($task_type::VARCHAR IS NULL OR runs.task_type = $task_type::VARCHAR)
  AND (
      $agent::VARCHAR IS NULL
      OR runs.run_id IN (SELECT run_id FROM invocations WHERE agent = $agent::VARCHAR)
  )
  AND (
      $domain::VARCHAR IS NULL
      OR runs.run_id IN (SELECT run_id FROM invocations WHERE domain = $domain::VARCHAR)
  )
ORDER BY runs.started_ns DESC NULLS LAST, runs.label, runs.run_id
