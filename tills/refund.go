package tills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// target is a sale that something comes back of: its id, or what its receipt says.
type target struct {
	saleID                    string
	store, till, business, no string
}

// targetOf reads a target: the id of a sale, or store/till/business date/receipt number. Ids have no slash, nor have tills.
func targetOf(s string) (t target, err error) {
	parts := strings.SplitN(s, "/", 4)
	switch {
	case !text(s, 1, 4*mostShort):
		return t, invalid("target")
	case len(parts) == 1:
		return target{saleID: s}, nil
	case len(parts) < 4 || parts[3] == "" || !rules.Date(parts[2]).Valid():
		return t, invalid("target")
	}
	return target{store: parts[0], till: parts[1], business: parts[2], no: parts[3]}, nil
}

// refundSale takes a part of a sale back.
func (a *api) refundSale(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	var in refundRequest
	own, err := idempotencyKey(r)
	if err != nil {
		return 0, nil, err
	}
	if err := a.read(r, &in, mostNested); err != nil {
		return 0, nil, err
	}
	t, err := targetOf(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	back, err := in.check()
	if err != nil {
		return 0, nil, err
	}
	back.Key = c.key(own)
	return a.reverse(ctx, c, t, back)
}

// voidSale takes back whatever is left of a sale. Its body is not looked at.
func (a *api) voidSale(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	own, err := idempotencyKey(r)
	if err != nil {
		return 0, nil, err
	}
	t, err := targetOf(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	return a.void(ctx, c, t, c.key(own))
}

func (a *api) void(ctx context.Context, c *caller, t target, key string) (int, any, error) {
	status, body, err := a.reverse(ctx, c, t, engine.ReverseInput{Key: key, All: true})
	if status == http.StatusCreated {
		status = http.StatusOK
	}
	return status, body, err
}

// check reads a return: lines, or an amount.
func (in *refundRequest) check() (engine.ReverseInput, error) {
	back := engine.ReverseInput{DryRun: in.DryRun}
	if (len(in.Lines) > 0) == (in.Amount != nil) || len(in.Lines) > rules.MaxLines {
		return back, invalid("lines")
	}
	if in.Amount != nil {
		if back.Amount = money.Amount(*in.Amount); back.Amount <= 0 {
			return back, invalid("amount")
		}
	}
	for i, l := range in.Lines {
		switch {
		case !text(l.LineID, 1, mostShort):
			return back, invalid("lines." + strconv.Itoa(i) + ".line_id")
		case l.Qty == nil || *l.Qty <= 0:
			return back, invalid("lines." + strconv.Itoa(i) + ".qty")
		}
		back.Lines = append(back.Lines, engine.ReversedLine{Ref: l.LineID, Quantity: money.Quantity(*l.Qty)})
	}
	return back, nil
}

// reverse makes a return. One whose sale has not come yet waits for it.
func (a *api) reverse(ctx context.Context, c *caller, t target, in engine.ReverseInput) (int, any, error) {
	in.ProgramID = c.till.ProgramID
	if in.DryRun { // it leaves nothing, so it has no key: that of the real one may follow
		in.Key = "dry:" + a.Engine.NewID()
	}
	var posted engine.Posted
	var err error
	waiting := false
	if in.SaleID = t.saleID; in.SaleID != "" {
		posted, err = a.Engine.Reverse(ctx, in)
	} else {
		posted, waiting, err = a.Engine.ReturnByReceipt(ctx, t.store, t.till, t.business, t.no, in)
	}
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return 0, nil, noSale
	case err != nil:
		return 0, nil, fmt.Errorf("return sale: %w", err)
	case waiting:
		return http.StatusAccepted, &refundResult{Status: "waiting"}, nil
	}
	out := &refundResult{RefundID: posted.PostingID, Status: "posted", SaleID: posted.SaleID, Duplicate: posted.Replayed, EarnedReversed: int64(posted.Revoked),
		RedeemedRestored: int64(posted.Restored), MoneyBack: int64(posted.CashBack)}
	for _, e := range posted.Effects {
		if e.Reason.ID == "written_off" {
			out.WrittenOff += e.Reason.Args[rules.ArgPoints]
		}
	}
	if posted.MemberID != "" {
		b := balanceOf(c.program, posted.Balance)
		out.Balance = &b
	}
	switch {
	case in.DryRun:
		out.RefundID, out.Status = "", "dry_run"
		return http.StatusOK, out, nil
	case posted.Replayed:
		return http.StatusOK, out, nil
	}
	return http.StatusCreated, out, nil
}

// hasID reports whether an error is the engine's refusal with an id.
func hasID(err error, id string) bool {
	var refusal *engine.Error
	return errors.As(err, &refusal) && refusal.ID == id
}
