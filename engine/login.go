package engine

import (
	"context"
	"fmt"
	"time"
)

// LoginTTL is how long a link works that signs a browser in.
const LoginTTL = 10 * time.Minute

// How many such links a person may ask for.
const (
	logins      = 10
	loginWindow = time.Hour
)

func loginKey(programID, token string) string {
	return "login:" + programID + ":" + tokenHash(token)
}

// IssueLogin makes the token of a link that signs a browser in as a contact: 128 random bits in base64url, which work once, until the instant.
// Only their hash is kept. Errors: too_many_logins (more than ten in an hour).
func (e *Engine) IssueLogin(ctx context.Context, programID, contactID string) (token string, until time.Time, err error) {
	if err := e.limit(ctx, "logins:"+programID+":"+contactID, logins, loginWindow, "too_many_logins"); err != nil {
		return "", time.Time{}, err
	}
	token = e.newToken()
	stored, err := e.codes.PutOnce(ctx, loginKey(programID, token), contactID, LoginTTL)
	switch {
	case err != nil:
		return "", time.Time{}, fmt.Errorf("keep login: %w", err)
	case !stored:
		return "", time.Time{}, fmt.Errorf("keep login: a random token came twice")
	}
	return token, e.Now().Add(LoginTTL), nil
}

// TakeLogin uses up a token of [Engine.IssueLogin] and says whose it is. Errors: login_over, whether it was used, ran out or never was.
func (e *Engine) TakeLogin(ctx context.Context, programID, token string) (contactID string, err error) {
	contactID, ok, err := e.codes.Take(ctx, loginKey(programID, token))
	switch {
	case err != nil:
		return "", fmt.Errorf("use login: %w", err)
	case !ok:
		return "", fail(KindExpired, "login_over")
	}
	return contactID, nil
}
