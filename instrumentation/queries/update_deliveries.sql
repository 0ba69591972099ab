-- Records how deliveries went.
UPDATE alert_deliveries AS delivery
SET state = attempt.state, attempts = attempt.attempts, due_ns = attempt.due_ns, done_ns = attempt.done_ns,
    problem = attempt.problem
FROM attempts AS attempt
WHERE delivery.alert_id = attempt.alert_id AND delivery.channel = attempt.channel;
