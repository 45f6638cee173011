package bots

// Channel names a messenger. Rows in the database and addresses carry it.
type Channel string

// The channels Kartka knows. A channel without an adapter is simply never an address's channel.
const (
	Telegram Channel = "telegram"
	Viber    Channel = "viber"
	WhatsApp Channel = "whatsapp"
	SMS      Channel = "sms"
	Email    Channel = "email"
)

// Address is where one person is reached through one sender of one channel. It is an identity: the same
// person writing to two bots has two addresses. A phone is never an address's key.
type Address struct {
	Channel Channel `json:"channel"`
	Sender  string  `json:"sender"` // our side: the bot's platform id, as text
	UserID  string  `json:"user_id"`
}

// String is the mailbox key of the person: "telegram:7012345678:4211".
func (a Address) String() string { return string(a.Channel) + ":" + a.Sender + ":" + a.UserID }
