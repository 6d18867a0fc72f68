"""What the columns are called. The guide fixes four of them; the others differ from network to network."""

NAME = "name"  # account_table
NICK = "nick"  # nick_table
CHANNEL = "chan"  # chan_table, chanacs_table

ACCOUNT_ID = ("id", "account_id", "uid", "user_id")
CHANNEL_ID = ("id", "chan_id", "channel_id")

# Columns that say whose a row is, the likeliest first.
OWNER = ("account", "owner", "user", "display", "name", "account_id", "owner_id", "user_id", "account_name")
ENTITY = ("account", "nick", "user", "target", "entity", "mask", "account_id", "user_id", "target_id", "entity_id")
FOUNDER = ("founder", "owner", "founder_id", "owner_id", "founder_account")
OF_CHANNEL = ("chan", "channel", "chan_id", "channel_id")

# When something was registered: what tells a person or a channel from the next one of the same name.
REGISTERED = ("registered", "created", "registered_at", "created_at", "regtime", "reg_time", "registration_time")
# When it was last used: what an expiry goes by,
USED = ("lastlogin", "last_login", "lastseen", "last_seen", "lastused", "last_used", "used", "last_activity")
# and what else changes without anybody deciding anything. Neither counts as a change.
VOLATILE = frozenset(
    {*USED, "modified", "updated", "updated_at", "last_updated", "last_quit", "last_host", "last_realname", "last_ip"}
)

FLAGS = ("flags", "level", "access", "template", "role")
# Power over the whole network.
OPERATOR = ("operclass", "soper", "opertype", "oper", "is_oper", "is_operator", "admin", "is_admin", "privileges")
