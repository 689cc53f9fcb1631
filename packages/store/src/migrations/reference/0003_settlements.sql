-- Which bars, by their mark, and which build of the indicators the rows of a sealed day were last found right with.
CREATE TABLE settlements (
  date DATE NOT NULL,
  mark VARCHAR NOT NULL,
  fingerprint VARCHAR NOT NULL
);
