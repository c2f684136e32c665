-- Who a mail is from: what a login may write into its headers, what is signed, and what strangers may not claim.
local lua_mime = require "lua_mime"
local lua_selectors = require "lua_selectors"
local lua_util = require "lua_util"
local rspamd_regexp = require "rspamd_regexp"

local SERVER = "mail.example.com"
-- Services of master.cf, which say what Sieve sends, and what sendmail(1) does.
local OWN, PASSED_ON, PICKUP = "sieve-own", "sieve-passed-on", "pickup"
-- "alias logins", and "login/domain 1" for each other domain of a login's aliases
local senders = rspamd_config:add_map({
  type = "map", url = "/etc/rspamd/local.d/senders.map", description = "who may send as an alias",
})

local function service(task)
  return tostring(task:get_request_header("MTA-Name") or "")
end

-- milter_macro_v of the service for mail that was fetched from other servers.
local function is_fetched(task)
  return tostring(task:get_request_header("User-Agent") or "") == "fetched"
end

-- As it was given: otherwise Rspamd leaves out +extensions, and an alias may have one in its name.
local function envelope_sender(task)
  return (((task:get_from({ "smtp", "orig" }) or {})[1] or {}).addr or ""):lower()
end

-- All fields in their order: the name as it is written, in small letters, and the value without folds. A blank before
-- the colon does not hide a field.
local function all_fields(task)
  local headers = ("\n" .. tostring(task:get_raw_headers())):gsub("\r", ""):gsub("\n([ \t])", "%1")
  local next_field = headers:gmatch("\n([^:\n]*):([^\n]*)")
  return function()
    local written, value = next_field()
    if written then return written, written:gsub("%s+$", ""):lower(), value end
  end
end

-- The values of all fields with this name, and the names as they are written.
local function fields(task, name)
  local found, names = {}, {}
  for written, field, value in all_fields(task) do
    if field == name then
      found[#found + 1], names[#names + 1] = value, written
    end
  end
  return found, names
end

-- RFC 5322, section 3.2.2: the text without comments and quoted strings; nil if one does not end. A control character
-- stays for each quoted string: it may be part of a name, not of an address.
local function bare(text)
  local kept, depth, quoted, skip = {}, 0, false, false
  for char in text:gmatch(".") do
    if skip then
      skip = false
    elseif char == "\\" and (quoted or depth > 0) then
      skip = true
    elseif char == '"' and depth == 0 then
      quoted = not quoted
      kept[#kept + 1] = "\1"
    elseif char == "(" and not quoted then
      depth = depth + 1
      kept[#kept + 1] = " "
    elseif char == ")" and not quoted then
      depth = depth - 1
      if depth < 0 then return nil end
    elseif depth == 0 and not quoted then
      kept[#kept + 1] = char
    end
  end
  return depth == 0 and not quoted and table.concat(kept) or nil
end

-- The one address of a field in small letters, or nil: RFC 5322's mailbox without its obsolete forms. A display name
-- may have characters that should be quoted, as many programs write them.
local function one_address(value)
  local text = bare(value)
  if not text then return nil end
  -- One blank for many: with thousands of them the patterns below would take minutes, and this worker with them.
  text = text:gsub("%s+", " ")
  local name, address = text:match("^ ?([^<>]*)<([^<>]*)> ?$")
  if not name then
    name, address = "", text:match("^ ?(.-) ?$")
  end
  if name:find("@") and name:find("[,:;]") then return nil end
  local user, domain = address:match("^([%w!#$%%&'*+/=?^_`{|}~.-]+)@([%w_.-]+)$")
  if not user or ("." .. domain .. "."):find("..", 1, true) then return nil end
  return address:lower(), domain:lower()
end

-- From, if the mail has exactly one and Rspamd, which applies the policies, reads the same domain there.
local function author(task)
  local from, names = fields(task, "from")
  local read = task:get_from("mime") or {}
  if #from ~= 1 or names[1]:lower() ~= "from" or #read ~= 1 then return nil end
  local address, domain = one_address(from[1])
  if domain ~= (read[1].domain or ""):lower() then return nil end
  return address, domain
end

-- Whether mail for the address goes to the login: its own address or an alias, with or without +extension.
local function owns(login, address)
  local user, domain = address:match("^(.*)@(.*)$")
  local plain = user:gsub("%+.*", "") .. "@" .. domain
  if plain == login then return true end
  local logins = senders:get_key(address) or senders:get_key(plain) or senders:get_key("@" .. domain) or ""
  return ("," .. logins .. ","):find("," .. login .. ",", 1, true) ~= nil
end

-- Whether Postfix or the map says that the login may write this address.
local function may_write(task, login, address)
  -- Postfix has checked the envelope sender, and what Sieve writes; it knows the patterns of postfix-regexp.cf too.
  return address == envelope_sender(task) or service(task) == OWN or owns(login, address)
end

local function refuse(task, field)
  task:insert_result("SENDER_NOT_OWNED", 1.0, field)
  task:set_pre_result("reject", field .. ": must be one address that you may send from", "sender")
end

-- SPOOF_PROTECTION: a login writes its own addresses into the headers that name a sender.
rspamd_config:register_symbol({
  name = "SENDER_NOT_OWNED", type = "prefilter", priority = lua_util.symbols_priorities.high, flags = "empty,nostat",
  callback = function(task)
    local login = task:get_user()
    if not login or service(task) == PASSED_ON then return end
    for _, name in ipairs({ "From", "Sender", "Resent-From", "Resent-Sender" }) do
      local found = fields(task, name:lower())
      for _, value in ipairs(found) do
        local address = one_address(value)
        if not address or (name == "From" and #found > 1) or not may_write(task, login:lower(), address) then
          return refuse(task, name)
        end
      end
    end
  end,
})


-- The domain whose key signs a mail, or nil (dkim_signing.conf). The header alone is never a reason to sign.
local function signing_domain(task)
  local login, from, domain = (task:get_user() or ""):lower(), author(task)
  if not from or service(task) == PASSED_ON or is_fetched(task) then return nil end
  -- A mail that came from elsewhere and is passed on, for example by a program of sieve-pipe/, may be anybody's.
  if service(task) == PICKUP and #fields(task, "received") > 0 then return nil end
  -- A client in local_addrs. Mail without a sender may be anybody's that is passed on.
  if login == "" then return envelope_sender(task) ~= "" and domain or nil end
  return may_write(task, login, from) and domain or nil
end
rspamd_plugins.mailwright = { signing_domain = signing_domain }

-- Mail of strangers without exactly one author has no policy that could be applied (DMARC).
rspamd_config:register_symbol({
  name = "FROM_NOT_ONE_ADDRESS", score = 0.0, group = "headers",
  callback = function(task)
    local ip = task:get_from_ip()
    if task:get_user() or (ip and ip:is_valid() and ip:is_local()) then return false end
    return author(task) == nil
  end,
})

-- RFC 8601, section 5: nobody else writes results of this server.
local function claims_ours(value, instance)
  local text = value:gsub('"', "")
  text = (bare(text) or text):gsub(instance and "^[^;]*;" or "^", "")
  local id = (text:match("^%s*([^%s;/]+)") or ""):lower():gsub("%.$", "")
  return id == SERVER:lower()
end

-- Adds what to remove: the number of the one field that claims to be ours. The milter protocol of Rspamd removes one
-- field of a name or all, so several claims take all with them.
local function add_claims(remove, task, name, instance)
  local values, names = fields(task, name)
  local claiming = {}
  for number, value in ipairs(values) do
    if claims_ours(value, instance) then claiming[#claiming + 1] = number end
  end
  if #claiming == 1 then
    remove[names[claiming[1]]] = claiming[1]
  elseif #claiming > 1 then
    for _, written in ipairs(names) do remove[written] = 0 end
  end
end

rspamd_config:register_symbol({
  name = "FOREIGN_RESULTS_REMOVED", type = "postfilter", flags = "empty,nostat,ignore_passthrough",
  callback = function(task)
    local remove = {}
    add_claims(remove, task, "authentication-results", false)
    -- A chain that is whole has our own results, of mail that comes back.
    if not task:has_symbol("ARC_ALLOW") then add_claims(remove, task, "arc-authentication-results", true) end
    if next(remove) then lua_mime.modify_headers(task, { remove = remove }) end
  end,
})

-- The fields that a signature in the mail covers (RFC 6376, section 3.5; RFC 8617, section 4.1.2).
local function signed_fields(task)
  local signed = {}
  for _, kind in ipairs({ "dkim-signature", "arc-message-signature" }) do
    for _, value in ipairs((fields(task, kind))) do
      local listed = (";" .. value:gsub("%s", "")):match(";h=([^;]*)") or ""
      for name in listed:gmatch("[^:]+") do signed[name:lower()] = true end
    end
  end
  return signed
end

-- Submitted mail does not tell the user's program and address. What a signature covers stays: a mail that is sent on has
-- the program of another, and without the field that signature would be broken. Before DKIM_SIGNED, so that ours does
-- not cover what is removed. Settings cannot switch this off by naming other symbols.
local PRIVATE = { ["user-agent"] = true, ["x-mailer"] = true, ["x-originating-ip"] = true }
rspamd_config:register_symbol({
  name = "PRIVATE_HEADERS_REMOVED", type = "prefilter", priority = lua_util.symbols_priorities.high,
  flags = "empty,nostat,explicit_disable,ignore_passthrough",
  callback = function(task)
    if not task:get_user() or service(task) == OWN or service(task) == PASSED_ON then return end
    local signed, remove, count = signed_fields(task), {}, 0
    for written, name in all_fields(task) do
      local private = PRIVATE[name] or name:find("x-enigmail", 1, true) == 1
      if private and not signed[name] then remove[written], count = 0, count + 1 end
    end
    -- Hundreds of fields to remove hold Postfix until its milter_content_timeout.
    if count > 100 then
      task:set_pre_result("reject", "This mail has more than 100 fields that name a program", "size")
    elseif next(remove) then lua_mime.modify_headers(task, { remove = remove }) end
  end,
})

-- SUBMISSION_LIMIT. What Sieve sends has a count of its own: strangers cause it, and must not use up the login's.
lua_selectors.register_extractor(rspamd_config, "submission_account", {
  description = "the login, in small letters; another value for Sieve's mail",
  get_value = function(task)
    local login = task:get_user()
    if not login then return nil end
    local sieve = service(task) == OWN or service(task) == PASSED_ON
    return login:lower() .. (sieve and "/sieve" or ""), "string"
  end,
})

-- Rspamd's ratelimit lets the first mail of an hour pass, whatever the number of its recipients.
rspamd_config:register_symbol({
  name = "SUBMISSION_TOO_LARGE", type = "prefilter", priority = lua_util.symbols_priorities.high, flags = "empty,nostat",
  callback = function(task)
    local _, recipients = task:has_recipients("smtp")
    if not task:get_user() or (recipients or 0) <= 500 then return end
    task:insert_result("SUBMISSION_TOO_LARGE", 1.0)
    local limit = "500 of SUBMISSION_LIMIT"
    task:set_pre_result("reject", recipients .. " recipients are more than the " .. limit, "sender")
  end,
})

-- Rspamd's rule checks whatever looks like a wallet's address in the whole text, letter by letter: some seconds for
-- 10 MB, while mail of users waits. As other patterns it looks at the first 100 kB (regexp.conf).
local wallet = config.regexp.BITCOIN_ADDR or {}
for pattern, is_address in pairs(wallet.re_conditions or {}) do
  wallet.re_conditions[pattern] = function(task, text, first, last)
    return last <= 100000 and is_address(task, text, first, last)
  end
end

-- Some of Rspamd's checks take time by the square of the number of fields or parts: a mail of 640 kB held this process
-- for a minute. Hundreds of fields to remove hold Postfix until its milter_content_timeout.
local MOST_FIELDS, MOST_REMOVED, MOST_PARTS = 1000, 100, 1000

local function too_complex(task)
  local _, ends = tostring(task:get_raw_headers()):gsub("\n[^ \t]", "")
  if ends > MOST_FIELDS then return "more than " .. MOST_FIELDS .. " header fields" end
  for _, name in ipairs({ "authentication-results", "arc-authentication-results", "x-spam", "x-spam-status" }) do
    if #fields(task, name) > MOST_REMOVED then return "more than " .. MOST_REMOVED .. " fields " .. name end
  end
  if #(task:get_parts() or {}) > MOST_PARTS then return "more than " .. MOST_PARTS .. " parts" end
end

rspamd_config:register_symbol({
  name = "TOO_COMPLEX", type = "prefilter", priority = lua_util.symbols_priorities.top, flags = "empty,nostat",
  callback = function(task)
    local reason = too_complex(task)
    if not reason then return end
    task:insert_result("TOO_COMPLEX", 1.0, reason)
    -- They remove fields, also of a mail that is refused.
    for _, name in ipairs({ "MILTER_HEADERS", "FOREIGN_RESULTS_REMOVED", "PRIVATE_HEADERS_REMOVED" }) do task:disable_symbol(name) end
    task:set_pre_result("reject", "This mail has " .. reason, "size")
  end,
})

-- RFC 5322, section 2.1.1. smtp(8) breaks longer lines, and with them the signature that was made here.
local long_line = rspamd_regexp.create("/^[^\\r\\n]{999}/m")
local mail_domains = rspamd_config:add_map({
  type = "set", url = "/etc/rspamd/local.d/mail_domains.map", description = "domains whose mail stays here",
})

local function leaves(task)
  for _, recipient in ipairs(task:get_recipients("smtp") or {}) do
    local domain = (recipient.domain or ""):lower()
    if domain ~= "" and domain ~= SERVER:lower() and not mail_domains:get_key(domain) then return true end
  end
  return false
end

rspamd_config:register_symbol({
  name = "LINE_TOO_LONG", type = "prefilter", priority = lua_util.symbols_priorities.high, flags = "empty,nostat",
  callback = function(task)
    local ip = task:get_from_ip()
    local ours = task:get_user() or (ip and ip:is_valid() and ip:is_local())
    -- What is passed on is another's: a broken line does less harm there than a mail that does not arrive.
    if not ours or service(task) == PASSED_ON or not leaves(task) then return end
    if long_line:match(task:get_content()) then
      task:insert_result("LINE_TOO_LONG", 1.0)
      task:set_pre_result("reject", "A line has more than 998 bytes; send this as quoted-printable or base64", "lines")
    end
  end,
})
-- If memory is short, a worker ends before the main process, which starts another one: a filter that is back after two
-- seconds, and not one that reads its whole configuration again. The main process has a score already (giving-way).
rspamd_config:add_on_load(function()
  local file = io.open("/proc/self/oom_score_adj", "r")
  local score = file and tonumber(file:read("*l"))
  if file then file:close() end
  file = score and io.open("/proc/self/oom_score_adj", "w")
  if file then
    file:write(tostring(math.min(score + 500, 1000)))
    file:close()
  end
end)

-- 44 MB of compiled patterns are a file that all workers map. The main process reads all of it at its start and keeps it
-- in its memory, but scans no mail. It gives the pages back (madvise(2), MADV_DONTNEED = 4). They stay in the page cache;
-- a worker maps those that a mail needs.
local function give_patterns_back()
  local ffi = require "ffi"
  ffi.cdef "int madvise(void *address, size_t length, int advice);"
  for line in io.lines("/proc/self/maps") do
    local from, to = line:match("^(%x+)-(%x+) r%-%-s .*%.unser$")
    if from then
      from, to = tonumber(from, 16), tonumber(to, 16)
      ffi.C.madvise(ffi.cast("void *", from), to - from, 4)
    end
  end
end
-- A Lua without ffi keeps the memory.
rspamd_config:add_post_init(function() pcall(give_patterns_back) end)
