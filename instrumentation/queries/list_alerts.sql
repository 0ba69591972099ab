-- One row per alert and channel, newest alert first; channel, state and what follows are null without a channel.
SELECT alert_id, found_ns, payload, channel, state, attempts, problem
FROM alerts LEFT JOIN alert_deliveries USING (alert_id)
ORDER BY found_ns DESC, alert_id, channel
LIMIT $limit;
