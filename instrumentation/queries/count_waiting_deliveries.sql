-- One row per channel for which alerts wait: how many.
SELECT channel, count(*) AS waiting FROM alert_deliveries WHERE state = 'waiting' GROUP BY channel;
