-- Mailwright's accounts in MariaDB (ACCOUNT_PROVISIONER=SQL). Addresses are in lower case.
CREATE TABLE IF NOT EXISTS accounts (
    address varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin AS (substring_index(address, '@', -1)) STORED,
    password varchar(1000) NOT NULL,                     -- {SCHEME}hash, as `doveadm pw` prints it
    quota bigint,                                        -- bytes; 0: no limit; NULL: POSTFIX_MAILBOX_SIZE_LIMIT
    created timestamp NOT NULL DEFAULT current_timestamp,
    INDEX accounts_domain (domain),
    CHECK (address = lower(address) AND address LIKE '_%@_%'),
    CHECK (quota >= 0)
) ENGINE = InnoDB;
-- One row for each recipient. The alias @example.com gets the mail for all unknown addresses of example.com; the
-- recipient @example.org keeps the local part.
CREATE TABLE IF NOT EXISTS aliases (
    alias varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin AS (substring_index(alias, '@', -1)) STORED,
    recipient varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created timestamp NOT NULL DEFAULT current_timestamp,
    PRIMARY KEY (alias, recipient),
    INDEX aliases_domain (domain),
    CHECK (alias = lower(alias) AND alias LIKE '%@_%'),
    CHECK (recipient LIKE '%@_%')
) ENGINE = InnoDB;
-- Domains without an account or alias yet. The others need no row.
CREATE TABLE IF NOT EXISTS domains (
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    CHECK (domain = lower(domain))
) ENGINE = InnoDB;
-- Who may not send or receive, and what is answered (access(5)): only refusals have an effect.
CREATE TABLE IF NOT EXISTS refused (
    address varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    direction varchar(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action varchar(500) NOT NULL DEFAULT 'REJECT',
    PRIMARY KEY (address, direction),
    CHECK (address = lower(address)),
    CHECK (direction IN ('send', 'receive'))
) ENGINE = InnoDB;
-- Passwords of single mail programs. An empty list of protocols: all.
CREATE TABLE IF NOT EXISTS app_passwords (
    address varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    password varchar(1000) NOT NULL,                     -- {SCHEME}hash
    protocols varchar(200) NOT NULL DEFAULT '',          -- such as imap,submission
    created timestamp NOT NULL DEFAULT current_timestamp,
    PRIMARY KEY (address, name),
    CHECK (address = lower(address))
) ENGINE = InnoDB;
-- Nodes with mailboxes (ROLE=backend), and whether they get new accounts.
CREATE TABLE IF NOT EXISTS backends (
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    fills smallint NOT NULL DEFAULT 1,
    CHECK (name = lower(name))
) ENGINE = InnoDB;
-- The backend that holds the mail of an account. It stays when the account is deleted, as the mail may.
CREATE TABLE IF NOT EXISTS placements (
    address varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    backend varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    INDEX placements_backend (backend),
    CHECK (address = lower(address))
) ENGINE = InnoDB;
