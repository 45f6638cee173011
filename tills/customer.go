package tills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine"
	"kartka/locales"
)

// hello tells a till what it must know of the shop.
func (a *api) hello(ctx context.Context, c *caller, _ *http.Request) (int, any, error) {
	place, err := a.Engine.Store().Location(ctx, c.till.ProgramID, c.till.LocationID)
	if err != nil {
		return 0, nil, fmt.Errorf("read location: %w", err)
	}
	s := c.program.Settings
	h := &helloResult{
		ServerTime: a.Engine.Now().Format(time.RFC3339Nano), Programme: s.Name, ProgrammeVersion: c.program.Version, StoreID: place.ID, StoreName: place.Name,
		TillID: c.till.Name, Currency: s.Currency.Code, CurrencyExponent: s.Currency.Decimals, PointsDecimals: s.Unit.Decimals,
		PointsStepWorth: int64(s.Unit.StepWorth), Timezone: s.Zone.String(), BusinessDayStart: "00:00", BatchItems: batchItems,
		Features: []string{"resolve", "quote", "sale", "refund", "void", "batch"},
	}
	if place.Zone != "" {
		h.Timezone = place.Zone
	}
	return http.StatusOK, h, nil
}

// resolve finds the guest behind what a till has of one.
func (a *api) resolve(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	var in resolveRequest
	if err := a.read(r, &in, mostNested); err != nil {
		return 0, nil, err
	}
	if in.Identifier == nil || in.Identifier.Value == "" {
		return 0, nil, invalid("identifier")
	}
	if !knownKind(in.Identifier.Kind) {
		return 0, nil, invalid("identifier.kind")
	}
	found, err := a.Engine.LookUp(ctx, c.till, engine.CardSign{Kind: engine.SignKind(in.Identifier.Kind), Value: in.Identifier.Value})
	if err != nil {
		return 0, nil, err
	}
	if len(found.Others) > 0 {
		names := []string{displayName(found.Member.Name)}
		for _, m := range found.Others {
			names = append(names, displayName(m.Name))
		}
		return 0, nil, &failure{code: "ambiguous_phone", status: http.StatusConflict, text: "ambiguous_phone", args: locales.Args{"Names": strings.Join(names, ", ")}}
	}
	return a.resolved(ctx, c, found)
}

func (a *api) resolved(ctx context.Context, c *caller, found engine.Found) (int, any, error) {
	store, m := a.Engine.Store(), found.Member
	account, err := store.Account(ctx, m.ProgramID, m.AccountID)
	if err != nil {
		return 0, nil, fmt.Errorf("read account: %w", err)
	}
	standing, err := store.Standing(ctx, m.ProgramID, m.ID, engine.StandingQuery{NoStamps: true, NoCoupons: true})
	if err != nil {
		return 0, nil, fmt.Errorf("read standing: %w", err)
	}
	w := a.texts(c)
	out := &resolveResult{Customer: customerResult{ID: m.ID, DisplayName: displayName(m.Name), NumericAlias: m.Card, Assurance: "claimed", Blocked: m.State != engine.MemberActive}}
	if m.Phone != "" {
		out.Customer.PhoneMasked = w.P.PhoneMasked(m.Phone.Reveal())
	}
	if found.Present {
		out.Customer.Assurance = "presented"
	}
	if id := standing.Tier.ID; id != "" {
		out.Customer.Tier = &tierResult{ID: id, Name: w.Name("tier:"+id, "")}
	}
	balance := engine.BalanceOf(&account, a.Engine.Now())
	out.Balance = balanceOf(c.program, balance)
	switch {
	case m.State == engine.MemberPaused:
		out.RedeemBlockReason = "paused"
	case out.Customer.Blocked:
		out.RedeemBlockReason = "blocked"
	case balance.Debt > 0:
		out.RedeemBlockReason = "debt"
	case balance.Available == 0:
		out.RedeemBlockReason = "nothing_available"
	case !found.Present:
		out.RedeemBlockReason = "not_presented"
	default:
		out.RedeemAllowed = true
	}
	return http.StatusOK, out, nil
}

func balanceOf(p engine.Program, b engine.Balance) balanceResult {
	out := balanceResult{Available: int64(b.Available), Held: int64(b.Held), Pending: int64(b.Pending), Debt: int64(b.Debt)}
	if worth, err := p.Settings.Unit.Money(b.Available); err == nil {
		out.MoneyValue = int64(worth)
	}
	if !b.Next.IsZero() {
		out.Expiring = []expiringResult{{Points: int64(b.NextPoints), At: b.Next.Format(time.RFC3339)}}
	}
	return out
}

// displayName is how a till shows a guest: the first name and an initial.
func displayName(name string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(name), " ")
	if initial, size := utf8.DecodeRuneInString(strings.TrimSpace(rest)); size > 0 && initial != utf8.RuneError {
		return first + " " + string(initial) + "."
	}
	return first
}

func knownKind(kind string) bool {
	switch engine.SignKind(kind) {
	case engine.SignScan, engine.SignPhone, engine.SignCode, engine.SignCard, engine.SignCustomer:
		return true
	}
	return false
}

// findBuyer finds whose a sale is. One that has happened is not refused for somebody who cannot be found: it is nobody's, and an issue says so.
func (a *api) findBuyer(ctx context.Context, c *caller, s *sale) error {
	given := s.in.Identifier
	if s.in.CustomerID != "" || given == nil || given.Value == "" {
		s.member = s.in.CustomerID
		return nil
	}
	if !knownKind(given.Kind) {
		s.note("customer_not_found")
		return nil
	}
	again := c.till.ProgramID + "/" + s.key + "/" + given.Value // a live code works once, a sale may have to be sent twice
	if known, ok := a.spoken.get(again, a.Engine.Now()); ok {
		s.member = known
		return nil
	}
	found, err := a.Engine.FindBuyer(ctx, c.till, engine.CardSign{Kind: engine.SignKind(given.Kind), Value: given.Value, Past: s.at})
	var refusal *engine.Error
	switch {
	case err == nil && len(found.Others) > 0:
		s.note("ambiguous_phone")
	case err == nil:
		s.member = found.Member.ID
		if found.Present {
			a.spoken.put(again, s.member, a.Engine.Now())
		}
	case !errors.As(err, &refusal):
		return err
	case refusal.ID == "code_old":
		s.note("code_expired")
	case refusal.Kind == engine.KindNotFound, refusal.Kind == engine.KindInvalid:
		s.note("customer_not_found")
	default:
		return err
	}
	return nil
}
