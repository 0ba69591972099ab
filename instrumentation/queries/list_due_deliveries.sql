-- One row per delivery to try now, oldest alert first: the alert, the channel, how often it was tried, when it was found.
SELECT alert_id, channel, attempts, found_ns, payload
FROM alert_deliveries JOIN alerts USING (alert_id)
WHERE state = 'waiting' AND due_ns <= $now_ns
ORDER BY found_ns, alert_id, channel
LIMIT $limit;
