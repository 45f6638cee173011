package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"

	"kartka/bots/sandbox/telegram"

	"github.com/google/uuid"
)

// seeder makes the demo's past: it plays half a year through the engine on a clock of its own, so that every balance has come
// about by the rules. The same seed makes the same past.
type seeder struct {
	store engine.Store
	rand  *rand.Rand
	mood  *rand.Rand // of guests who say something; nil at first
	clock time.Time
	seen  int               // guests so far
	known []telegram.Person // those of the venue that is played who have a chat
	// done is told about each thing made.
	done func()
}

// inPast is a store whose engine calls all share one transaction: the past need not be durable call by call.
type inPast struct{ engine.Tx }

// InTx runs fn in the transaction that is open.
func (s inPast) InTx(_ context.Context, fn func(engine.Tx) error) error { return fn(s.Tx) }

// inSteadyPast knows the program too, whose rules do not change on the way: a clock that jumps makes the engine read them again and
// again.
type inSteadyPast struct {
	inPast
	program engine.Program
}

// Program returns the program.
func (s inSteadyPast) Program(ctx context.Context, id string) (engine.Program, error) {
	if id != s.program.ID {
		return s.Tx.Program(ctx, id)
	}
	return s.program, nil
}

// engineAt is an engine that lives on the seeder's clock and chance.
func (s *seeder) engineAt(store engine.Store, codes engine.Codes) *engine.Engine {
	return engine.New(engine.Config{
		Store: store, Codes: codes, Channels: channels(),
		Now:   func() time.Time { return s.clock },
		NewID: s.id,
		Random: func(into []byte) {
			for i := range into {
				into[i] = byte(s.rand.Uint32())
			}
		},
	})
}

// id makes a UUIDv7 of the seeder's clock and chance.
func (s *seeder) id() string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(s.clock.UnixMilli())<<16|uint64(s.rand.Uint32()&0xfff))
	binary.BigEndian.PutUint64(u[8:], s.rand.Uint64())
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u.String()
}

// venue is a shop to make a past for.
type venue struct {
	slug     string
	settings *rules.Settings
	places   []string
	baristas []string
	members  int
	days     int
	names    []string
	language []string // of the guests, the more often the likelier
	prefix   string   // of their made-up phones
	visits   [2]float64
	menu     []goods
	said     [rules.MostStars][]string // what guests write with their stars, from one on
	items    [2]int                    // how many a check has
	open     [2]int                    // hours
	// sender is the bot the guests know, and firstChat where their ids in the messenger begin; "" when there is none.
	sender    string
	tells     bool // a broadcast of the past, and triggers
	firstChat int64
}

type goods struct {
	name, category string
	price          money.Amount
}

// regular is a made-up guest.
type regular struct {
	member  engine.Member
	every   float64 // days between visits
	next    time.Time
	saves   bool // rather saves points than spends them
	points  money.Points
	gift    string   // a gift certificate that has not been used
	coupons []string // that have not been looked at
}

const batchDays = 7

// play makes the past of a venue and returns its program.
func (s *seeder) play(ctx context.Context, v venue, codes engine.Codes, now time.Time) (engine.Program, error) {
	begin := now.AddDate(0, 0, -v.days).Truncate(24 * time.Hour)
	s.clock = begin
	e := s.engineAt(s.store, codes)
	program, err := e.CreateProgram(ctx, v.slug, v.settings, engine.ProgramActive)
	if err != nil {
		return program, fmt.Errorf("make program: %w", err)
	}
	places, staff, err := s.people(ctx, e, program, v)
	if err != nil {
		return program, err
	}
	var regulars []*regular
	s.known = nil
	for day := begin; day.Before(now); day = day.AddDate(0, 0, batchDays) {
		until := day.AddDate(0, 0, batchDays)
		if until.After(now) {
			until = now
		}
		if told := now.AddDate(0, 0, -7*toldWeeksAgo); v.tells && !day.After(told) && until.After(told) {
			if err := s.tell(ctx, program, v, codes, regulars); err != nil {
				return program, fmt.Errorf("tell guests of the past: %w", err)
			}
		}
		if v.tells && !day.Before(now.AddDate(0, 0, -7*celebratedWeeks)) {
			if err := s.celebrate(ctx, program, v, codes, regulars, day, until); err != nil {
				return program, fmt.Errorf("celebrate birthdays of the past: %w", err)
			}
		}
		err := s.store.InTx(ctx, func(tx engine.Tx) error {
			week := s.engineAt(inSteadyPast{inPast{tx}, program}, codes)
			for at := day; at.Before(until); at = at.AddDate(0, 0, 1) {
				joined, err := s.joins(ctx, tx, week, program, v, places, regulars, at, begin, now)
				if err != nil {
					return err
				}
				regulars = append(regulars, joined...)
				if err := s.sales(ctx, week, program, v, places, staff, regulars, at, until); err != nil {
					return err
				}
				s.clock = at.AddDate(0, 0, 1)
				if s.clock.After(now) {
					s.clock = now
				}
				if _, err := week.Daily(ctx, program.ID, s.clock, nil); err != nil {
					return fmt.Errorf("daily run: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return program, err
		}
	}
	if v.tells {
		return program, s.waits(ctx, program, codes)
	}
	return program, nil
}

// people makes places and staff.
func (s *seeder) people(ctx context.Context, e *engine.Engine, p engine.Program, v venue) (places []engine.Location, staff []engine.Staff, err error) {
	for _, name := range v.places {
		l, err := e.AddLocation(ctx, p.ID, "", name, "")
		if err != nil {
			return nil, nil, fmt.Errorf("make place: %w", err)
		}
		places = append(places, l)
	}
	err = s.store.InTx(ctx, func(tx engine.Tx) error {
		staff = staff[:0]
		for i, name := range v.baristas {
			one := engine.Staff{ID: s.id(), ProgramID: p.ID, Role: engine.RoleCashier, Name: name, Language: v.language[0],
				LocationID: places[i%len(places)].ID, CreatedAt: s.clock}
			if err := tx.InsertStaff(ctx, one); err != nil {
				return fmt.Errorf("make staff: %w", err)
			}
			staff = append(staff, one)
		}
		return nil
	})
	return places, staff, err
}

// joins has people join on a day: a few at first, more as the word spreads, so that all have joined when the past ends.
func (s *seeder) joins(ctx context.Context, tx engine.Tx, e *engine.Engine, p engine.Program, v venue, places []engine.Location, regulars []*regular, day, begin, now time.Time) (joined []*regular, err error) {
	share := func(t time.Time) float64 {
		x := float64(t.Sub(begin)) / float64(now.Sub(begin))
		return min(1, 0.3*x+0.7*x*(2-x))
	}
	count := int(share(day.AddDate(0, 0, 1))*float64(v.members)) - int(share(day)*float64(v.members))
	sources := []string{"counter", "counter", "table", "instagram", "window", "friend", ""}
	for range count {
		s.clock = day.Add(time.Duration(v.open[0]*60+s.rand.IntN((v.open[1]-v.open[0])*60)) * time.Minute)
		if s.clock.After(now) {
			break
		}
		in := engine.JoinInput{
			ProgramID: p.ID, Name: v.names[s.rand.IntN(len(v.names))], Phone: engine.Phone(fmt.Sprintf("%s%06d", v.prefix, s.rand.IntN(1_000_000))),
			Proof: engine.ProofTyped, Language: v.language[s.rand.IntN(len(v.language))], Source: sources[s.rand.IntN(len(sources))],
			LocationID: places[s.rand.IntN(len(places))].ID, Marketing: s.rand.IntN(10) < 6, Channel: "telegram", Text: "join-v1",
			Quiet: true, At: s.clock,
		}
		if in.Source == "friend" && len(regulars) > 0 {
			in.InviteTag = regulars[s.rand.IntN(len(regulars))].member.InviteTag
		}
		if in.ContactID, err = s.chat(ctx, tx, v, in); err != nil {
			return nil, err
		}
		j, err := e.Join(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
		every := v.visits[0] + s.rand.ExpFloat64()*v.visits[1]
		r := &regular{member: j.Member, every: every, next: s.clock.Add(10 * time.Minute), saves: s.rand.IntN(3) == 0, coupons: j.Coupons}
		if err := s.settleIn(ctx, e, p, r); err != nil {
			return nil, err
		}
		joined = append(joined, r)
		s.done()
	}
	return joined, nil
}

// sales has everybody come whose day it is.
func (s *seeder) sales(ctx context.Context, e *engine.Engine, p engine.Program, v venue, places []engine.Location, staff []engine.Staff, regulars []*regular, day, until time.Time) error {
	end := day.AddDate(0, 0, 1)
	for _, r := range regulars {
		if !r.next.Before(end) || !r.next.Before(until) {
			continue
		}
		s.clock = r.next.Truncate(time.Second)
		gap := r.every * (0.4 + 1.2*s.rand.Float64())
		next := day.AddDate(0, 0, max(1, int(gap+0.5)))
		r.next = next.Add(time.Duration(v.open[0]*60+s.rand.IntN((v.open[1]-v.open[0])*60)) * time.Minute)
		if s.rand.IntN(60) == 0 {
			r.next = r.next.AddDate(1, 0, 0) // moved away, or drinks tea at home now
		}
		if err := s.sale(ctx, e, p, v, places, staff, r); err != nil {
			return err
		}
		if s.chance(oneGivesPoints) {
			if err := s.give(ctx, e, p, r, regulars[s.rand.IntN(len(regulars))]); err != nil {
				return err
			}
		}
		s.done()
	}
	return nil
}

func (s *seeder) sale(ctx context.Context, e *engine.Engine, p engine.Program, v venue, places []engine.Location, staff []engine.Staff, r *regular) error {
	place := s.rand.IntN(len(places))
	by := staff[(place+len(places)*s.rand.IntN(len(staff)))%len(staff)]
	if err := s.before(ctx, e, p, by, r); err != nil {
		return err
	}
	in := engine.SaleInput{ProgramID: p.ID, MemberID: r.member.ID, LocationID: places[place].ID, StaffID: by.ID, Source: "demo", OccurredAt: s.clock}
	for range v.items[0] + s.rand.IntN(v.items[1]-v.items[0]+1) {
		g := v.menu[s.rand.IntN(len(v.menu))]
		in.Lines = append(in.Lines, rules.Line{Name: g.name, Category: g.category, Quantity: 1000, Net: g.price})
	}
	if r.gift != "" {
		in.Certificates = []string{r.gift}
		r.gift = ""
	}
	if !r.saves && s.rand.IntN(3) == 0 {
		most := in
		most.RedeemMax = true
		q, err := e.Quote(ctx, most)
		if err != nil {
			return fmt.Errorf("quote: %w", err)
		}
		in.Redeem = q.Redeem
	}
	posted, err := e.Post(ctx, engine.PostInput{Key: s.key(), Sale: in})
	if engine.IsKind(err, engine.KindLimit) {
		return nil // came too often that day
	}
	if err != nil {
		return fmt.Errorf("sale: %w", err)
	}
	r.points = posted.Balance.Available
	r.coupons = append(r.coupons, posted.Coupons...)
	if s.rand.IntN(200) == 0 { // something was wrong with the coffee
		_, err := e.Reverse(ctx, engine.ReverseInput{Key: "demo:return:" + posted.SaleID, ProgramID: p.ID, SaleID: posted.SaleID, All: true})
		if err != nil {
			return fmt.Errorf("return: %w", err)
		}
		return nil
	}
	if err := s.rate(ctx, e, v, p, by, r, posted.SaleID); err != nil {
		return err
	}
	return s.after(ctx, e, p, by, r)
}
