package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"kartka/bots"
)

// answerLimit bounds what is read of an answer. The server sends at most about 4 MiB of updates.
const answerLimit = 16 << 20

// wire is the HTTP client given to the Telegram client. It reads each answer whole and within bounds, and
// writes what matters of it into the *answer of the request's context, if there is one.
type wire struct {
	client HTTPClient
}

// Do is one request.
func (w wire) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	closeErr := resp.Body.Close()
	if err = errors.Join(err, closeErr); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > answerLimit {
		return nil, errors.New("read answer: too long")
	}
	if a, ok := req.Context().Value(answerKey{}).(*answer); ok {
		a.read(resp, body)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

type answerKey struct{}

// answer is what the server said.
type answer struct {
	status     int           // HTTP status; 0 when there was no answer
	retryAfter time.Duration // of the header
	decoded    bool          // the body was a Bot API object
	envelope   struct {
		OK          *bool           `json:"ok"`
		Result      json.RawMessage `json:"result"`
		ErrorCode   int             `json:"error_code"`
		Description string          `json:"description"`
		Parameters  struct {
			RetryAfter      int   `json:"retry_after"`
			MigrateToChatID int64 `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
}

func (a *answer) read(resp *http.Response, body []byte) {
	a.status = resp.StatusCode
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		a.retryAfter = time.Duration(seconds) * time.Second
	}
	err := json.Unmarshal(body, &a.envelope)
	a.decoded = tolerate(err) == nil && a.envelope.OK != nil
}

// accepted reports whether the server did what was asked.
func (a *answer) accepted() bool { return a.decoded && *a.envelope.OK }

// do makes one call that concerns no chat. It fails with a *bots.SendError.
func (b *Bot) do(ctx context.Context, call func(context.Context) error) error {
	if _, failed := b.call(ctx, "", call); failed != nil {
		return failed
	}
	return nil
}

// call makes one call through the client, for a message to chat or for none (""). Whether it worked is what the
// server said, not whether the client could read the rest of the answer.
func (b *Bot) call(ctx context.Context, chat string, call func(context.Context) error) (*answer, *bots.SendError) {
	a := &answer{}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, answerKey{}, a), b.timeout)
	defer cancel()
	err := call(ctx)
	if a.accepted() {
		return a, nil
	}
	return a, b.sendError(&refusal{answer: *a, err: err}, chat)
}

// messageID is the number of the message in the result, 0 when the result is something else.
func (a *answer) messageID() int64 {
	var m struct {
		MessageID int64 `json:"message_id"`
	}
	if tolerate(json.Unmarshal(a.envelope.Result, &m)) != nil {
		return 0
	}
	return m.MessageID
}

// raw calls a method with JSON and returns its result, or a *refusal. The caller sets the deadline.
func (b *Bot) raw(ctx context.Context, method string, params any) (json.RawMessage, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, &refusal{err: fmt.Errorf("encode %s: %w", method, err)}
	}
	a := &answer{}
	ctx = context.WithValue(ctx, answerKey{}, a)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.apiURL+"/bot"+string(b.token)+"/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, &refusal{err: b.token.scrubError(err)}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.wire.Do(req)
	if err != nil {
		return nil, &refusal{answer: *a, err: b.token.scrubError(err)}
	}
	_ = resp.Body.Close() // already read
	if !a.accepted() {
		return nil, &refusal{answer: *a}
	}
	return a.envelope.Result, nil
}
