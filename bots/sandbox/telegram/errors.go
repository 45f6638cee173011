package telegram

import (
	"fmt"
	"net/http"
)

// apiError is a refusal in the words of the official server.
type apiError struct {
	code       int
	text       string
	retryAfter int // seconds, for 429
}

func (e *apiError) Error() string { return e.text }

func badRequest(format string, args ...any) *apiError {
	return &apiError{code: http.StatusBadRequest, text: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(text string) *apiError {
	return &apiError{code: http.StatusForbidden, text: "Forbidden: " + text}
}

func conflict(text string) *apiError {
	return &apiError{code: http.StatusConflict, text: "Conflict: " + text}
}

func tooManyRequests(seconds int) *apiError {
	return &apiError{
		code: http.StatusTooManyRequests, text: fmt.Sprintf("Too Many Requests: retry after %d", seconds), retryAfter: seconds,
	}
}

// The texts bots meet most.
const (
	textNotModified = "message is not modified: specified new message content and reply markup are exactly the same " +
		"as a current content and reply markup of the message"
	textQueryTooOld  = "query is too old and response timeout expired or query ID is invalid"
	textSecondPoller = "terminated by other getUpdates request; make sure that only one bot instance is running"
	textWebhookSet   = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	textSetWebhook   = "terminated by setWebhook request"
)
