"""How accounts and aliases are looked up; FILE reads them from the config folder."""
