-- Rows of the sealed file of indicators; 0 also of days sealed before there was one.
ALTER TABLE seals ADD COLUMN indicators UBIGINT DEFAULT 0;
