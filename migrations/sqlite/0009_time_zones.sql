ALTER TABLE smartservers ADD COLUMN time_zone TEXT; -- IANA name of its site
