package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// epochDay is the day of [epoch] in Kyiv.
const epochDay = rules.Date("2026-03-14")

// refresh brings what segments ask up to date, and has the day turn.
func (s *shop) refresh() {
	s.Helper()
	must(s.RefreshTraits(s.ctx, s.program, epochDay, epoch.Add(time.Hour)))(s)
	must(s.TurnTraits(s.ctx, s.program, epochDay))(s)
}

// in lists the members of a segment. They are as many as are counted.
func (s *shop) in(text string) []string {
	s.Helper()
	x, err := segment.Parse(text, segment.Grammar{Money: 2})
	if err != nil {
		s.Fatal(err)
	}
	members := must(s.SegmentMembers(s.ctx, s.program, x, epochDay, "", 1000))(s)
	equal(s, "members of "+text, must(s.CountSegment(s.ctx, s.program, x, epochDay))(s), len(members))
	return members
}

// crowd makes members of all kinds: what they are, did and have is drawn from a few values each, so that questions meet them.
func (s *shop) crowd(n int, random *rand.Rand) []engine.Member {
	s.Helper()
	bot := s.bot()
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	things := []string{"a", "b", "vip", "кава", "it's 100% _good_", `back\slash`}
	ago := func(most int) time.Time { // often just now: mistakes are made by a day
		if random.IntN(2) == 0 {
			most = 4
		}
		return epoch.AddDate(0, 0, -random.IntN(most))
	}
	campaigns := things[:3]
	for _, id := range campaigns {
		c := engine.Campaign{ID: id, ProgramID: s.program.ID, Kind: engine.CampaignBroadcast, Name: id, State: engine.CampaignDone, MadeAt: epoch, Version: 1}
		err := s.Store.InTx(s.ctx, func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, c) })
		if err != nil && !engine.IsKind(err, engine.KindConflict) { // a crowd before has it
			s.Fatal(err)
		}
	}
	var members []engine.Member
	for range n {
		m := s.member()
		members = append(members, m)
		s.exec(`UPDATE member SET joined_at = $3, source = $4, language = $5, inviter_id = $6 WHERE program_id = $1 AND id = $2`,
			s.program.ID, m.ID, ago(500), pick("", "a", "b", "VIP"), pick("uk", "en", "kk"), pick("", "somebody"))
		s.tx(func(tx engine.Tx) error {
			var birthday rules.Birthday
			if random.IntN(3) > 0 {
				at := epoch.AddDate(0, 0, random.IntN(366))
				birthday = rules.Birthday{Month: int(at.Month()), Day: at.Day(), Year: []int{0, 1988, 2000, 2008}[random.IntN(4)]}
			}
			tier := rules.TierState{ID: pick("", "a", "b")}
			var tags []string
			for _, tag := range things {
				if random.IntN(5) == 0 {
					tags = append(tags, tag)
				}
			}
			err := errors.Join(tx.SetBirthday(s.ctx, s.program.ID, m.ID, birthday), tx.SetTier(s.ctx, s.program.ID, m.ID, tier), tx.SetTags(s.ctx, s.program.ID, m.ID, tags))
			for range random.IntN(3) {
				kind := pick(things...)
				c := s.coupon(m, []time.Time{{}, epoch.Add(24 * time.Hour), epoch.Add(-48 * time.Hour)}[random.IntN(3)])
				c.Kind, c.State = kind, []rules.CouponState{rules.CouponIssued, rules.CouponActivated, rules.CouponApplied}[random.IntN(3)]
				err = errors.Join(err, tx.InsertCoupons(s.ctx, c))
			}
			for _, card := range things[:3] {
				if random.IntN(2) == 0 {
					err = errors.Join(err, tx.AddStamps(s.ctx, s.program.ID, m.ID, card, random.IntN(9)-1, 0))
				}
			}
			return err
		})
		s.exec(`UPDATE profile SET gender = $3, city = $4, fields = $5 WHERE program_id = $1 AND member_id = $2`, s.program.ID, m.ID,
			pick("", "female", "male"), pick("", "Київ", "львів", "New  York"), pick("", `{"a":"b","vip":"Кава"}`, `{"B":"VIP"}`))
		for range random.IntN(3) {
			s.credit(m, money.Points(1+random.IntN(300)), []time.Time{{}, epoch.AddDate(0, 0, random.IntN(40))}[random.IntN(2)])
		}
		once := time.Time{} // when they came, if all on one day
		if random.IntN(4) == 0 {
			once = ago(500)
		}
		for j := range random.IntN(6) {
			sale := s.sale(m, fmt.Sprintf("%s-%d", m.ID, j), ago(500))
			if !once.IsZero() {
				sale.OccurredAt, sale.RecordedAt = once, once
			}
			sale.Business = string(rules.DateOf(sale.OccurredAt, s.program.Settings.Zone))
			sale.LocationID, sale.Total = pick("a", "b", "vip"), money.Amount(2_000+random.IntN(60_000))
			sale.Lines[0].SKU, sale.Lines[0].Category, sale.Lines[1].Name = pick("", "a", "VIP"), pick(things...), pick("", "b", `"КАВА"`)
			s.tx(func(tx engine.Tx) error {
				p := soldBy(sale)
				p.Counted = true
				err := tx.InsertSale(s.ctx, sale, p, ledger.Plan{})
				return errors.Join(err, tx.AddActivity(s.ctx, engine.Activity{ProgramID: s.program.ID, MemberID: m.ID, Day: rules.Date(sale.Business), Visits: 1,
					Spent: sale.Total - sale.Discount, At: sale.OccurredAt, Counted: true}))
			})
			s.grouped.add("", sale.ID)
			if random.IntN(3) == 0 {
				s.tx(func(tx engine.Tx) error {
					return tx.PutRating(s.ctx, s.rating(sale.ID, m.ID, 1+random.IntN(5), sale.OccurredAt))
				})
			}
			if random.IntN(4) == 0 {
				s.tx(func(tx engine.Tx) error {
					back, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
					if err != nil {
						return err
					}
					back.ReturnedTotal, back.Lines[0].ReturnedQty = back.Total/2, back.Lines[0].Quantity
					return tx.UpdateSaleReturned(s.ctx, back)
				})
			}
		}
		for _, id := range campaigns {
			if random.IntN(2) == 0 {
				continue
			}
			sent := ago(500)
			d := engine.Delivery{ProgramID: s.program.ID, CampaignID: id, Period: m.ID, MemberID: m.ID, Address: bot,
				State: []engine.OutboundState{engine.OutboundSent, engine.OutboundFailed}[random.IntN(2)], SentAt: sent, Until: sent.AddDate(0, 0, random.IntN(90))}
			s.tx(func(tx engine.Tx) error {
				err := tx.InsertDeliveries(s.ctx, []engine.Delivery{d})
				if random.IntN(2) == 0 {
					err = errors.Join(err, tx.NotePress(s.ctx, d, 0, false, epoch))
				}
				return err
			})
			if random.IntN(2) == 0 {
				s.exec(`UPDATE delivery SET read_at = $4 WHERE program_id = $1 AND campaign_id = $2 AND member_id = $3`, s.program.ID, id, m.ID, epoch)
			}
		}
		for _, channel := range []string{"telegram", "viber"} {
			if random.IntN(3) == 0 {
				continue
			}
			c := s.contact(engine.Address{Channel: channel, Sender: bot.Sender, UserID: channel + "-" + m.ID})
			s.tx(func(tx engine.Tx) error {
				err := tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, "")
				for k := range random.IntN(3) {
					err = errors.Join(err, tx.InsertConsent(s.ctx, engine.Consent{ID: s.id("consent"), ProgramID: s.program.ID, MemberID: m.ID, Channel: channel,
						Purpose: engine.PurposeMarketing, Given: random.IntN(2) == 0, Source: "settings", At: epoch.Add(time.Duration(k) * time.Second)}))
				}
				if random.IntN(4) == 0 {
					err = errors.Join(err, tx.SetBlocked(s.ctx, s.program.ID, c.ID, epoch))
				}
				return err
			})
		}
	}
	return members
}

// testSegments proves that the database and a look at each member answer every question alike, and that what is kept for it follows what is written.
func testSegments(t *testing.T, url func(testing.TB) string) { segmentsOf(t, openShop(t, url)) }

// testSegmentsInColumns proves the same of what is kept in memory.
func testSegmentsInColumns(t *testing.T, url func(testing.TB) string) {
	segmentsOf(t, newShop(t, openStore(t, url(t), storage.Options{Sealer: Sealer(t), Columns: 1})))
}

func segmentsOf(t *testing.T, s *shop) {
	other := newShop(t, s.Store)

	t.Run("nobody", func(t *testing.T) {
		s := s.on(t)
		s.refresh()
		equal(t, "everyone", s.in("everyone"), []string(nil))
		equal(t, "the best", s.in("rfm >= 111"), []string(nil))
	})

	members := s.crowd(30, rand.New(rand.NewPCG(1, 2)))
	s.refresh()
	stranger := other.member()

	t.Run("as each member by itself", func(t *testing.T) {
		s := s.on(t)
		known := map[string]segment.Member{}
		for _, m := range members {
			known[m.ID] = must(s.MemberTraits(s.ctx, s.program, m.ID, epochDay))(t)
		}
		met := 0
		rapid.Check(t, func(t *rapid.T) {
			x := segmenttest.Expr("in").Draw(t, "expression")
			var want []string
			for _, m := range members {
				if k := known[m.ID]; segment.Match(x, &k, segment.DayOf(epochDay)) {
					want = append(want, m.ID)
				}
			}
			slices.Sort(want)
			got, err := s.SegmentMembers(s.ctx, s.program, x, epochDay, "", 1000)
			if err != nil {
				t.Fatalf("%s: %v", segment.Format(x, segment.Grammar{Money: 2}, nil), err)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: the database has %d, the members are %d:\n%v\n%v", segment.Format(x, segment.Grammar{Money: 2}, nil), len(got), len(want), got, want)
			}
			n, err := s.CountSegment(s.ctx, s.program, x, epochDay)
			if err != nil || n != len(want) {
				t.Fatalf("%s: counted %d (%v), want %d", segment.Format(x, segment.Grammar{Money: 2}, nil), n, err, len(want))
			}
			if 0 < n && n < len(members) {
				met++
			}
		})
		if met == 0 {
			t.Error("no expression told members apart")
		}
	})

	t.Run("follows", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		has := func(text string, want bool) {
			t.Helper()
			s.refresh()
			if got := slices.Contains(s.in(text), m.ID); got != want {
				t.Errorf("%s: %v, want %v", text, got, want)
			}
		}
		has("visits = 0 and not rfm >= 111", true)
		s.credit(m, 70, epoch.AddDate(0, 0, 5))
		has("balance = 70 and burning(7d) = 70", true)
		sale := s.sale(m, "follows", epoch)
		s.tx(func(tx engine.Tx) error {
			p := soldBy(sale)
			p.Counted = true
			return errors.Join(tx.InsertSale(s.ctx, sale, p, ledger.Plan{}), tx.AddActivity(s.ctx, engine.Activity{ProgramID: s.program.ID, MemberID: m.ID,
				Day: rules.Date(sale.Business), Visits: 1, Spent: sale.Total - sale.Discount, At: epoch, Counted: true}))
		})
		has(`visits(30d) = 1 and bought("4820") = 2 and place(l1) = 1 and spent = 135`, true)
		s.tx(func(tx engine.Tx) error {
			back, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
			if err != nil {
				return err
			}
			back.ReturnedTotal, back.Lines[0].ReturnedQty = 5_000, 2_000
			p := soldBy(sale)
			p.ID, p.Key, p.Kind, p.ReversesID = s.id("posting"), s.id("key"), ledger.KindReverse, sale.ID
			return errors.Join(tx.UpdateSaleReturned(s.ctx, back), tx.InsertPosting(s.ctx, p, ledger.Plan{}))
		})
		has(`bought("4820") = 0`, true)
		s.tx(func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, m.ID, []string{"oat milk"}) })
		has(`tag = "Oat Milk"`, true)
		s.tx(func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, m.ID, nil) })
		has(`tag = "oat milk"`, false)
		blocked := m
		blocked.State = engine.MemberBlocked
		s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, blocked) })
		has("everyone", false)
		s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, m) })
		has("everyone", true)
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
		if got := s.in("everyone"); slices.Contains(got, m.ID) {
			t.Error("who has left is in a segment before it is refreshed")
		}
		has("everyone", false)
	})

	t.Run("nothing is followed twice", func(t *testing.T) {
		s := s.on(t)
		s.refresh()
		if n := must(s.RefreshTraits(s.ctx, s.program, epochDay, epoch.Add(time.Hour)))(t); n != 0 {
			t.Errorf("%d changes are followed again", n)
		}
		if n := must(s.TurnTraits(s.ctx, s.program, epochDay))(t); n != 0 {
			t.Errorf("the day turns again for %d", n)
		}
	})

	t.Run("a new day", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		s.credit(m, 10, epoch.AddDate(0, 0, 8))
		s.refresh()
		if slices.Contains(s.in("burning(7d) > 0"), m.ID) {
			t.Error("points of the day after the span burn within it")
		}
		tomorrow := rules.Date("2026-03-15")
		if n := must(s.TurnTraits(s.ctx, s.program, tomorrow))(t); n == 0 {
			t.Error("nobody was looked at")
		}
		x, _ := segment.Parse("burning(7d) > 0", segment.Grammar{})
		if !slices.Contains(must(s.SegmentMembers(s.ctx, s.program, x, tomorrow, "", 1000))(t), m.ID) {
			t.Error("the span has not moved on")
		}
	})

	t.Run("other shops", func(t *testing.T) {
		other := other.on(t)
		other.refresh()
		equal(t, "the other's", other.in("everyone"), []string{stranger.ID})
		if slices.Contains(s.in("everyone"), stranger.ID) {
			t.Error("the other's member is in this shop's segment")
		}
		_, err := other.MemberTraits(other.ctx, other.program, members[0].ID, epochDay)
		other.wants(engine.KindNotFound, err)
	})

	t.Run("pages", func(t *testing.T) {
		s := s.on(t)
		all := s.in("everyone")
		x := segment.All{}
		var paged []string
		for after := ""; ; {
			page := must(s.SegmentMembers(s.ctx, s.program, x, epochDay, after, 7))(t)
			if len(page) == 0 {
				break
			}
			paged, after = append(paged, page...), page[len(page)-1]
		}
		equal(t, "pages", paged, all)
	})
}

// testNamedSegments proves that segments are kept as they were made, and that frozen ones keep their members.
func testNamedSegments(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a, b := s.member(), s.member()
	s.credit(a, 100, time.Time{})
	s.refresh()
	read := func(text string) segment.Expr {
		x, err := segment.Parse(text, segment.Grammar{Money: 2})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	rich := engine.Segment{ID: "rich", ProgramID: s.program.ID, Name: "Багаті «Ґ»", Expr: read(`balance > 50 and not tag = "кава <3"`), By: "s1", At: epoch}
	kept := engine.Segment{ID: "kept", ProgramID: s.program.ID, Name: "Того дня", Expr: read("balance > 50"), Frozen: true, At: epoch}
	s.tx(func(tx engine.Tx) error {
		if err := errors.Join(tx.PutSegment(s.ctx, rich), tx.PutSegment(s.ctx, kept)); err != nil {
			return err
		}
		n, err := tx.FreezeSegment(s.ctx, s.program, kept.ID, kept.Expr, epochDay)
		kept.Size = n
		return errors.Join(err, tx.PutSegment(s.ctx, kept))
	})
	equal(t, "segments", must(s.Segments(s.ctx, s.program.ID))(t), []engine.Segment{rich, kept})
	equal(t, "size", kept.Size, 1)

	s.credit(b, 70, time.Time{})
	s.tx(func(tx engine.Tx) error { return s.burnIn(tx, a, 90, s.id("key"), epoch) })
	s.refresh()
	equal(t, "who is rich now", s.in("balance > 50"), []string{b.ID})
	equal(t, "who was", s.in("in(kept)"), []string{a.ID})
	equal(t, "of one member", must(s.MemberTraits(s.ctx, s.program, a.ID, epochDay))(t).Segments, map[string]bool{"kept": true})

	same := rich
	same.ID, same.Name = "other", "багаті  «ґ»"
	s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.PutSegment(s.ctx, same) })
	rich.Name, rich.Expr = "Заможні", read("balance > 60")
	s.tx(func(tx engine.Tx) error { return tx.PutSegment(s.ctx, rich) })
	s.tx(func(tx engine.Tx) error { return tx.DeleteSegment(s.ctx, s.program.ID, kept.ID) })
	equal(t, "segments", must(s.Segments(s.ctx, s.program.ID))(t), []engine.Segment{rich})
	equal(t, "members of what is gone", s.in("in(kept)"), []string(nil))
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.DeleteSegment(s.ctx, s.program.ID, kept.ID) })
}

// testTraitsInTurn proves that erasing waits its turn among those who write traits: whoever has seen the number of a later one would never look for its own.
func testTraitsInTurn(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	if s.Dialect() == sqldb.SQLite {
		return // there one writes at a time
	}
	m := s.member()
	s.refresh()
	turn := func() error {
		_, err := s.DB().Exec(s.ctx, `SELECT 1 FROM bookmark WHERE program_id = $1 AND name = 'segment:tail' FOR UPDATE NOWAIT`, s.program.ID)
		return err
	}
	if err := turn(); err != nil {
		t.Fatalf("nobody writes, and the turn is taken: %v", err)
	}
	s.tx(func(tx engine.Tx) error {
		if err := tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch); err != nil {
			return err
		}
		if err := turn(); !sqldb.HasCode(err, "55P03") {
			t.Errorf("while somebody is erased another may write: %v", err)
		}
		return nil
	})
}
