package bots

import (
	"context"
	"time"
)

// Raw is one platform delivery as it came, before anybody tried to understand it all.
type Raw struct {
	Channel Channel
	Sender  string
	// Key is unique per channel and sender for ever: the same delivery twice is stored once.
	Key string
	// UserID is whose mailbox it belongs to; "" when even that could not be read, and then it is kept for the
	// operator as a dead letter and never handled.
	UserID string
	Order  int64 // the platform's own order within a sender (Telegram: update id)
	At     time.Time
	Body   []byte
	Reason string // why it is a dead letter, "" otherwise
}

// Inbox makes deliveries durable. An adapter acknowledges nothing to its platform before Accept returned nil.
type Inbox interface {
	// Accept stores what is new and ignores what it has seen. It returns the number of new rows.
	Accept(ctx context.Context, rows []Raw) (int, error)
}
