CREATE ROLE mail LOGIN PASSWORD 'it''s "a" \$1 %s #;';
CREATE DATABASE mail OWNER mail;
