-- The contacts, with spaces between them, through which a delivery could not go before the one it has now.
ALTER TABLE delivery ADD COLUMN tried text NOT NULL DEFAULT '';

-- only: postgres
ALTER TABLE delivery ALTER COLUMN tried TYPE text COLLATE "C";
-- end only
