package telegram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"kartka/bots"
)

// refusal is a call that was not accepted: the server's answer, or the reason there was none.
type refusal struct {
	answer answer
	err    error
}

// code is the Bot API's error code, or the HTTP status when the answer was something else.
func (r *refusal) code() int {
	if r.answer.decoded && r.answer.envelope.ErrorCode != 0 {
		return r.answer.envelope.ErrorCode
	}
	return r.answer.status
}

// retryAfter is how long the server asks to wait, zero when it does not say.
func (r *refusal) retryAfter() time.Duration {
	if s := r.answer.envelope.Parameters.RetryAfter; r.answer.decoded && s > 0 {
		return time.Duration(s) * time.Second
	}
	return r.answer.retryAfter
}

// Error is the server's own words, or why there are none.
func (r *refusal) Error() string {
	switch {
	case r.answer.decoded:
		return fmt.Sprintf("%d %s", r.code(), r.answer.envelope.Description)
	case r.answer.status != 0:
		return fmt.Sprintf("HTTP %d without a Bot API answer", r.answer.status)
	case errors.Is(r.err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return "no answer"
}

func (r *refusal) Unwrap() error { return r.err }

// neverSent reports that no byte of the request can have reached the server, since it could not be dialled.
func (r *refusal) neverSent() bool {
	var op *net.OpError
	return r.answer.status == 0 && errors.As(r.err, &op) && op.Op == "dial"
}

// sendError maps a refusal into the closed set of outcomes. chat is the chat written to, "" when none was: a
// pause that a group asks for is most often the group's own (20 messages a minute), any other concerns the bot.
func (b *Bot) sendError(err error, chat string) *bots.SendError {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{err: err}
	}
	out := &bots.SendError{Code: b.token.scrub(r.Error())}
	if r.answer.status == 0 {
		out.Err = b.token.scrubError(r.err)
	}
	code := r.code()
	switch {
	case code == http.StatusTooManyRequests:
		out.Outcome, out.Wait, out.WholeBot = bots.RetryAfter, r.retryAfter(), !isGroup(chat)
	case r.neverSent():
		out.Outcome, out.WholeBot, out.Code = bots.RetryAfter, true, "not reached"
	case code == http.StatusRequestEntityTooLarge:
		out.Outcome = bots.Invalid
	case !r.answer.decoded: // no answer, a torn one, or a proxy's page: it may have been delivered
		out.Outcome = bots.Unknown
	case code == http.StatusUnauthorized, code == http.StatusNotFound:
		out.Outcome = bots.Unauthorized
	case code == http.StatusForbidden:
		out.Outcome = bots.Blocked
	case code == http.StatusBadRequest && unreachable(r.answer.envelope.Description):
		out.Outcome = bots.Blocked
	case code >= 400 && code < 500 && code != http.StatusConflict && code != http.StatusRequestTimeout:
		out.Outcome = bots.Invalid
	default:
		out.Outcome = bots.Unknown
	}
	return out
}

// unreachable reports the refusals of code 400 that mean the person or chat is gone.
func unreachable(description string) bool {
	return containsAny(description, "chat not found", "user not found", "peer_id_invalid", "user_is_blocked",
		"input_user_deactivated", "user is deactivated")
}

// notModified is the answer to an edit that changes nothing.
func notModified(err *bots.SendError) bool {
	return err.Outcome == bots.Invalid && containsAny(err.Code, "message is not modified", "message_not_modified")
}

// gone reports that there is no such message any more.
func gone(err *bots.SendError) bool {
	return err.Outcome == bots.Invalid && containsAny(err.Code, "message to edit not found", "message not found",
		"message is not found", "message_id_invalid", "message identifier is not specified")
}

// notEditable reports that the message is gone, or is of a kind that this edit cannot change.
func notEditable(err *bots.SendError) bool {
	return gone(err) || err.Outcome == bots.Invalid && containsAny(err.Code, "message can't be edited",
		"there is no text in the message to edit", "there is no caption in the message to edit")
}

func containsAny(text string, parts ...string) bool {
	text = strings.ToLower(text)
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// isGroup tells group and channel ids, which are negative, from private chats.
func isGroup(chat string) bool { return strings.HasPrefix(chat, "-") }

// ended is the failure of a call that was never begun because its context had ended.
func ended(ctx context.Context) *bots.SendError {
	return &bots.SendError{Outcome: bots.RetryAfter, Code: "not begun", Err: context.Cause(ctx)}
}
