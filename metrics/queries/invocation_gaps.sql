-- One row per failure token that the invocation went on with. Times in ns.
SELECT member, domain, status, reason, partial, at_ns
FROM gaps
WHERE invocation_id = $invocation_id
ORDER BY at_ns, member
