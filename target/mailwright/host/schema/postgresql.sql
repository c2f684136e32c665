-- Mailwright's accounts in PostgreSQL (ACCOUNT_PROVISIONER=SQL). Addresses are in lower case.
CREATE TABLE IF NOT EXISTS accounts (
    address text PRIMARY KEY CHECK (address = lower(address) AND address LIKE '_%@_%'),
    domain text GENERATED ALWAYS AS (split_part(address, '@', 2)) STORED,
    password text NOT NULL,                              -- {SCHEME}hash, as `doveadm pw` prints it
    quota bigint CHECK (quota >= 0),                     -- bytes; 0: no limit; NULL: POSTFIX_MAILBOX_SIZE_LIMIT
    created timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS accounts_domain ON accounts (domain);
-- One row for each recipient. The alias @example.com gets the mail for all unknown addresses of example.com; the
-- recipient @example.org keeps the local part.
CREATE TABLE IF NOT EXISTS aliases (
    alias text NOT NULL CHECK (alias = lower(alias) AND alias LIKE '%@_%'),
    domain text GENERATED ALWAYS AS (split_part(alias, '@', 2)) STORED,
    recipient text NOT NULL CHECK (recipient LIKE '%@_%'),
    created timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (alias, recipient)
);
CREATE INDEX IF NOT EXISTS aliases_domain ON aliases (domain);
-- Domains without an account or alias yet. The others need no row.
CREATE TABLE IF NOT EXISTS domains (
    domain text PRIMARY KEY CHECK (domain = lower(domain))
);
-- Who may not send or receive, and what is answered (access(5)): only refusals have an effect.
CREATE TABLE IF NOT EXISTS refused (
    address text NOT NULL CHECK (address = lower(address)),
    direction text NOT NULL CHECK (direction IN ('send', 'receive')),
    action text NOT NULL DEFAULT 'REJECT',
    PRIMARY KEY (address, direction)
);
-- Passwords of single mail programs. An empty list of protocols: all.
CREATE TABLE IF NOT EXISTS app_passwords (
    address text NOT NULL CHECK (address = lower(address)),
    name text NOT NULL,
    password text NOT NULL,                              -- {SCHEME}hash
    protocols text NOT NULL DEFAULT '',                  -- such as imap,submission
    created timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (address, name)
);
-- Nodes with mailboxes (ROLE=backend), and whether they get new accounts.
CREATE TABLE IF NOT EXISTS backends (
    name text NOT NULL PRIMARY KEY CHECK (name = lower(name)),
    fills smallint NOT NULL DEFAULT 1
);
-- The backend that holds the mail of an account. It stays when the account is deleted, as the mail may.
CREATE TABLE IF NOT EXISTS placements (
    address text NOT NULL PRIMARY KEY CHECK (address = lower(address)),
    backend text NOT NULL
);
CREATE INDEX IF NOT EXISTS placements_backend ON placements (backend);
