package tills

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"kartka/engine"
	"kartka/locales"
)

// Problem says why a call was not done (RFC 9457). Type is about:blank, so that Title is what HTTP calls the status; Code is for machines and Detail, in
// the till's language, for the cashier.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	// Field is the part of the body that does not fit, as lines.0.net.
	Field string `json:"field,omitempty"`
	// RetryAfterMS says that the same call may be answered then.
	RetryAfterMS int64 `json:"retry_after_ms,omitempty"`
	// TraceID finds the failure in the logs.
	TraceID string `json:"trace_id,omitempty"`
}

// failure is a refusal of this package. Those of the engine are an [engine.Error].
type failure struct {
	code   string
	status int
	text   string // under "till."
	args   locales.Args
	field  string
	retry  time.Duration
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s %s", f.status, f.code, f.field) }

// Refusals that are always the same.
var (
	unauthorized = &failure{code: "unauthorized", status: http.StatusUnauthorized, text: "unauthorized"}
	strange      = &failure{code: "rate_limited", status: http.StatusTooManyRequests, text: "strange", retry: strangeWindow}
	busy         = &engine.Error{Kind: engine.KindBusy, ID: "busy"}
	noSale       = &failure{code: "sale_not_found", status: http.StatusNotFound, text: "sale_not_found"}
	noCustomer   = &engine.Error{Kind: engine.KindNotFound, ID: "guest_not_found"}
)

// invalid says that a field of the body does not fit.
func invalid(field string) error {
	return &failure{code: "validation_failed", status: http.StatusUnprocessableEntity, text: "field_invalid", args: locales.Args{"Field": field}, field: field}
}

// statusGone is what is noted of a caller who did not wait.
const statusGone = 499

// retrySoon is when to try again what was too much at once, or met with another call of the same key; retryLater, what waits for people or for a database.
const (
	retrySoon   = time.Second
	retryLater  = 5 * time.Second
	retryLimits = time.Minute
)

// look is how an error appears outside.
type look struct {
	kind   engine.Kind
	id     string // "": any
	status int
	code   string
	retry  time.Duration
}

// looks is how every error of the engine appears; the first row that fits counts.
var looks = []look{
	{engine.KindBusy, "", http.StatusServiceUnavailable, "overloaded", retrySoon},

	{engine.KindForbidden, "till_unknown", http.StatusUnauthorized, "unauthorized", 0},
	{engine.KindForbidden, "till_revoked", http.StatusUnauthorized, "till_revoked", 0},
	{engine.KindForbidden, "program_not_active", http.StatusForbidden, "programme_not_active", 0},
	{engine.KindForbidden, "card_blocked", http.StatusConflict, "customer_blocked", 0},
	{engine.KindForbidden, "card_paused", http.StatusConflict, "customer_paused", 0},
	{engine.KindForbidden, "", http.StatusForbidden, "forbidden", 0},

	{engine.KindNotFound, "guest_not_found", http.StatusNotFound, "customer_not_found", 0},
	{engine.KindNotFound, "member_not_found", http.StatusNotFound, "customer_not_found", 0},
	{engine.KindNotFound, "code_unknown", http.StatusNotFound, "customer_not_found", 0},
	{engine.KindNotFound, "receipt_unknown", http.StatusNotFound, "sale_not_found", 0},
	{engine.KindNotFound, "", http.StatusNotFound, "not_found", 0},

	{engine.KindInvalid, "code_old", http.StatusUnprocessableEntity, "code_expired", 0},
	{engine.KindInvalid, "currency_mismatch", http.StatusUnprocessableEntity, "currency_mismatch", 0},
	{engine.KindInvalid, "", http.StatusUnprocessableEntity, "validation_failed", 0},

	{engine.KindConflict, "key_reused", http.StatusConflict, "idempotency_conflict", 0},
	{engine.KindConflict, "receipt_reused", http.StatusConflict, "sale_conflict", 0},
	{engine.KindConflict, "already_returned", http.StatusConflict, "refund_exceeds_sale", 0},
	{engine.KindConflict, "", http.StatusConflict, "in_progress", retrySoon},
	{engine.KindTaken, "", http.StatusConflict, "in_progress", retrySoon},

	{engine.KindInsufficient, "", http.StatusConflict, "insufficient_points", 0},
	{engine.KindLimit, "return_exceeds", http.StatusConflict, "refund_exceeds_sale", 0},
	{engine.KindLimit, "over_limit", http.StatusConflict, "redeem_not_allowed", 0},
	{engine.KindLimit, "too_many_codes", http.StatusTooManyRequests, "rate_limited", retryLimits},
	{engine.KindLimit, "too_many_lookups", http.StatusTooManyRequests, "rate_limited", retryLimits},
	{engine.KindLimit, "", http.StatusConflict, "limit_reached", 0},
	{engine.KindExpired, "", http.StatusConflict, "expired", 0},
}

// lookOf finds the row of an error.
func lookOf(e *engine.Error) look {
	for _, l := range looks {
		if l.kind == e.Kind && (l.id == "" || l.id == e.ID) {
			return l
		}
	}
	return look{status: http.StatusInternalServerError, code: "internal"}
}

// problem makes what a till is told of an error. ctx is that of the caller.
func (a *api) problem(ctx context.Context, operation string, c *caller, err error) (int, *Problem) {
	var own *failure
	var refusal *engine.Error
	w := a.texts(c)
	p := &Problem{Type: "about:blank"}
	var retry time.Duration
	switch {
	case errors.As(err, &own):
		p.Status, p.Code, p.Field, retry = own.status, own.code, own.field, own.retry
		p.Detail = w.own(own.text, own.args)
	case errors.As(err, &refusal):
		l := lookOf(refusal)
		p.Status, p.Code, retry = l.status, l.code, l.retry
		p.Detail = w.Problem(refusal)
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		p.Status, p.Code, p.Detail = statusGone, "gone", w.own("unavailable", nil)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), a.Down != nil && a.Down(err):
		p.Status, p.Code, retry = http.StatusServiceUnavailable, "unavailable", retryLater
		p.Detail = w.own("unavailable", nil)
	default:
		p.Status, p.Code = http.StatusInternalServerError, "internal"
		p.Detail = w.P.T("error.internal")
	}
	p.Title, p.RetryAfterMS = http.StatusText(p.Status), retry.Milliseconds()
	if p.Status >= http.StatusInternalServerError && p.Code != "overloaded" {
		p.TraceID = a.Engine.NewID()
		a.Logger.LogAttrs(ctx, slog.LevelError, "till call failed", slog.String("operation", operation), slog.String("trace_id", p.TraceID),
			slog.String("program_id", c.till.ProgramID), slog.String("till", c.till.Name), slog.Any("error", err))
	}
	return p.Status, p
}

// header adds what a problem says in headers.
func (p *Problem) header(h http.Header) {
	h.Set("Content-Type", "application/problem+json")
	if p.RetryAfterMS > 0 {
		h.Set("Retry-After", strconv.FormatInt((p.RetryAfterMS+999)/1000, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
}
