-- One row per signal that the invocation declared, critical ones first.
SELECT signal_id, text, critical, value, unit, confidence, source, declared
FROM signals
WHERE invocation_id = $invocation_id
ORDER BY critical DESC, signal_id
