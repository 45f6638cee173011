package bots

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Outcome is what became of a send. The set is closed: an adapter maps every platform answer into it.
type Outcome string

// The outcomes.
const (
	Sent         Outcome = "sent"
	RetryAfter   Outcome = "retry_after"   // nothing was delivered, try later: the platform asks for a pause, or was never reached; costs no attempt
	Blocked      Outcome = "blocked"       // the person blocked us, or is gone: the address is dead
	OptedOut     Outcome = "opted_out"     // the person turned this purpose off on the platform
	WindowClosed Outcome = "window_closed" // the channel allows this only inside a service window
	Invalid      Outcome = "invalid"       // the platform refuses this message and always will
	Unknown      Outcome = "unknown"       // the answer was lost: it may have been delivered
	Unauthorized Outcome = "unauthorized"  // the bot's token is refused: stop the bot, tell the operator
)

// SendError is every failure of [Sender.Send].
type SendError struct {
	Outcome Outcome
	// Wait is how long to pause (RetryAfter), zero when the platform did not say.
	Wait time.Duration
	// WholeBot says the pause concerns the bot, not just this chat.
	WholeBot bool
	// Code is the platform's own text or number, scrubbed of tokens. For logs and reports.
	Code string
	Err  error
}

func (e *SendError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("send: %s: %s: %v", e.Outcome, e.Code, e.Err)
	}
	return fmt.Sprintf("send: %s: %s", e.Outcome, e.Code)
}

func (e *SendError) Unwrap() error { return e.Err }

// Delivery is one message on its way to one address.
type Delivery struct {
	To      Address
	Message Message
	// Previous is the platform's reference of the slot's last message in this chat, "" when there is none.
	Previous string
}

// Receipt is a confirmed delivery.
type Receipt struct {
	// Ref is the platform's reference of the message now showing; "" when none is: only a press was
	// acknowledged, or an OnlyIfShown found nothing to refresh. It replaces what was remembered for the slot.
	Ref  string
	Loss []Loss // what the channel could not show
	// MovedTo is the new id of a chat the platform has moved (a Telegram group that became a supergroup), "" as
	// a rule. The message was delivered there; write there from now on.
	MovedTo string
}

// Sender sends through one bot of one channel. It is safe for concurrent use and does no retries, no pacing
// and no bookkeeping: the outbox does.
type Sender interface {
	Capabilities() Capabilities
	// Send delivers or fails with a *SendError.
	Send(ctx context.Context, d Delivery) (Receipt, error)
}

// Fetcher is the ability of a [Sender] to read a picture that its platform keeps.
type Fetcher interface {
	// Fetch gives the picture's bytes, at most limit of them, as the platform keeps it; nothing is said of its
	// format. It fails with a *SendError: [Invalid] when the platform does not know the picture or ref belongs to
	// another sender, and Invalid that wraps [ErrTooLarge] when it is longer than limit.
	Fetch(ctx context.Context, ref PhotoRef, limit int64) ([]byte, error)
}

// ErrTooLarge says that a picture is longer than whoever asked for it takes.
var ErrTooLarge = errors.New("picture too large")
