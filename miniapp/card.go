package miniapp

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/qr"
	"kartka/words"
)

// card is the guest's first page: the code, the balance and what is near.
func (a *App) card(w http.ResponseWriter, r *http.Request, v *visitor) error {
	pass, err := a.pass(v)
	if err != nil {
		return err
	}
	f, err := a.frame(r, v, "", "")
	if err != nil {
		return err
	}
	f.Script = "pass.js"
	return a.show(w, r, v, f, ui.Card{Pass: pass, State: *v.cardState()})
}

// pass is what a scanner reads, with the secret from which the page draws the next codes by itself.
func (a *App) pass(v *visitor) (ui.Pass, error) {
	now, m, program := a.Engine.Now(), v.Member, v.Program
	alias, key := cardcode.Alias(m.Card), []byte(program.CardKey.Reveal())
	secret := cardcode.SessionKey(key, alias, now)
	static := cardcode.Static(key, alias)
	bars, err := qr.Barcode(static)
	if err != nil {
		return ui.Pass{}, err
	}
	p := ui.Pass{
		Program: program.Settings.Name, Number: v.W.P.CardNumber(m.Card), Alias: m.Card, Key: hex.EncodeToString(secret[:]), Now: now.UnixMilli(), Until: cardcode.SessionEnd(now).UnixMilli(),
		Name: words.CleanName(m.Name, 40), Static: static, BarWidth: bars.Width(), Bars: bars.Path(barHeight),
		Spends: program.Settings.Redeem.Limit > 0 && program.State == engine.ProgramActive && m.State == engine.MemberActive,
	}
	switch {
	case m.State == engine.MemberPaused:
		p.Off, p.Paused = v.plain("guest.pause.card"), true
	case m.State == engine.MemberBlocked:
		p.Off = v.W.T("app.card.blocked")
	case program.State != engine.ProgramActive:
		p.Note = v.W.T("app.card.paused")
	}
	return p, nil
}

// barHeight is the height of the barcode in modules.
const barHeight = 40

// cardState is everything on the card that a sale may change.
func (v *visitor) cardState() *ui.CardState {
	if v.state == nil {
		state := stateOf(v)
		v.state = &state
	}
	return v.state
}

func stateOf(v *visitor) ui.CardState {
	s, b := v.Program.Settings, engine.BalanceOf(&v.Account, v.W.Now)
	state := ui.CardState{HasPoints: words.PointsOn(s) || b.Total != 0}
	if state.HasPoints {
		whole := v.W.Points(b.Available)
		state.Number = v.W.PointsNumber(b.Available)
		state.Unit = strings.TrimSpace(strings.TrimPrefix(whole, state.Number))
		state.Worth = v.W.Worth(b.Available)
	}
	state.Facts = facts(v, b)
	state.Tier = tierState(v)
	for _, c := range v.W.StampCards(&v.Standing) {
		state.Stamps = append(state.Stamps, stampState(v.W, c))
	}
	for _, c := range v.Standing.Coupons {
		if v.W.CouponOpen(c) {
			state.Coupons++
		}
	}
	return state
}

// facts are the lines of a balance beside what can be spent.
func facts(v *visitor, b engine.Balance) []ui.Fact {
	var all []ui.Fact
	add := func(kind, text string) { all = append(all, ui.Fact{Kind: kind, Text: text}) }
	if !b.Next.IsZero() {
		add("burn", v.W.T("app.card.burn", args{"Points": v.W.Points(b.NextPoints), "Date": v.W.LastDay(b.Next)}))
	}
	for _, f := range []struct {
		kind, key string
		points    money.Points
	}{{"pending", "app.card.pending", b.Pending}, {"held", "app.card.held", b.Held}, {"debt", "app.card.debt", b.Debt}} {
		if f.points > 0 {
			add(f.kind, v.W.T(f.key, args{"Points": v.W.Points(f.points)}))
		}
	}
	welcome := v.Program.Settings.Welcome
	if welcome.Points > 0 && welcome.WithPurchase && v.Standing.Visits == 0 {
		add("gift", v.W.T("app.card.welcome", args{"Points": v.W.Points(welcome.Points)}))
	}
	if rate := v.Program.Settings.Discount.Rate; rate > 0 && len(v.Program.Settings.Tiers.List) == 0 {
		add("discount", v.W.T("app.card.discount", args{"Rate": v.W.Percent(rate)}))
	}
	return all
}

// tierState is the level with the way to the next one; nil where there are no levels. What counts in a window is read on the level's own page.
func tierState(v *visitor) *ui.Tier {
	s := v.Program.Settings
	if len(s.Tiers.List) == 0 {
		return nil
	}
	t := &ui.Tier{}
	if held := s.Tier(v.Standing.Tier.ID); held != nil {
		t.Name, t.Benefit = v.W.TierName(held.ID), v.W.Benefit(held)
	}
	if s.TierWindow(v.W.Now) == "" {
		standing := v.Standing
		standing.Qualified = words.Lifelong(&standing, s.Tiers.Basis)
		tierProgress(v.W, t, &standing)
	}
	if t.Name == "" && t.Next == "" {
		return nil
	}
	return t
}

// tierProgress fills in the way to the next level.
func tierProgress(w words.Words, t *ui.Tier, standing *rules.Standing) {
	next, missing := w.Program.Settings.ToNextTier(standing)
	if next == nil || missing <= 0 {
		return
	}
	t.Next, t.Missing = w.TierName(next.ID), w.Counted(missing)
	t.Have, t.From = max(0, next.From-missing), next.From
}

func stampState(w words.Words, c words.Stamps) ui.Stamp {
	s := ui.Stamp{Name: c.Name, Have: c.Have, Goal: c.Goal, Gift: c.Gift, Full: c.Full()}
	if c.Missing > 0 {
		s.Missing = w.P.Number(int64(c.Missing))
	}
	for i := range min(c.Goal, mostDots) {
		s.Dots = append(s.Dots, i < c.Have)
	}
	if c.Goal > mostDots {
		s.Dots = nil
	}
	return s
}

// mostDots is the longest round of stamps that is drawn; a longer one is a bar.
const mostDots = 12

// pulse is what a page asks for when the card has changed: the pieces of it that a sale may move.
func (a *App) pulse(w http.ResponseWriter, r *http.Request, v *visitor) error {
	ask, err := a.ask(r, v)
	if err != nil {
		return err
	}
	return a.pulsed(w, r, v, ui.Pulse{Ask: ask, State: *v.cardState()})
}

// pulsed answers with the pieces that a sale may move, and the mark by which the page knows what it shows from then on.
func (a *App) pulsed(w http.ResponseWriter, r *http.Request, v *visitor, p ui.Pulse) error {
	w.Header().Set(seenHeader, markOf(p.State, p.Ask))
	return a.bare(w, r, v, p)
}

// ask is the question whether points may be spent, when a cashier waits for the answer.
func (a *App) ask(r *http.Request, v *visitor) (ui.Ask, error) {
	if v.Member == nil || !hasLiveHold(v.Account.Holds, v.W.Now) {
		return ui.Ask{}, nil
	}
	open, err := a.Engine.Asking(r.Context(), v.Program.ID, v.Member.ID, v.Account.Holds)
	if err != nil || open == nil {
		return ui.Ask{}, err
	}
	h := open.Hold
	return ui.Ask{
		ID: h.ID, Title: v.W.T("app.ask.title", args{"Points": v.W.Points(h.Points)}),
		Detail:  v.W.T("app.ask.detail", args{"Sum": v.W.Money(open.Quote.Total), "Left": v.W.Money(open.Quote.Payable)}),
		Seconds: max(1, int(h.ExpiresAt.Sub(v.W.Now)/time.Second)),
		Yes:     v.W.T("app.ask.yes.btn", args{"Points": v.W.PointsNumber(h.Points)}), No: v.W.T("app.ask.no.btn"),
	}, nil
}

func hasLiveHold(holds []ledger.Hold, now time.Time) bool {
	for _, h := range holds {
		if h.Live(now) {
			return true
		}
	}
	return false
}

// answer is the guest's yes or no to the question.
func (a *App) answer(w http.ResponseWriter, r *http.Request, v *visitor) error {
	holdID := r.FormValue("hold")
	note := ui.Note{}
	if r.FormValue("answer") == "yes" {
		p, err := a.Engine.Confirm(r.Context(), v.Program.ID, holdID, v.Member.ID)
		if err != nil {
			return err
		}
		note.Text = v.W.T("app.ask.done", args{"Points": v.W.Points(p.Redeemed), "Sum": v.W.Money(p.Payable)})
	} else {
		if err := a.Engine.Deny(r.Context(), v.Program.ID, holdID, v.Member.ID); err != nil {
			return err
		}
		note.Text = v.W.T("app.ask.denied")
	}
	a.wrote(v)
	again, err := a.meet(r.Context(), v.Program, v.session)
	if err != nil {
		return err
	}
	return a.pulsed(w, r, again, ui.Pulse{State: *again.cardState(), Notice: note})
}

// code makes the six digits that a guest reads to the cashier.
func (a *App) code(w http.ResponseWriter, r *http.Request, v *visitor) error {
	code, until, err := a.Engine.IssueCode(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return err
	}
	return a.bare(w, r, v, ui.Code{Digits: v.W.P.CardNumber(code), Until: v.W.P.Time(v.W.Local(until)), Seconds: int(until.Sub(a.Engine.Now()) / time.Second)})
}
