-- Rows of indicators that the commit wrote; the table of indicators itself is made from the registry's columns.
ALTER TABLE commits ADD COLUMN indicators UINTEGER DEFAULT 0;
