package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kartka/miniapp"
)

// opening has guests open their cards: what the messenger signed is checked, and the page comes back with a session. It stands beside the turn in the chat
// that shows the same.
func (c *chat) opening() func(context.Context, *asker) error {
	at := strings.TrimSuffix(c.hook, c.shop.presences[0].hookPath()) + miniapp.Path + c.bench.program.Slug + "/session"
	secret := hmac.New(sha256.New, []byte("WebAppData"))
	secret.Write([]byte(c.bench.bot.Token.Reveal()))
	key := secret.Sum(nil)
	return func(ctx context.Context, a *asker) error {
		user := firstUser + a.no + a.of*a.rand.IntN(c.bench.members/a.of)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader("to="))
		if err != nil {
			return fmt.Errorf("open card: %w", err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Authorization", "tma "+signedFor(key, user, c.bench.app.engine.Now().Unix()))
		answer, err := c.client.Do(r)
		if err != nil {
			return fmt.Errorf("open card: %w", err)
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return fmt.Errorf("open card: %w", err)
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the card was answered with %d", answer.StatusCode)
		}
		return nil
	}
}

// signedFor is what a messenger signs of a guest.
func signedFor(key []byte, user int, at int64) string {
	lines := []string{"auth_date=" + strconv.FormatInt(at, 10), "query_id=bench", fmt.Sprintf(`user={"id":%d,"first_name":"Bench","language_code":"en"}`, user)}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(lines, "\n")))
	pairs := make([]string, len(lines))
	for i, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		pairs[i] = name + "=" + url.QueryEscape(value)
	}
	return strings.Join(slices.Insert(pairs, 0, "hash="+hex.EncodeToString(mac.Sum(nil))), "&")
}
