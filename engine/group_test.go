package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// streams is how many random streams are written both ways on each database, unless KARTKA_STREAMS or -rapid.checks says otherwise.
const streams = 300

// Works written as groups answer and leave what they answer and leave when each has a transaction of its own, one after another: in random
// shops, for random streams of checks, adjustments, rewards, codes and coupons, in groups of random sizes.
func TestGroupsAreLikeSeries(t *testing.T) {
	n := streams
	if s := os.Getenv("KARTKA_STREAMS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	checks(t, n)
	for _, database := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", storagetest.SQLite}, {"postgres", storagetest.Postgres}} {
		t.Run(database.name, func(t *testing.T) {
			p := newPair(t, database.url)
			rapid.Check(t, func(rt *rapid.T) {
				s := p.stream(t, rt)
				for range s.n("groups", 2, 5) {
					s.group()
					for range s.n("between", 0, 2) {
						s.between()
					}
				}
				s.compare()
			})
			t.Logf("%d works in %d groups, %d of them apart, %d answers were errors, %d gave spent points back; %d brought at once, %d of them apart",
				p.works, p.groups, p.apart, p.errors, p.restored, p.many, p.manyApart)
			if p.works == 0 || p.apart*2 > p.works {
				t.Errorf("of %d works %d were written apart", p.works, p.apart)
			}
			if p.restored == 0 {
				t.Error("no return was written in a group")
			}
			if p.many == 0 || p.manyApart*2 > p.many {
				t.Errorf("of %d works that were brought at once %d were written apart", p.many, p.manyApart)
			}
		})
	}
}

// side is one of two engines that are to do the same.
type side struct {
	*world
	gate *storagetest.Gate // nil where works have transactions of their own
	ids  *ids
}

// pair is the same shops twice.
type pair struct {
	grouped, serial              *side
	begin                        func()  // of the serial side's transactions, nil between groups
	orders                       [][]int // in which the grouped side has done what was brought at once
	round                        int
	works, groups, apart, errors int
	restored                     int // works of groups that gave spent points back
	many, manyApart              int // of what was brought at once
}

func newPair(t *testing.T, url func(testing.TB) string) *pair {
	p := &pair{}
	open := func(gate *storagetest.Gate, store *storage.Store) *side {
		s := &side{world: &world{store: store}, gate: gate, ids: &ids{}}
		c := engine.Config{Store: counted{store, &p.begin, s.ids, &p.orders}, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 100000)}, NewID: s.ids.next,
			Now: func() time.Time {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.now
			},
			Random: func(into []byte) {
				sum := sha256.Sum256([]byte(s.ids.next()))
				for i := range into {
					into[i] = sum[i%len(sum)]
				}
			}}
		if gate != nil {
			c.Store, gate.Begin = gate, s.ids.begin
			gate.Many = func(place int, alone bool, order []int) {
				s.ids.place(place, order != nil)
				if order != nil {
					p.orders, p.many = append(p.orders, order), p.many+len(order)
				}
				if alone {
					p.manyApart++
				}
			}
		}
		s.engine = engine.New(c)
		return s
	}
	gate := storagetest.NewGate(t, url(t))
	p.grouped, p.serial = open(gate, gate.Store), open(nil, storagetest.Open(t, url(t)))
	return p
}

// stream is a shop and what happens there.
type stream struct {
	history // of the serial side: what is drawn, and what is known of both
	*pair
	t       *testing.T
	staff   []string
	posts   []engine.PostInput
	adjust  []engine.AdjustInput
	asked   []engine.ReserveInput
	returns []engine.ReverseInput
	holds   []string
	gone    string // a member who is part of another
}

// both does something on both sides alike, outside of groups, and returns the answer of the serial side.
func both[T any](s *stream, do func(*side) (T, error)) T {
	s.round++
	var answers [2]T
	var errs [2]error
	for i, side := range []*side{s.pair.grouped, s.pair.serial} {
		side.ids.at(s.round, 0, false)
		answers[i], errs[i] = do(side)
	}
	s.same("outside of groups", 0, answers[0], answers[1], errs[0], errs[1])
	s.refused(errs[1])
	return answers[1]
}

// always is both for what must succeed.
func always[T any](s *stream, do func(*side) (T, error)) T {
	return both(s, func(side *side) (T, error) {
		v, err := do(side)
		s.must(err)
		return v, nil
	})
}

// same compares answers of the two sides.
func (s *stream) same(what string, call int, grouped, serial any, groupedErr, serialErr error) {
	s.T.Helper()
	if diff := cmp.Diff(said(s.T, serial, serialErr), said(s.T, grouped, groupedErr)); diff != "" {
		s.Fatalf("%s: call %d is answered otherwise (- serial, + in a group):\n%s", what, call, diff)
	}
}

// said is an answer as a caller gets it.
func said(t *rapid.T, answer any, err error) string {
	var e *engine.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s %s %v", e.Kind, e.ID, e.Args)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(answer, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (p *pair) stream(t *testing.T, rt *rapid.T) *stream {
	s := &stream{history: history{world: p.serial.world, T: rt, ctx: t.Context()}, pair: p, t: t}
	p.begin = nil
	s.clock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	settings := s.settings()
	s.program = always(s, func(side *side) (engine.Program, error) {
		side.made++
		return side.engine.CreateProgram(s.ctx, fmt.Sprint("stream-", side.made), settings, engine.ProgramActive)
	})
	always(s, func(side *side) (int, error) { side.attach(t, s.program); return 0, nil })
	tag := ""
	for i := range 5 {
		contact := ""
		if i%2 == 0 {
			contact = always(s, func(side *side) (string, error) { return side.meet(t, s.program, fmt.Sprint("7000", i)).ID, nil })
		}
		m := always(s, func(side *side) (engine.Member, error) {
			j, err := side.engine.Join(s.ctx, engine.JoinInput{ProgramID: s.program.ID, ContactID: contact, Name: fmt.Sprint("Guest ", i), Language: "uk", Channel: "telegram", Text: "t", InviteTag: tag})
			return j.Member, err
		})
		if tag = m.InviteTag; i == 2 {
			tag = ""
		}
		s.guests = append(s.guests, m)
	}
	for i := range 3 {
		in := engine.AdjustInput{Key: fmt.Sprint("first", i), ProgramID: s.program.ID, MemberID: s.guests[i].ID, Points: money.Points(s.n("at first", 1, 9000)), Note: "n"}
		always(s, func(side *side) (engine.Posted, error) { return side.engine.Adjust(s.ctx, in) })
	}
	for i, role := range []engine.Role{engine.RoleOwner, engine.RoleCashier} {
		s.staff = append(s.staff, always(s, func(side *side) (string, error) {
			hired, _ := side.hire(t, s.program, fmt.Sprint("8000", i), role)
			return hired.ID, nil
		}))
	}
	if settings.Gifts.On {
		for range 2 {
			sold := always(s, func(side *side) (engine.CertificateSold, error) {
				return side.engine.SellCertificate(s.ctx, engine.SellCertificateInput{Key: fmt.Sprint("gift", s.round), ProgramID: s.program.ID, Amount: 50000})
			})
			s.gifts = append(s.gifts, sold.Certificate)
		}
	}
	if s.yes("a member who is gone") {
		s.gone = s.guests[4].ID
		always(s, func(side *side) (engine.Posted, error) {
			return side.engine.Merge(s.ctx, engine.MergeInput{Key: "merge", ProgramID: s.program.ID, KeepID: s.guests[0].ID, GoneID: s.gone})
		})
	}
	return s
}

// settings draws a shop: an industry's preset as it is, or with any mechanics.
func (s *stream) settings() *rules.Settings {
	drawn := s.world.draft(s.t)
	if s.n("preset", 0, 5) == 0 {
		presets := rules.Presets()
		d := presets[s.n("industry", 0, len(presets)-1)].Draft("Preset", drawn.Currency, drawn.Zone, []string{"uk", "en"}, 25000)
		return &d
	}
	drawn = s.shop(drawn)
	drawn.Transfer.PerDay, drawn.Rescue = money.Points(s.some("given in a day", 900)), rules.Rescue{KeepDays: s.some("kept", 9), WarnDays: 5}
	drawn.Rules = append(drawn.Rules, rules.Rule{ID: "review", Name: rules.Named("Review"), On: rules.TriggerEvent, Event: "review", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 40},
		Limits: rules.Limits{Times: s.some("reviews", 2), TotalTimes: s.some("all reviews", 3)}})
	drawn.Staff.SalesPerDay, drawn.Staff.SameCardDaily, drawn.Staff.AdjustMax = s.some("of staff", 4), s.some("on a card", 2), 3000
	drawn.Rewards = []rules.Reward{{ID: "cup", Name: rules.Named("Cup"), Cost: 100, Coupon: "ten", Limits: rules.Limits{Times: s.some("cups", 2), TotalTimes: s.some("all cups", 3)}}}
	drawn.Codes = []rules.PromoCode{{Code: "SPRING", Points: 70, Total: s.some("codes", 3), PerMember: 2}, {Code: "TEN", Coupon: "ten"}}
	return drawn
}

func (s *stream) clock(now time.Time) {
	for _, side := range []*side{s.pair.grouped, s.pair.serial} {
		side.mu.Lock()
		side.now = now
		side.mu.Unlock()
	}
}

// act is a call that changes something.
type act func(ctx context.Context, e *engine.Engine) (any, error)

// group makes calls at once, which are written as a group, and then the same calls one after another, in the order in which the group was
// done.
func (s *stream) group() {
	acts := make([]act, s.n("calls", 1, 12))
	for i := range acts {
		acts[i] = s.act()
	}
	s.round++
	answers, errs := make([]any, len(acts)), make([]error, len(acts))
	calls := make([]func(context.Context), len(acts))
	for i, do := range acts {
		calls[i] = func(ctx context.Context) {
			s.pair.grouped.ids.at(s.round, i, false)
			answers[i], errs[i] = do(ctx, s.pair.grouped.engine)
		}
	}
	done, apart := s.pair.grouped.gate.Together(s.ctx, calls...)
	for i := range acts {
		if !slices.Contains(done, i) { // it was refused before it came to writing
			done = append(done, i)
		}
	}
	for _, i := range done {
		s.begin = func() { s.pair.serial.ids.at(s.round, i, true) }
		s.pair.serial.ids.at(s.round, i, false)
		answer, err := acts[i](s.ctx, s.pair.serial.engine)
		s.same("in a group", i, answers[i], answer, errs[i], err)
		if err != nil {
			s.errors++
		}
		if posted, ok := answer.(engine.Posted); ok && posted.SaleID != "" {
			s.sales = append(s.sales, posted.SaleID)
			if !slices.Contains(apart, i) && posted.Restored > 0 {
				s.restored++
			}
		}
		if reserved, ok := answer.(engine.Reserved); ok && reserved.Hold.ID != "" {
			s.holds = append(s.holds, reserved.Hold.ID)
		}
	}
	s.begin = nil
	s.works, s.groups, s.apart = s.works+len(acts), s.groups+1, s.apart+len(apart)
}

// compare checks that both sides hold the same, and that it is right.
func (s *stream) compare() {
	grouped, serial := storagetest.Rows(s.t, s.pair.grouped.store, s.program.ID), storagetest.Rows(s.t, s.pair.serial.store, s.program.ID)
	delete(grouped, "consent") // those of a new member are written in any order
	delete(serial, "consent")
	if diff := cmp.Diff(serial, grouped); diff != "" {
		s.Fatalf("the group left something else (- serial, + in groups):\n%s", diff)
	}
	for _, side := range []*side{s.pair.grouped, s.pair.serial} {
		_, err := side.store.Verify(s.ctx, s.program.ID, nil, func(d engine.Audited) { s.Errorf("verify: %s %s: %s", d.Check, d.ID, d.Detail) })
		s.must(err)
	}
}

// who draws a member, mostly one of few.
func (s *stream) who() string {
	switch n := s.n("who", 0, 12); {
	case n < 7:
		return s.guests[n%3].ID
	case n < 10:
		return s.guest().ID
	case n == 10 && s.gone != "":
		return s.gone
	case n == 11:
		return "nobody"
	}
	return s.guests[0].ID
}

// by draws who does it.
func (s *stream) by() string {
	switch s.n("by", 0, 3) {
	case 0:
		return s.staff[0]
	case 1:
		return s.staff[1]
	}
	return ""
}

func (s *stream) act() act {
	id := s.program.ID
	switch s.n("act", 0, 25) {
	case 0, 1:
		in := engine.AdjustInput{Key: s.key(), ProgramID: id, MemberID: s.who(), Points: money.Points(s.n("given", -400, 4000)), StaffID: s.by(), Note: "n"}
		if len(s.adjust) > 0 && s.n("again", 0, 3) == 0 {
			in = s.adjust[s.n("which", 0, len(s.adjust)-1)]
			in.Points += money.Points(s.some("otherwise", 1))
		}
		s.adjust = append(s.adjust, in)
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Adjust(ctx, in) }
	case 2:
		in := engine.GiveCouponInput{Key: s.key(), ProgramID: id, MemberID: s.who(), Coupon: rapid.SampledFrom([]string{"ten", "ten", "double"}).Draw(s.T, "coupon"), StaffID: s.by()}
		return func(ctx context.Context, e *engine.Engine) (any, error) {
			given, err := e.GiveCoupon(ctx, in)
			return given.Posted, err // the coupon is as it is by now
		}
	case 3:
		in := engine.BuyRewardInput{Key: s.key(), ProgramID: id, MemberID: s.who(), RewardID: "cup", StaffID: s.by()}
		return func(ctx context.Context, e *engine.Engine) (any, error) {
			given, err := e.BuyReward(ctx, in)
			return given.Posted, err // the coupon is as it is by now
		}
	case 4:
		in := engine.EnterCodeInput{Key: s.key(), ProgramID: id, MemberID: s.who(), Text: rapid.SampledFrom([]string{"spring", "spring", "ten", "ten", "none"}).Draw(s.T, "code"), StaffID: s.by()}
		return func(ctx context.Context, e *engine.Engine) (any, error) {
			given, err := e.EnterCode(ctx, in)
			return given.Posted, err // the coupon is as it is by now
		}
	case 5:
		member := s.who()
		coupons, err := s.store.CouponsOf(s.ctx, id, member, false, 9)
		s.must(err)
		if len(coupons) == 0 {
			return s.act()
		}
		coupon, key, by := coupons[s.n("which", 0, len(coupons)-1)].ID, s.key(), s.by()
		if s.yes("cancelled") {
			return func(ctx context.Context, e *engine.Engine) (any, error) {
				return e.CancelReward(ctx, engine.CancelRewardInput{Key: key, ProgramID: id, MemberID: member, CouponID: coupon, StaffID: by})
			}
		}
		return func(ctx context.Context, e *engine.Engine) (any, error) {
			return e.HandOver(ctx, engine.HandOverInput{Key: key, ProgramID: id, MemberID: member, CouponID: coupon, StaffID: by})
		}
	case 6:
		in := engine.TransferInput{Key: s.key(), ProgramID: id, FromMember: s.who(), ToMember: s.who(), Points: money.Points(s.n("moved", 0, 900))}
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Transfer(ctx, in) }
	case 7, 8:
		in := s.reservation(s.who())
		if len(s.asked) > 0 && s.n("again", 0, 4) == 0 {
			in = s.asked[s.n("which", 0, len(s.asked)-1)]
			in.Sale.Redeem += money.Points(s.some("otherwise", 1))
		}
		s.asked = append(s.asked, in)
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Reserve(ctx, in) }
	case 9:
		if len(s.holds) == 0 {
			return s.act()
		}
		hold, way, member := s.holds[s.n("hold", 0, len(s.holds)-1)], s.n("way", 0, 2), s.who()
		return func(ctx context.Context, e *engine.Engine) (any, error) {
			switch way {
			case 0:
				return nil, e.Release(ctx, id, hold)
			case 1:
				return nil, e.Deny(ctx, id, hold, member)
			}
			return e.Confirm(ctx, id, hold, member)
		}
	case 10:
		in := engine.EventInput{Key: s.key(), ProgramID: id, MemberID: s.who(), Event: "review", StaffID: s.by()}
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Event(ctx, in) }
	case 12, 13, 14:
		if len(s.sales) == 0 {
			return s.act()
		}
		in := s.returned()
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Reverse(ctx, in) }
	case 11:
		member, key := s.who(), s.key()
		return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Rescue(ctx, key, id, member) }
	}
	in := s.post()
	s.posts = append(s.posts, in)
	return func(ctx context.Context, e *engine.Engine) (any, error) { return e.Post(ctx, in) }
}

// returned draws a return of a check, or one that has been before.
func (s *stream) returned() engine.ReverseInput {
	if len(s.returns) > 0 && s.n("returned before", 0, 5) == 0 {
		in := s.returns[s.n("which", 0, len(s.returns)-1)]
		in.Amount += money.Amount(s.some("otherwise", 1))
		return in
	}
	in := engine.ReverseInput{Key: s.key(), ProgramID: s.program.ID, SaleID: s.pickSale(), StaffID: s.by()}
	switch s.n("how", 0, 4) {
	case 0, 1:
		in.All, in.Undo = true, s.yes("undone")
	case 2:
		in.Lines = []engine.ReversedLine{{No: s.n("line", 1, 2), Quantity: money.Quantity(s.n("quantity", 1, 2000))}}
	default:
		in.Amount, in.DryRun = money.Amount(s.n("some", 1, 5000)), s.n("dry", 0, 5) == 0
	}
	s.returns = append(s.returns, in)
	return in
}

// reservation draws points that a till wants to keep aside.
func (s *stream) reservation(member string) engine.ReserveInput {
	sale := s.check(engine.Member{ID: member})
	sale.Redeem, sale.Certificates = money.Points(s.n("held", 1, 200)), nil
	return engine.ReserveInput{Key: s.key(), Sale: sale, TTL: time.Duration(s.n("hours held", 1, 100)) * time.Hour, Ask: s.yes("asked")}
}

// post draws a check, or one that has been before.
func (s *stream) post() engine.PostInput {
	if len(s.posts) > 0 {
		in := s.posts[s.n("which", 0, len(s.posts)-1)]
		switch s.n("before", 0, 9) {
		case 0:
			return in
		case 1:
			in.Sale.Till = "2" // the key with another input
			return in
		case 2:
			in.Key = s.key() // perhaps the receipt again
			return in
		}
	}
	sale := s.check(engine.Member{ID: s.who()})
	sale.StaffID = s.by()
	switch s.n("way", 0, 6) {
	case 0:
		sale.ReceiptNo = fmt.Sprint(s.n("receipt", 1, 6))
	case 1:
		sale.ReceiptNo, sale.Business = fmt.Sprint(s.n("receipt", 1, 6)), "2026-03-02"
	case 2:
		sale.MemberID, sale.Redeem = "", 0
	case 3:
		sale.Source = "import"
	}
	in := engine.PostInput{Key: s.key(), Sale: sale, Fact: s.n("fact", 0, 2) == 0}
	switch s.n("spend", 0, 9) {
	case 0, 1, 2:
		if quote, err := s.engine.Quote(s.ctx, in.Sale); err == nil && quote.RedeemLimit > 0 {
			in.Sale.Redeem = money.Points(rapid.Int64Range(1, int64(quote.RedeemLimit)).Draw(s.T, "spent"))
		}
	case 3:
		in.Sale.Redeem = money.Points(s.n("too much", 300, 9000))
	case 4, 5:
		if len(s.holds) > 0 {
			in.HoldID = s.holds[s.n("hold", 0, len(s.holds)-1)]
			if hold, err := s.store.Hold(s.ctx, s.program.ID, in.HoldID); err == nil && s.yes("the draft") {
				in.Sale = hold.Draft
			} else {
				in.Sale.Redeem = 50
			}
		}
	}
	return in
}

// between is something that happens outside of groups.
func (s *stream) between() {
	switch s.n("event", 0, 8) {
	case 0, 1:
		s.clock(s.now.Add(time.Duration(s.n("hours", 1, 200)) * time.Hour))
	case 2:
		if s.yes("long after") {
			s.clock(s.now.Add(time.Duration(s.n("days", 10, 200)) * 24 * time.Hour))
		}
		always(s, func(side *side) (engine.DailyReport, error) {
			return side.engine.Daily(s.ctx, s.program.ID, side.now, nil)
		})
	case 3:
		if len(s.sales) == 0 {
			return
		}
		in := engine.ReverseInput{Key: s.key(), ProgramID: s.program.ID, SaleID: s.pickSale(), All: s.yes("all of it"), StaffID: s.staff[0]}
		if !in.All {
			in.Amount = money.Amount(s.n("some", 1, 5000))
		}
		both(s, func(side *side) (engine.Posted, error) { return side.engine.Reverse(s.ctx, in) })
	case 4, 5, 6:
		in := s.reservation(s.guest().ID)
		reserved := both(s, func(side *side) (engine.Reserved, error) { return side.engine.Reserve(s.ctx, in) })
		if reserved.Hold.ID != "" {
			s.holds = append(s.holds, reserved.Hold.ID)
		}
	case 8:
		always(s, func(side *side) (int, error) { return side.engine.ExpireHolds(s.ctx, s.program.ID, side.now) })
	case 7:
		guest := s.guest().ID
		coupons, err := s.store.CouponsOf(s.ctx, s.program.ID, guest, true, 9)
		if s.must(err); len(coupons) == 0 {
			return
		}
		both(s, func(side *side) (engine.Coupon, error) {
			return side.engine.ActivateCoupon(s.ctx, s.program.ID, guest, coupons[0].ID)
		})
	}
}
