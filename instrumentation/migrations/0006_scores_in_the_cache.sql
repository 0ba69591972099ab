-- Scores are a function of two texts and a scorer, and are kept sealed beside the vectors, where a reader of metrics needs
-- no write lock on the store and no recorded text lies about; this table was never filled.
DROP TABLE scores;
