package telegram

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// Token is a bot's token, "<bot id>:<secret>". However it is printed, logged or encoded, only the bot id shows;
// string(t) is the token itself.
type Token string

const redacted = ":***"

// ID is the bot's own user id, the part before the colon; zero when the token is malformed.
func (t Token) ID() int64 {
	head, _, _ := strings.Cut(string(t), ":")
	id, err := strconv.ParseInt(head, 10, 64)
	if err != nil || id <= 0 {
		return 0
	}
	return id
}

// String is the token without its secret.
func (t Token) String() string {
	if t == "" {
		return ""
	}
	if id := t.ID(); id != 0 {
		return strconv.FormatInt(id, 10) + redacted
	}
	return "***"
}

// Format prints the redacted form for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is the redacted form.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is the redacted form, so that a printed configuration holds no secret.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// check reports whether the token can be one; Telegram alone knows whether it is.
func (t Token) check() error {
	_, secret, _ := strings.Cut(string(t), ":")
	if t.ID() == 0 || len(secret) < 3 || strings.Trim(secret, tokenAlphabet) != "" {
		return errors.New("malformed bot token: want <bot id>:<secret>")
	}
	return nil
}

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// scrub removes the secret from text. It looks for the part after the colon, since URLs may escape the colon.
func (t Token) scrub(text string) string {
	_, secret, _ := strings.Cut(string(t), ":")
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, "***")
}

// scrubError hides the secret in an error's text. What it wraps stays visible to errors.Is, and to errors.As
// only when no text of it can hold the secret.
func (t Token) scrubError(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := t.scrub(text); clean != text {
		return &scrubbedError{text: clean, err: err}
	}
	return err
}

type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return errors.Is(e.err, target) }

// GoString keeps %#v from walking into the hidden error.
func (e *scrubbedError) GoString() string { return strconv.Quote(e.text) }
