package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"kartka/bots"
)

// updateLimit is the largest delivery that is read.
const updateLimit = 1 << 20

// SecretHeader carries the webhook's secret, as SetWebhook told it to Telegram.
const SecretHeader = "X-Telegram-Bot-Api-Secret-Token"

// WebhookHandler receives updates. It answers 200 only when inbox holds the update, and then calls wake with the
// person's mailbox key. Everything else is answered so that Telegram does the right thing:
//
//	405 not POST · 401 wrong secret · 415 not JSON by its type · 413 more than 1 MiB
//	503 with Retry-After when inbox fails: Telegram delivers again, and keeps the order of the chat
//	200 for an update that cannot be understood: it is stored as a dead letter, since refusing it would hold up
//	    the chat for a day
//
// An empty or malformed secret is an error: without one anybody could post updates.
func (b *Bot) WebhookHandler(secret string, inbox bots.Inbox, wake func(userKey string)) (http.Handler, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	want := sha256.Sum256([]byte(secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		// Hashing first makes the comparison's time independent of the given length, too.
		got := sha256.Sum256([]byte(r.Header.Get(SecretHeader)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			b.logger.Warn("telegram webhook refused", "bot", b.ID(), "reason", "wrong secret")
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
			http.Error(w, "want application/json", http.StatusUnsupportedMediaType)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, updateLimit))
		if err != nil {
			var tooLong *http.MaxBytesError
			if errors.As(err, &tooLong) {
				http.Error(w, "too long", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		row, keep := b.file(body)
		if !keep {
			b.logger.Debug("telegram update dropped", "bot", b.ID(), "reason", "unwanted kind")
			return
		}
		if _, err := inbox.Accept(r.Context(), []bots.Raw{row}); err != nil {
			b.logger.Error("telegram update not stored", "bot", b.ID(), "error", b.token.scrub(err.Error()))
			w.Header().Set("Retry-After", "3")
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		b.stored(row, wake)
	}), nil
}

// stored wakes the person whose update was stored, or tells the operator of a dead letter.
func (b *Bot) stored(row bots.Raw, wake func(string)) {
	if row.Reason != "" {
		b.logger.Warn("telegram update is a dead letter", "bot", b.ID(), "key", row.Key, "reason", row.Reason)
		return
	}
	wake(mailbox(row))
}

// checkSecret holds a webhook secret to Telegram's alphabet and length.
func checkSecret(secret string) error {
	if secret == "" {
		return errors.New("telegram webhook: a secret is required")
	}
	if len(secret) > 256 || strings.Trim(secret, tokenAlphabet) != "" {
		return errors.New("telegram webhook: a secret has 1 to 256 of A-Z a-z 0-9 _ -")
	}
	return nil
}
