-- One row per trace of a batch: who wrote it, its first and last moment in the batch, and how many spans.
SELECT
    trace_id,
    md5(min(resource)) AS source,
    min(start_ns) AS first_ns,
    max(greatest(start_ns, coalesce(end_ns, 0))) AS last_ns,
    count(*) AS spans
FROM batch
GROUP BY trace_id;
